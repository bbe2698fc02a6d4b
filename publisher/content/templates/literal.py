"""Marks that say that what they hold is no template: Liquid's ``raw``, and escaped shortcodes.

The marks go; the braces that they kept become inert, and in code they become what they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.content.templates.scan import INERT, inert, mask

#: ``raw``, and a text in quotes, by which Liquid writes its own marks: ``{{ "{% raw %}" }}``.
_RAW = re.compile(
    r"\{%-?\s{0,9}(end)?raw\s{0,9}-?%\}"
    r"|\{\{-?\s{0,9}(?:\"(?P<double>[^\"\n]{1,200})\"|'(?P<single>[^'\n]{1,200})')\s{0,9}-?\}\}"
)
_ESCAPED = re.compile(
    r"\{\{([<%])/\*(?P<hugo>(?:(?!\*/).){0,2000})\*/[>%]\}\}"
    r"|(?P<open>\{[{%])/\*(?P<zola>(?:(?!\*/).){0,2000})\*/(?P<close>[}%]\})"
)


def settled(body: str, *, is_html: bool, raw: bool, everywhere: bool) -> tuple[str, str]:
    """A body without such marks, and its mask. The lines stay where they are.

    ``raw``: Liquid reads it, else what reads shortcodes. ``everywhere``: marks in code are marks.
    """
    marked = list(_raw(body) if raw else _escaped(body))
    if marked and not everywhere:
        seen = mask(body, is_html=is_html, math=not raw)
        marked = [piece for piece in marked if not seen[piece[0]].isspace()]
    text = _without(body, marked)
    seen = mask(text, is_html=is_html, math=not raw)
    if INERT not in text:
        return text, seen
    kept = [pair for pair in zip(text, seen, strict=True) if pair != (INERT, " ")]
    return "".join(a for a, _ in kept), "".join(b for _, b in kept)


Marked = tuple[int, int, str]


def _raw(body: str) -> Iterator[Marked]:
    opened: re.Match[str] | None = None
    for found in _RAW.finditer(body):
        if found["double"] or found["single"]:
            if not opened and "{" in (text := found["double"] or found["single"]):
                yield found.start(), found.end(), text
        elif not found[1]:
            opened = opened or found
        elif opened:
            lost = "\n" * (opened[0].count("\n") + found[0].count("\n"))
            yield opened.start(), found.end(), body[opened.end() : found.start()] + lost
            opened = None


def _escaped(body: str) -> Iterator[Marked]:
    for found in _ESCAPED.finditer(body) if "/*" in body else ():
        if found[1]:
            closing = ">" if found[1] == "<" else "%"
            plain = f"{{{{{found[1]}{found['hugo']}{closing}}}}}"
        else:
            plain = found["open"] + found["zola"] + found["close"]
        yield found.start(), found.end(), plain


def _without(body: str, marked: list[Marked]) -> str:
    pieces = []
    at = 0
    for start, end, text in marked:
        pieces += [body[at:start], inert(text)]
        at = end
    return "".join(pieces) + body[at:]
