"""What kramdown (Jekyll) and Hugo write between the lines: attributes, comments, places for a toc.

Classes and sizes belong to the blog's own style sheet. Ids, languages and directions are kept where
Python-Markdown reads them; everything else is taken out, for no reader should see it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from markdown.inlinepatterns import InlineProcessor

#: How many lines a comment may have.
LONGEST = 2000

_PAIR = r"[\w:-]++=(?:\"[^\"\n]*+\"|'[^'\n]*+'|[^\s\"'{}]++)"
_ATTRIBUTE = rf"(?:[.#][\w:-]++|{_PAIR}|(?:no_)?toc\b|hidden\b)"
#: The inside of an attribute list: ``{: .class #id key="value"}``, ``{#id}``. Elixir's
#: ``{:ok, value}`` is none.
ATTRIBUTES = rf"\{{(?::[ ]*|[ ]*(?=[.#]))((?:{_ATTRIBUTE}[ ]*+)++)\}}"
SPAN = re.compile(rf"\{{:[ ]*(?:{_ATTRIBUTE}[ ]*+)++\}}")

_LINE = re.compile(rf"\{{(?::[ ]*|[ ]*(?=[.#]))(?:(?:{_ATTRIBUTE}|[\w-]++)[ ]*+)++\}}")
_WHOLE = re.compile(ATTRIBUTES)
_DEFINITION = re.compile(r"\{:[\w-]+:\s[^\n]*\}")
_TOC = re.compile(r"\{:[^{}]*(?<![\w.-])toc\b[^{}]*\}")
_KEPT = re.compile(r"#|\b(?:lang|dir)=")
_EXTENSION = re.compile(r"\{::(\w+)[^{}]*?(/?)\}")
_TOC_LINES = frozenset({"[TOC]", "[[TOC]]", "[[toc]]", "[[_TOC_]]"})
_ITEM = re.compile(r"\{:[ ]*(?:" + _ATTRIBUTE + r"[ ]*+)++\}\s*")


class Mark(NamedTuple):
    """Lines up to ``end`` that no reader should see as they are.

    ``html`` stands for them, raw; None for nothing. ``kept`` is an attribute list that goes on the
    line before, ``toc`` says that the list before was only a place for a table of contents.
    """

    end: int
    html: str | None = None
    kept: str = ""
    toc: bool = False


def mark(lines: Sequence[str], at: int, _base: int = 0) -> Mark | None:
    """What line ``at`` is of all this, if anything."""
    text = lines[at].strip()
    if text.startswith("{::"):
        return _extension(lines, at, text)
    if _DEFINITION.fullmatch(text) or text == "^" or text in _TOC_LINES:
        return Mark(at + 1)
    if not _LINE.fullmatch(text):
        return None
    kept = _KEPT.search(text) and _WHOLE.fullmatch(text)
    return Mark(at + 1, kept=text if kept else "", toc=bool(_TOC.fullmatch(text)))


def of_item(text: str) -> str:
    """The text of a list item without the attribute list that it begins with."""
    return _ITEM.sub("", text, count=1) if text.startswith("{:") and _ITEM.match(text) else text


class Extension(InlineProcessor):
    """``{::comment}…{:/}`` in a line is left out, ``{::nomarkdown}…{:/}`` stays as it is."""

    PATTERN = (
        r"\{::comment\}.*?\{:/(?:comment)?\}|\{::nomarkdown\}(?P<raw>.*?)\{:/(?:nomarkdown)?\}"
        r"|\{::options[^{}]*/\}"
    )

    def handleMatch(  # type: ignore[override]  # noqa: N802  (the stubs know 2.x)
        self, m: re.Match[str], data: str
    ) -> tuple[str, int, int]:
        """What stays of it."""
        return self.md.htmlStash.store(m["raw"]) if m["raw"] else "", m.start(), m.end()


def _extension(lines: Sequence[str], at: int, text: str) -> Mark | None:
    """``{::comment}``, ``{::nomarkdown}`` up to their end; ``{::options … /}`` by itself."""
    begins = _EXTENSION.fullmatch(text)
    if not begins:
        return None
    if begins[2]:
        return Mark(at + 1)
    name = begins[1]
    ends = (f"{{:/{name}}}", "{:/}")
    for number in range(at + 1, min(at + LONGEST, len(lines))):
        if lines[number].strip() in ends:
            inner = "\n".join(lines[at + 1 : number])
            return Mark(number + 1, html=inner if name == "nomarkdown" else None)
    return Mark(at + 1)
