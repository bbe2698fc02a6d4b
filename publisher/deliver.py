"""Delivery: one thread that writes and carries, and as many couriers as there are connections.

        ┌────────────────── one transaction a turn ───────────────────┐
    settle what was answered ─▶ begin what couriers hold ─▶ have them carry it, and hold the next
        ▲                                                             │
        └────────── outcomes, in the order they come ◀── carrier ◀────┘

A delivery is begun, durably, only when a courier with an open connection holds its message; where
the server allows it the envelope was sent with the message before. So at most one is ``sending``
for each connection, which is what a crash can leave unknown, and a relay that is away touches no
row. Whoever leaves, and whatever is paused, is seen by the very statement that begins.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Generic, TypeVar

from publisher.books import Books, DeliveryBook
from publisher.courier import Courier, Note
from publisher.crew import Crew
from publisher.dispatch import Dispatch
from publisher.domain.delivery import Claim, Outcome, Settlement, State
from publisher.domain.errors import LedgerUnusable
from publisher.domain.line import Lane
from publisher.hearing import Hearing
from publisher.line import ANY, Line
from publisher.outlook import Outlook
from publisher.waits import Cause, Inbox, Waits
from publisher.ways import Rate, Way, Ways

#: How long what is in flight may take at the end, and to come to an end when it is cut off.
DRAIN_S = 8.0
ABORT_S = 2.0

#: How long a run that is not for ever waits for its rate.
PATIENCE_S = 60.0

#: How soon a ledger that could not be used is tried again.
LEDGER_WAIT_S = 0.5

#: How long a courier that hangs keeps what it is to carry next: while others have work, and when
#: they have none left. To take it away can cost the connection, as its envelope is said.
KEEP_NEXT_S = 30.0
KEEP_LAST_S = 1.0

#: How far back a quota looks, at most, and a little more.
REMEMBERED = timedelta(days=2)

M = TypeVar("M")


@dataclass(frozen=True, kw_only=True, slots=True)
class Relayed:
    """What a run came to: rows by the state they went to, and why it stopped early, if it did."""

    counts: Mapping[State, int]
    stopped: str | None = None


@dataclass(kw_only=True)
class Delivery(Generic[M]):
    """Delivers what the ledger has waiting. ``wake`` may be called from any thread.

    ``lanes`` are the parts of the line, ``lane_rates`` the rates of those that have one.
    ``watch`` hears of every attempt, ``on_pause`` why and until when nothing at all is begun,
    ``on_clear`` that it goes again, ``on_rest`` that nothing more is due, ``on_stage`` of an issue
    that a stage's end took on or stopped; the writer's thread calls them. ``counts`` are rows by
    the state they went to, and may be read from any thread. ``carrier`` is where couriers report.
    """

    book: DeliveryBook
    ways: Sequence[Way[M]]
    message_of: Callable[[Claim], M]
    rate: Rate
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    jitter: Callable[[], float]
    carrier: Inbox[Note[M] | None]
    lanes: Mapping[str | None, Lane] = field(default_factory=lambda: {None: ANY})
    lane_rates: Mapping[str | None, Rate] = field(default_factory=dict)
    resend_unknown: bool = False
    watch: Callable[[Claim, Outcome, Settlement], None] | None = None
    on_pause: Callable[[str, datetime], None] = lambda *_: None
    on_clear: Callable[[], None] = lambda: None
    on_rest: Callable[[], None] = lambda: None
    on_stage: Callable[[int], None] = lambda _: None
    courier: Callable[..., Courier[M]] = Courier
    counts: Counter[State] = field(default_factory=Counter)
    _books: Books = field(init=False)
    _all: Ways[M] = field(init=False)
    _line: Line = field(init=False)
    _dispatch: Dispatch[M] = field(init=False)
    _hearing: Hearing[M] = field(init=False)
    _outlook: Outlook = field(init=False)
    _waits: Waits[Note[M] | None] = field(init=False)
    _by: dict[Courier[M], Way[M]] = field(default_factory=dict)
    _recalled: bool = False
    _at_once: bool = False
    _leave_s: Sequence[float] = ()
    _cause: Cause = "us"
    _resting: bool = False

    def __post_init__(self) -> None:
        self._books = Books(ledger=self.book, clock=self.clock, monotonic=self.monotonic)
        self._waits = Waits(inbox=self.carrier, monotonic=self.monotonic)
        self._all = Ways(
            all=self.ways, on_clear=lambda: self.on_clear(),
            on_pause=lambda why, until: self.on_pause(why, until),
        )  # fmt: skip
        for way in self.ways:
            way.crew = Crew(hire=partial(self._hire, way))

    def _hire(self, way: Way[M]) -> Courier[M]:
        courier = self.courier(way.transport, self.message_of, self.carrier)
        self._by[courier] = way
        return courier

    @property
    def limited_by(self) -> str:
        """What it has waited for lately: ``rate``, ``relay`` or ``us``. From any thread."""
        return self._waits.longest

    def wake(self) -> None:
        """There may be something new to deliver, or a reason to stop."""
        self.carrier.put(None)

    def run(self, stop: threading.Event, *, forever: bool) -> Relayed:
        """Deliver until ``stop`` is set or, unless ``forever``, until nothing can leave now.

        Outcomes in hand are settled before it returns. Raises LedgerUnusable when the ledger
        can't be used for ten seconds; what was in flight is then unknown. Raises a courier's bug.
        """
        self._take_up(at_once=not forever)
        try:
            while not stop.is_set() and self._hearing.bug is None:
                self._turn()
                if not forever and self._nothing_to_wait_for():
                    break
                self._listen(self._pause_s())
        finally:
            self._drain()
        if self._hearing.bug is not None:
            raise self._hearing.bug
        return Relayed(counts=dict(self.counts), stopped=self._all.stopped)

    def _take_up(self, *, at_once: bool) -> None:
        """Begin a run with nothing in hand. ``at_once``: somebody wants to try, pause or no."""
        self._line = Line(book=self.book, lanes=self.lanes)
        self._dispatch = Dispatch(
            ways=self._all, line=self._line, rate=self.rate, lane_rates=self.lane_rates
        )
        self._hearing = Hearing(
            books=self._books, ways=self._all, line=self._line, counts=self.counts,
            jitter=self.jitter, resend_unknown=self.resend_unknown, watch=self.watch,
        )  # fmt: skip
        self._outlook = Outlook(
            book=self.book, line=self._line, on_stage=lambda issue_id: self.on_stage(issue_id)
        )
        self._at_once, self._resting = at_once, False
        self.carrier.open()
        self._waits.start()
        if at_once and self._recalled:
            self._all.resume()

    def _recall(self, now: datetime, now_s: float) -> None:
        """Know again what relays had shown, and what quotas had used, when a run last ended."""
        if self._recalled:
            return
        self._all.restore(self.book.relays(), now)
        if self._at_once:
            self._all.resume()
        self._dispatch.seed(self.book.spent(now - REMEMBERED), now, now_s)
        self._recalled = True

    def _turn(self) -> None:
        now, now_s = self.clock(), self.monotonic()
        try:
            self._recall(now, now_s)
            ways = self._all.in_use(now)
            if self._outlook.look(now, now_s):
                self._dispatch.take_back(now_s - self._keep_s)
            self._settle_and_begin(ways, now, now_s)
            self._acquitted(self._books.acquit())
            self._outlook.look_ahead(now, now_s)
            self._dispatch.rest(ways, now_s)
            self._dispatch.make_ready(ways, now, now_s)
            self._leave_s = self._dispatch.waits_s(ways, now, now_s)
            self._all.note_down(self.book.note_relay)
        except LedgerUnusable as error:
            self._books.bear_with(error)
            return
        self._books.be_at_ease()
        self._say_rest(bool(ways))

    def _settle_and_begin(self, ways: Sequence[Way[M]], now: datetime, now_s: float) -> None:
        turns = self._dispatch.choose(ways, now_s)
        self._dispatch.spend(turns, now_s)
        self._books.spend(self._dispatch.spent(now))
        try:
            begun, settled = self._books.write([turn.claim for turn in turns], now)
        except LedgerUnusable:
            self._dispatch.spend(turns, now_s, -1)
            raise
        for one in settled:
            self._line.settled(one.issue_id)
            if one.state is State.QUEUED:
                self._line.again(one.issue_id)
        self._outlook.changed |= bool(turns or settled)
        self._dispatch.set_off(turns, begun, now, now_s)

    def _acquitted(self, moved: int) -> None:
        if moved:
            self.counts.update({State.REJECTED: -moved, State.QUEUED: moved})
            self._line.again()
            self._outlook.changed = True

    # What the couriers say.

    def _listen(self, timeout_s: float) -> None:
        """Wait for news, then take all there is: what came together is written together."""
        notes = self._waits.news(timeout_s, self._cause)
        now = self.clock()
        for note in notes:
            if note is None:
                self._outlook.wake()
            else:
                self._hearing.hear(note, self._by[note.courier], now)

    # When to stop, and how long to wait.

    @property
    def _carrying(self) -> int:
        return sum(way.crew.carrying for way in self.ways)

    @property
    def _busy(self) -> bool:
        return any(way.crew.busy for way in self.ways)

    def _nothing_to_wait_for(self) -> bool:
        if self._busy or not self._books.balanced:
            return False
        waits_too_long = min(self._leave_s, default=0.0) > PATIENCE_S
        return self._all.stopped is not None or self._idle or waits_too_long

    @property
    def _idle(self) -> bool:
        """Whether there is nothing to do before something changes."""
        held = any(way.crew.holding for way in self.ways)
        return self._outlook.over and not self._busy and not held

    def _pause_s(self) -> float:
        """How long the writer may sleep if nobody calls, and for what."""
        now, now_s = self.clock(), self.monotonic()
        self._cause = "rate" if min(self._leave_s, default=0.0) else "relay"
        if self._books.in_trouble:
            return LEDGER_WAIT_S
        waits = [self._outlook.wait_s(now_s), *filter(None, self._leave_s)]
        if self._all.paused_until is not None:
            waits.append((self._all.paused_until - now).total_seconds())
        if self._busy and self._dispatch.held:
            waits.append(self._keep_s)
        if (patience_s := self._all.wait_s(now_s)) is not None:
            waits.append(patience_s)
        return max(0.0, min(waits))

    @property
    def _keep_s(self) -> float:
        return KEEP_LAST_S if self._line.dry else KEEP_NEXT_S

    def _say_rest(self, up: bool) -> None:
        resting = up and self._idle
        if resting and not self._resting:
            self.on_rest()
        self._resting = resting

    def _drain(self) -> None:
        """Let what is in flight end; cut it off when it takes too long; settle what is known."""
        self._listen_for(DRAIN_S)
        for way in self.ways:
            way.crew.abort()
        self._listen_for(ABORT_S)
        try:
            self._acquitted(self._books.close(lambda: self._listen(LEDGER_WAIT_S)))
        finally:
            for way in self.ways:
                way.crew.dismiss()
            self._by.clear()
            self.carrier.close(ABORT_S)

    def _listen_for(self, patience_s: float) -> None:
        """Hear what becomes of that which is in flight, for so long at most."""
        end_s = self.monotonic() + patience_s
        while self._carrying and (left_s := end_s - self.monotonic()) > 0:
            self._listen(left_s)
