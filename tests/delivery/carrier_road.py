"""A carrier for a test that gives orders itself, and hears one note at a time."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Any

from publisher.carrier import Carrier


class Road:
    """A carrier, and the notes that came, one at a time."""

    def __init__(self) -> None:
        self.carrier: Carrier[Any] = Carrier(time.monotonic)
        self._notes: deque[Any] = deque()

    def said(self) -> Any:
        """The next note."""
        self._notes = self._notes or deque(self.carrier.news(10))
        assert self._notes, "nothing was said"
        return self._notes.popleft()

    def silent(self) -> bool:
        """Whether nobody says anything, now."""
        self._notes.extend(self.carrier.news(0))
        return not self._notes


def until(condition: Callable[[], bool]) -> None:
    """Wait for something, and not for ever."""
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.002)
