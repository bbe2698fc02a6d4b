"""What a server says, taken from its bytes, and what that means for the message on its way.

Pure: ``take`` reads replies, ``verdict`` judges them (RFC 5321 section 4.2, RFC 3463 for the
enhanced codes). Who sends what, and when, is told in ``smtp`` and ``session``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from publisher.domain.delivery import Outcome, Verdict

LONGEST_LINE = 4096
MOST_LINES = 100
LONGEST_TEXT = 500

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])([^\n]*?))?\r?\n")
_GO_AHEAD = re.compile(rb"(?:2\d\d(?: [^\n]*)?\r?\n){2}3\d\d(?: [^\n]*)?\r?\n")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?= |$)")
_POLICY = re.compile(r"[245]\.7\.\d{1,3}(?: |$)")


class Stage(StrEnum):
    """What a reply answers: the connection itself, a command, or the final dot."""

    GREETING = "greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "dot"


#: The stages before any message: a refusal there is the relay's word on us.
OPENING = frozenset({Stage.GREETING, Stage.EHLO, Stage.STARTTLS, Stage.AUTH})

#: 5xx codes that speak of the conversation or the login, not of the recipient (RFC 5321, 4954).
_ABOUT_US = frozenset({500, 502, 503, 504, 530, 534, 535, 538})


class Lost(Exception):
    """The conversation can't go on. ``str()`` says what happened."""


class Unsent(Lost):
    """The last byte that was to be written did not leave. ``taken`` counts those that did."""

    def __init__(self, why: str, taken: int) -> None:
        super().__init__(why)
        self.taken = taken


class Garbled(Lost):
    """The server said something that is no SMTP reply."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """A whole reply: its code and its lines without it, as printable text."""

    code: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines as one, an enhanced code only once, cut to 500 characters."""
        first, *others = self.lines
        text = " ".join([first, *(_ENHANCED.sub("", line).strip() for line in others)])
        return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def take(buffer: bytearray) -> Reply | None:
    """The first whole reply of the buffer, which it leaves; None when there is none yet.

    Line ends may be CRLF or LF. Raises Garbled for a line over 4,096 bytes, more than 100 lines,
    a code that is none, or lines of one reply with different codes.
    """
    lines: list[str] = []
    code, end = b"", 0
    while match := _LINE.match(buffer, end):
        if lines and match[1] != code:
            raise Garbled(f"the server's reply can't be understood: {_shown(buffer)}")
        code, end = match[1], match.end()
        lines.append(_printable(match[3] or b""))
        if match[2] != b"-":
            del buffer[:end]
            return Reply(code=int(code), lines=tuple(lines))
        if len(lines) >= MOST_LINES:
            raise Garbled("the server's reply has no end")
    if len(buffer) - end > LONGEST_LINE or b"\n" in buffer[end:]:
        raise Garbled(f"the server's reply can't be understood: {_shown(buffer[end:])}")
    return None


def take_go_ahead(buffer: bytearray) -> bool:
    """Take the answers to MAIL, RCPT and DATA off a buffer that begins with them, and only if the
    server waits for the message now: one line each, 2xx, 2xx and 3xx. It is what comes of most."""
    match = _GO_AHEAD.match(buffer)
    if match is None:
        return False
    del buffer[: match.end()]
    return True


def goes_on(stage: Stage, code: int) -> bool:
    """Whether a reply's code is the one that is hoped for at a stage."""
    return code // 100 == (3 if stage is Stage.DATA else 2)


def verdict(stage: Stage, code: int, text: str) -> Outcome:
    """What a reply at a stage means. ACCEPTED before the dot means: go on.

    RETURNED stands for a refusal that is about us and pauses the run, in the opening and at MAIL.
    """
    reply = f"{code} {text}".rstrip()
    if code == 421:  # the server closes the connection after this, whatever it answers
        return Outcome(verdict=Verdict.DEFERRED, reply=reply, usable=False, busy=True)
    if goes_on(stage, code):
        return Outcome(verdict=Verdict.ACCEPTED, reply=reply)
    if code < 400:
        return _out_of_turn(stage, reply)
    if stage is Stage.RSET:
        return Outcome(verdict=Verdict.DEFERRED, reply=reply, usable=False)
    usable = stage not in OPENING
    return Outcome(verdict=_refusal(stage, code, text), reply=reply, usable=usable)


def _refusal(stage: Stage, code: int, text: str) -> Verdict:
    if code < 500:
        return Verdict.DEFERRED
    if stage in OPENING or stage is Stage.MAIL:
        return Verdict.RETURNED
    about_us = code in _ABOUT_US and not _ENHANCED.match(text)
    return Verdict.SUSPECT if about_us or _POLICY.match(text) else Verdict.REJECTED


def _out_of_turn(stage: Stage, reply: str) -> Outcome:
    """A 2xx or 3xx where the other was due: nobody can tell what the server believes now."""
    kind = Verdict.UNKNOWN if stage is Stage.DOT else Verdict.DEFERRED
    return Outcome(verdict=kind, reply=f"out of turn at {stage}: {reply}", usable=False)


def _printable(data: bytes) -> str:
    text = data.decode("utf-8", "replace").strip()
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)


def _shown(data: bytes | bytearray) -> str:
    line = bytes(data).partition(b"\n")[0]
    return repr(_printable(line[:80]))
