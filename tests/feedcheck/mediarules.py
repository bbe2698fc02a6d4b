"""The rules of what Atom and RSS borrow: Media RSS 1.5.1, and Apple's elements for podcasts.

"Apple" is its "A podcaster's guide to RSS"; what the W3C feed validator asks for beyond it is said
where it does.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from feedcheck.document import XmlDocument
from feedcheck.values import is_address, is_media_type, is_uri

MEDIA = "{http://search.yahoo.com/mrss/}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
MEDIUMS = {"image", "audio", "video", "document", "executable"}
CHANNEL = {"author", "block", "category", "complete", "explicit", "image", "new-feed-url", "owner",
           "title", "type"}  # fmt: skip
ITEM = {"author", "block", "duration", "episode", "episodeType", "explicit", "image", "season",
        "title"}  # fmt: skip
CATEGORIES = {
    "Arts", "Business", "Comedy", "Education", "Fiction", "Government", "Health & Fitness",
    "History", "Kids & Family", "Leisure", "Music", "News", "Religion & Spirituality", "Science",
    "Society & Culture", "Sports", "TV & Film", "Technology", "True Crime",
}  # fmt: skip


def media_is_described(document: XmlDocument) -> Iterator[str]:
    """Media RSS, "media:content" and "media:thumbnail": a URL, a known medium, a real type."""
    for node in document.all(f"{MEDIA}content", f"{MEDIA}thumbnail"):
        if not is_uri(node.get("url", "")):
            yield f"{node.tag} to {node.get('url')!r}"
        if node.get("medium", "image") not in MEDIUMS:
            yield f"medium {node.get('medium')!r}"
        if not is_media_type(node.get("type", "image/png")):
            yield f"type {node.get('type')!r}"


def media_elements_are_known(document: XmlDocument) -> Iterator[str]:
    """Media RSS: what we use of it, and only in an item or an entry."""
    for node in document.root.iter(f"{MEDIA}*"):
        parent = node.getparent().tag.rpartition("}")[2]
        if node.tag.removeprefix(MEDIA) not in {"content", "thumbnail"}:
            yield f"{node.tag}"
        elif parent not in {"item", "entry"}:
            yield f"{node.tag} in {parent}"


def podcast_elements_are_known_and_alone(document: XmlDocument) -> Iterator[str]:
    """Apple: which elements a channel and an item have; each once, but for categories."""
    for parent, known in (*((one, CHANNEL) for one in document.all("channel")),
                          *((one, ITEM) for one in document.all("item"))):  # fmt: skip
        times = Counter(name for name, _ in _podcast(parent))
        yield from (f"itunes:{name} in {parent.tag}" for name in times if name not in known)
        yield from (
            f"itunes:{name} {count} times"
            for name, count in times.items()
            if count > 1 and name != "category"
        )


def podcasts_say_what_directories_need(document: XmlDocument) -> Iterator[str]:
    """Apple, required channel tags: image, category, explicit; and type and owner are complete."""
    for channel in document.all("channel"):
        said = dict(_podcast(channel))
        for name in {"image", "category", "explicit"} - said.keys() if said else ():
            yield f"a podcast without itunes:{name}"
        if "type" in said and said["type"].text not in {"episodic", "serial"}:
            yield f"itunes:type {said['type'].text!r}"
        if "owner" in said and not is_address(said["owner"].findtext(f"{ITUNES}email") or ""):
            yield "an itunes:owner without an address"
    for category in document.all(f"{ITUNES}category"):
        top = category.getparent().tag == "channel"
        if not category.get("text") or (top and category.get("text") not in CATEGORIES):
            yield f"itunes:category {category.get('text')!r}"


def podcast_values_are_what_they_claim(document: XmlDocument) -> Iterator[str]:
    """Apple, and the W3C feed validator: flags, numbers, durations (H:MM:SS suits both), images."""
    shapes = {
        "explicit": "true|false", "episode": "[1-9][0-9]*", "season": "[1-9][0-9]*",
        "episodeType": "full|trailer|bonus", "duration": "([0-9]{1,2}:)?[0-5]?[0-9]:[0-5][0-9]",
        "author": r".*\S.*",
    }  # fmt: skip
    for name, shape in shapes.items():
        for node in document.all(f"{ITUNES}{name}"):
            if re.fullmatch(shape, node.text or "") is None:
                yield f"itunes:{name} {node.text!r}"
    for image in document.all(f"{ITUNES}image"):
        if not is_uri(image.get("href", "")):
            yield f"itunes:image {image.get('href')!r}"


def _podcast(parent: _Element) -> Iterator[tuple[str, _Element]]:
    for child in parent.iterchildren(f"{ITUNES}*"):
        yield child.tag.removeprefix(ITUNES), child


RULES = (
    media_is_described,
    media_elements_are_known,
    podcast_elements_are_known_and_alone,
    podcasts_say_what_directories_need,
    podcast_values_are_what_they_claim,
)
