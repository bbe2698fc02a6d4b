"""Pelican's links to files: ``{filename}post.md``, ``{static}/a.png``, ``{attach}b.pdf``.

Also as its older versions wrote them, ``|filename|post.md``. Where each leads is gathered with what
else a body names; here it is put in its place.
"""

from __future__ import annotations

import re

from publisher.content.templates.facts import Facts
from publisher.content.templates.losses import Losses
from publisher.content.templates.scan import line_of, mask

#: A mark and the path behind it, up to what ends an address in Markdown and in HTML.
MARK = re.compile(r"[{|](filename|static|attach)[}|]([^\s)>\"'\]#?|]{0,300})")

_LOST = "names a page that is not known here: the link leads to the post's page"


def filled(body: str, facts: Facts, losses: Losses, *, is_html: bool) -> str:
    """A body with the addresses that its marks outside code stand for."""
    seen = mask(body, is_html=is_html, math=False)
    line = line_of(body)
    pieces = []
    at = 0
    for found in MARK.finditer(seen):
        url = facts.references.get(name_of(found[1], found[2]))
        if url is None:
            losses.add(found[0], line(found.start()), _LOST, visible=True)
        pieces += [body[at : found.start()], url or ""]
        at = found.end()
    return "".join(pieces) + body[at:]


def name_of(kind: str, path: str) -> str:
    """What a link is called among the references."""
    return f"{{{kind}}}{path}"
