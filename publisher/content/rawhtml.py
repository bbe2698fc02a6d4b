"""HTML between the lines of Markdown, as CommonMark takes it (0.31, section 4.6).

A block of HTML ends at the next blank line, and what follows is Markdown again, also inside an
element that is still open: ``<details>`` around Markdown is written like that. Python-Markdown
would take all up to the end tag as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.content.fences import indent
from publisher.markup.text import names
from publisher.markup.tokens import VOID

_BLOCKS = names(
    "address article aside blockquote body caption center col colgroup dd details dialog div dl "
    "dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html iframe li "
    "link main menu meta nav ol option p section summary table tbody td tfoot th thead title tr "
    "ul video"
)
# Elements whose end tag may be left out: they end with what they stand in.
_ENDLESS = names("body colgroup dd dt head html li option p tbody td tfoot th thead tr")
_VERBATIM = re.compile(r"<(pre|script|style|textarea)\b|<!--", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)(?=[\s/>]|$)")


def begins(text: str) -> bool:
    """Whether a line begins a block of HTML."""
    found = _TAG.match(text)
    return found is not None and found[2].lower() in _BLOCKS


def verbatim(lines: Sequence[str], at: int, text: str) -> int | None:
    """The line after a comment or an element whose text is no Markdown, begun on line ``at``."""
    found = _VERBATIM.match(text)
    if not found:
        return None
    end = f"</{found[1].lower()}" if found[1] else "-->"
    while at < len(lines) and end not in lines[at].lower():
        at += 1
    return min(at + 1, len(lines))


def block(lines: Sequence[str], at: int, base: int, before: Sequence[str]) -> tuple[int, list[str]]:
    """The line after a block of HTML begun on line ``at``, and the elements then open.

    It ends at a blank line, where the list item ends whose text begins at column ``base``, or with
    the last element that was open: text right behind that is Markdown here, as in kramdown.
    """
    end = at
    stack = list(before)
    while end < len(lines) and lines[end].strip() and (end == at or indent(lines[end]) >= base):
        closed = _follow(lines[end], stack)
        end += 1
        if closed and not stack:
            break
    return end, stack


def lasting(stack: Sequence[str]) -> list[str]:
    """Those of the open elements that only their end tag closes."""
    return [name for name in stack if name not in _ENDLESS]


def _follow(line: str, stack: list[str]) -> bool:
    """Open and close on the stack what a line opens and closes; whether it closes anything."""
    closed = False
    for close, name in _TAG.findall(line):
        element = name.lower()
        if not close and element in _BLOCKS and element not in VOID:
            stack.append(element)
        elif close and element in stack:
            while stack.pop() != element:
                pass
            closed = True
    return closed
