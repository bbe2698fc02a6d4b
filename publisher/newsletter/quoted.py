"""Quoted-printable (RFC 2045 section 6.7) for parts with slots in them.

The standard library's encoder would split slots by soft line breaks, and leaves lines that begin
with a dot. Here a slot has its lines for itself, with a soft break before and after, so that
filling one never changes the lines around it; and no line begins with ``.`` or ``From ``: SMTP
need not stuff dots, and an mbox need not quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST_LINE = 76
SOFT_BREAK = b"=\r\n"

_CODES = tuple(b"=%02X" % byte for byte in range(256))
_UNSAFE = re.compile(rb"[^\t\n !-<>-~]+|[ \t](?=\n|\Z)")
_ITSELF = re.compile(r"[A-Za-z0-9_~+-][A-Za-z0-9_~+.@:/-]{0,74}")
_LINE_END = re.compile(r"\r\n?")


def encode(text: str) -> bytes:
    """The text, its line ends as CRLF, in ASCII lines of at most 76 bytes."""
    return b"".join(encode_around([text]))


def encode_around(texts: list[str]) -> list[bytes]:
    """What stands before, between and after slots, encoded for values made by ``encode_value``."""
    final = len(texts) - 1
    return [
        _piece(_escape(text), after_slot=number > 0, final=number == final)
        for number, text in enumerate(texts)
    ]


def encode_value(value: str) -> bytes:
    """A slot's value: begins on a line of its own, and leaves room for the ``=`` that ends it."""
    return SOFT_BREAK.join(_chunks(_escape(value).replace(b"\n", b"=0A"), LONGEST_LINE - 1))


def is_itself(value: str) -> bool:
    """Whether a value needs no encoding here, nor escaping in HTML: most URLs and addresses."""
    return _ITSELF.fullmatch(value) is not None


def _escape(text: str) -> bytes:
    data = _LINE_END.sub("\n", text).encode("utf-8", "replace")
    return _UNSAFE.sub(lambda found: b"".join(map(_CODES.__getitem__, found[0])), data)


def _piece(data: bytes, *, after_slot: bool, final: bool) -> bytes:
    lines = data.split(b"\n")
    ends_line = data.startswith(b"\n") or (final and not data)
    before = SOFT_BREAK if after_slot and not ends_line else b""
    after = b"" if final or not lines[-1] else SOFT_BREAK
    full = [SOFT_BREAK.join(_chunks(line, LONGEST_LINE)) for line in lines[:-1]]
    last = SOFT_BREAK.join(_chunks(lines[-1], LONGEST_LINE if final else LONGEST_LINE - 1))
    return before + b"\r\n".join([*full, last]) + after


def _chunks(line: bytes, last: int) -> Iterator[bytes]:
    """One line of text as lines of output; the last may have ``last`` bytes, others end in ``=``.

    No ``=XX`` is cut, and a dot or ``From `` at the start of a line is written as a code.
    """
    start = 0
    while True:
        guard = _guard(line, start)
        start += bool(guard)
        if len(line) - start <= last - len(guard):
            yield guard + line[start:]
            return
        end = start + LONGEST_LINE - 1 - len(guard)
        end -= 1 if line[end - 1 : end] == b"=" else 2 if line[end - 2 : end - 1] == b"=" else 0
        yield guard + line[start:end]
        start = end


def _guard(line: bytes, start: int) -> bytes:
    if line.startswith(b".", start):
        return b"=2E"
    return b"=46" if line.startswith(b"From ", start) else b""
