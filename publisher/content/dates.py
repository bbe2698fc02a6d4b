"""Dates as people write them in front matter, read from the raw text: the only date parser here.

The forms are those that a survey of real posts found: ISO 8601 and its loose relatives, with or
without a time, padded or not, with every spelling of an offset. Nothing is guessed: a named zone
other than UTC is refused, because CST is two zones and EST is often not meant in summer.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from publisher.content.notes import shown
from publisher.domain.moment import instant

_DATE = (
    r"(?P<year>\d{4})(?:(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})|(?P<rest>\d{4}))"
)
_TIME = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,12}))?)?"
_ZONE = r"(?P<zone>[Zz]|(?i:UTC|GMT)|(?P<sign>[+-])(?P<off>\d{1,2})(?::?(?P<off_minute>\d{2}))?)"
_AGAIN = r"(?:\s+(?P=year))?"  # one generator writes the year once more before the offset

_WRITTEN = re.compile(
    rf"{_DATE}(?:(?:[Tt]|\s+){_TIME}{_AGAIN}(?:\s*{_ZONE})?|\s+{_ZONE.replace('P<', 'P<date_')})?",
    re.ASCII,
)
#: How nearly all dates of file names are written, and most of the others.
_BARE_DATE = re.compile(r"[1-9]\d{3}-\d\d-\d\d", re.ASCII)
_NAMED_ZONE = re.compile(r"\d{4}\D.*?\s(?P<zone>[A-Za-z][A-Za-z_+/-]+)", re.ASCII)

#: ``January 5, 2026``, ``5 Jan 2026 09:00``, ``Mon, 5 Jan 2026 09:00:00 +0100`` (RFC 5322).
_IN_WORDS = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},?\s+)?"
    r"(?:(?P<month>[a-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?"
    r"|(?P<first>\d{1,2})(?:st|nd|rd|th)?\s+(?P<then>[a-z]{3,9})\.?,?)"
    r"\s+(?P<year>\d{4})(?P<rest>(?:,?\s+(?:at\s+)?\d.*)?)",
    re.ASCII | re.IGNORECASE,
)

#: Constants, because the standard library's names change with the locale.
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December")  # fmt: skip

_WIDEST_OFFSET = timedelta(hours=14)
_FIRST_YEAR, _LAST_YEAR = 1000, 9998


def read_date(text: str, zone: tzinfo, at: time) -> datetime:
    """The date that a text means, aware, in the zone it was written in.

    Without an offset it is in ``zone``; without a time of day it is at ``at``. A local time that
    a change of the clocks skips is the first instant after the gap, one that occurs twice the
    first. Raises ValueError with a sentence that says what is wrong and what to write.
    """
    text = text.strip()
    if zone is UTC and _BARE_DATE.fullmatch(text) and text < f"{_LAST_YEAR}":
        try:
            return datetime.combine(date.fromisoformat(text), at, UTC)
        except ValueError:
            pass  # what is wrong with it is said below
    found = _WRITTEN.fullmatch(_in_figures(text)) if len(text) < 100 else None
    if found is None:
        raise ValueError(_unread(text))
    parts = found.groupdict()
    local = datetime.combine(_day(text, parts), _time(text, parts, at))
    offset = _offset(text, parts)
    if offset is None:
        return instant(local, zone).astimezone(zone)
    return local.replace(tzinfo=timezone(offset))


def _in_figures(text: str) -> str:
    """A date whose month is an English word, in figures; any other text as it is."""
    if text[:4].isdigit() or (found := _IN_WORDS.fullmatch(text)) is None:
        return text
    word = (found["month"] or found["then"]).lower()
    months = [
        number
        for number, name in enumerate(MONTHS, 1)
        if word in (name.lower(), name[:3].lower()) or (word == "sept" and number == 9)
    ]
    if not months:
        return text
    rest = re.sub(r"^,?\s+(?:at\s+)?", " ", found["rest"], flags=re.IGNORECASE)
    return f"{found['year']}-{months[0]}-{found['day'] or found['first']}{rest}"


def _day(text: str, parts: dict[str, str | None]) -> date:
    rest = parts["rest"]
    year = int(parts["year"] or 0)
    month = int(rest[:2] if rest else parts["month"] or 0)
    day = int(rest[2:] if rest else parts["day"] or 0)
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(
            f"{shown(text)} is not a date: no post can be of the year {year}; correct it"
        )
    if not 1 <= month <= 12:
        raise ValueError(f"{shown(text)} is not a date: there is no month {month}; {_WRITE}")
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    if not 1 <= day <= last:
        raise ValueError(
            f"{shown(text)} is not a date: {MONTHS[month - 1]} {year} has the days 1 to {last}; "
            "correct it"
        )
    return date(year, month, day)


def _time(text: str, parts: dict[str, str | None], at: time) -> time:
    if parts["hour"] is None:
        return at.replace(tzinfo=None)
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError(
            f"{shown(text)} is not a date: the times of a day are 00:00:00 to 23:59:59; correct it"
        )
    return time(hour, minute, second, int((parts["fraction"] or "0").ljust(6, "0")[:6]))


def _offset(text: str, parts: dict[str, str | None]) -> timedelta | None:
    """The offset from UTC that a text states, or None."""
    prefix = "date_" if parts["date_zone"] else ""
    if parts[prefix + "zone"] is None:
        return None
    if parts[prefix + "sign"] is None:
        return timedelta(0)
    minutes = int(parts[prefix + "off_minute"] or 0)
    offset = timedelta(hours=int(parts[prefix + "off"] or 0), minutes=minutes)
    if offset > _WIDEST_OFFSET or minutes > 59:
        raise ValueError(
            f"{shown(text)} is not a date: no zone is that far from UTC; write an offset such as "
            "+01:00"
        )
    return -offset if parts[prefix + "sign"] == "-" else offset


_WRITE = "write it as 2026-03-01, 2026-03-01 09:00 or 2026-03-01T09:00:00+01:00"


def _unread(text: str) -> str:
    found = _NAMED_ZONE.fullmatch(text) if len(text) < 100 else None
    if found is not None:
        return (
            f"{shown(text)} is in a zone that can't be told from its name, {found['zone']}; write "
            "an offset such as +01:00, or leave it out for the site's timezone"
        )
    return f"{shown(text)} is not a date that can be read; {_WRITE}"
