"""The writer's books: what was answered and is not in the ledger yet.

Nothing here is written twice or lost while the process lives: a ledger that can't be written for a
while gets it later, and only one that stays unusable ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from publisher.domain.delivery import Claim, Settlement
from publisher.domain.errors import LedgerUnusable

#: How long a ledger may be unusable, in a run and at its end.
PATIENCE_S = 10.0
LAST_PATIENCE_S = 3.0


class DeliveryBook(Protocol):
    """The ledger as delivery needs it. Only the writer's thread calls it."""

    def turn(self, settled: Sequence[Settlement], want: int, now: datetime) -> list[Claim]:
        """Write what was answered and begin up to ``want`` more, in one transaction."""

    def next_attempt_at(self) -> datetime | None:
        """The earliest time at which a waiting delivery may be tried; None when none waits."""

    def waiting_count(self) -> int:
        """How many deliveries wait, whether they are due or not."""

    def absolve(self, claims: Sequence[Claim], now: datetime) -> int:
        """Queue rejected deliveries again, as the fault was ours; how many."""


@dataclass(kw_only=True)
class Books:
    """What is to be written, and how long that has failed. For one thread."""

    ledger: DeliveryBook
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _unsettled: list[Settlement] = field(default_factory=list)
    _blamed: list[Claim] = field(default_factory=list)
    _trouble_since_s: float | None = None

    @property
    def balanced(self) -> bool:
        """Whether all that is known is written."""
        return not (self._unsettled or self._blamed or self.in_trouble)

    @property
    def in_trouble(self) -> bool:
        """Whether the ledger could not be used when it was last tried."""
        return self._trouble_since_s is not None

    def settle(self, settlement: Settlement) -> None:
        """Have the end of an attempt written at the next turn."""
        self._unsettled.append(settlement)

    def absolve(self, claims: Sequence[Claim]) -> None:
        """Have deliveries that were rejected queued again."""
        self._blamed += claims

    def turn(self, want: int, now: datetime) -> list[Claim]:
        """Write what was answered, and begin up to ``want`` more. Raises LedgerUnusable."""
        claims: list[Claim] = []
        if self._unsettled or want:
            claims = self.ledger.turn(self._unsettled, want, now)
            self._unsettled.clear()
        return claims

    def acquit(self, now: datetime) -> int:
        """Queue again who was rejected for our fault; how many. Raises LedgerUnusable."""
        moved = self.ledger.absolve(self._blamed, now) if self._blamed else 0
        self._blamed.clear()
        return moved

    def be_at_ease(self) -> None:
        """The ledger can be used again."""
        self._trouble_since_s = None

    def bear_with(self, error: LedgerUnusable) -> None:
        """Let what failed be tried again; raise the error when that has gone on for long."""
        now_s = self.monotonic()
        if self._trouble_since_s is None:
            self._trouble_since_s = now_s
        elif now_s - self._trouble_since_s >= PATIENCE_S:
            raise error

    def close(self, wait: Callable[[], None]) -> int:
        """Write what is left, with a ``wait`` after each failure; how many were acquitted.

        Raises LedgerUnusable when it can't be written.
        """
        end_s = self.monotonic() + LAST_PATIENCE_S
        while True:
            try:
                self.turn(0, self.clock())
                return self.acquit(self.clock())
            except LedgerUnusable:
                if self.monotonic() >= end_s:
                    raise
                wait()
