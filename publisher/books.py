"""The writer's books: what was answered and is not in the ledger yet.

Nothing here is written twice or lost while the process lives: a ledger that can't be written for a
while gets it later, and only one that stays unusable ends the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from publisher.domain.delivery import Claim, Settlement, State
from publisher.domain.errors import LedgerUnusable
from publisher.domain.line import Spent
from publisher.domain.relay import RelayNote
from publisher.line import LineBook
from publisher.outlook import DueBook

#: How long a ledger may be unusable, in a run and at its end.
PATIENCE_S = 10.0
LAST_PATIENCE_S = 3.0


class DeliveryBook(LineBook, DueBook, Protocol):
    """The ledger as delivery needs it. Only the writer's thread calls it."""

    def write(
        self,
        settled: Sequence[Settlement],
        begin: Sequence[Claim],
        now: datetime,
        *,
        spent: Sequence[Spent] = (),
    ) -> list[Claim]:
        """Write what was answered, and begin what stands in line, in one transaction."""

    def absolve(self, claims: Sequence[Claim]) -> int:
        """Queue rejected deliveries again, as the fault was ours; how many."""

    def spent(self, since: datetime) -> tuple[Spent, ...]:
        """What quotas have used."""

    def relays(self) -> tuple[RelayNote, ...]:
        """What relays have shown of themselves."""

    def note_relay(self, note: RelayNote) -> None:
        """Keep how a relay stands."""


@dataclass(kw_only=True)
class Books:
    """What is to be written, and how long that has failed. For one thread."""

    ledger: DeliveryBook
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    _unsettled: list[Settlement] = field(default_factory=list)
    _doubtful: list[Settlement] = field(default_factory=list)
    _spent: list[Spent] = field(default_factory=list)
    _blamed: list[Claim] = field(default_factory=list)
    _trouble_since_s: float | None = None

    @property
    def balanced(self) -> bool:
        """Whether all that is known is written."""
        return not (self._unsettled or self._doubtful or self._blamed or self.in_trouble)

    @property
    def in_trouble(self) -> bool:
        """Whether the ledger could not be used when it was last tried."""
        return self._trouble_since_s is not None

    def settle(self, settlement: Settlement) -> None:
        """Have the end of an attempt written with the next write."""
        self._unsettled.append(settlement)

    def spend(self, spent: Sequence[Spent]) -> None:
        """Have what quotas used written with the next write."""
        self._spent += spent

    def absolve(self, claims: Sequence[Claim]) -> None:
        """Have deliveries that were rejected queued again."""
        self._blamed += claims

    def write(
        self, begin: Sequence[Claim], now: datetime
    ) -> tuple[list[Claim], Sequence[Settlement]]:
        """Write what was answered and begin what is next; those begun, and those settled.

        Raises LedgerUnusable; then nothing was begun, whatever became of the commit.
        """
        if not (self._unsettled or begin or self._doubtful or self._spent):
            return [], ()
        try:
            begun = self.ledger.write(
                [*self._doubtful, *self._unsettled], begin, now, spent=self._spent
            )
        except LedgerUnusable:
            self._doubtful += map(_unbegun, begin)
            raise
        settled, self._unsettled, self._spent = self._unsettled, [], []
        self._doubtful.clear()
        return begun, settled

    def acquit(self) -> int:
        """Queue again who was rejected for our fault; how many. Raises LedgerUnusable."""
        moved = self.ledger.absolve(self._blamed) if self._blamed else 0
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
                self.write((), self.clock())
                return self.acquit()
            except LedgerUnusable:
                if self.monotonic() >= end_s:
                    raise
                wait()


def _unbegun(claim: Claim) -> Settlement:
    """Takes back a beginning that may be durable although the commit failed; else changes nothing.

    A row that is not ``sending`` is left as it is by any settlement.
    """
    return Settlement(
        issue_id=claim.issue_id, subscriber_id=claim.subscriber_id, state=State.QUEUED,
        attempts=claim.attempts, reply="",
    )  # fmt: skip
