"""The HTTP side: the way out of the newsletter, and whether the program is well."""
