"""What a post says to directories of podcasts, under ``itunes`` or ``podcast`` or at its top."""

from __future__ import annotations

from dataclasses import replace

from publisher.content.fields import Entry, Fields, kind
from publisher.content.flags import read_flag
from publisher.content.links import absolute
from publisher.content.media import DURATION_KEYS, Base, seconds_of
from publisher.content.notes import Notes, shown
from publisher.domain.post import Enclosure, Episode

KEYS = ("itunes", "podcast")
#: Keys that count as if they stood in such a table, where the post has a recording.
FLAT_KEYS = (*DURATION_KEYS, "episode", "season", "explicit", "episode_type", "episodetype")

_NUMBER_KEYS = ("episode", "episode_number", "number")
_KIND_KEYS = ("episodetype", "episode_type")
_IMAGE_KEYS = ("image", "cover", "artwork")
_KINDS = ("full", "trailer", "bonus")


def episode_of(
    fields: Fields, enclosures: tuple[Enclosure, ...], base: Base, notes: Notes
) -> tuple[Episode | None, tuple[Enclosure, ...]]:
    """What the post says of its episode, and its files: the first of them plays as long as it says.

    What can't be used is left out with a warning.
    """
    tables = [entry for key in KEYS if (entry := fields.find(key)) is not None]
    table = {key: one for entry in tables if isinstance(entry.value, dict)
             for key, one in entry.value.items()}  # fmt: skip
    recorded = any(one.type.startswith(("audio/", "video/")) for one in enclosures)
    itunes = fields.find("itunes")
    asked = itunes is not None and isinstance(itunes.value, dict)
    if recorded:
        flat = {key: entry for key in FLAT_KEYS if (entry := fields.find(key)) is not None}
        table = {**flat, **table}
    if not table:
        return None, enclosures
    reader = _Reader(table, base, notes)
    episode = Episode(
        number=reader.number(*_NUMBER_KEYS),
        season=reader.number("season"),
        kind=reader.kind(),
        explicit=reader.explicit(),
        image=reader.image(),
    )
    said = asked or episode != Episode()
    return episode if said else None, _played(enclosures, reader.seconds())


def _played(enclosures: tuple[Enclosure, ...], seconds: int | None) -> tuple[Enclosure, ...]:
    if not enclosures or seconds is None or enclosures[0].duration_s is not None:
        return enclosures
    return (replace(enclosures[0], duration_s=seconds), *enclosures[1:])


class _Reader:
    """Reads the keys of one table."""

    def __init__(self, table: dict[str, Entry], base: Base, notes: Notes) -> None:
        self._table, self._base, self._notes = table, base, notes

    def number(self, *keys: str) -> int | None:
        entry, text = self._text(*keys)
        if entry is None:
            return None
        digits = text.strip()
        if digits.isascii() and digits.isdecimal() and len(digits) < 10 and int(digits) > 0:
            return int(digits)
        self._leave_out(entry, "expected a number from 1 on", text)
        return None

    def kind(self) -> str | None:
        entry, text = self._text(*_KIND_KEYS)
        if entry is None:
            return None
        if text.strip().lower() in _KINDS:
            return text.strip().lower()
        self._leave_out(entry, "expected full, trailer or bonus", text)
        return None

    def explicit(self) -> bool | None:
        entry, text = self._text("explicit")
        if entry is None:
            return None
        word = text.strip().lower()
        if word in ("clean", "explicit"):
            return word == "explicit"
        try:
            return read_flag(text)
        except ValueError:
            self._leave_out(entry, "expected true or false", text)
            return None

    def image(self) -> str | None:
        entry, text = self._text(*_IMAGE_KEYS)
        if entry is None:
            return None
        try:
            return absolute(text, self._base.site_url, self._base.page_url)
        except ValueError as error:
            self._notes.warn(entry.line, f"{entry.key}: {error}; it is left out")
            return None

    def seconds(self) -> int | None:
        entry, _ = self._text(*DURATION_KEYS)
        return seconds_of(entry, self._table, self._notes) if entry else None

    def _text(self, *keys: str) -> tuple[Entry | None, str]:
        """The first of these keys that is there, with its text."""
        for key in keys:
            if (entry := self._table.get(key)) is not None:
                if isinstance(entry.value, str):
                    return entry, entry.value
                self._leave_out(entry, "expected text", kind(entry.value))
        return None, ""

    def _leave_out(self, entry: Entry, expected: str, text: str) -> None:
        self._notes.warn(entry.line, f"{entry.key}: {expected}, not {shown(text)}; it is left out")
