"""The keys of a front matter, whatever it was written in: raw text, and the line of each key.

No value is interpreted here. ``010`` stays ``010`` and ``yes`` stays ``yes``: what a text means
depends on the key, and is said by whoever reads that key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, TypeAlias

Value: TypeAlias = "str | list[Value] | dict[str, Entry]"

#: Tables whose keys count as if they stood at the top, where none of that name does.
NESTS = ("taxonomies", "extra", "params")
_NESTS = frozenset(NESTS)

DEEPEST = 20
TOO_DEEP = f"nested more than {DEEPEST} deep; write it flatter"


class Entry(NamedTuple):
    """A key as written, the line it is on, and its value. No value is empty."""

    key: str
    line: int
    value: Value


class FrontMatterError(Exception):
    """A header that can't be read. ``line`` counts from 1 in the file."""

    def __init__(self, line: int, message: str) -> None:
        self.line = line
        self.message = message
        super().__init__(f"{line}: {message}")


class Repeat(NamedTuple):
    """One key given twice at the top level: what it said first, and what it says last."""

    first: Entry
    last: Entry


class Fields:
    """All keys of a post, looked up in any case. Empty values are not there."""

    __slots__ = ("_table", "repeats")

    def __init__(self, table: dict[str, Entry], repeats: tuple[Repeat, ...] = ()) -> None:
        self.repeats = repeats
        self._table = table if _NESTS.isdisjoint(table) else _with_nests(table)

    def over(self, defaults: Mapping[str, Entry]) -> Fields:
        """The same keys before others of a site's own, which stand in where they are not."""
        if not defaults:
            return self
        return Fields({**defaults, **self._table}, self.repeats)

    def __iter__(self) -> Iterator[Entry]:
        """Every key, as it was written."""
        return iter(self._table.values())

    def find(self, *names: str) -> Entry | None:
        """The first of these keys, given in lower case, that is there; their order counts."""
        table = self._table
        for name in names:
            if name in table:
                return table[name]
        return None


def _with_nests(table: dict[str, Entry]) -> dict[str, Entry]:
    whole = dict(table)
    for nest in NESTS:
        entry = table.get(nest)
        if entry is not None and isinstance(entry.value, dict):
            for key, inner in entry.value.items():
                whole.setdefault(key, inner)
    return whole


def flat(value: Value) -> str:
    """A value as one text, the same for the same source: to compare it with, not to show."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\x1e".join(flat(item) for item in value)
    return "\x1e".join(f"{key}\x1f{flat(entry.value)}" for key, entry in value.items())


def kind(value: Value) -> str:
    """What a value is, for a message: ``a list``, ``a table`` or ``text``."""
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a table of keys"
