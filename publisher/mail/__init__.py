"""The ways out: SMTP and Maildir, what a server's reply means, and how fast messages may leave."""
