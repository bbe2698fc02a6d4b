"""Wrapping text by the columns it takes: wide East Asian characters take two, marks none.

The standard library's textwrap counts characters, breaks words at hyphens and never breaks
Chinese or Japanese, which has no spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

WIDTH = 72

_SPACE = re.compile(r"[ \t\r\f]+")
#: Closing marks that must not begin a line (a small part of JIS X 4051, enough to read well).
_CLOSING = frozenset("、。，．！？：；）」』】〕》〉…ー々")


def columns(text: str) -> int:
    """How many columns a terminal or a fixed-width font needs for it."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Cf", "Me", "Mn"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def wrap(text: str, width: int = WIDTH) -> list[str]:
    """Lines of at most ``width`` columns, but for words longer than that, such as URLs.

    Every ``\\n`` in the text is a line end that is meant.
    """
    return [line for part in text.split("\n") for line in _wrap_line(part, width)]


def _wrap_line(text: str, width: int) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for glue, unit in _units(text):
        size = columns(unit)
        if line and used + len(glue) + size > width:
            lines.append(line)
            line, used, glue = "", 0, ""
        if line:
            line, used = line + glue, used + len(glue)
        line, used = line + unit, used + size
    return [*lines, line]


def _units(text: str) -> Iterator[tuple[str, str]]:
    """What is not broken inside, each with the space before it: a word, or a wide character."""
    for word in _SPACE.split(text.strip(" \t\r\f")):
        glue = " "
        for unit in [word] if word.isascii() else _wide_units(word):
            yield glue, unit
            glue = ""


def _wide_units(word: str) -> list[str]:
    units: list[str] = []
    after_wide = False
    for char in word:
        wide = _columns(char) == 2
        starts = not units or ((wide or after_wide) and char not in _CLOSING and _columns(char))
        if starts:
            units.append(char)
        else:
            units[-1] += char
        after_wide = wide if _columns(char) else after_wide
    return units


def indent(lines: list[str], first: str, rest: str) -> list[str]:
    """Lines behind a mark: ``first`` before the first one, ``rest`` before the others."""
    marks = [first] + [rest] * (len(lines) - 1)
    return [f"{mark}{line}".rstrip() for mark, line in zip(marks, lines, strict=True)]
