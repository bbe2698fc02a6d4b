"""The excerpt of a post: what stands before its mark, else its summary, else its first paragraph.

The mark is looked for in HTML, where code is escaped: so it is never found inside code, whatever
way the code was marked in the source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import shorten

from publisher.markup.text import plain
from publisher.markup.tokens import tokens

# Without any paragraph the text as a whole stands in, cut to this many characters.
LONGEST_STANDIN = 300

_MARK = r"<!--\s*(?:more|truncate|excerpt|break|fold)\s*-->"
_IS_MARK = re.compile(_MARK, re.IGNORECASE)
_MARK_ALONE = re.compile(rf"<p>\s*({_MARK})\s*</p>", re.IGNORECASE)
# A comment, or an element in which a comment is an example of one.
_PASSED_OVER = re.compile(r"<!--|<(pre|code|script|style|template|textarea)\b", re.IGNORECASE)
_REFERENCE = re.compile(r'<sup[^<>]*><a [^<>]*class="footnote-ref"[^<>]*>[^<]*</a></sup>')
_EMBED = re.compile(r'<a class="embed"[^<>]*>(?:[^<]|<img [^<>]*>|<br>)*</a>')
_NOTES = '<div class="footnote">'
_TEMPLATE = re.compile(r"\{%[^%]*%\}|\{\{[^}]*\}\}|\{:[^}]*\}|\[toc\]", re.IGNORECASE)
_SHOWN = re.compile(r"<(?:img|video|audio|picture)\b")


def split(html: str) -> tuple[str | None, str]:
    """What stands before the first excerpt mark, None without one; and the whole.

    The first part may leave elements open. References to footnotes are taken out of it, because
    the notes are not in it.
    """
    whole = _MARK_ALONE.sub(r"\1", html)
    mark = next(_marks(whole), None)
    return (None if mark is None else without_references(whole[:mark])), whole


def without_references(html: str) -> str:
    """HTML without the raised numbers that point to footnotes."""
    return _REFERENCE.sub("", html)


def says_something(html: str) -> bool:
    """Whether there is anything to read, to see or to hear."""
    return bool(_SHOWN.search(html)) or bool(plain(html))


def first_paragraph(html: str) -> str:
    """The plain text of the first paragraph, on one line, of HTML that was cleaned.

    One that stands by itself is taken before one in a quotation or a list; without any the text as
    a whole is cut short. Empty only when there is no text.
    """
    read = _EMBED.sub("", without_references(html)).partition(_NOTES)[0]
    paragraphs = list(_paragraphs(read))
    for nested in (False, True):
        for inside, text in paragraphs:
            if inside == nested and re.search(r"\w", _TEMPLATE.sub("", text)):
                return text
    return shorten(plain(read), LONGEST_STANDIN, placeholder=" …")


def _marks(html: str) -> Iterator[int]:
    """Where each excerpt mark begins. Linear: what has no end ends the search."""
    at = 0
    while found := _PASSED_OVER.search(html, at):
        if mark := _IS_MARK.match(html, found.start()):
            yield mark.start()
        end = _end_of(found[1]).search(html, found.end())
        if not end:
            return
        at = end.end()


def _end_of(name: str | None) -> re.Pattern[str]:
    return re.compile(rf"</{name}\b" if name else "-->", re.IGNORECASE)


def _paragraphs(html: str) -> Iterator[tuple[bool, str]]:
    """Each paragraph: whether it stands inside something else, and its text."""
    around = 0
    text: list[str] | None = None
    for token in tokens(html):
        if token.closing:
            around -= 1
            if token.name == "p" and text is not None:
                yield around > 0, plain("".join(text))
                text = None
            continue
        if token.name == "p":
            text = []
        elif text is not None:
            text.append(token.source)
        around += bool(token.name) and not token.void
