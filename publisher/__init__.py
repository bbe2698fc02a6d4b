"""Publishes a folder of Markdown posts as feeds and as a newsletter, each due post once."""

__version__ = "0.1.0"
