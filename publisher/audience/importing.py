"""A list of subscribers from a CSV file, line by line, however long the file is.

The header names the columns: ``email``, and ``name`` where there is one, in any order and case.
A row is one of: good, refused (with the reason and its line), repeated in this file, or left out
because the file itself says that this person has unsubscribed.

    bytes ──lines──▶ text ──records──▶ (line, values) ──rows──▶ Row

A quoted value may run over several lines (RFC 4180 section 2.6). Where it does because a closing
quote is missing, the row is refused and says which lines went with it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Literal

from publisher.audience.address import parse_address
from publisher.domain.finding import Finding
from publisher.domain.subscriber import NewSubscriber, Standing

DELIMITERS = (",", ";", "\t")

_EMAIL = frozenset({"email", "emailaddress"})
_NAME = frozenset({"name", "fullname"})
_STANDING = frozenset({"standing", "status"})

#: What bytes that are not UTF-8 were decoded to.
_UNDECODED = re.compile("[\udc80-\udcff]")

Kind = Literal["good", "refused", "repeated", "unsubscribed", "note"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """What one row of the file comes to. ``finding`` says where it is and, unless good, why not.

    ``subscriber`` is set for ``good`` and ``repeated`` rows. A ``note`` is about the file.
    """

    kind: Kind
    finding: Finding
    subscriber: NewSubscriber | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportPlan:
    """A whole file, read: what would be added, and what not and why, in the file's order."""

    good: tuple[NewSubscriber, ...] = ()
    refused: tuple[Finding, ...] = ()
    repeated: tuple[Finding, ...] = ()
    unsubscribed: tuple[Finding, ...] = ()
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Record:
    """The values of one row, and the lines it stands on. ``fault`` is what the CSV reader said."""

    first: int
    last: int
    values: Sequence[str]
    fault: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Columns:
    """Where in a row the values stand that matter."""

    email: int
    name: int | None
    standing: int | None
    count: int


def read_csv(lines: BinaryIO | bytes, path: str) -> ImportPlan:
    """The whole of a CSV file at once. ``path`` is what findings call the file."""
    kinds: dict[str, list[Row]] = {}
    for row in read_rows(lines, path):
        kinds.setdefault(row.kind, []).append(row)

    def findings(kind: str) -> tuple[Finding, ...]:
        return tuple(row.finding for row in kinds.get(kind, ()))

    return ImportPlan(
        good=tuple(row.subscriber for row in kinds.get("good", ()) if row.subscriber),
        refused=findings("refused"),
        repeated=findings("repeated"),
        unsubscribed=findings("unsubscribed"),
        notes=findings("note"),
    )


def read_rows(lines: BinaryIO | bytes, path: str) -> Iterator[Row]:
    """The rows of a CSV file, one at a time; empty rows are passed over.

    What it keeps is each mailbox with its line, to tell the rows that repeat. A file without a
    usable header gives one refused row and ends.
    """
    stream = io.BytesIO(lines) if isinstance(lines, bytes) else lines
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield from _rows(text, path)
    finally:
        text.detach()  # the stream belongs to the caller


def _rows(text: Iterable[str], path: str) -> Iterator[Row]:
    lines = iter(text)
    skipped, header = _first_line(lines)
    if "\0" in header:
        yield _row("refused", path, 1, "UTF-16 or no text at all: save the file as UTF-8")
        return
    delimiter, names = _header(header)
    try:
        columns = _columns(names)
    except ValueError as error:
        yield _row("refused", path, skipped + 1, str(error))
        return
    if ignored := _ignored(names, columns):
        yield _row("note", path, skipped + 1, f"columns not used: {', '.join(ignored)}")
    seen: dict[str, int] = {}
    for record in _records(lines, delimiter, skipped + 1):
        if any(value.strip() for value in record.values) or record.fault:
            yield _judge(record, columns, seen, path)


def _first_line(lines: Iterator[str]) -> tuple[int, str]:
    """The first line with something on it, and how many empty ones stand before it."""
    for skipped, line in enumerate(lines):
        if line.strip():
            return skipped, line
    return 0, ""


def _header(line: str) -> tuple[str, list[str]]:
    """The delimiter under which a header names an address, and its column names."""
    readings = [(mark, next(csv.reader([line], delimiter=mark), [])) for mark in DELIMITERS]
    for mark, names in readings:
        if any(_plain(name) in _EMAIL for name in names):
            return mark, names
    return readings[0]


def _columns(names: Sequence[str]) -> _Columns:
    plain = [_plain(name) for name in names]
    email = _only(plain, _EMAIL, "email")
    if email is None:
        raise ValueError("no column 'email': the first line has to name the columns: email,name")
    return _Columns(
        email=email,
        name=_only(plain, _NAME, "name"),
        standing=_only(plain, _STANDING, "standing"),
        count=len(names),
    )


def _only(names: Sequence[str], wanted: frozenset[str], word: str) -> int | None:
    places = [place for place, name in enumerate(names) if name in wanted]
    if len(places) > 1:
        raise ValueError(f"{len(places)} columns for {word!r}: leave one of them")
    return places[0] if places else None


def _ignored(names: Sequence[str], columns: _Columns) -> list[str]:
    used = (columns.email, columns.name, columns.standing)
    unused = (name.strip() for place, name in enumerate(names) if place not in used)
    return [name if name.isprintable() else ascii(name) for name in unused if name]


def _plain(name: str) -> str:
    """A column's name by its letters: ``E-Mail`` and ``Email Address`` are found too."""
    return re.sub(r"[^a-z]", "", name.casefold())


def _records(lines: Iterator[str], delimiter: str, before: int) -> Iterator[_Record]:
    """The rows with their lines. After a row that is no CSV it goes on with the next line."""
    while True:
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        done = 0
        try:
            for values in reader:
                yield _Record(first=before + done + 1, last=before + reader.line_num, values=values)
                done = reader.line_num
        except csv.Error as error:
            last = before + reader.line_num
            yield _Record(first=before + done + 1, last=last, values=(), fault=str(error))
            before = last
        else:
            return


def _judge(record: _Record, columns: _Columns, seen: dict[str, int], path: str) -> Row:
    try:
        subscriber = _subscriber(record, columns)
    except ValueError as error:
        return _row("refused", path, record.first, _with_lines(record, str(error)))
    if _says_unsubscribed(record, columns):
        return _row("unsubscribed", path, record.first, "left out: unsubscribed, says the file")
    earlier = seen.setdefault(subscriber.mailbox, record.first)
    if earlier != record.first:
        said = f"the same mailbox as line {earlier}"
        return _row("repeated", path, record.first, said, subscriber)
    return _row("good", path, record.first, "", subscriber)


def _row(
    kind: Kind, path: str, line: int, message: str, subscriber: NewSubscriber | None = None
) -> Row:
    finding = Finding(path=path, line=line, message=message)
    return Row(kind=kind, finding=finding, subscriber=subscriber)


def _subscriber(record: _Record, columns: _Columns) -> NewSubscriber:
    """The row's subscriber. Raises ValueError with what is wrong with the row."""
    if record.fault:
        raise ValueError(_fault(record.fault))
    values = record.values
    if any(_UNDECODED.search(value) for value in values):
        raise ValueError("not UTF-8 text: save the file as UTF-8")
    if any(value.strip() for value in values[columns.count :]):
        raise ValueError(
            f"{len(values)} values under {columns.count} columns: "
            "put a value that holds the separator in double quotes"
        )
    if record.last > record.first and _holds_address(values, columns):
        raise ValueError("another row's address is inside a value")
    email = _value(values, columns.email)
    if not email:
        raise ValueError("no address")
    return parse_address(email, _unguarded(_value(values, columns.name)))


def _holds_address(values: Sequence[str], columns: _Columns) -> bool:
    return any("@" in value for place, value in enumerate(values) if place != columns.email)


def _value(values: Sequence[str], place: int | None) -> str:
    return values[place].strip() if place is not None and place < len(values) else ""


def _unguarded(name: str) -> str:
    """A name without the apostrophe that keeps a spreadsheet from reading it as a formula."""
    return name[1:] if name[:1] == "'" and name[1:2] in ("=", "+", "-", "@", "'") else name


def _says_unsubscribed(record: _Record, columns: _Columns) -> bool:
    return _value(record.values, columns.standing).casefold() == Standing.UNSUBSCRIBED


def _fault(said: str) -> str:
    if "limit" in said:
        return "a double quote is never closed, or a value is far too long"
    if "unexpected end" in said:
        return "a double quote is never closed"
    return "a double quote inside a value: write it twice, and the whole value in double quotes"


def _with_lines(record: _Record, message: str) -> str:
    if record.last == record.first:
        return message
    return (
        f"{message} (a quoted value took in the lines up to {record.last}: "
        "is a closing quote missing?)"
    )
