"""The rules of RSS 2.0.

"Specification" is the RSS Advisory Board's RSS 2.0, "profile" its best practices profile.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from feedcheck.document import XmlDocument
from feedcheck.history import HISTORY, history_faults
from feedcheck.markup import markup_faults
from feedcheck.values import (
    is_address,
    is_language,
    is_length,
    is_media_type,
    is_rfc822,
    is_uri,
)

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
MEDIA = "{http://search.yahoo.com/mrss/}content"
THUMBNAIL = "{http://search.yahoo.com/mrss/}thumbnail"

# Child element → (at least, at most) times.
CHANNEL = {
    "title": (1, 1), "link": (1, 1), "description": (1, 1), "language": (0, 1),
    "copyright": (0, 1), "managingEditor": (0, 1), "webMaster": (0, 1), "pubDate": (0, 1),
    "lastBuildDate": (0, 1), "category": (0, None), "generator": (0, 1), "docs": (0, 1),
    "cloud": (0, 1), "ttl": (0, 1), "image": (0, 1), "rating": (0, 1), "textInput": (0, 0),
    "skipHours": (0, 1), "skipDays": (0, 1), "item": (0, None),
}  # fmt: skip
ITEM = {
    "title": (0, 1), "link": (0, 1), "description": (0, 1), "author": (0, 1),
    "category": (0, None), "comments": (0, 1), "enclosure": (0, 1), "guid": (1, 1),
    "pubDate": (0, 1), "source": (0, 1), CONTENT: (0, 1),
}  # fmt: skip
PLAIN = ("title", "category", "author", "managingEditor", "webMaster", "copyright", "generator")
MAILBOXES = ("author", "managingEditor", "webMaster")
DATES = ("pubDate", "lastBuildDate")


def root_is_rss(document: XmlDocument) -> Iterator[str]:
    """Specification, "What is RSS?": an rss element of version 2.0 with one channel."""
    root = document.root
    if root.tag != "rss" or root.get("version") != "2.0" or len(root.findall("channel")) != 1:
        yield "not an rss 2.0 element with one channel"


def children_are_counted(document: XmlDocument) -> Iterator[str]:
    """Specification, "Required channel elements" and "Elements of item"; profile, "enclosure" (one
    an item), "guid" (on every item) and "textInput" (to be avoided)."""
    for channel in document.all("channel"):
        yield from _miscounted(channel, CHANNEL)
    for item in document.all("item"):
        yield from _miscounted(item, ITEM)


def elements_are_known(document: XmlDocument) -> Iterator[str]:
    """Specification, "Extending RSS": elements of no namespace are those described there."""
    for tag, known in (("channel", CHANNEL), ("item", ITEM)):
        for parent in document.all(tag):
            for child in parent.iterchildren("*"):
                if not child.tag.startswith("{") and child.tag not in known:
                    yield f"{child.tag} in {tag}"


def channel_says_something(document: XmlDocument) -> Iterator[str]:
    """Specification, "Required channel elements": title, link and description."""
    for name in ("title", "link", "description"):
        if not _text(document.root.find(f"channel/{name}")).strip():
            yield f"an empty {name}"


def channel_links_to_itself(document: XmlDocument) -> Iterator[str]:
    """Profile, "atom:link": one to the feed itself, with its media type; "link" is the site."""
    links = document.root.findall(f"channel/{ATOM}link")
    own = [link for link in links if link.get("rel") == "self"]
    if [link.get("type") for link in own] != ["application/rss+xml"]:
        yield "not one atom:link with rel=self and the type of RSS"
    if document.root.findtext("channel/link") in [link.get("href") for link in own]:
        yield "the channel's link is the feed, not the site"


def head_comes_first(document: XmlDocument) -> Iterator[str]:
    """Profile, "item": all of the channel's other elements come before the first item."""
    tags = [child.tag for child in document.root.iterfind("channel/*")]
    if "item" in tags and set(tags[tags.index("item") :]) != {"item"}:
        yield "a channel element after an item"


def languages_are_tags(document: XmlDocument) -> Iterator[str]:
    """Specification, "language": the channel says its language, by a tag."""
    if not is_language(document.root.findtext("channel/language") or ""):
        yield f"language {document.root.findtext('channel/language')!r}"


def items_say_something(document: XmlDocument) -> Iterator[str]:
    """Specification, "Elements of item": a title or a description."""
    for item in document.all("item"):
        if not any(_text(item.find(name)).strip() for name in ("title", "description")):
            yield "an item with neither title nor description"


def guids_are_unique(document: XmlDocument) -> Iterator[str]:
    """Profile, "guid": it identifies the item, so no two have the same."""
    guids = Counter(node.text for node in document.all("guid"))
    yield from (f"two items with guid {guid}" for guid, times in guids.items() if times > 1)


def permalinks_are_urls(document: XmlDocument) -> Iterator[str]:
    """Specification, "guid": unless isPermaLink is false it is a URL that opens in a browser."""
    for guid in document.all("guid"):
        claim = guid.get("isPermaLink", "true")
        if claim not in {"true", "false"}:
            yield f"isPermaLink {claim!r}"
        if claim == "true" and not re.match("https?://", guid.text or ""):
            yield f"a permalink that is no URL: {guid.text!r}"


def description_precedes_content(document: XmlDocument) -> Iterator[str]:
    """Profile, "content:encoded": a description before it."""
    for item in document.all("item"):
        tags = [child.tag for child in item]
        if CONTENT in tags and "description" not in tags[: tags.index(CONTENT)]:
            yield "content:encoded without a description before it"


def dates_are_rfc822(document: XmlDocument) -> Iterator[str]:
    """Profile, "Dates and times": RFC 822 with a four-digit year, numeric zone or GMT."""
    for date in document.all(*DATES):
        if not is_rfc822(date.text or ""):
            yield f"{date.tag} {date.text!r}"


def mailboxes_have_names(document: XmlDocument) -> Iterator[str]:
    """Profile, "Email addresses": ``mail@host (Real Name)``."""
    for node in document.all(*MAILBOXES):
        match = re.fullmatch(r"(\S+) \(([^()\\]*[^()\\\s][^()\\]*)\)", _text(node))
        if match is None or not is_address(match[1]):
            yield f"{node.tag} {_text(node)!r}"


def authors_are_said_once(document: XmlDocument) -> Iterator[str]:
    """Profile, "dc:creator": it, or author, not both; and it has a name."""
    for item in document.all("item"):
        if item.find("author") is not None and item.find(CREATOR) is not None:
            yield "author and dc:creator in one item"
        if not all(_text(creator).strip() for creator in item.findall(CREATOR)):
            yield "an empty dc:creator"


def enclosures_are_complete(document: XmlDocument) -> Iterator[str]:
    """Profile, "enclosure": url, length (0 if not known) and type."""
    for enclosure in document.all("enclosure"):
        claims = (("url", is_uri), ("length", is_length), ("type", is_media_type))
        for name, holds in claims:
            if not holds(enclosure.get(name, "")):
                yield f"{name} {enclosure.get(name)!r} of an enclosure"


def text_has_no_children(document: XmlDocument) -> Iterator[str]:
    """Profile, "Character data": text is text, escaped where it is HTML."""
    for node in document.all(*PLAIN, *DATES, "description", "link", "guid", CONTENT):
        if any(isinstance(child.tag, str) for child in node):
            yield f"child elements in a {node.tag}"


def plain_text_is_unmistakable(document: XmlDocument) -> Iterator[str]:
    """Profile, "Character data": & and < in plain text as hexadecimal references."""
    source = document.data.decode("utf-8")
    for name in PLAIN:
        for text in re.findall(rf"<{name}(?: [^>]*)?>(.*?)</{name}>", source, re.DOTALL):
            if re.search("&(amp|lt|#38|#60);|<!\\[CDATA\\[", text):
                yield f"{name} {text!r}"


def urls_are_absolute(document: XmlDocument) -> Iterator[str]:
    """Profile, "Uniform resource locators": a full URL with a scheme, everywhere."""
    for node in document.all("link", "docs", "comments", "url"):
        if not is_uri(node.text or ""):
            yield f"{node.tag} {node.text!r}"
    for node, name in [(node, "href") for node in document.all(f"{ATOM}link")] + [
        (node, "url") for node in document.all(MEDIA, THUMBNAIL, "source")
    ]:
        if not is_uri(node.get(name, "")):
            yield f"{node.tag} to {node.get(name)!r}"


def categories_are_named(document: XmlDocument) -> Iterator[str]:
    """Specification, "category": it has a name."""
    for category in document.all("category"):
        if not _text(category).strip():
            yield "an empty category"


def history_is_linked(document: XmlDocument) -> Iterator[str]:
    """Profile, "atom:link", and RFC 5005: what a feed says of its other documents."""
    for channel in document.all("channel"):
        yield from history_faults(document, channel, channel.findall(f"{ATOM}link"))
    for item in document.all("item"):
        if any(link.get("rel") in HISTORY for link in item.findall(f"{ATOM}link")):
            yield "a link to an archive in an item"


def html_is_inert(document: XmlDocument) -> Iterator[str]:
    """Profile, "description" (no relative URLs), and this project's promise: nothing that acts."""
    for node in document.all("description", CONTENT):
        if node.tag == CONTENT or node.getparent().tag == "item":
            yield from markup_faults(_text(node))


def _miscounted(parent: _Element, counts: dict[str, tuple[int, int | None]]) -> Iterator[str]:
    for name, (least, most) in counts.items():
        times = len(parent.findall(name))
        if times < least or (most is not None and times > most):
            yield f"{name} {times} times in {parent.tag}"


def _text(node: _Element | None) -> str:
    return "" if node is None else "".join(node.itertext())


RULES = (
    root_is_rss,
    children_are_counted,
    elements_are_known,
    channel_says_something,
    channel_links_to_itself,
    head_comes_first,
    languages_are_tags,
    items_say_something,
    guids_are_unique,
    permalinks_are_urls,
    description_precedes_content,
    dates_are_rfc822,
    mailboxes_have_names,
    authors_are_said_once,
    enclosures_are_complete,
    text_has_no_children,
    plain_text_is_unmistakable,
    urls_are_absolute,
    categories_are_named,
    history_is_linked,
    html_is_inert,
)
