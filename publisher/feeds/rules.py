"""What a site says of its feeds, and how their files are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from publisher.domain.post import Author
from publisher.feeds.podcast import Podcast

FILE_NAMES: Mapping[str, str] = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}

#: The folder and the taxonomy of people, unless the site has a taxonomy of that name.
AUTHORS = "authors"

ARCHIVE = "archive"

#: The stylesheet that browsers show feeds by.
STYLESHEET = "feed.css"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRules:
    """What a site says of its feeds, as plain values.

    ``site_url`` is its home page and ``feeds_url`` where its feeds' folder is served, both without
    a trailing slash. ``formats`` are keys of ``FILE_NAMES``; ``entries`` is how many a feed shows.
    ``hubs`` are told of each change. ``podcast`` is there where its feeds are one. ``authors`` says
    whether each has a feed; None: if there are several. ``styled``: browsers are told of a
    stylesheet.
    """

    site_title: str
    site_description: str
    site_url: str
    feeds_url: str
    language: str
    author: Author | None
    id_authority: str
    id_date: date
    formats: tuple[str, ...]
    entries: int
    taxonomies: tuple[str, ...]
    hubs: tuple[str, ...] = ()
    podcast: Podcast | None = None
    authors: bool | None = False
    styled: bool = False

    @property
    def kinds(self) -> tuple[str, ...]:
        """The taxonomies whose terms have feeds, the one of authors among them where they have."""
        return (*self.taxonomies, AUTHORS) if self.authors else self.taxonomies
