"""What a server offers, from its answer to EHLO (RFC 5321 section 4.1.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """The extensions we use. ``longest`` is the largest message in bytes; None where not said."""

    pipelining: bool = False
    starttls: bool = False
    eight_bit: bool = False
    utf8: bool = False
    size: bool = False
    longest: int | None = None
    logins: frozenset[str] = frozenset()


def parse_features(lines: Sequence[str]) -> Features:
    """From the lines of a 250 to EHLO, the first of which only greets. Keywords in any case."""
    words = [line.upper().replace("AUTH=", "AUTH ").split() for line in lines[1:]]
    offered = {found[0]: found[1:] for found in words if found}
    logins = [found[1:] for found in words if found and found[0] == "AUTH"]
    return Features(
        pipelining="PIPELINING" in offered,
        starttls="STARTTLS" in offered,
        eight_bit="8BITMIME" in offered,
        utf8="SMTPUTF8" in offered,
        size="SIZE" in offered,
        longest=_longest(offered.get("SIZE", [])),
        logins=frozenset(name for names in logins for name in names),
    )


def _longest(arguments: Sequence[str]) -> int | None:
    """Zero stands for no limit (RFC 1870)."""
    if arguments and arguments[0].isascii() and arguments[0].isdigit():
        return int(arguments[0]) or None
    return None
