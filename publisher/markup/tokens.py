"""Tokens of the HTML that the sanitiser writes.

It writes one strict form: every tag closed or void, names in small letters, each attribute as
``name="value"`` with no bare quote or angle bracket in it. So a regular expression reads exactly
what an HTML5 parser would. It reads no other HTML, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import NamedTuple

from publisher.markup.text import names

VOID = names("area br col embed hr img input source track wbr")

_TOKEN = re.compile(
    r"""([^<]+)
    |<(/?)([a-z][a-z0-9]*)(?:\ [^\s="<>]+="[^"]*")*>""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r' ([^\s="<>]+)="([^"]*)"')
_RAW_END = "</iframe>"
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\xa0": "&nbsp;"})


class Token(NamedTuple):
    """A tag, or, where ``name`` is empty, the text between tags; ``source`` is as it was read."""

    source: str
    name: str = ""
    closing: bool = False

    @property
    def void(self) -> bool:
        """Whether it is a whole element: no end tag follows."""
        return self.name in VOID

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes of a start tag, unescaped, in their order."""
        return {name: unescape(value) for name, value in _ATTRIBUTE.findall(self.source)}


class NotCanonical(ValueError):
    """HTML that the sanitiser did not write."""


def tokens(html: str) -> Iterator[Token]:
    """Read what the sanitiser wrote. The raw text inside an iframe is left out.

    Raises NotCanonical at anything else.
    """
    at = 0
    while at < len(html):
        found = _TOKEN.match(html, at)
        if not found:
            raise NotCanonical(f"not the sanitiser's HTML: {html[at : at + 40]!r}")
        text, slash, name, at = found[1], found[2], found[3], found.end()
        if text:
            yield Token(text)
        else:
            yield Token(found[0], name, slash == "/")
            if name == "iframe" and not slash:
                at = html.index(_RAW_END, at)


def written(name: str, attributes: Mapping[str, str]) -> str:
    """A start tag in the sanitiser's form."""
    values = "".join(f' {key}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{values}>"


def escape(text: str) -> str:
    """Text so that it can stand between tags or in an attribute, in the sanitiser's form."""
    return text.translate(_ESCAPES)
