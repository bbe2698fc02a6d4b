"""A feed: its head and its entries, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from publisher.domain.moment import require_aware
from publisher.domain.post import Author
from publisher.feeds.entry import Entry
from publisher.feeds.podcast import Podcast


@dataclass(frozen=True, kw_only=True, slots=True)
class Tombstone:
    """That an entry is no longer there (RFC 6721): its id, and since when."""

    id: str
    at: datetime

    def __post_init__(self) -> None:
        require_aware(self.at)


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """Where a document stands in the history of its feed (RFC 5005, section 4), by URLs.

    ``current`` is the feed that readers subscribe to, None in that feed itself. ``older`` and
    ``newer`` are the archives before and behind.
    """

    current: str | None = None
    older: str | None = None
    newer: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """Everything a feed says. Its texts are as an entry's.

    ``id`` is a tag URI, one for the current feed and its archives. ``home_url`` is the page that
    the feed describes, ``self_url`` where the feed itself is served, ``style_url`` the stylesheet
    that browsers show it by, ``hubs`` who tells subscribers that it changed (WebSub). ``subtitle``
    may be empty. ``author`` is who publishes it. ``updated`` is the newest change a reader could
    notice. ``entries`` are newest first, ``gone`` are those withdrawn lately.
    """

    id: str
    title: str
    subtitle: str = ""
    home_url: str
    self_url: str
    hubs: tuple[str, ...] = ()
    language: str
    author: Author
    updated: datetime
    entries: tuple[Entry, ...] = ()
    podcast: Podcast | None = None
    history: History = History()
    gone: tuple[Tombstone, ...] = ()
    style_url: str | None = None

    def __post_init__(self) -> None:
        require_aware(self.updated)

    def scheme(self, taxonomy: str) -> str:
        """The IRI that tells one taxonomy's terms from another's (RFC 4287, section 4.2.2.2)."""
        return f"{self.home_url.rstrip('/')}/{quote(taxonomy, safe='')}/"
