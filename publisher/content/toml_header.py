"""TOML between two lines ``+++``. The parser gives no line numbers: keys are found here."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, time

from publisher.content.fields import DEEPEST, TOO_DEEP, Entry, FrontMatterError, Repeat, Value

#: More parts than a key may have: the parser's time grows with their square, 13 s for 64 KB.
_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){65}""", re.ASCII
)
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
_LONG_NUMBER = re.compile(r"[0-9][0-9_]{4000,}")

#: Parts of the parser's messages, and what a person should do about each.
_ADVICE = (
    ("Cannot overwrite", "a key stands here a second time: keep one"),
    ("Cannot declare", "a table stands here a second time: keep one"),
    ("Unterminated", "close the quote or bracket that is still open"),
    ("Unclosed", "close the quote or bracket that is still open"),
)
_USUAL_ADVICE = "write texts in quotes and dates as 2026-03-01 or 2026-03-01T09:00:00+01:00"


def read_toml(text: str, line: int) -> tuple[dict[str, Entry], tuple[Repeat, ...]]:
    """The document's table, and the keys that differ in nothing but case (the last one counts).

    ``line`` is that of the text's first line in the file. Raises FrontMatterError.
    """
    if found := _DEEP_KEY.search(text):
        raise FrontMatterError(line + text.count("\n", 0, found.start()), TOO_DEEP)
    try:
        document = tomllib.loads(text, parse_float=str)
    except RecursionError:
        raise FrontMatterError(line, TOO_DEEP) from None
    except ValueError as error:
        # Besides its own error (a ValueError) the parser lets through int's for too many digits.
        raise _explained(error, text, line) from None
    reader = _Reader(_key_lines(text, line), line)
    table = reader.table(document, (), 1) or {}
    return table, tuple(reader.repeats)


class _Reader:
    """Turns tomllib's values back into texts: dates as ISO 8601, flags as true and false."""

    def __init__(self, lines: Mapping[tuple[str, ...], int], first: int) -> None:
        self._lines = lines
        self._first = first
        self.repeats: list[Repeat] = []

    def table(
        self, values: Mapping[str, object], at: tuple[str, ...], depth: int
    ) -> dict[str, Entry] | None:
        table: dict[str, Entry] = {}
        for key, raw in values.items():
            place = (*at, key)
            value = self._value(raw, place, depth + 1)
            if value is not None:
                self._put(table, Entry(key, self._line_of(place), value), depth)
        return table or None

    def _put(self, table: dict[str, Entry], entry: Entry, depth: int) -> None:
        folded = entry.key.lower()
        if depth == 1 and folded in table:
            self.repeats.append(Repeat(table[folded], entry))
        table[folded] = entry

    def _value(self, raw: object, at: tuple[str, ...], depth: int) -> Value | None:
        if depth > DEEPEST:
            raise FrontMatterError(self._line_of(at), TOO_DEEP)
        if isinstance(raw, dict):
            return self.table(raw, at, depth)
        if isinstance(raw, list):
            items = (self._value(item, at, depth + 1) for item in raw)
            return [item for item in items if item is not None] or None
        return _text(raw)

    def _line_of(self, place: tuple[str, ...]) -> int:
        """The line of a key, or of the nearest table around it that was found."""
        while place:
            if place in self._lines:
                return self._lines[place]
            place = place[:-1]
        return self._first


def _text(raw: object) -> str | None:
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        # A hexadecimal number may be longer than what Python agrees to write in decimal.
        return str(raw) if raw.bit_length() <= 64 else hex(raw)
    if isinstance(raw, datetime | date | time):
        return raw.isoformat()
    text = str(raw)
    return None if not text or text.isspace() else text


def _key_lines(text: str, first: int) -> dict[tuple[str, ...], int]:
    """Where each key is assigned, by its place. The first that looks so wins."""
    table: tuple[str, ...] = ()
    lines: dict[tuple[str, ...], int] = {}
    for number, raw in enumerate(text.split("\n"), first):
        line = raw.lstrip()
        if line.startswith("["):
            table = _parts(line.strip("[").partition("]")[0])
            lines.setdefault(table, number)
        elif not line.startswith("#"):
            key, assigned, _ = line.partition("=")
            if assigned:
                lines.setdefault((*table, *_parts(key)), number)
    return lines


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))


def _explained(error: Exception, text: str, line: int) -> FrontMatterError:
    message = str(error)
    if "digits" in message:
        return _too_many_digits(text, line)
    if found := _PLACE.search(message):
        place = line + int(found[1]) - 1
        message = message[: found.start()].rstrip()
    else:
        place = line + text.rstrip("\n").count("\n") if "end of document" in message else line
        message = message.replace("(at end of document)", "").rstrip()
    advice = next((advice for fragment, advice in _ADVICE if fragment in message), _USUAL_ADVICE)
    return FrontMatterError(place, f"the front matter is not valid TOML: {message}; {advice}")


def _too_many_digits(text: str, line: int) -> FrontMatterError:
    """The parser says of such a number neither where it is nor what a writer could do."""
    found = _LONG_NUMBER.search(text)
    place = line + text.count("\n", 0, found.start()) if found else line
    return FrontMatterError(
        place, "a number of thousands of digits; write it in quotes, or shorter"
    )
