"""What of a body is not code: where headings and template syntax mean something.

Every step is linear in the length of the body: a body is anyone's text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

_FENCE = re.compile(r"[\s>]*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(`{3,}+(?!.*`)|~{3,})")
_CLOSING = re.compile(r"[\s>]*(`{3,}|~{3,})\s*")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
_PRE = re.compile(r"<(/?)pre\b", re.IGNORECASE)
_TICKS = re.compile("`+")

Lines = Iterator[tuple[int, str]]


def prose_lines(body: str, *, is_html: bool = False) -> Iterator[tuple[int, str]]:
    """Each line outside fenced, indented and ``<pre>`` code, numbered from 0; code spans blanked.

    A code span that runs over a line's end is not seen as one.
    """
    for number, line in outside_blocks(enumerate(body.split("\n")), is_html=is_html):
        yield number, without_spans(line) if "`" in line and not is_html else line


def outside_blocks(
    lines: Lines, *, is_html: bool, keep: Callable[[], bool] = lambda: False
) -> Lines:
    """Of numbered lines those outside blocks of code, read one by one as they are asked for.

    While ``keep`` says so, an indented line is no code.
    """
    lines = _outside_pre(lines)
    return lines if is_html else _outside_indented(_outside_fences(lines), keep)


def _outside_pre(lines: Lines) -> Lines:
    inside = False
    for number, line in lines:
        was = inside
        marks = _PRE.findall(line) if "<" in line else []
        if marks:
            inside = not marks[-1]
        if not (was or marks):
            yield number, line


def _outside_fences(lines: Lines) -> Lines:
    fence = ""
    for number, line in lines:
        if fence:
            closing = _CLOSING.fullmatch(line) if fence in line else None
            fence = "" if closing else fence
        elif ("```" in line or "~~~" in line) and (opening := _FENCE.match(line)):
            fence = opening[1]
        else:
            yield number, line


def _outside_indented(lines: Lines, keep: Callable[[], bool]) -> Lines:
    """Leave out lines indented after a blank one, but for those that go on with a list item."""
    in_list = False
    after_blank = True
    for number, line in lines:
        blank = not line or line.isspace()
        indented = line.startswith(("    ", "\t"))
        if indented and after_blank and not in_list and not keep():
            continue
        if not blank and not indented:
            in_list = _LIST_ITEM.match(line) is not None or (in_list and not after_blank)
        after_blank = blank
        yield number, line


def without_spans(line: str) -> str:
    """A line whose code spans are blanked: a run of backticks closes at the next run as long."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(line)]
    partner: dict[int, int] = {}
    nearest: dict[int, int] = {}
    for at in range(len(runs) - 1, -1, -1):
        length = runs[at][1] - runs[at][0]
        if length in nearest:
            partner[at] = nearest[length]
        nearest[length] = at
    return _blanked(line, runs, partner)


def _blanked(line: str, runs: list[tuple[int, int]], partner: dict[int, int]) -> str:
    pieces = []
    at = done = 0
    while at < len(runs):
        if at in partner:
            pieces.append(line[done : runs[at][0]])
            done = runs[partner[at]][1]
            pieces.append(" " * (done - runs[at][0]))
            at = partner[at]
        at += 1
    return "".join(pieces) + line[done:]
