"""A table as plain text: in columns where it fits, else one row after another, cell by cell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from publisher.newsletter.wrap import columns, indent, wrap

GAP = "  "


def table(rows: Sequence[Sequence[str]], *, headed: bool, width: int) -> list[str]:
    """Lines of a table. ``headed`` says that the first row names the columns."""
    square = _square(rows)
    if not square:
        return []
    sizes = [max(map(columns, column)) for column in zip(*square, strict=True)]
    if sum(sizes) + len(GAP) * (len(sizes) - 1) <= width and not _has_breaks(square):
        return _in_columns(square, sizes, headed)
    return _in_records(square, headed, width)


def _square(rows: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    full = [row for row in rows if any(row)]
    return list(zip(*zip_longest(*full, fillvalue=""), strict=True))


def _has_breaks(rows: Sequence[Sequence[str]]) -> bool:
    return any("\n" in cell for row in rows for cell in row)


def _in_columns(rows: Sequence[Sequence[str]], sizes: Sequence[int], headed: bool) -> list[str]:
    right = [_is_numeric(column[headed:]) for column in zip(*rows, strict=True)]
    lines = [_line(row, sizes, right) for row in rows]
    rule = GAP.join("-" * size for size in sizes)
    return [lines[0], rule, *lines[1:]] if headed else lines


def _is_numeric(cells: Sequence[str]) -> bool:
    """Whether a column reads as figures: every cell begins with a digit or a sign before one."""
    shown = [cell.lstrip("+-−~≈<>$€£ ") for cell in cells if cell]
    return bool(shown) and all(cell[:1].isdigit() for cell in shown)


def _line(row: Sequence[str], sizes: Sequence[int], right: Sequence[bool]) -> str:
    cells = []
    for cell, size, at_right in zip(row, sizes, right, strict=True):
        space = " " * (size - columns(cell))
        cells.append(space + cell if at_right else cell + space)
    return GAP.join(cells).rstrip()


def _in_records(rows: Sequence[Sequence[str]], headed: bool, width: int) -> list[str]:
    names = rows[0] if headed else [""] * len(rows[0])
    lines: list[str] = []
    for row in rows[headed:]:
        record = [_entry(name, cell) for name, cell in zip(names, row, strict=True) if cell]
        for entry in record:
            lines += indent(wrap(entry, width - 2), "", "  ")
        lines.append("")
    return lines[:-1]


def _entry(name: str, cell: str) -> str:
    return f"{name}: {cell}" if name else cell
