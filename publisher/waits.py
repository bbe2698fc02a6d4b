"""What the writer has waited for lately: a rate, the relays, or nothing but its own work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cause = Literal["rate", "relay", "us"]

#: Time that is remembered in full; what lies before counts half, and so on.
LATELY_S = 5.0


@dataclass(kw_only=True, slots=True)
class Waits:
    """Seconds by cause. Counted by one thread; ``longest`` may be asked from any."""

    _rate_s: float = 0.0
    _relay_s: float = 0.0
    _us_s: float = 0.0

    def count(self, cause: Cause, seconds: float) -> None:
        """So long was spent on that."""
        if cause == "rate":
            self._rate_s += seconds
        elif cause == "relay":
            self._relay_s += seconds
        else:
            self._us_s += seconds
        if self._rate_s + self._relay_s + self._us_s > 2 * LATELY_S:
            self._rate_s, self._relay_s = self._rate_s / 2, self._relay_s / 2
            self._us_s /= 2

    @property
    def longest(self) -> Cause:
        """What took the most of the time."""
        waited = max(self._rate_s, self._relay_s)
        if waited <= self._us_s:
            return "us"
        return "rate" if waited == self._rate_s else "relay"
