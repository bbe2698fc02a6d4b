"""Running errands: each hub, and the hook, has a lane of its own, so that none waits for another.

    pass ──▶ ledger ──▶ lane: take what is due, ask, write down what came of it ──▶ again later

What is asked was written down before, and is written off after it was answered: whatever is killed,
nothing is lost, and some of it is asked for twice.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from publisher.domain.errand import (
    RETRY_LONGEST,
    Answer,
    Errand,
    Kind,
    NewErrand,
    Tried,
    settle,
)
from publisher.domain.errors import LedgerUnusable

#: How long a single run begins new errands, and how long a lane sleeps at most.
DEADLINE_S = 20.0
NAP_S = 60.0

#: How long what is under way may take to end once the daemon was told to.
GRACE_S = 8.0

Stopped = Callable[[], bool]


class ErrandBook(Protocol):
    """The ledger as far as it knows errands. Every method is one transaction.

    Each may raise LedgerUnusable.
    """

    def announce(self, pings: Sequence[NewErrand], now: datetime) -> None:
        """A pass has written its feeds: let its hooks go, and ask for these pings."""

    def due_errands(self, kind: Kind, target: str, now: datetime, most: int) -> Sequence[Errand]:
        """What may be run now, those most often tried first."""

    def next_errand_at(self, kind: Kind, target: str) -> datetime | None:
        """When the next of them may be run."""

    def write_errand(self, tried: Tried, now: datetime) -> bool:
        """Keep what came of an attempt."""

    def keep_errands(self, ways: Collection[tuple[Kind, str]]) -> int:
        """Give up what waits for any other target."""


@dataclass(kw_only=True)
class Lane:
    """Runs the errands to one target, one after the other.

    ``do`` asks; it ends early where its second argument answers so. ``on_tried`` hears of each
    attempt. While nobody is reached the lane rests until the next attempt at the same errand.
    """

    kind: Kind
    target: str
    do: Callable[[Errand, Stopped], Answer]
    book: ErrandBook
    now: Callable[[], datetime]
    jitter: Callable[[], float]
    on_tried: Callable[[Tried], None] = lambda _: None
    _woken: threading.Event = field(default_factory=threading.Event)
    _rests_until: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Run errands as they come due, until told to stop."""
        over = _patience(stop)
        while not stop.is_set():
            self._woken.clear()
            try:
                self.work(lambda: not stop.is_set(), over)
                nap_s = self._nap_s()
            except LedgerUnusable:  # a pass says so
                nap_s = NAP_S
            if not stop.is_set():
                self._woken.wait(nap_s)

    def wake(self) -> None:
        """There is something new, and a reason to ask again who was not there."""
        self._rests_until = None
        self._woken.set()

    def work(self, go_on: Callable[[], bool], stopped: Stopped) -> None:
        """Run what is due while ``go_on`` answers so, or until nobody is reached."""
        while go_on() and (errand := self._next()) is not None:
            answer = self.do(errand, stopped)
            now = self.now()
            tried = settle(errand, answer, now, self.jitter())
            self.book.write_errand(tried, now)
            self.on_tried(tried)
            if not answer.reached:
                self._rests_until = tried.next_at or now + RETRY_LONGEST

    def _next(self) -> Errand | None:
        now = self.now()
        if self._rests_until is not None and now < self._rests_until:
            return None
        return next(iter(self.book.due_errands(self.kind, self.target, now, 1)), None)

    def _nap_s(self) -> float:
        times = [self.book.next_errand_at(self.kind, self.target), self._rests_until]
        if times[0] is None:
            return NAP_S
        wait = max(one for one in times if one) - self.now()
        return min(NAP_S, max(0.0, wait / timedelta(seconds=1)))


def wake(lanes: Iterable[Lane]) -> None:
    """There is something new."""
    for lane in lanes:
        lane.wake()


@contextmanager
def running(
    lanes: Sequence[Lane], halt: threading.Event | None = None, deadline_s: float = DEADLINE_S
) -> Iterator[None]:
    """Run what is due, each lane beside the block and the others; all has ended at its end.

    Nothing new is begun after ``deadline_s`` or after ``halt``, which ends commands too: that
    stays in the ledger. Raises LedgerUnusable.
    """
    until_s, over = time.monotonic() + deadline_s, halt or threading.Event()
    faults: list[LedgerUnusable] = []

    def work(lane: Lane) -> None:
        try:
            lane.work(lambda: time.monotonic() < until_s and not over.is_set(), over.is_set)
        except LedgerUnusable as error:
            faults.append(error)

    for lane in lanes:
        if lane.kind is Kind.ANNOUNCE:  # it asks nobody, and gives the others something to do
            work(lane)
    threads = [
        threading.Thread(target=work, args=(lane,), name="errands", daemon=True) for lane in lanes
    ]
    try:
        for thread in threads:
            thread.start()
        yield
        for thread in threads:
            thread.join()
    except BaseException:  # Ctrl-C does not reach a hook's command, which must not outlive us
        over.set()
        for thread in threads:
            thread.join(GRACE_S)
        raise
    if faults:
        raise faults[0]


def _patience(stop: threading.Event) -> Stopped:
    """Whether what is under way has had its time since the stop."""
    since_s: list[float] = []

    def over() -> bool:
        if stop.is_set() and not since_s:
            since_s.append(time.monotonic())
        return bool(since_s) and time.monotonic() - since_s[0] > GRACE_S

    return over
