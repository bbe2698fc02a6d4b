"""Pelican's header: ``Key: value`` lines with no fence, ended by the first line that is none.

As Python-Markdown's extension ``meta`` reads it: a value goes on in lines indented by four spaces,
and a blank line ends the whole.
"""

from __future__ import annotations

import re

from publisher.content.fields import Entry, Repeat

_KEY = re.compile(r" {0,3}([A-Za-z0-9_-]{1,60}):[ \t]*(.*)", re.ASCII)
_MORE = re.compile(r" {4,}(.*)")


def begins(line: str) -> bool:
    """Whether a text whose first line this is has such a header."""
    return _KEY.fullmatch(line) is not None


def read_lines(text: str, line: int) -> tuple[dict[str, Entry], tuple[Repeat, ...], int]:
    """The keys of the header at the start of a text, those given twice, and its count of lines.

    ``line`` is the number of the first line in the file.
    """
    table: dict[str, Entry] = {}
    repeats: list[Repeat] = []
    folded = ""
    rows = text.split("\n")
    for count, row in enumerate(rows):
        if found := _KEY.fullmatch(row):
            entry = Entry(found[1], line + count, found[2].strip())
            folded = found[1].lower()
            if folded in table:
                repeats.append(Repeat(table[folded], entry))
            table[folded] = entry
        elif (more := _MORE.fullmatch(row)) and folded:
            before = table[folded]
            table[folded] = before._replace(value=f"{before.value} {more[1].strip()}".strip())
        else:
            return _said(table), tuple(repeats), count
    return _said(table), tuple(repeats), len(rows)


def _said(table: dict[str, Entry]) -> dict[str, Entry]:
    """Without keys that say nothing."""
    return {key: entry for key, entry in table.items() if entry.value}
