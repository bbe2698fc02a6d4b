"""The rules of JSON Feed 1.1. Sections are the headings of its specification."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from feedcheck.document import JsonDocument, members
from feedcheck.markup import markup_faults
from feedcheck.values import is_iri, is_language, is_media_type, is_rfc3339

FEED = {
    "version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str,
    "user_comment": str, "next_url": str, "icon": str, "favicon": str, "authors": list,
    "author": dict, "language": str, "expired": bool, "hubs": list, "items": list,
}  # fmt: skip
ITEM = {
    "id": str, "url": str, "external_url": str, "title": str, "content_html": str,
    "content_text": str, "summary": str, "image": str, "banner_image": str,
    "date_published": str, "date_modified": str, "authors": list, "author": dict, "tags": list,
    "language": str, "attachments": list,
}  # fmt: skip
AUTHOR = {"name": str, "url": str, "avatar": str}
ATTACHMENT = {
    "url": str, "mime_type": str, "title": str, "size_in_bytes": int | float,
    "duration_in_seconds": int | float,
}  # fmt: skip
HUB = {"type": str, "url": str}
URLS = {
    "home_page_url", "feed_url", "next_url", "icon", "favicon", "url", "external_url", "image",
    "banner_image", "avatar",
}  # fmt: skip


def version_comes_first(document: JsonDocument) -> Iterator[str]:
    """Top-level: version is required, and at the very top."""
    if next(iter(document.feed.items()), None) != (
        "version",
        "https://jsonfeed.org/version/1.1",
    ):
        yield "the first member is not the version 1.1"


def required_members_are_there(document: JsonDocument) -> Iterator[str]:
    """Top-level: title and items; the two URLs "should be considered required" on the web."""
    for name in ("title", "items", "home_page_url", "feed_url"):
        if not document.feed.get(name) and document.feed.get(name) != []:
            yield f"no {name}"


def members_are_of_their_type(document: JsonDocument) -> Iterator[str]:
    """Top-level, Items, Attachments: each member is of the type that the specification gives it."""
    for kind, owner in _objects(document):
        for name, type_ in kind.items():
            value = owner.get(name)
            if name in owner and (
                not isinstance(value, type_) or (isinstance(value, bool) and type_ is not bool)
            ):
                yield f"{name} is {value!r}"


def members_are_known(document: JsonDocument) -> Iterator[str]:
    """Extensions: a name of one's own begins with _ and a letter, and holds no dot."""
    for kind, owner in _objects(document):
        for name in owner.keys() - kind.keys():
            if re.fullmatch(r"_[^\W\d_][^.]*", name) is None:
                yield f"a member named {name}"


def lists_hold_what_they_should(document: JsonDocument) -> Iterator[str]:
    """Top-level and Items: items, authors, hubs and attachments hold objects, tags strings."""
    for owner in document.both:
        for name in ("items", "authors", "hubs", "attachments"):
            value = owner.get(name)
            if isinstance(value, list) and not all(isinstance(one, dict) for one in value):
                yield f"{name} holds more than objects"
        tags = owner.get("tags", [])
        if isinstance(tags, list) and not all(isinstance(tag, str) and tag.strip() for tag in tags):
            yield f"tags {tags!r}"


def items_have_ids(document: JsonDocument) -> Iterator[str]:
    """Items: an id, unique in the feed."""
    ids = Counter(item.get("id") for item in document.items if isinstance(item.get("id"), str))
    yield from (f"two items with id {id_}" for id_, times in ids.items() if times > 1)
    if any(not item.get("id") for item in document.items):
        yield "an item without an id"


def items_have_content(document: JsonDocument) -> Iterator[str]:
    """Items: content_html or content_text must be present."""
    for item in document.items:
        if not item.keys() & {"content_html", "content_text"}:
            yield f"item {item.get('id')} has no content"


def authors_say_something(document: JsonDocument) -> Iterator[str]:
    """Top-level: an author has a name, a url or an avatar."""
    for author in _authors(document):
        if not any(author.get(name) for name in AUTHOR):
            yield "an empty author"


def both_forms_of_author_agree(document: JsonDocument) -> Iterator[str]:
    """Deprecations: author, where it is given for older readers, is one of authors."""
    for owner in document.both:
        if "author" in owner and owner["author"] not in owner.get("authors", []):
            yield "author without the same in authors"


def dates_are_rfc3339(document: JsonDocument) -> Iterator[str]:
    """Items: dates are in RFC 3339 format."""
    for item in document.items:
        for name in ("date_published", "date_modified"):
            if name in item and not is_rfc3339(str(item[name])):
                yield f"{name} {item[name]!r}"


def languages_are_tags(document: JsonDocument) -> Iterator[str]:
    """Top-level and Items: language as in RFC 5646."""
    for owner in document.both:
        if "language" in owner and not is_language(str(owner["language"])):
            yield f"language {owner['language']!r}"


def urls_are_absolute(document: JsonDocument) -> Iterator[str]:
    """Top-level, Items, Attachments: URLs; there is nothing that they could be relative to."""
    for _, owner in _objects(document):
        for name in owner.keys() & URLS:
            if not is_iri(str(owner[name])):
                yield f"{name} {owner[name]!r}"


def next_page_is_another(document: JsonDocument) -> Iterator[str]:
    """Top-level: next_url must not be the same as feed_url."""
    if "next_url" in document.feed and document.feed["next_url"] == document.feed.get("feed_url"):
        yield "next_url is the feed's own"


def attachments_are_complete(document: JsonDocument) -> Iterator[str]:
    """Attachments: url and mime_type are required; sizes are not negative."""
    for attachment in _attachments(document):
        if not attachment.get("url") or not is_media_type(str(attachment.get("mime_type", ""))):
            yield f"attachment {attachment!r}"
        if any(
            isinstance(attachment.get(name), int | float) and attachment[name] < 0
            for name in ("size_in_bytes", "duration_in_seconds")
        ):
            yield f"a negative size: {attachment!r}"


def hubs_are_complete(document: JsonDocument) -> Iterator[str]:
    """Top-level, "hubs": type and url are both required."""
    for hub in members(document.feed, "hubs"):
        if not (hub.get("type") and hub.get("url")):
            yield f"hub {hub!r}"


def text_is_unicode(document: JsonDocument) -> Iterator[str]:
    """Suggestions for publishers: UTF-8, so no lone surrogates; nor what XML can't say."""
    for text in _texts(document.feed):
        if re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", text):
            yield f"a forbidden character in {text[:60]!r}"


def html_is_inert(document: JsonDocument) -> Iterator[str]:
    """Items, "content_html", and this project's promise: nothing that acts, absolute URLs."""
    for item in document.items:
        yield from markup_faults(str(item.get("content_html", "")))


def _authors(document: JsonDocument) -> Iterator[dict]:
    for owner in document.both:
        yield from members(owner, "authors")
        if isinstance(owner.get("author"), dict):
            yield owner["author"]


def _attachments(document: JsonDocument) -> Iterator[dict]:
    for item in document.items:
        yield from members(item, "attachments")


def _objects(document: JsonDocument) -> Iterator[tuple[dict, dict]]:
    """Every object that the specification describes, with the members it may have."""
    yield FEED, document.feed
    yield from ((ITEM, item) for item in document.items)
    yield from ((AUTHOR, author) for author in _authors(document))
    yield from ((ATTACHMENT, attachment) for attachment in _attachments(document))
    yield from ((HUB, hub) for hub in members(document.feed, "hubs"))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, one in value.items():
            yield name
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


RULES = (
    version_comes_first,
    required_members_are_there,
    members_are_of_their_type,
    members_are_known,
    lists_hold_what_they_should,
    items_have_ids,
    items_have_content,
    authors_say_something,
    both_forms_of_author_agree,
    dates_are_rfc3339,
    languages_are_tags,
    urls_are_absolute,
    next_page_is_another,
    attachments_are_complete,
    hubs_are_complete,
    text_is_unicode,
    html_is_inert,
)
