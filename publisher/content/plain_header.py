"""The plainest YAML, read without a parser: ``key: words``, and lists of words.

Most headers hold nothing else, and a parser's events cost more than all the rest of reading a
post. Whatever is not surely plain is left to the parser, so both always say the same.
"""

from __future__ import annotations

import re

from publisher.content.fields import Entry, Value

#: No character in it means anything to YAML (1.2, section 7.3.3): a colon stands before a digit,
#: and neither the first nor the last character is a space.
_WORDS = r"[A-Za-z0-9](?:[\w .,;!?/()+'$%=~^-]|:(?=\d))*(?<! )"
_QUOTED = r'"([^"\\\t]*)"' + r"|'([^'\t]*)'"

#: The same between commas.
_ITEM = r"[A-Za-z0-9](?:[A-Za-z0-9 ./+_-]*[A-Za-z0-9])?"

_LINE = re.compile(
    rf"([A-Za-z_][A-Za-z0-9_-]{{0,60}}):(?: +(?:({_WORDS})|{_QUOTED}"
    rf"|\[({_ITEM}(?:, *{_ITEM})*)\]))? *",
    re.ASCII,
)
_LISTED = re.compile(rf"( *)- +(?:({_WORDS})|{_QUOTED}) *", re.ASCII)

#: Plain words that stand for nothing.
_NULLS = frozenset({"null", "Null", "NULL"})

_LONGEST = 2000


def read_plain(text: str, line: int) -> dict[str, Entry] | None:
    """The keys of a header whose first line has that number; None for what takes a parser."""
    if len(text) > _LONGEST or not text.isascii():
        return None
    table: dict[str, Entry] = {}
    lines = text.splitlines()
    at, end = 0, len(lines)
    while at < end:
        found = _LINE.fullmatch(lines[at])
        if found is None:
            return None
        key, words, double, single, items = found.groups()
        number = line + at
        at += 1
        value: Value | None = _said(words, double, single)
        if items is not None:
            value = [item.strip() for item in items.split(",")]
        elif value is None and at < end and lines[at].lstrip(" ").startswith("-"):
            value = _list(lines, at)
            if value is None:
                return None
            at += len(value)
        if (folded := key.lower()) in table or not _sure(value, plain=words or items):
            return None
        if value and not (isinstance(value, str) and value.isspace()):
            table[folded] = Entry(key, number, value)
    return table


def _list(lines: list[str], at: int) -> Value | None:
    """The items that stand in lines of their own from there on; None where one is not plain."""
    items: list[Value] = []
    indents = set()
    for written in lines[at:]:
        if not written.lstrip(" ").startswith("-"):
            break
        found = _LISTED.fullmatch(written)
        if found is None:
            return None
        indent, words, double, single = found.groups()
        item = _said(words, double, single)
        if not item or item.isspace():
            return None
        indents.add(indent)
        items.append(item)
    return items if len(indents) == 1 else None


def _said(*readings: str | None) -> str | None:
    """The one of these that was found."""
    return next((text for text in readings if text is not None), None)


def _sure(value: Value | None, *, plain: str | None) -> bool:
    """Whether nothing in a value may stand for nothing: that is the parser's to say."""
    if isinstance(value, list):
        return not any(item in _NULLS for item in value)
    return plain is None or value not in _NULLS
