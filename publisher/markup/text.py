"""Text that any output can carry: HTML as one plain line, and without the characters XML forbids.

Standard library only, and linear in its input: front matter comes through here, in process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

#: What XML 1.0 section 2.2 forbids, lone surrogates, and what feed validators fault although it
#: is legal: DEL, the C1 controls and the replacement character (the mark of text already lost).
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd-\uffff]")


def names(text: str) -> frozenset[str]:
    """A set of names, written as one string with spaces between."""
    return frozenset(text.split())


_INLINE = names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q rp rt "
    "ruby s samp small span strike strong sub sup time tt u var wbr"
)
_BLOCK = names(
    "address article aside audio blockquote body br button canvas caption center col colgroup dd "
    "details dialog div dl dt embed fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head "
    "header hgroup hr html iframe input legend li link main meta nav noscript object ol option p "
    "picture pre section select source summary table tbody td textarea tfoot th thead title tr "
    "track ul video"
)
_UNREAD = frozenset({"script", "style", "template"})
_UNREAD_END = {name: re.compile(f"</{name}", re.IGNORECASE) for name in _UNREAD}
_KNOWN = _INLINE | _BLOCK | _UNREAD

# No part of it crosses a "<", so a search costs no more than the distance to the next one.
_TAG = re.compile(
    r"""<(?:!--|(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>])(?:[^<>"']|"[^"<]*"|'[^'<]*')*>)"""
)


def legal(text: str) -> str:
    """The text without characters that XML forbids or a feed validator faults (see ILLEGAL)."""
    return ILLEGAL.sub("", text)


def plain(html: str) -> str:
    """HTML as plain text on one line, entities resolved, space runs collapsed.

    What only looks like a tag (``Vec<T>``, ``I <3 it``) is text: titles and summaries hold it.
    """
    return " ".join(legal(unescape("".join(_texts(html)))).split())


def _texts(html: str) -> Iterator[str]:
    """The text between the tags; a space where a tag parts words."""
    at = 0
    last_comment_end = html.rfind("-->")
    for tag in _TAG.finditer(html):
        name = (tag[2] or "").lower()
        if tag.start() < at or (not name and tag.end() > last_comment_end):
            continue
        end = _end(html, tag, name)
        if end is not None:
            yield html[at : tag.start()]
            yield "" if name in _INLINE else " "
            at = end
    yield html[at:]


def _end(html: str, tag: re.Match[str], name: str) -> int | None:
    """Where the text goes on after a tag; None when it is none, but text that looks like one."""
    if not name:
        return html.index("-->", tag.end()) + len("-->")
    if name in _UNREAD and not tag[1]:
        close = _UNREAD_END[name].search(html, tag.end())
        return close.start() if close else len(html)
    return tag.end() if name in _KNOWN else None
