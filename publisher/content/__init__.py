"""Files to posts: front matter, dates, Markdown, excerpts; scanning and watching the folder."""
