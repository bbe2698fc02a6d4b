"""Dots: a message's segments made ready for DATA, and the end that fits them.

A line that begins with a dot gets another in front (RFC 5321 section 4.5.2), wherever a segment
was cut. A line feed or carriage return on its own is refused: servers differ over whether it ends
a line, and a message that says so twice could end early and begin another.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

SHORT = 256
BARE = "a message with a line end that is not CRLF"


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
    """A segment, examined. ``rest`` is what follows a line feed that it may begin with; of a
    ``plain`` one nothing has to be changed, whatever stands before it."""

    plain: bool
    line_feed: bool
    dot: bool
    rest: bytes
    end: _Place
    ascii: bool


class _Shared(NamedTuple):
    """What the long segments of a message come to."""

    plain: bool
    size: int
    ascii: bool


def stuffed(segments: Sequence[bytes]) -> Stuffed:
    """Segments whose lines end in CRLF, dots stuffed, and the final dot.

    ValueError when a CR or LF stands alone: whoever made the message has a bug. What an issue's
    many messages share is examined once; at the values between one glance is enough.
    """
    short = [b"", *[one for one in segments if len(one) < SHORT]]
    shared = _together(tuple([one for one in segments if len(one) >= SHORT]))
    lines = b"\r\n".join(short)  # each at the start of a line: no dot is missed
    if segments and segments[-1] and shared.plain and _ended_well(lines) and b"\r\n." not in lines:
        out = [*segments, _FINAL[_end(segments[-1])]]
    else:
        out = _changed(segments)
    size = shared.size + len(lines) - 2 * (len(short) - 1)
    return Stuffed(out, size, shared.ascii and lines.isascii())


def _ended_well(lines: bytes) -> bool:
    """Whether no CR or LF stands alone."""
    return lines.count(b"\r") == lines.count(b"\r\n") == lines.count(b"\n")


def _changed(segments: Sequence[bytes]) -> list[bytes]:
    """What ``stuffed`` does in every case."""
    out: list[bytes] = []
    place = _Place.LINE_START
    for segment in filter(None, segments):
        piece = _remembered(segment) if len(segment) >= SHORT else _examined(segment)
        if piece.line_feed != (place is _Place.AFTER_CR):
            raise ValueError(BARE)
        if piece.line_feed:
            out.append(b"\n")
        if piece.dot and place is not _Place.WITHIN:
            out.append(b".")
        out.append(piece.rest)
        place = piece.end
    if place is _Place.AFTER_CR:
        raise ValueError(BARE)
    return [*out, _FINAL[place]]


def _examined(segment: bytes) -> _Piece:
    line_feed = segment.startswith(b"\n")
    rest = segment[1:] if line_feed else segment
    if not _ended_well(rest.removesuffix(b"\r")):
        raise ValueError(BARE)
    stuffed_rest, end = rest.replace(b"\r\n.", b"\r\n.."), _end(segment)
    dot = rest.startswith(b".")
    return _Piece(
        plain=stuffed_rest == segment and not dot and end is not _Place.AFTER_CR,
        line_feed=line_feed, dot=dot, rest=stuffed_rest, end=end, ascii=segment.isascii(),
    )  # fmt: skip


#: By content; a bytes object keeps its hash, so that finding a shared segment again costs nothing.
_remembered = lru_cache(maxsize=64)(_examined)


@lru_cache(maxsize=16)
def _together(segments: tuple[bytes, ...]) -> _Shared:
    pieces = [_remembered(one) for one in segments]
    return _Shared(
        plain=all(piece.plain for piece in pieces),
        size=sum(map(len, segments)),
        ascii=all(piece.ascii for piece in pieces),
    )


def _end(segment: bytes) -> _Place:
    if segment.endswith(b"\n"):
        return _Place.LINE_START
    return _Place.AFTER_CR if segment.endswith(b"\r") else _Place.WITHIN
