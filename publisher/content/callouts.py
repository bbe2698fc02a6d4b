"""Boxes with a heading, as GitHub (``> [!NOTE]``) and Docusaurus (``:::note Title``) write them.

Each becomes a quotation that begins with the heading in bold: the one kind of box all readers show.
"""

from __future__ import annotations

import re

_ALERT = re.compile(r"\[!([A-Za-z]{2,20})\][+-]?[ \t]*(.*)")
_OPENING = re.compile(r":{3,}[ \t]*(\{[^{}]*\}|[A-Za-z][\w-]*)[ \t]*(.*)")
_CLOSING = re.compile(r":{3,}")
_CLASS = re.compile(r"\.(?:callout-)?([A-Za-z][\w-]*)")
_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
_IN_BRACKETS = re.compile(r"\[(.*)\](?:\{[^{}]*\})?")
#: What boxes are called; other containers are only there for a style sheet.
KINDS = frozenset(
    {
        "abstract", "attention", "bug", "caution", "danger", "details", "error", "example",
        "failure", "hint", "important", "info", "note", "question", "quote", "secondary",
        "success", "summary", "tip", "todo", "warn", "warning",
    }
)  # fmt: skip


def alert(line: str) -> str | None:
    """The heading of a quotation whose first line is ``line``; None if it is a plain one."""
    found = _ALERT.fullmatch(line.strip())
    return found and _heading(found[1], found[2])


class Boxes:
    """The boxes that are open in a text, by the element that stands for each."""

    def __init__(self) -> None:
        self._open: list[str] = []

    def read(self, text: str) -> tuple[str, str]:
        """The tag for a line that opens or closes a box, and its heading; both may be empty."""
        if self._open and _CLOSING.fullmatch(text):
            return f"</{self._open.pop()}>", ""
        heading = _opening(text)
        if heading is None:
            return "", ""
        self._open.append("blockquote" if heading else "div")
        return f"<{self._open[-1]}>", heading


def _opening(text: str) -> str | None:
    """The heading of a box that the line opens: empty for a mere container, None for no box."""
    found = _OPENING.fullmatch(text)
    if not found:
        return None
    name, rest = found[1], found[2].strip().rstrip(":").strip()
    if name.startswith("{"):
        title, kind = _TITLE.search(name), _CLASS.search(name)
        rest = (title[1] or title[2]) if title else ""
        name = kind[1] if kind else ""
    if (bracketed := _IN_BRACKETS.fullmatch(rest)) is not None:
        rest = bracketed[1]
    return _heading(name, rest) if name.lower() in KINDS else ""


def _heading(kind: str, title: str) -> str:
    words = title.strip().strip("*") or kind.capitalize()
    if "*" in words:  # within two stars others would be read in pairs with them
        return f"<strong>{title.strip()}</strong>"
    return f"**{words}**"
