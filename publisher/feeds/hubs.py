"""Where a feed is served, and which hubs tell its subscribers that it changed (W3C WebSub).

A subscriber finds both in the feed or in the headers it is served with (WebSub, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote


def topic(feeds_url: str, place: str) -> str:
    """The URL of a feed, by which hubs know it; ``place`` is its file below the feeds' folder."""
    return f"{feeds_url}/{quote(place)}"


def link_header(feeds_url: str, place: str, hubs: Iterable[str]) -> str:
    """The value of the HTTP header ``Link`` that a feed is served with (RFC 8288)."""
    links = [*((hub, "hub") for hub in hubs), (topic(feeds_url, place), "self")]
    return ", ".join(f'<{url}>; rel="{rel}"' for url, rel in links)
