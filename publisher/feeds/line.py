"""One line of text that any feed can carry: for titles, names, terms and other plain text."""

from __future__ import annotations

import re

from publisher.markup.text import legal

# ASCII white space only: a no-break space in a French title is there on purpose.
_SPACE = re.compile(r"\s+", re.ASCII)


def one_line(text: str) -> str:
    """The text without what XML forbids, on one line; empty when it shows nothing."""
    line = _SPACE.sub(" ", legal(text)).strip(" ")
    return "" if line.isspace() else line
