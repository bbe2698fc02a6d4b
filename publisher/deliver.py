"""Delivery: one writer, and as many couriers as there are connections.

        ┌─────────────────── one transaction a turn ──────────────────┐
    settle what was answered ─▶ begin what is next ─▶ hand each claim to a courier that is ready
        ▲                                                             │
        └────────── outcomes, in the order they come ◀── couriers ◀───┘

A claim is `sending` in the ledger, durably, before its courier has it, and at most one per
connection: what a crash can leave unknown is what was in the couriers' hands. A courier connects
before it is given anything, so a relay that is away touches no row.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from publisher.books import Books, DeliveryBook
from publisher.courier import (
    Courier,
    Crashed,
    Crew,
    Done,
    Note,
    Refused,
    Returned,
    Transport,
)
from publisher.domain.delivery import Claim, Outcome, Settlement, State, Verdict, settle
from publisher.domain.errors import LedgerUnusable, RelayRefused
from publisher.domain.relay import Relay

#: How long what is in flight may take at the end, and to come to an end when it is cut off.
DRAIN_S = 8.0
ABORT_S = 2.0

#: How long a run that is not for ever waits for its rate, and a connection is held ready for it.
PATIENCE_S = 60.0
HOLD_READY_S = 2.0

#: How soon a ledger that could not be used is tried again.
LEDGER_WAIT_S = 0.5

#: Waits end after that long at the latest: a timer stands still while the machine sleeps. And none
#: for a time that has come is shorter than the second: what is due and can't begin is no work.
LONGEST_WAIT_S = 30.0
SHORTEST_WAIT_S = 0.05

M = TypeVar("M")


class Rate(Protocol):
    """How fast messages may leave. Not safe for threads: the writer alone asks."""

    def wait(self, now_s: float) -> float:
        """Seconds until the next message may leave; 0 when one may now. ``now_s`` is monotonic."""

    def spend(self, now_s: float) -> None:
        """Count one message as gone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relayed:
    """What a run came to: rows by the state they went to, and why it stopped early, if it did."""

    counts: Mapping[State, int]
    stopped: str | None = None


@dataclass(kw_only=True)
class Delivery(Generic[M]):
    """Delivers what the ledger has waiting. ``wake`` may be called from any thread.

    ``watch`` hears of every attempt, ``on_pause`` why and until when nothing is begun, ``on_rest``
    that nothing more is due; the writer's thread calls them. ``inbox`` is where couriers report.
    """

    book: DeliveryBook
    transport: Transport[M]
    message_of: Callable[[Claim], M]
    rate: Rate
    relay: Relay
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]
    resend_unknown: bool = False
    watch: Callable[[Claim, Outcome, Settlement], None] = lambda *_: None
    on_pause: Callable[[str, datetime], None] = lambda *_: None
    on_rest: Callable[[], None] = lambda: None
    courier: Callable[..., Courier[M]] = Courier
    inbox: SimpleQueue[Note[M] | None] = field(default_factory=SimpleQueue)
    counts: Counter[State] = field(default_factory=Counter)
    _crew: Crew[M] = field(init=False)
    _books: Books = field(init=False)
    _exhausted: bool = False
    _resting: bool = False
    _next_at: datetime | None = None
    _said_pause: datetime | None = None
    _bug: Exception | None = None

    def __post_init__(self) -> None:
        self._books = Books(ledger=self.book, clock=self.clock, monotonic=self.monotonic)
        self._crew = Crew(
            hire=lambda: self.courier(self.transport, self.message_of, self.inbox.put)
        )

    def wake(self) -> None:
        """There may be something new to deliver, or a reason to stop."""
        self.inbox.put(None)

    def run(self, stop: threading.Event, *, forever: bool) -> Relayed:
        """Deliver until ``stop`` is set or, unless ``forever``, until nothing can leave now.

        Outcomes in hand are settled before it returns. Raises LedgerUnusable when the ledger
        can't be used for ten seconds; what was in flight is then unknown. Raises a courier's bug.
        """
        try:
            while not stop.is_set() and self._bug is None:
                self._turn()
                if not forever and self._nothing_to_wait_for():
                    break
                self._listen(self._pause_s())
        finally:
            self._drain()
        if self._bug is not None:
            raise self._bug
        return Relayed(counts=dict(self.counts), stopped=self.relay.reason)

    # One turn: settle, begin, hand out.

    def _turn(self) -> None:
        now = self.clock()
        try:
            self._settle_and_begin(now)
            self._acquitted(self._books.acquit(now))
            self._look_ahead(now)
            paused = self._paused(now)
            if self._exhausted or paused or self.rate.wait(self.monotonic()) > HOLD_READY_S:
                self._crew.rest()
            else:
                self._make_ready()
        except LedgerUnusable as error:
            self._books.bear_with(error)
            return
        self._books.be_at_ease()
        resting = self._exhausted and not paused and not self._crew.busy
        if resting and not self._resting:
            self.on_rest()
        self._resting = resting

    def _settle_and_begin(self, now: datetime) -> None:
        ready = len(self._crew.ready)
        want = 0 if self.relay.paused(now) else self._affordable(ready)
        claims = self._books.turn(want, now)
        for _ in claims:
            self.rate.spend(self.monotonic())
        self._crew.hand_out(claims)
        if want:
            self._exhausted = len(claims) < want

    def _acquitted(self, moved: int) -> None:
        if moved:
            self.counts.update({State.REJECTED: -moved, State.QUEUED: moved})

    def _look_ahead(self, now: datetime) -> None:
        """Ask when something is due, unless there is known to be more."""
        if self._exhausted or not self._crew.count:
            self._next_at = self.book.next_attempt_at()
            self._exhausted = self._next_at is None or self._next_at > now

    def _paused(self, now: datetime) -> bool:
        """Whether the relay has to be left alone; said once for each pause."""
        paused = self.relay.paused(now)
        until, reason = self.relay.paused_until, self.relay.reason
        if until and reason and until != self._said_pause:
            self.on_pause(reason, until)
        self._said_pause = until
        return paused

    def _make_ready(self) -> None:
        """Ask for as many connections as the relay bears, for what waits and may leave by now."""
        at_hand = len(self._crew.ready) + len(self._crew.preparing)
        free = self.relay.limit - self._crew.count
        if free > 0:
            may_leave = min(self._affordable(free + at_hand), self.book.waiting_count())
            self._crew.prepare(min(free, may_leave - at_hand))

    def _affordable(self, most: int) -> int:
        """How many messages may begin now by the rate, up to ``most``."""
        number, now_s = 0, self.monotonic()
        rate = deepcopy(self.rate)  # to see how far it goes, not to go
        while number < most and rate.wait(now_s) <= 0:
            rate.spend(now_s)
            number += 1
        return number

    # What the couriers say.

    def _listen(self, timeout_s: float) -> None:
        """Wait for news, then take all there is: what came together is written together."""
        try:
            note = self.inbox.get(timeout=timeout_s)
        except Empty:
            return
        while True:
            self._hear(note)
            try:
                note = self.inbox.get_nowait()
            except Empty:
                return

    def _hear(self, note: Note[M] | None) -> None:
        if note is None:
            return
        self._crew.heard(note)
        match note:
            case Refused(_, error):
                self.relay.refused(error, self.clock())
            case Returned(_, claim, error):
                self.relay.refused(error, self.clock())
                self._give_back(claim, str(error))
            case Done(_, claim, outcome, fresh):
                if outcome.busy and fresh:
                    busy = RelayRefused(outcome.reply, temporary=True)
                    self.relay.refused(busy, self.clock())
                self._settle(claim, outcome)
                self.relay.heard(claim, outcome, self.clock())
                self._books.absolve(self.relay.acquitted())
            case Crashed(_, bug, unbegun):
                self._bug = self._bug or bug
                if unbegun is not None:
                    self._give_back(unbegun, "a fault of the program stopped it before it was sent")

    def _give_back(self, claim: Claim, reason: str) -> None:
        """Nothing of it has left: it is queued again, and no attempt is counted."""
        self._settle(claim, Outcome(verdict=Verdict.RETURNED, reply=reason, usable=False))

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        settlement = settle(
            claim, outcome, self.clock(), self.jitter(), resend_unknown=self.resend_unknown
        )
        self._books.settle(settlement)
        self.counts[settlement.state] += 1
        self.watch(claim, outcome, settlement)

    # When to stop.

    def _nothing_to_wait_for(self) -> bool:
        if self._crew.busy or not self._books.balanced:
            return False
        waits_too_long = self.rate.wait(self.monotonic()) > PATIENCE_S
        return self._exhausted or self.relay.paused(self.clock()) or waits_too_long

    def _pause_s(self) -> float:
        """How long the writer may sleep if nobody calls."""
        now, wait_s = self.clock(), LONGEST_WAIT_S
        if self._books.in_trouble:
            wait_s = LEDGER_WAIT_S
        elif self.relay.paused_until is not None:
            wait_s = (self.relay.paused_until - now).total_seconds()
        elif not self._exhausted:
            wait_s = self.rate.wait(self.monotonic()) or LONGEST_WAIT_S
        elif self._next_at is not None:
            wait_s = max(SHORTEST_WAIT_S, (self._next_at - now).total_seconds())
        return min(LONGEST_WAIT_S, max(0.0, wait_s))

    def _drain(self) -> None:
        """Let what is in flight end; cut it off when it takes too long; settle what is known."""
        self._listen_for(DRAIN_S)
        self._crew.abort()
        self._listen_for(ABORT_S)
        try:
            self._acquitted(self._books.close(lambda: self._listen(LEDGER_WAIT_S)))
        finally:
            self._crew.dismiss(ABORT_S, self.monotonic)

    def _listen_for(self, patience_s: float) -> None:
        """Hear what becomes of that which is in flight, for so long at most."""
        end_s = self.monotonic() + patience_s
        while self._crew.carrying and (left_s := end_s - self.monotonic()) > 0:
            self._listen(left_s)
