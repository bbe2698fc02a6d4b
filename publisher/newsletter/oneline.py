"""Text that has to stay on one line: a subject, a name, a preheader.

What a post or a person wrote is not trusted to be one line, or to be visible at all.
"""

from __future__ import annotations

import unicodedata

#: Overrides, embeddings and isolates of text direction: they can make a line read as another.
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_SEPARATORS = frozenset({"Zs", "Zl", "Zp"})


def one_line(text: str, limit: int) -> str:
    """The text on one line, without invisible controls, at most ``limit`` characters long.

    Whatever breaks or separates becomes one space; lone surrogates, noncharacters and
    bidirectional controls go. What is too long is cut between words where it can be, with ``…``.
    """
    if text.isascii() and text.isprintable() and "  " not in text and len(text) <= limit:
        return text.strip(" ")
    words = "".join(map(_visible, text)).split(" ")
    line = " ".join(word for word in words if word)
    return line if len(line) <= limit else _cut(line, limit - 1) + "…"


def _visible(char: str) -> str:
    if " " <= char <= "~":
        return char
    category = unicodedata.category(char)
    if category == "Cc" or category in _SEPARATORS:
        return " "
    gone = category == "Cs" or char in _BIDI or char == "\ufeff" or _is_no_character(char)
    return "" if gone else char


def _is_no_character(char: str) -> bool:
    """Noncharacters only: one that is not assigned yet may be a newer emoji than our tables."""
    return "\ufdd0" <= char <= "\ufdef" or ord(char) & 0xFFFE == 0xFFFE


def _cut(line: str, limit: int) -> str:
    """At the last space in the second half, else anywhere; never before a combining mark."""
    space = line.rfind(" ", limit // 2, limit + 1)
    end = space if space > 0 else limit
    while end > 1 and unicodedata.combining(line[end]):
        end -= 1
    return line[:end].rstrip()
