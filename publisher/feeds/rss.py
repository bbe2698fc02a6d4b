"""RSS 2.0, by the RSS Advisory Board's specification and its best practices profile."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from html import escape
from typing import TYPE_CHECKING

from lxml.etree import Entity, SubElement, _Element

from publisher.domain.post import Author
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.generator import MEDIA_RSS, add, add_picture, begin, styled
from publisher.feeds.history import FEED_HISTORY, mark_archive, relations
from publisher.feeds.itunes import ITUNES, complete_channel, complete_item, is_episode

if TYPE_CHECKING:
    from feedgen.feed import FeedGenerator

MEDIA_TYPE = "application/rss+xml"
DUBLIN_CORE = "http://purl.org/dc/elements/1.1/"
_ATOM_LINK = "{http://www.w3.org/2005/Atom}link"
_NAMESPACES = {"dc": DUBLIN_CORE, "media": MEDIA_RSS}
_REFERENCES = {"&": "#x26", "<": "#x3C"}
_IN_A_COMMENT = str.maketrans("()\\", "[]/")


def rss(feed: Feed) -> bytes:
    """The feed as an RSS document in UTF-8. The same feed gives the same bytes.

    RSS has room for one enclosure an item: the entry's first.
    """
    made = begin(feed, MEDIA_TYPE, _namespaces(feed), partial(_complete_channel, feed))
    made.description(feed.subtitle or feed.title)
    # A private name, for want of a public way: else feedgen formats the time of day (see rfc822).
    made._FeedGenerator__rss_lastBuildDate = None
    for entry in feed.entries:
        _add_item(made, feed, entry)
    document: bytes = made.rss_str(pretty=True)
    return styled(feed, document)


def rfc822(moment: datetime) -> str:
    """A date as RSS wants it, in GMT, whatever the locale: feedgen's own switches the process's."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _add_item(made: FeedGenerator, feed: Feed, entry: Entry) -> None:
    item = add(made, feed, entry, partial(_complete_item, feed, entry))
    item.guid(entry.id, permalink=entry.id == entry.url)
    if entry.summary:
        item.description(escape(entry.summary, quote=False))
    if entry.content_html:
        item.content(entry.content_html)
    if enclosure := next(iter(entry.enclosures), None):
        item.enclosure(enclosure.url, enclosure.length or 0, enclosure.type)


def _complete_channel(feed: Feed, root: _Element) -> None:
    channel = root[0]
    hubs = [{"href": hub, "rel": "hub"} for hub in feed.hubs]
    for link in (*hubs, *relations(feed)):
        SubElement(channel, _ATOM_LINK, link)
    mark_archive(feed, channel)
    SubElement(channel, "lastBuildDate").text = rfc822(feed.updated)
    _write_people((feed.author,), channel, "managingEditor")
    if feed.podcast:
        complete_channel(feed.podcast, channel)
    for node in channel.iterchildren("title", "description", "managingEditor"):
        _as_plain_text(node)


def _namespaces(feed: Feed) -> dict[str, str]:
    """Those of every feed, Apple's where it says anything to directories of podcasts, and that of
    archives."""
    episodes = (is_episode(entry, feed.podcast) for entry in feed.entries)
    itunes = {"itunes": ITUNES} if feed.podcast or any(episodes) else {}
    history = {"fh": FEED_HISTORY} if feed.history.current is not None else {}
    return {**_NAMESPACES, **itunes, **history}


def _complete_item(feed: Feed, entry: Entry, item: _Element) -> None:
    SubElement(item, "pubDate").text = rfc822(entry.published)
    _write_people(entry.authors, item, "author")
    if entry.language and entry.language != feed.language:
        SubElement(item, f"{{{DUBLIN_CORE}}}language").text = entry.language
    add_picture(entry, item)
    complete_item(entry, feed.podcast, item)
    for node in item.iterchildren("title", "category", "author"):
        _as_plain_text(node)


def _write_people(people: tuple[Author, ...], parent: _Element, own: str) -> None:
    """One person with an address is RSS's own element; who has none, or isn't alone, a dc:creator.

    RSS has its own element once, wants an address in it, and not both of them for the same.
    """
    if len(people) == 1 and people[0].email:
        SubElement(parent, own).text = _mailbox(people[0])
        return
    for person in people:
        SubElement(parent, f"{{{DUBLIN_CORE}}}creator").text = person.name


def _mailbox(author: Author) -> str:
    """``mail@host (Name)``: the name is an RFC 822 comment, which round brackets would end."""
    return f"{author.email} ({author.name.translate(_IN_A_COMMENT)})"


def _as_plain_text(node: _Element) -> None:
    """Write ``&`` and ``<`` as hexadecimal references (profile, "Character Data").

    To an XML parser that is the same text; most readers then take it for text, not for HTML.
    """
    head, *rest = re.split("([&<])", node.text or "")
    node.text = head
    for mark, tail in zip(rest[::2], rest[1::2], strict=True):
        reference = Entity(_REFERENCES[mark])
        reference.tail = tail
        node.append(reference)
