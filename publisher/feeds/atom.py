"""Atom 1.0 (RFC 4287)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from lxml.etree import SubElement, _Element

from publisher.domain.post import Author, Enclosure
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.generator import MEDIA_RSS, add, add_picture, begin, styled
from publisher.feeds.history import mark_archive, namespaces, set_tombstones

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

MEDIA_TYPE = "application/atom+xml"
_LIKE_HTML = re.compile(r"</\w+>|&#?\w+;")
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def atom(feed: Feed) -> bytes:
    """The feed as an Atom document in UTF-8. The same feed gives the same bytes."""
    known = {"media": MEDIA_RSS, **namespaces(feed)}
    made = begin(feed, MEDIA_TYPE, known, partial(_complete_head, feed))
    made.updated(_utc(feed.updated))
    made.subtitle(feed.subtitle)
    made.author(_person(feed.author))
    for entry in feed.entries:
        _add_entry(made, feed, entry)
    document: bytes = made.atom_str(pretty=True)
    return styled(feed, document)


def _complete_head(feed: Feed, head: _Element) -> None:
    mark_archive(feed, head)
    set_tombstones(feed, head)


def _add_entry(made: FeedGenerator, feed: Feed, entry: Entry) -> None:
    item = add(made, feed, entry, partial(_complete, feed, entry))
    item.id(entry.id)
    item.published(_utc(entry.published))
    item.updated(_utc(entry.updated))
    item.author([_person(author) for author in entry.authors])
    if entry.summary:
        item.summary(entry.summary)
    if entry.content_html:
        item.content(entry.content_html, type="html")


def _complete(feed: Feed, entry: Entry, node: _Element) -> None:
    """What feedgen loses of an entry, or can't say: its links, its image, its language."""
    for link in node.iterchildren("link"):
        link.set("rel", "alternate")
        link.set("type", "text/html")
    for text in node.iterchildren("title", "summary"):
        _tell_apart(text)
    for enclosure in entry.enclosures:
        SubElement(node, "link", _enclosure(enclosure))
    add_picture(entry, node)
    if entry.language and entry.language != feed.language:
        node.set(_LANG, entry.language)


def _tell_apart(node: _Element) -> None:
    """Text that looks like HTML, as the HTML that shows it: validators doubt it otherwise.

    RFC 4287, section 3.1.1.2.
    """
    if _LIKE_HTML.search(node.text or ""):
        node.text = escape(node.text or "", quote=False)
        node.set("type", "html")


def _enclosure(enclosure: Enclosure) -> dict[str, str]:
    """RFC 4287, section 4.2.7: a length only where it is known."""
    link = {"rel": "enclosure", "href": enclosure.url, "type": enclosure.type}
    return link if enclosure.length is None else {**link, "length": str(enclosure.length)}


def _person(author: Author) -> dict[str, str]:
    """RFC 4287, section 3.2."""
    facts = {"name": author.name, "email": author.email, "uri": author.url}
    return {what: fact for what, fact in facts.items() if fact}


def _utc(moment: datetime) -> datetime:
    """RFC 4287, section 3.3. An old local offset such as +00:53:28 can't be said there."""
    return moment.astimezone(UTC)
