"""Front matter text as plain words on one line: titles, summaries, names.

Blogs print titles and descriptions into HTML unescaped, so writers put entities and the odd
``<em>`` there. Those are taken for what they show as; a bare ``<3`` or ``&`` stays as it is.
"""

from __future__ import annotations

import re
from html import unescape

from publisher.content.notes import Notes
from publisher.markup.text import ILLEGAL
from publisher.markup.text import plain as without_tags

_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()]{0,500}\)")
_CODE = re.compile(r"(?<![`\\])(`{1,3})(?!`)(.{1,500}?)(?<!`)\1(?!`)")
_KEPT = re.compile("\ue000(\\d+)\ue001")
# Not \*escaped\*, and not Python's __init__.
_EMPHASIS = re.compile(
    r"(?<![\w*_\\])(?!__\w+?__(?!\w))"
    r"(\*{1,3}|_{1,3})(?=[^\s*_])([^*_]{1,500}?)(?<=[^\s\\])\1(?![\w*_])"
)
_ATTRIBUTES = re.compile(r"\{:?\s?[#.][^{}]{0,200}\}\s*$")


def plain(text: str) -> str:
    """One line of plain text from text as front matter holds it."""
    return without_tags(text) if "<" in text or "&" in text else one_line(text)


def from_markdown(text: str) -> str:
    """One line of plain text from a title, a heading or a summary in Markdown.

    What is in code is text as it stands there.
    """
    code: list[str] = []
    if "`" in text and "\ue000" not in text:

        def kept(found: re.Match[str]) -> str:
            code.append(one_line(unescape(found[2])))
            return f"\ue000{len(code) - 1}\ue001"

        text = _CODE.sub(kept, text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "*" in text or "_" in text:
        text = _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text))
    words = plain(text)
    return _KEPT.sub(lambda found: code[int(found[1])], words) if code else words


def without_attributes(heading: str) -> str:
    """A heading without the ``{#id}`` or ``{: .class}`` at its end."""
    return _ATTRIBUTES.sub("", heading)


def one_line(text: str) -> str:
    """The same words with single spaces between, and nothing that XML can't carry."""
    line = " ".join(text.split())
    return line if line.isprintable() else " ".join(ILLEGAL.sub("", line).split())


def too_long(key: str, limit: int) -> str:
    """What to say of a key's text that is longer than ``limit`` characters."""
    return f"{key}: longer than {limit} characters; shorten it, or close the quote before it"


def note_illegal(key: str, line: int, text: str, notes: Notes) -> None:
    """Warn of characters that are left out of a text, because no feed can carry them."""
    if not text.isprintable() and ILLEGAL.search(text):
        notes.warn(line, f"{key}: holds characters that no feed can carry; they are left out")
