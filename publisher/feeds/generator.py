"""feedgen 1.0.0, kept from its faults: what Atom and RSS share.

What feedgen gets wrong, and how that is mended:

- times default to the clock and the generator names a version: both are always set;
- ``add_entry`` puts new entries first: told to append;
- RSS takes the last link of any kind for its own: the home page is linked last;
- of a feed's other links RSS takes ``self`` alone: ``rss`` adds its hubs in an extension;
- it has no place for a processing instruction: ``styled`` puts that into the finished document;
- an entry's links lose all attributes but ``href``, and only a few relations are known: ``atom``
  completes them in an extension;
- RSS dates are formatted by switching the locale of the whole process, which no thread survives:
  ``rss`` gives it no date, and writes them in an extension.

feedgen does not look at characters: feeds and entries come with none that XML forbids.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml.etree import SubElement, _Element

from publisher.domain.mediatype import media_type
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.history import relations

MEDIA_RSS = "http://search.yahoo.com/mrss/"
NAME = "publisher"

Complete = Callable[[_Element], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Extension:
    """One function as an extension of a feed (before its entries are in) or of an entry."""

    complete: Complete
    namespaces: Mapping[str, str] = field(default_factory=dict)

    def extend_ns(self) -> dict[str, str]:
        return dict(self.namespaces)

    def extend_atom(self, node: _Element) -> None:
        self.complete(node)

    def extend_rss(self, node: _Element) -> None:
        self.complete(node)


def begin(
    feed: Feed, media_type: str, namespaces: Mapping[str, str], complete: Complete
) -> FeedGenerator:
    """A feedgen feed with its id, title, language and links; not its times and author.

    ``namespaces`` maps prefixes. ``complete`` gets the root element, without entries. The tree is
    plain: feedgen writes Atom's namespace as an attribute, so its elements have none.
    """
    made = FeedGenerator()
    extension = _Extension(complete=complete, namespaces=namespaces)
    made.register_extension(NAME, lambda: extension)
    made.id(feed.id)
    made.title(feed.title)
    made.language(feed.language)
    made.generator(NAME)
    made.link(href=feed.self_url, rel="self", type=media_type)
    made.link([{"href": hub, "rel": "hub"} for hub in feed.hubs])
    made.link(relations(feed))
    made.link(href=feed.home_url, rel="alternate", type="text/html")
    return made


def styled(feed: Feed, document: bytes) -> bytes:
    """The document with the stylesheet that browsers show it by (W3C xml-stylesheet)."""
    if feed.style_url is None:
        return document
    declaration, _, rest = document.partition(b"\n")
    style = f'<?xml-stylesheet href="{escape(feed.style_url)}" type="text/css"?>'
    return b"\n".join((declaration, style.encode(), rest))


def add(made: FeedGenerator, feed: Feed, entry: Entry, complete: Complete) -> FeedEntry:
    """The next entry, with its title, page and categories. ``complete`` gets its element."""
    item = made.add_entry(order="append")
    item.register_extension(NAME, lambda: _Extension(complete=complete))
    item.title(entry.title)
    item.link(href=entry.url, rel="alternate")
    item.category([{"term": term, "scheme": feed.scheme(kind)} for kind, term in entry.terms])
    return item


def add_picture(entry: Entry, node: _Element) -> None:
    """The entry's own image by Media RSS: ``content``, and ``thumbnail`` where only that is known.

    Its words stay out: readers take a ``media:description`` for the entry's.
    """
    if entry.image is None:
        return
    shown = {"url": entry.image.url, "medium": "image"}
    if (kind := media_type(entry.image.url)) and kind.startswith("image/"):
        shown["type"] = kind
    SubElement(node, f"{{{MEDIA_RSS}}}content", shown)
    SubElement(node, f"{{{MEDIA_RSS}}}thumbnail", {"url": entry.image.url})
