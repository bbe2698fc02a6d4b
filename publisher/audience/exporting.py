"""The list of subscribers as a CSV file that spreadsheets, other programs and our import read."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from publisher.domain.moment import rfc3339
from publisher.domain.subscriber import Subscriber

COLUMNS = ("email", "name", "standing", "since", "unsubscribed")


def write_csv(subscribers: Iterable[Subscriber], out: TextIO) -> int:
    """Write a header and a row per subscriber; returns how many. Nothing is held in memory.

    ``out`` is opened with ``newline=""`` and UTF-8. Everybody is in it, with their standing, so
    that whoever loads it elsewhere sees who has left; our own import leaves those out.
    """
    writer = csv.writer(out, lineterminator="\r\n")  # RFC 4180 section 2.1
    writer.writerow(COLUMNS)
    count = 0
    for subscriber in subscribers:
        writer.writerow(_row(subscriber))
        count += 1
    return count


def _row(subscriber: Subscriber) -> tuple[str, ...]:
    left = subscriber.unsubscribed_at
    return (
        subscriber.address,
        _guarded(subscriber.name),
        subscriber.standing.value,
        rfc3339(subscriber.created_at),
        "" if left is None else rfc3339(left),
    )


def _guarded(name: str) -> str:
    """A name with an apostrophe before it where a spreadsheet would run it as a formula.

    Our import takes the apostrophe off again. Addresses stay as they are: with an apostrophe they
    would be other addresses.
    """
    return f"'{name}" if name[:1] in ("=", "+", "-", "@", "'") else name
