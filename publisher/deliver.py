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
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from publisher.courier import Courier, Crashed, Done, Note, Ready, Refused, Transport
from publisher.domain.delivery import Claim, Outcome, Settlement, State, settle
from publisher.domain.errors import LedgerUnusable, RelayRefused
from publisher.domain.relay import Relay

DRAIN_S = 8.0
ABORT_S = 2.0
PATIENCE_S = 60.0
HOLD_READY_S = 2.0
LEDGER_TRIES = 20
LEDGER_WAIT_S = 0.5

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
    """Delivers what the ledger has waiting. ``wake`` may be called from any thread."""

    book: DeliveryBook
    transport: Transport[M]
    message_of: Callable[[Claim], M]
    rate: Rate
    relay: Relay
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]
    watch: Callable[[Claim, Outcome, Settlement], None] = lambda *_: None
    counts: Counter[State] = field(default_factory=Counter)
    _notes: SimpleQueue[Note[M] | None] = field(default_factory=SimpleQueue)
    _couriers: list[Courier[M]] = field(default_factory=list)
    _idle: list[Courier[M]] = field(default_factory=list)
    _ready: list[Courier[M]] = field(default_factory=list)
    _carrying: set[Courier[M]] = field(default_factory=set)
    _preparing: set[Courier[M]] = field(default_factory=set)
    _unsettled: list[Settlement] = field(default_factory=list)
    _exhausted: bool = False

    def wake(self) -> None:
        """There may be something new to deliver, or a reason to stop."""
        self._notes.put(None)

    def run(self, stop: threading.Event, *, forever: bool) -> Relayed:
        """Deliver until ``stop`` is set or, unless ``forever``, until nothing can leave now.

        Outcomes in hand are settled before it returns. Raises LedgerUnusable when the ledger
        can't be written for ten seconds; what was in flight is then unknown.
        """
        try:
            while not stop.is_set():
                self._turn()
                if not forever and self._nothing_to_wait_for():
                    break
                self._listen(self._pause_s(forever=forever))
        finally:
            self._drain()
        return Relayed(counts=dict(self.counts), stopped=self.relay.reason)

    # One turn: settle, begin, hand out.

    def _turn(self) -> None:
        now = self.clock()
        open_ = not self.relay.paused(now)
        want = min(len(self._ready), self._affordable()) if open_ else 0
        claims = self._write(want, now)
        for claim in claims:
            courier = self._ready.pop()
            self._carrying.add(courier)
            self.rate.spend(self.monotonic())
            courier.take(claim)
        self._absolve(now)
        self._exhausted = len(claims) < want or not self._work_left(now)
        if self._exhausted or not open_ or self._rate_wait() > HOLD_READY_S:
            self._idle += self._ready
            self._ready.clear()
        else:
            self._make_ready()

    def _work_left(self, now: datetime) -> bool:
        """Whether something may be due. Asked of the ledger only when nothing else tells."""
        if self._carrying or self._preparing or self._ready:
            return not self._exhausted
        at = self.book.next_attempt_at()
        return at is not None and at <= now

    def _write(self, want: int, now: datetime) -> list[Claim]:
        """Settle and claim. A ledger that can't be written is asked again for ten seconds."""
        tries = LEDGER_TRIES
        while self._unsettled or want:
            try:
                claims = self.book.turn(self._unsettled, want, now)
            except LedgerUnusable:
                tries -= 1
                if not tries:
                    raise
                time.sleep(LEDGER_WAIT_S)
            else:
                self._unsettled.clear()
                return claims
        return []

    def _absolve(self, now: datetime) -> None:
        if blamed := self.relay.acquitted():
            self.book.absolve(blamed, now)
            self.counts[State.REJECTED] -= len(blamed)

    def _make_ready(self) -> None:
        """Ask for as many connections as the relay bears, while the rate lets messages leave."""
        busy = len(self._carrying) + len(self._preparing) + len(self._ready)
        for _ in range(min(self.relay.limit - busy, self._affordable())):
            courier = self._idle.pop() if self._idle else self._hire()
            self._preparing.add(courier)
            courier.prepare()

    def _hire(self) -> Courier[M]:
        courier = Courier(self.transport, self.message_of, self._notes.put)
        courier.start()
        self._couriers.append(courier)
        return courier

    def _affordable(self) -> int:
        """How many messages may begin now by the rate: as many as there are connections, or none.

        A rate may be overdrawn by what the connections carry at once; it is paid back by waiting.
        """
        return 0 if self._rate_wait() > 0 else self.relay.connections

    def _rate_wait(self) -> float:
        return self.rate.wait(self.monotonic())

    # What the couriers say.

    def _listen(self, timeout_s: float | None) -> None:
        """Wait for news, then take all there is: what came together is written together."""
        try:
            note = self._notes.get(timeout=timeout_s)
        except Empty:
            self._exhausted = False
            return
        while True:
            self._hear(note)
            try:
                note = self._notes.get_nowait()
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
            case Done(courier, claim, outcome, fresh):
                self._carrying.discard(courier)
                if outcome.busy and fresh:
                    busy = RelayRefused(outcome.reply, temporary=True)
                    self.relay.refused(busy, self.clock())
                (self._ready if outcome.usable else self._idle).append(courier)
                self._settle(claim, outcome)
            case Crashed(courier, bug):
                self._carrying.discard(courier)
                raise bug

    def _settle(self, claim: Claim, outcome: Outcome) -> None:
        now = self.clock()
        settlement = settle(claim, outcome, now, self.jitter())
        self._unsettled.append(settlement)
        self.counts[settlement.state] += 1
        self.relay.heard(claim, outcome, now)
        self.watch(claim, outcome, settlement)

    # When to stop.

    def _nothing_to_wait_for(self) -> bool:
        if self._carrying or self._preparing or self._unsettled:
            return False
        return self._exhausted or self.relay.paused(self.clock()) or self._rate_wait() > PATIENCE_S

    def _pause_s(self, *, forever: bool) -> float | None:
        """How long the writer may sleep if nobody calls; None: until somebody does."""
        now = self.clock()
        until = self.relay.paused_until
        if until is None and self._exhausted and forever:
            until = self.book.next_attempt_at()
        if until is not None:
            return max(0.0, (until - now).total_seconds())
        if self._exhausted or self._carrying or self._preparing:
            return None
        return self._rate_wait()

    def _drain(self) -> None:
        """Let what is in flight end; cut it off when it takes too long; settle what is known."""
        for patience_s in (DRAIN_S, ABORT_S):
            end = self.monotonic() + patience_s
            while self._carrying and (left := end - self.monotonic()) > 0:
                self._listen(left)
            for courier in self._carrying:
                courier.abort()
        self._write(0, self.clock())
        for courier in self._couriers:
            courier.dismiss()
