"""What an XML feed says of its history: archives by RFC 5005, withdrawn entries by RFC 6721."""

from __future__ import annotations

from lxml.etree import SubElement, _Element

from publisher.domain.moment import rfc3339
from publisher.feeds.feed import Feed

FEED_HISTORY = "http://purl.org/syndication/history/1.0"
TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"


def namespaces(feed: Feed) -> dict[str, str]:
    """The prefixes that an Atom feed needs for both, where it has them."""
    known = {"fh": feed.history.current is not None, "at": bool(feed.gone)}
    uris = {"fh": FEED_HISTORY, "at": TOMBSTONES}
    return {prefix: uris[prefix] for prefix, needed in known.items() if needed}


def relations(feed: Feed) -> list[dict[str, str]]:
    """Links to the feed's other documents (RFC 5005, section 4), as ``href`` and ``rel``."""
    said = {
        "current": feed.history.current,
        "prev-archive": feed.history.older,
        "next-archive": feed.history.newer,
    }
    return [{"href": href, "rel": rel} for rel, href in said.items() if href is not None]


def mark_archive(feed: Feed, head: _Element) -> None:
    """Say in the head of an archive that it is one."""
    if feed.history.current is not None:
        SubElement(head, f"{{{FEED_HISTORY}}}archive")


def set_tombstones(feed: Feed, head: _Element) -> None:
    """Name the entries that are gone, and since when."""
    for one in feed.gone:
        said = {"ref": one.id, "when": rfc3339(one.at)}
        SubElement(head, f"{{{TOMBSTONES}}}deleted-entry", said)
