"""A message as it leaves: who from, who to, and its bytes in segments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """One message to one recipient.

    ``sender`` and ``recipient`` are envelope addresses; an empty sender is the null sender.
    ``segments`` are sent one after another: lines end in CRLF, a segment may end anywhere, dots
    are not stuffed. ``name`` is the delivery's own, the same at every attempt, and safe as a file
    name (ValueError when it is not).
    """

    sender: str
    recipient: str
    segments: Sequence[bytes]
    name: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a message's name has to be safe as a file name, not {self.name!r}")
