"""What a courier's note means: for the ledger, for its relay, and for the line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from publisher.books import Books
from publisher.courier import Crashed, Done, Note, Refused, Returned
from publisher.domain.delivery import Claim, Outcome, Settlement, State, Verdict, settle
from publisher.domain.errors import RelayRefused
from publisher.line import Line
from publisher.ways import Way, Ways

M = TypeVar("M")


@dataclass(kw_only=True)
class Hearing(Generic[M]):
    """For one thread. ``watch``, where there is one, hears of every attempt; ``bug`` is the first
    that a courier met. ``counts`` are rows by the state they went to."""

    books: Books
    ways: Ways[M]
    line: Line
    counts: Counter[State]
    jitter: Callable[[], float]
    resend_unknown: bool
    watch: Callable[[Claim, Outcome, Settlement], None] | None
    bug: Exception | None = field(default=None, init=False)

    def hear(self, note: Note[M], way: Way[M], now: datetime) -> None:
        """Take down what a courier of that way said."""
        if (claim := way.crew.heard(note)) is not None:
            self.line.put_back(claim)
        match note:
            case Done(_, claim, outcome, fresh):
                self._attempted(claim, outcome, way, now, fresh=fresh)
            case Refused(_, error):
                way.relay.refused(error, now, self.jitter())
            case Returned(_, claim, error):
                way.relay.refused(error, now, self.jitter())
                self._give_back(claim, str(error), now)
            case Crashed(_, bug, unsent):
                self.bug = self.bug or bug
                if unsent is not None:
                    why = "a fault of the program stopped it before it was sent"
                    self._give_back(unsent, why, now)

    def _attempted(
        self, claim: Claim, outcome: Outcome, way: Way[M], now: datetime, *, fresh: bool
    ) -> None:
        if outcome.busy and fresh:
            busy = RelayRefused(outcome.reply, temporary=True)
            way.relay.refused(busy, now, self.jitter())
        self._settle(claim, outcome, now)
        way.relay.heard(claim, outcome, now, self.jitter())
        if outcome.verdict is Verdict.ACCEPTED:
            self.ways.accepted()
        elif outcome.verdict is Verdict.SUSPECT:
            self.books.absolve(way.relay.acquitted())

    def _give_back(self, claim: Claim, reason: str, now: datetime) -> None:
        """Nothing of it has left: it is queued again, and no attempt is counted."""
        returned = Outcome(verdict=Verdict.RETURNED, reply=reason, usable=False)
        self._settle(claim, returned, now)

    def _settle(self, claim: Claim, outcome: Outcome, now: datetime) -> None:
        settlement = settle(claim, outcome, now, self.jitter(), resend_unknown=self.resend_unknown)
        self.books.settle(settlement)
        self.counts[settlement.state] += 1
        if self.watch is not None:
            self.watch(claim, outcome, settlement)
