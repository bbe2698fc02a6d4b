"""The writer's waits: for news from couriers, and what it has waited for lately.

What comes together is handed on together: a turn costs what it costs, whether it is for one outcome
or for ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import Empty
from typing import Generic, Literal, Protocol, TypeVar

Cause = Literal["rate", "relay", "us"]

#: How long another note is waited for once there is one, and how often.
GATHER_S = 0.0003
GATHERINGS = 8

#: Time that is remembered in full; what lies before counts half, and so on.
LATELY_S = 5.0

N = TypeVar("N")


class Inbox(Protocol[N]):
    """Where notes come in, as in ``queue.SimpleQueue``; None is a call to wake up."""

    def put(self, note: N | None) -> None:
        """Leave a note; from any thread."""

    def get(self, *, timeout: float) -> N | None:
        """Wait for one. Raises Empty."""

    def get_nowait(self) -> N | None:
        """Take one that is there. Raises Empty."""

    def qsize(self) -> int:
        """How many are there."""


@dataclass(kw_only=True)
class Waits(Generic[N]):
    """For one thread, but for ``longest``. ``pause`` sleeps for so many seconds."""

    inbox: Inbox[N]
    monotonic: Callable[[], float]
    pause: Callable[[float], None]
    _since_s: float = 0.0
    _rate_s: float = 0.0
    _relay_s: float = 0.0
    _us_s: float = 0.0

    def start(self) -> None:
        """From now on the time counts."""
        self._since_s = self.monotonic()

    def news(self, timeout_s: float, cause: Cause, others: int) -> Iterator[N | None]:
        """Wait so long at most for a note, because of that; then all there are.

        ``others`` is how many more may be about to come.
        """
        self._spent("us")
        try:
            note = self.inbox.get(timeout=timeout_s)
            if note is not None:
                self._gather(others)
        except Empty:
            return
        finally:
            self._spent(cause)
        while True:
            yield note
            try:
                note = self.inbox.get_nowait()
            except Empty:
                return

    def _gather(self, others: int) -> None:
        for _ in range(GATHERINGS):
            before = self.inbox.qsize()
            if before >= others:
                break
            self.pause(GATHER_S)
            if self.inbox.qsize() == before:
                break

    def _spent(self, on: Cause) -> None:
        now_s = self.monotonic()
        seconds, self._since_s = now_s - self._since_s, now_s
        if on == "rate":
            self._rate_s += seconds
        elif on == "relay":
            self._relay_s += seconds
        else:
            self._us_s += seconds
        if self._rate_s + self._relay_s + self._us_s > 2 * LATELY_S:
            self._rate_s, self._relay_s = self._rate_s / 2, self._relay_s / 2
            self._us_s /= 2

    @property
    def longest(self) -> Cause:
        """What took the most of the time. May be asked from any thread."""
        waited = max(self._rate_s, self._relay_s)
        if waited <= self._us_s:
            return "us"
        return "rate" if waited == self._rate_s else "relay"
