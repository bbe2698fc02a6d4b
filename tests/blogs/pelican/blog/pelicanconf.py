AUTHOR = "Ada Example"
SITENAME = "Bird Notes"
SITEURL = "https://birds.example.com"
PATH = "content"
TIMEZONE = "Europe/Rome"
DEFAULT_LANG = "en"
ARTICLE_URL = "posts/{date:%Y}/{date:%m}/{slug}/"
DEFAULT_PAGINATION = 10
