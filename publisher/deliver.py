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
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from publisher.courier import Courier, Crashed, Done, Note, Ready, Refused, Returned, Transport
from publisher.domain.delivery import Claim, Outcome, Settlement, State, Verdict, settle
from publisher.domain.errors import LedgerUnusable, RelayRefused
from publisher.domain.relay import Relay

#: How long what is in flight may take at the end, and to come to an end when it is cut off.
DRAIN_S = 8.0
ABORT_S = 2.0

#: How long a run that is not for ever waits for its rate, and a connection is held ready for it.
PATIENCE_S = 60.0
HOLD_READY_S = 2.0

#: How long a ledger may be unusable, at the end too, and how soon it is tried again.
LEDGER_PATIENCE_S = 10.0
LAST_PATIENCE_S = 3.0
LEDGER_WAIT_S = 0.5

#: Waits end after that long at the latest: a timer stands still while the machine sleeps. And none
#: for a time that has come is shorter than the second: what is due and can't begin is no work.
LONGEST_WAIT_S = 30.0
SHORTEST_WAIT_S = 0.05

M = TypeVar("M")


class DeliveryBook(Protocol):
    """The ledger as delivery needs it. Only the writer's thread calls it."""

    def turn(self, settled: Sequence[Settlement], want: int, now: datetime) -> list[Claim]:
        """Write what was answered and begin up to ``want`` more, in one transaction."""

    def next_attempt_at(self) -> datetime | None:
        """The earliest time at which a waiting delivery may be tried; None when none waits."""

    def absolve(self, claims: Sequence[Claim], now: datetime) -> int:
        """Queue rejected deliveries again, as the fault was ours; how many."""


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
    watch: Callable[[Claim, Outcome, Settlement], None] = lambda *_: None
    on_pause: Callable[[str, datetime], None] = lambda *_: None
    on_rest: Callable[[], None] = lambda: None
    courier: Callable[..., Courier[M]] = Courier
    inbox: SimpleQueue[Note[M] | None] = field(default_factory=SimpleQueue)
    counts: Counter[State] = field(default_factory=Counter)
    _couriers: list[Courier[M]] = field(default_factory=list)
    _idle: list[Courier[M]] = field(default_factory=list)
    _ready: list[Courier[M]] = field(default_factory=list)
    _carrying: set[Courier[M]] = field(default_factory=set)
    _preparing: set[Courier[M]] = field(default_factory=set)
    _unsettled: list[Settlement] = field(default_factory=list)
    _blamed: list[Claim] = field(default_factory=list)
    _exhausted: bool = False
    _resting: bool = False
    _next_at: datetime | None = None
    _said_pause: datetime | None = None
    _trouble_since_s: float | None = None
    _bug: Exception | None = None

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
                self._listen(self._pause_s(forever=forever))
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
            self._absolve(now)
            self._look_ahead()
        except LedgerUnusable:
            self._bear_with_the_ledger()
            return
        self._trouble_since_s = None
        paused = self._paused(now)
        if self._exhausted or paused or self.rate.wait(self.monotonic()) > HOLD_READY_S:
            self._idle += self._ready
            self._ready.clear()
        else:
            self._make_ready()
        self._rest(resting=self._exhausted and not paused and not self._busy)

    def _settle_and_begin(self, now: datetime) -> None:
        want = 0 if self.relay.paused(now) else self._affordable(len(self._ready))
        if not self._unsettled and not want:
            return
        claims = self.book.turn(self._unsettled, want, now)
        self._unsettled.clear()
        for claim in claims:
            courier = self._ready.pop()
            self._carrying.add(courier)
            self.rate.spend(self.monotonic())
            courier.take(claim)
        if want:
            self._exhausted = len(claims) < want

    def _absolve(self, now: datetime) -> None:
        self._blamed += self.relay.acquitted()
        if self._blamed:
            moved = self.book.absolve(self._blamed, now)
            self._blamed.clear()
            self.counts.update({State.REJECTED: -moved, State.QUEUED: moved})

    def _look_ahead(self) -> None:
        """Ask when something is due, where the couriers do not tell by what they are given."""
        if self._exhausted or not (self._busy or self._ready):
            self._next_at = self.book.next_attempt_at()
            self._exhausted |= self._next_at is None or self._next_at > self.clock()

    def _bear_with_the_ledger(self) -> None:
        """Keep what is to be written, and raise what is wrong when it lasts."""
        now_s = self.monotonic()
        if self._trouble_since_s is None:
            self._trouble_since_s = now_s
        elif now_s - self._trouble_since_s >= LEDGER_PATIENCE_S:
            raise  # noqa: PLE0704  called where a ledger's error is being handled

    def _paused(self, now: datetime) -> bool:
        """Whether the relay has to be left alone; said once for each pause."""
        paused = self.relay.paused(now)
        until, reason = self.relay.paused_until, self.relay.reason
        if until and reason and until != self._said_pause:
            self.on_pause(reason, until)
        self._said_pause = until
        return paused

    def _rest(self, *, resting: bool) -> None:
        if resting and not self._resting:
            self.on_rest()
        self._resting = resting

    # Who carries.

    @property
    def _busy(self) -> bool:
        """Whether a courier is going to report."""
        return bool(self._carrying or self._preparing)

    def _make_ready(self) -> None:
        """Ask for as many connections as the relay bears, for what may leave by the rate."""
        at_hand = len(self._preparing) + len(self._ready)
        free = self.relay.limit - len(self._carrying) - at_hand
        for _ in range(min(free, self._affordable(free + at_hand) - at_hand)):
            courier = self._idle.pop() if self._idle else self._hire()
            self._preparing.add(courier)
            courier.prepare()

    def _hire(self) -> Courier[M]:
        courier = self.courier(self.transport, self.message_of, self.inbox.put)
        courier.start()
        self._couriers.append(courier)
        return courier

    def _affordable(self, most: int) -> int:
        """How many messages may begin now by the rate, up to ``most``."""
        now_s = self.monotonic()
        rate = deepcopy(self.rate) if most > 1 else self.rate  # to see how far it goes, not to go
        for number in range(most):
            if rate.wait(now_s) > 0:
                return number
            if most > 1:
                rate.spend(now_s)
        return max(0, most)

    # What the couriers say.

    def _listen(self, timeout_s: float | None) -> None:
        """Wait for news, then take all there is: what came together is written together."""
        try:
            note = self.inbox.get(timeout=timeout_s)
        except Empty:
            self._exhausted = False
            return
        while True:
            self._hear(note)
            try:
                note = self.inbox.get_nowait()
            except Empty:
                return

    def _hear(self, note: Note[M] | None) -> None:
        match note:
            case None:
                self._exhausted = False
            case Ready(courier):
                self._preparing.discard(courier)
                self._ready.append(courier)
            case Refused(courier, error):
                self._preparing.discard(courier)
                self._idle.append(courier)
                self.relay.refused(error, self.clock())
            case Returned(courier, claim, error):
                self._carrying.discard(courier)
                self._idle.append(courier)
                self.relay.refused(error, self.clock())
                self._give_back(claim, str(error))
            case Done(courier, claim, outcome, fresh):
                self._carrying.discard(courier)
                if outcome.busy and fresh:
                    busy = RelayRefused(outcome.reply, temporary=True)
                    self.relay.refused(busy, self.clock())
                (self._ready if outcome.usable else self._idle).append(courier)
                self.relay.heard(claim, outcome, self.clock())
                self._settle(claim, outcome)
            case Crashed(courier, bug, unbegun):
                self._carrying.discard(courier)
                self._preparing.discard(courier)
                self._bug = self._bug or bug
                if unbegun is not None:
                    self._give_back(unbegun, "a fault of the program stopped it before it was sent")

    def _give_back(self, claim: Claim, reason: str) -> None:
        """Nothing of it has left: it is queued again, and no attempt is counted."""
        self._settle(claim, Outcome(verdict=Verdict.RETURNED, reply=reason, usable=False))

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        settlement = settle(claim, outcome, self.clock(), self.jitter())
        self._unsettled.append(settlement)
        self.counts[settlement.state] += 1
        self.watch(claim, outcome, settlement)

    # When to stop.

    def _nothing_to_wait_for(self) -> bool:
        if self._busy or self._unsettled or self._trouble_since_s is not None:
            return False
        waits_too_long = self.rate.wait(self.monotonic()) > PATIENCE_S
        return self._exhausted or self.relay.paused(self.clock()) or waits_too_long

    def _pause_s(self, *, forever: bool) -> float | None:
        """How long the writer may sleep if nobody calls; None: until somebody does."""
        if self._trouble_since_s is not None:
            return LEDGER_WAIT_S
        wait_s = self._quiet_s()
        if wait_s is not None or forever or not self._busy:
            ...
        return wait_s

    def _drain(self) -> None:
        ...
