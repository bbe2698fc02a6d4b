"""Who gets the newsletter: addresses, the tokens in their links, lists in and lists out."""
