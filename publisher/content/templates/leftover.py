"""The net below the others: template syntax that is still in the HTML, outside code, goes.

What is code in a body is judged by its lines, and Markdown may judge otherwise.
"""

from __future__ import annotations

import re

from publisher.content.templates.losses import UNKNOWN, Losses
from publisher.content.templates.scan import INERT, html_mask

_MARK = re.compile(
    r"\{%-?\s{0,9}[A-Za-z_][^%]{0,500}%\}"
    r"|\{\{(?:&lt;|[<%])-?\s{0,9}/?\s{0,9}[A-Za-z_][^{}]{0,500}\}\}"
    r"|\{\{-?\s{0,9}(?:[\w.\"'$]|&quot;)[^{}\n]{0,500}\}\}"
)


def swept(html: str, losses: Losses, *, math: bool) -> str:
    """HTML without template syntax outside code; what was inert is text again."""
    if "{%" in html or "{{" in html:
        html = _without(html, losses, math=math)
    return html.replace(INERT, "")


def _without(html: str, losses: Losses, *, math: bool) -> str:
    seen = html_mask(html, math=math)
    pieces = []
    at = 0
    for found in _MARK.finditer(seen):
        losses.add(html[found.start() : found.end()], 0, UNKNOWN, visible=True)
        pieces.append(html[at : found.start()])
        at = found.end()
    return "".join(pieces) + html[at:]
