"""Feeds as parsed documents. What can't be parsed can't be held against any rule."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lxml import etree


class Unreadable(Exception):
    """The bytes are no document of their format at all."""


class XmlDocument:
    """An XML feed: its bytes and its root, namespaces resolved."""

    def __init__(self, data: bytes) -> None:
        """XML 1.0: well-formed, in UTF-8, without a document type (which readers refuse)."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        try:
            self.root = etree.fromstring(data, parser)
            data.decode("utf-8")
        except (etree.XMLSyntaxError, UnicodeDecodeError) as fault:
            raise Unreadable(f"not well-formed XML in UTF-8: {fault}") from fault
        if self.root.getroottree().docinfo.doctype:
            raise Unreadable("a document type declaration")
        self.data = data

    def all(self, *tags: str) -> Iterator[etree._Element]:
        """Every element with one of these tags, in document order."""
        return self.root.iter(*tags)


class JsonDocument:
    """A JSON feed. ``feed`` is the top-level object, ``items`` those of its items that are one."""

    def __init__(self, data: bytes) -> None:
        """RFC 8259: UTF-8 without a byte order mark, no member twice, no NaN."""
        try:
            self.feed = json.loads(
                data.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse
            )
        except ValueError as fault:
            raise Unreadable(f"not JSON in UTF-8: {fault}") from fault
        if not isinstance(self.feed, dict):
            raise Unreadable("not a JSON object")
        items = self.feed.get("items")
        self.items = [item for item in items if isinstance(item, dict)] if _is_list(items) else []

    @property
    def both(self) -> list[dict]:
        """The feed and its items: what some rules ask of either."""
        return [self.feed, *self.items]


def members(owner: dict, name: str) -> list[dict]:
    """The objects in a list-valued member; none where it is absent or of another type."""
    value = owner.get(name)
    return [one for one in value if isinstance(one, dict)] if _is_list(value) else []


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member that occurs twice")
    return found


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON value")
