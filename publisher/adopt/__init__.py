"""A blog that another program makes, taken over: what it is, where its posts are, what it says."""
