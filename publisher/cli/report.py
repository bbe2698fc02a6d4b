"""The report of an issue: what became of every recipient, as a table, as CSV or as JSON.

It is written in pieces while it is read, so that a million rows begin at once and need no memory.
The totals are of one moment; while an issue is being sent, rows that are read later may be newer.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import tzinfo
from enum import StrEnum
from itertools import islice
from json.encoder import encode_basestring_ascii as quoted
from typing import Any

from publisher.cli import shapes
from publisher.domain.errors import PublisherError, UsageError
from publisher.ledger.rows import DeliveryRow, IssueRow

#: How many rows are written at once.
CHUNK = 1000

#: With what a cell begins that a spreadsheet would run as a formula (OWASP, "CSV Injection"), and
#: the apostrophe that tells it not to: so one apostrophe in front is always ours, and can go.
GUARDED = ("=", "+", "-", "@", "\t", "\r", "'")

COLUMNS = ("address", "state", "attempts", "reply", "message_id")

Naming = Callable[[str], str]


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def choose(*, json_: bool, csv: bool, named: Format | None) -> Format:
    """The one format that the options name; a table for none. Raises UsageError for two."""
    options = {Format.JSON: json_, Format.CSV: csv}
    chosen = {one for one, given in options.items() if given} | ({named} if named else set())
    if len(chosen) > 1:
        raise UsageError(f"report: {' and '.join(sorted(chosen))} at once: name one format")
    return chosen.pop() if chosen else Format.TABLE


def pieces(
    format_: Format, row: IssueRow, rows: Iterator[DeliveryRow], named: Naming, zone: tzinfo
) -> Iterator[str]:
    """The report's text. ``named`` gives the Message-ID of a mailbox. Raises what ``rows`` raises;
    what was given out by then is one whole JSON document where that is the format."""
    match format_:
        case Format.TABLE:
            return _table(row, rows, zone)
        case Format.CSV:
            return _csv(rows, named)
        case Format.JSON:
            return _json(row, rows, named)


def _table(row: IssueRow, rows: Iterator[DeliveryRow], zone: tzinfo) -> Iterator[str]:
    yield f"{shapes.issue_line(row, zone)}\n"
    for chunk in _chunks(rows):
        yield "".join(
            [
                f"{state:<10} {address}{'' if state == 'accepted' or not reply else f'  {reply}'}\n"
                for _, address, _, state, _, reply in chunk
            ]
        )


def _csv(rows: Iterator[DeliveryRow], named: Naming) -> Iterator[str]:
    """RFC 4180, every text quoted: that is quicker than to look where it is needed."""
    yield ",".join(COLUMNS) + "\r\n"
    for chunk in _chunks(rows):
        yield "".join(
            [
                f'"{_cell(address)}",{state},{attempts},"{_cell(reply)}",{named(mailbox)}\r\n'
                for _, address, mailbox, state, attempts, reply in chunk
            ]
        )


def _cell(text: str) -> str:
    """What stands between the quotes; a formula is made text by an apostrophe before it."""
    guarded = f"'{text}" if text.startswith(GUARDED) else text
    return guarded.replace('"', '""')


def _json(row: IssueRow, rows: Iterator[DeliveryRow], named: Naming) -> Iterator[str]:
    """One document, whatever happens: what ends it early stands in it as ``error``."""
    head = json.dumps(_head(row), ensure_ascii=False, indent=2).removesuffix("\n}")
    yield f'{head},\n  "deliveries": ['
    between = "\n    "
    try:
        for chunk in _chunks(rows):
            yield between + ",\n    ".join(
                [
                    f'{{"address": {quoted(address)}, "state": "{state}", "attempts": {attempts},'
                    f' "reply": {quoted(reply)}, "message_id": "{named(mailbox)}"}}'
                    for _, address, mailbox, state, attempts, reply in chunk
                ]
            )
            between = ",\n    "
    except PublisherError as error:
        yield f'\n  ],\n  "error": {quoted(str(error))}\n}}\n'
        raise
    yield "\n  ]\n}\n"


def _head(row: IssueRow) -> Mapping[str, Any]:
    return {
        "issue": {
            "id": row.id,
            "subject": row.subject,
            "state": row.state,
            "posts": row.paths,
            "stage": shapes.stage(row),
        },
        "audience": row.audience,
        "counts": shapes.counts(row.counts),
    }


def _chunks(rows: Iterator[DeliveryRow]) -> Iterator[Sequence[DeliveryRow]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk
