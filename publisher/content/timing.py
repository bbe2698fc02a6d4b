"""When a post may be public, as its keys and its path say: flag, date, instant, expiry."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from publisher.content.dates import read_date
from publisher.content.fields import Entry, Fields, kind
from publisher.content.flags import read_flag
from publisher.content.habits import date_in_folders
from publisher.content.notes import Notes
from publisher.content.place import Place
from publisher.content.rules import PostRules

PUBLISH_KEYS = ("publishdate", "publish_date", "pubdate")
DATE_KEYS = ("date", "pubdatetime", "publishedat", "published_at")
EXPIRY_KEYS = ("expirydate", "expiry_date", "unpublishdate")
UPDATED_KEYS = ("updated", "lastmod", "last_modified_at", "last_updated", "modified",
                "updateddate", "moddatetime", "updatedat", "updated_at")  # fmt: skip

#: Zola's ``path = "2026/03/01/name"``, which may be the only place of a date.
_DATED_PATH = re.compile(r"/?(\d{4})/(\d{1,2})/(\d{1,2})(?:/|$)", re.ASCII)

#: What SafeYAML takes for a time: without an offset it is UTC, whatever the site's zone.
_JEKYLL_TIME = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?\s*", re.ASCII
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

NO_DATE = (
    "no date; add a line 'date: 2026-03-01', or begin the file's name with it; "
    "if it is no post, list it in content.ignore"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """``date`` is in the zone it was written in, all else in UTC."""

    date: datetime
    due: datetime
    published: bool
    expires: datetime | None
    updated: datetime | None


def timing_of(
    fields: Fields, place: Place, rules: PostRules, saved_at: datetime | None, notes: Notes
) -> Timing | None:
    """The whole of it; None, and a problem noted, where there is no date or one can't be read.

    A draft needs no date yet: until it has one it bears that of its file.
    """
    read = _Dates(fields, rules, notes)
    before = len(notes.problems)
    published = _published(fields, place, rules, notes)
    publish, own = read.of(*PUBLISH_KEYS), read.of(*DATE_KEYS)
    expires, updated = read.of(*EXPIRY_KEYS), read.of(*UPDATED_KEYS)
    date = own or publish or read.of_path(place)
    if date is None and len(notes.problems) == before:
        date = _undated(saved_at, published=published, notes=notes)
    if date is None or len(notes.problems) > before:
        return None
    return Timing(
        date=date,
        due=(publish or date).astimezone(UTC),
        published=published,
        expires=expires.astimezone(UTC) if expires else None,
        updated=updated.astimezone(UTC) if updated else None,
    )


def flag_of(fields: Fields, name: str, notes: Notes) -> bool | None:
    """A flag's value; None when the key is not there, or when it can't be read: a problem."""
    entry = fields.find(name)
    return None if entry is None else _read(entry, read_flag, notes)


def _published(fields: Fields, place: Place, rules: PostRules, notes: Notes) -> bool:
    published, draft = flag_of(fields, "published", notes), flag_of(fields, "draft", notes)
    if place.draft or draft or published is False or _withheld(fields, rules, notes):
        return False
    if published is None and draft is None:
        return rules.published_by_default
    return True


def _withheld(fields: Fields, rules: PostRules, notes: Notes) -> bool:
    """Whether a word of the generator's own keeps a post out of its lists."""
    if rules.generator == "pelican":
        status = fields.find("status")
        return status is not None and status.value in ("draft", "hidden", "skip")
    if rules.generator == "eleventy":  # it writes no page then, so there is none to link to
        permalink = fields.find("permalink")
        return permalink is not None and permalink.value in ("false", "False")
    return rules.generator == "docusaurus" and flag_of(fields, "unlisted", notes) is True


def _undated(saved_at: datetime | None, *, published: bool, notes: Notes) -> datetime | None:
    if published:
        notes.problem(1, NO_DATE)
        return None
    notes.warn(1, "a draft without a date; it needs one before it is published")
    return saved_at or _EPOCH


class _Dates:
    """Reads dates by the site's rules."""

    def __init__(self, fields: Fields, rules: PostRules, notes: Notes) -> None:
        self._fields, self._rules, self._notes = fields, rules, notes

    def of(self, *names: str) -> datetime | None:
        """The date in the first of these keys that is there."""
        entry = self._fields.find(*names)
        return None if entry is None else _read(entry, self._read, self._notes)

    def of_path(self, place: Place) -> datetime | None:
        """The date in the file's name, or in a ``path`` key."""
        written, line = place.date, None
        if written is None:
            written = date_in_folders(self._rules.generator, place.below)
        entry = self._fields.find("path")
        if written is None and entry is not None and isinstance(entry.value, str):
            found = _DATED_PATH.match(entry.value)
            written, line = "-".join(found.groups()) if found else None, entry.line
        if written is None:
            return None
        try:
            return self._read(written)
        except ValueError as error:
            self._notes.problem(line, f"the date in the path: {error}")
            return None

    def _read(self, text: str) -> datetime:
        zone = self._rules.timezone
        if self._rules.generator == "jekyll" and _JEKYLL_TIME.fullmatch(text):
            zone = UTC
        return read_date(text, zone, self._rules.publish_time)


T = TypeVar("T")


def _read(entry: Entry, read: Callable[[str], T], notes: Notes) -> T | None:
    """A key's value by a reader that raises ValueError with a sentence: that is a problem."""
    if not isinstance(entry.value, str):
        what = kind(entry.value)
        notes.problem(entry.line, f"{entry.key}: expected one value, not {what}; write one")
        return None
    try:
        return read(entry.value)
    except ValueError as error:
        notes.problem(entry.line, f"{entry.key}: {error}")
        return None
