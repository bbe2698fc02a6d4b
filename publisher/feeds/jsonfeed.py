"""JSON Feed 1.1, with the singular ``author`` beside ``authors`` for readers of version 1."""

from __future__ import annotations

import json
from collections.abc import Iterable

from publisher.domain.moment import rfc3339
from publisher.domain.post import Author, Enclosure
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed

MEDIA_TYPE = "application/feed+json"
VERSION = "https://jsonfeed.org/version/1.1"


def json_feed(feed: Feed) -> bytes:
    """The feed as a JSON Feed in UTF-8. The same feed gives the same bytes."""
    document = {
        "version": VERSION,
        "title": feed.title,
        "home_page_url": feed.home_url,
        "feed_url": feed.self_url,
        **_said(description=feed.subtitle, language=feed.language),
        **_by([feed.author]),
        **_said(
            next_url=feed.history.older,
            hubs=[{"type": "WebSub", "url": hub} for hub in feed.hubs],
        ),
        "items": [_item(feed, entry) for entry in feed.entries],
    }
    return f"{json.dumps(document, ensure_ascii=False, indent=2)}\n".encode()


def _item(feed: Feed, entry: Entry) -> dict[str, object]:
    """An item. ``content_html`` is there even when empty: it or ``content_text`` has to be."""
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": entry.content_html,
        **_said(
            summary=entry.summary,
            image=entry.image and entry.image.url,
            date_published=rfc3339(entry.published),
            date_modified=rfc3339(entry.updated),
        ),
        **_by(entry.authors),
        **_said(
            tags=list(dict.fromkeys(term for _, term in entry.terms)),
            language=entry.language if entry.language != feed.language else None,
            attachments=[_attachment(enclosure) for enclosure in entry.enclosures],
        ),
    }


def _by(authors: Iterable[Author]) -> dict[str, object]:
    """Names and pages only: JSON Feed has no place for an address."""
    people = [_said(name=author.name, url=author.url) for author in authors]
    return {"authors": people, "author": people[0]} if people else {}


def _attachment(enclosure: Enclosure) -> dict[str, object]:
    known = {"size_in_bytes": enclosure.length, "duration_in_seconds": enclosure.duration_s}
    said = {name: number for name, number in known.items() if number is not None}
    return {"url": enclosure.url, "mime_type": enclosure.type, **said}


def _said(**facts: object) -> dict[str, object]:
    """Those members that say something: null and empty ones are left out."""
    return {what: fact for what, fact in facts.items() if fact}
