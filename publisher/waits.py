"""The writer's waits: for news from couriers, and what it has waited for lately."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar

Cause = Literal["rate", "relay", "us"]

#: Time that is remembered in full; what lies before counts half, and so on.
LATELY_S = 5.0

N = TypeVar("N")


class Inbox(Protocol[N]):
    """The carrier, as the writer needs it: news come out of it, and it carries on meanwhile."""

    slept_s: float

    def open(self) -> None:
        """Be ready to carry."""

    def put(self, note: N) -> None:
        """Leave a note; from any thread."""

    def news(self, timeout_s: float) -> Sequence[N]:
        """Wait so long at most for a note; then all there are."""

    def close(self, patience_s: float) -> None:
        """Let what is under way end for so long, and break off the rest."""


@dataclass(kw_only=True)
class Waits(Generic[N]):
    """For one thread, but for ``longest``."""

    inbox: Inbox[N]
    monotonic: Callable[[], float]
    _since_s: float = 0.0
    _rate_s: float = 0.0
    _relay_s: float = 0.0
    _us_s: float = 0.0

    def start(self) -> None:
        """From now on the time counts."""
        self._since_s = self.monotonic()

    def news(self, timeout_s: float, cause: Cause) -> Sequence[N]:
        """Wait so long at most for a note, because of that; then all there are."""
        slept_s = self.inbox.slept_s
        notes = self.inbox.news(timeout_s)
        self._spent(cause, self.inbox.slept_s - slept_s)
        return notes

    def _spent(self, on: Cause, slept_s: float) -> None:
        now_s = self.monotonic()
        self._us_s += now_s - self._since_s - slept_s
        self._since_s = now_s
        if on == "rate":
            self._rate_s += slept_s
        else:
            self._relay_s += slept_s
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
