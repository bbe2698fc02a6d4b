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
class Feed:
    """Everything a feed says. Its texts are as an entry's.

    ``id`` is a tag URI. ``home_url`` is the page that the feed describes, ``self_url`` where the
    feed itself is served, ``hubs`` who tells subscribers that it changed (WebSub). ``subtitle`` may
    be empty. ``author`` is who publishes it. ``updated`` is the newest change a reader could
    notice. ``entries`` are newest first.
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

    def __post_init__(self) -> None:
        require_aware(self.updated)

    def scheme(self, taxonomy: str) -> str:
        """The IRI that tells one taxonomy's terms from another's (RFC 4287, section 4.2.2.2)."""
        return f"{self.home_url.rstrip('/')}/{quote(taxonomy, safe='')}/"
