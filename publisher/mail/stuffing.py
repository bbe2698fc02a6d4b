"""Dots: a message's segments made ready for DATA, and the end that fits them.

A line that begins with a dot gets another in front (RFC 5321 section 4.5.2), wherever a segment
was cut. A line feed or carriage return on its own is refused: servers differ over whether it ends
a line, and a message that says so twice could end early and begin another.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

SHORT = 256
BARE = "a message with a line end that is not CRLF"

#: What needs no change wherever it stands, but after a CR: most values of slots.
_PLAIN = re.compile(rb"(?:[^.\r\n][^\r\n]*)?(?:\r\n(?:[^.\r\n][^\r\n]*)?)*")


class _Place(Enum):
    LINE_START = auto()
    AFTER_CR = auto()
    WITHIN = auto()


_FINAL = {_Place.LINE_START: b".\r\n", _Place.WITHIN: b"\r\n.\r\n"}


class Stuffed(NamedTuple):
    """A message to be written after 354, its final dot included.

    ``size`` is the message's own, as RFC 1870 counts it; ``ascii`` says it needs no 8BITMIME.
    """

    segments: list[bytes]
    size: int
    ascii: bool


class _Piece(NamedTuple):
    """A segment, examined. ``rest`` is what follows a line feed that it may begin with."""

    line_feed: bool
    dot: bool
    rest: bytes
    end: _Place
    ascii: bool


def stuffed(segments: Sequence[bytes]) -> Stuffed:
    """Segments whose lines end in CRLF, dots stuffed, and the final dot.

    ValueError when a CR or LF stands alone: whoever made the message has a bug. What an issue's
    many messages share is examined once; of a plain value beside it a glance is enough.
    """
    out: list[bytes] = []
    place, is_ascii = _Place.LINE_START, True
    for segment in segments:
        if not segment:
            continue
        if len(segment) < SHORT and place is not _Place.AFTER_CR and _PLAIN.fullmatch(segment):
            out.append(segment)
            place = _Place.LINE_START if segment.endswith(b"\n") else _Place.WITHIN
            is_ascii = is_ascii and segment.isascii()
            continue
        piece = _examined(segment) if len(segment) < SHORT else _remembered(segment)
        if piece.line_feed != (place is _Place.AFTER_CR):
            raise ValueError(BARE)
        if piece.line_feed:
            out.append(b"\n")
        if piece.dot and place is not _Place.WITHIN:
            out.append(b".")
        out.append(piece.rest)
        place, is_ascii = piece.end, is_ascii and piece.ascii
    if place is _Place.AFTER_CR:
        raise ValueError(BARE)
    out.append(_FINAL[place])
    return Stuffed(out, sum(map(len, segments)), is_ascii)


def _examined(segment: bytes) -> _Piece:
    line_feed = segment.startswith(b"\n")
    rest = segment[1:] if line_feed else segment
    bare = rest.removesuffix(b"\r").replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        raise ValueError(BARE)
    return _Piece(
        line_feed=line_feed, dot=rest.startswith(b"."), rest=rest.replace(b"\r\n.", b"\r\n.."),
        end=_end(segment), ascii=segment.isascii(),
    )  # fmt: skip


#: By content; a bytes object keeps its hash, so that finding a shared segment again costs nothing.
_remembered = lru_cache(maxsize=64)(_examined)


def _end(segment: bytes) -> _Place:
    if segment.endswith(b"\n"):
        return _Place.LINE_START
    return _Place.AFTER_CR if segment.endswith(b"\r") else _Place.WITHIN
