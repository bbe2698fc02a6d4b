"""Drawings and formulas written as markup of their own (SVG, MathML), as the words they hold.

Sanitisers and feed validators refuse both; what is left without them is what they say of
themselves. Linear in the length of the HTML.
"""

from __future__ import annotations

import re
from html import unescape

from publisher.markup.text import plain
from publisher.markup.tokens import escape

_BEGINS = re.compile(r"<(svg|math)(?=[\s/>])((?:[^<>\"']|\"[^\"<]*\"|'[^'<]*')*)>", re.IGNORECASE)
_ENDS = {name: re.compile(rf"</{name}\s*>", re.IGNORECASE) for name in ("svg", "math")}
_SAID = re.compile(r"""\s(?:aria-label|alttext)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""", re.IGNORECASE)
_HIDDEN = re.compile(r"""\saria-hidden\s*=\s*["']?true""", re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]*>([^<]*)</title", re.IGNORECASE)
_TEX = re.compile(
    r"<annotation\b[^<>]*encoding\s*=\s*[\"']?application/x-tex[^<>]*>([^<]*)</", re.IGNORECASE
)
_ANNOTATION = re.compile(r"<annotation\b[^<>]*>[^<]*</annotation\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def worded(html: str) -> str:
    """The HTML with each ``<svg>`` as its title and each ``<math>`` as its TeX or its letters."""
    pieces: list[str] = []
    at = 0
    while found := _BEGINS.search(html, at):
        name = found[1].lower()
        end = _ENDS[name].search(html, found.end())
        if not end:
            break
        pieces += html[at : found.start()], _words(name, found[2], html[found.end() : end.start()])
        at = end.end()
    return "".join(pieces) + html[at:] if pieces else html


def _words(name: str, attributes: str, inner: str) -> str:
    said = _SAID.search(attributes)
    words = unescape(said[1] or said[2] or "").strip() if said else ""
    if name == "svg":
        title = _TITLE.search(inner)
        shown = not _HIDDEN.search(attributes)
        return escape(words or (plain(title[1]) if title else "")) if shown else ""
    tex = words or ((found := _TEX.search(inner)) and unescape(found[1]).strip())
    if tex:
        return f"<code>{escape(tex)}</code>"
    return escape(" ".join(unescape(_TAG.sub("", _ANNOTATION.sub("", inner))).split()))
