"""Code between fences, found in lines as CommonMark finds it (0.31, section 4.5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_FENCE = re.compile(r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fence:
    """An opening fence: its mark, what stands behind it, and the column that it stands at."""

    mark: str
    info: str
    column: int


def opening(text: str, column: int) -> Fence | None:
    """The fence that a line without its indentation is, if it is one."""
    found = _FENCE.fullmatch(text)
    return found and Fence(mark=found["mark"], info=found["info"].strip(), column=column)


def code(lines: Sequence[str], at: int, fence: Fence, base: int) -> tuple[str, int]:
    """The code from line ``at`` on, and the line after it.

    It ends at the closing fence, or where the list item ends whose text begins at column ``base``.
    A closing fence that stands further left still closes: the rest of the post is no code.
    """
    closing = re.compile(rf" {{0,3}}{fence.mark[0]}{{{len(fence.mark)},}} *")
    taken = []
    while at < len(lines):
        bare = untabbed(lines[at])
        outside = bool(bare.strip()) and indent(bare) < base
        closes = closing.fullmatch(bare.strip() if outside else bare[base:])
        if outside and not closes:
            break
        at += 1
        if closes:
            break
        taken.append(_without(lines[at - 1], fence.column))
    return "".join(f"{line}\n" for line in taken), at


def untabbed(line: str) -> str:
    """The line with the tabs of its indentation as spaces."""
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(4) + text


def indent(line: str) -> int:
    """How many spaces a line begins with."""
    return len(line) - len(line.lstrip(" "))


def _without(line: str, columns: int) -> str:
    """The line less the indentation of its fence. Tabs stay where the fence was not indented."""
    if not columns:
        return line
    bare = untabbed(line)
    return bare[min(columns, indent(bare)) :]
