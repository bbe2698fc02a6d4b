"""What the text of a setting may say, and the value it stands for.

Each parser takes the text as it stands in the file and raises ValueError with a message that goes
on from ``config.yaml:3: delivery.connections: ``. Nothing here knows which setting it serves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from publisher.audience.address import parse_mailbox

OFF = frozenset({"off", "no", "none", "false"})

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DURATION = re.compile(r"([0-9]{1,6}) ?(ms|s|m|h|d|w)")
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_WORD = re.compile(r"[a-z][a-z0-9_-]*")


def shown(text: str) -> str:
    """A value as a message may repeat it: on one line, not long, and without a password."""
    hidden = re.sub(r"(//[^/@:]*):[^/@]*@", r"\1:…@", text)
    return repr(hidden if len(hidden) <= 60 else hidden[:60] + "…")


def expected(what: str, text: str) -> ValueError:
    """The error of most parsers."""
    return ValueError(f"expected {what}, not {shown(text)}")


def one_line(text: str) -> str:
    """Words on one line; several lines become one."""
    line = " ".join(text.split())
    if not line.isprintable():
        raise expected("text without control characters", text)
    return line


def lines(text: str) -> str:
    """Words on as many lines as were written, without empty lines at the ends."""
    return "\n".join(one_line(line) for line in text.strip().splitlines())


def number(lowest: int, highest: int) -> Callable[[str], int]:
    """A whole number between two others, both included."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise expected("a number", text)
        if not lowest <= int(text) <= highest:
            raise expected(f"a number from {lowest} to {highest}", text)
        return int(text)

    return parse


def number_or_off(highest: int) -> Callable[[str], int]:
    """A whole number up to another, or ``off`` for 0."""

    def parse(text: str) -> int:
        return 0 if text.casefold() in OFF else number(0, highest)(text)

    return parse


def choice(*words: str) -> Callable[[str], str]:
    """One of a few words, in any case."""

    def parse(text: str) -> str:
        if text.casefold() not in words:
            raise expected(f"{', '.join(words[:-1])} or {words[-1]}", text)
        return text.casefold()

    return parse


def duration(lowest: timedelta, highest: timedelta) -> Callable[[str], timedelta]:
    """A time span such as ``2d``, ``36h``, ``90m`` or ``2s`` between two others."""

    def parse(text: str) -> timedelta:
        match = _DURATION.fullmatch(text)
        if match is None:
            raise expected("a time span such as 2d, 36h, 90m or 2s", text)
        span = int(match[1]) * _UNITS[match[2]]
        if not lowest <= span <= highest:
            limits = f"{duration_text(lowest)} to {duration_text(highest)}"
            raise expected(f"a time span from {limits}", text)
        return span

    return parse


def duration_or_off(lowest: timedelta, highest: timedelta) -> Callable[[str], timedelta | None]:
    """A time span, or ``off``."""
    parse_span = duration(lowest, highest)

    def parse(text: str) -> timedelta | None:
        if text.casefold() in OFF:
            return None
        if not _DURATION.fullmatch(text):
            raise expected("a time span such as 10m, or off", text)
        return parse_span(text)

    return parse


def duration_text(span: timedelta) -> str:
    """A time span as it is written in the file, in the largest unit that is exact."""
    units = ("d", "h", "m", "s") if span else ("s",)
    exact = (unit for unit in units if not span % _UNITS[unit])
    unit = next(exact, "ms")
    return f"{span // _UNITS[unit]}{unit}"


def clock_time(text: str) -> time:
    """A time of day such as ``09:00``."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise expected("a time of day such as 09:00", text)
    return time(int(match[1]), int(match[2]), int(match[3] or 0))


def day(text: str) -> date:
    """A date such as ``2026-01-31``."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise expected("a date such as 2026-01-31", text)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no day {text}") from error


def zone(text: str) -> ZoneInfo:
    """A time zone of the IANA database such as ``Europe/Berlin``."""
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError) as error:  # OSError: the name of a folder of zones
        near = get_close_matches(text.title(), sorted(available_timezones()), n=1, cutoff=0.7)
        hint = f"did you mean {near[0]}?" if near else "such as Europe/Berlin or UTC"
        raise expected(f"a time zone ({hint})", text) from error


def language(text: str) -> str:
    """A language tag such as ``en`` or ``pt-BR`` (RFC 5646)."""
    if not _LANGUAGE.fullmatch(text):
        raise expected("a language tag such as en or pt-BR", text)
    return text


def plain_address(text: str) -> str:
    """An address alone, in ASCII; ``mailto:`` before it is taken off."""
    mailbox = parse_mailbox(re.sub(r"^mailto:", "", text, flags=re.IGNORECASE))
    if mailbox.name:
        raise expected("an address alone, without a name", text)
    return mailbox.address


def taxonomy(text: str) -> str:
    """The name of a front matter key that groups posts; it is a folder's name too."""
    if not _WORD.fullmatch(text.casefold()):
        raise expected("a word such as tags", text)
    return text.casefold()


def given_name(text: str) -> str:
    """A name of the writer's own choice; it is part of a variable's name too."""
    if not _NAME.fullmatch(text):
        raise expected("a name in lower-case letters, digits and hyphens, such as main", text)
    return text


def some(items: Sequence[str]) -> Sequence[str]:
    """The items, of which there has to be one."""
    if not items:
        raise ValueError("an empty list: name at least one, or leave the key out")
    return items


def distinct(items: Sequence[str]) -> tuple[str, ...]:
    """The items, none of them twice."""
    repeated = {item for item in items if items.count(item) > 1}
    if repeated:
        raise ValueError(f"{', '.join(sorted(repeated))} stands here twice")
    return tuple(items)
