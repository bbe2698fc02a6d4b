"""How fast messages may leave. Pure: the time is an argument, and any clock that runs on will do.

A limit by the second is a pace: messages leave evenly. A longer one is a quota: all of it may be
used at once, and never more within any such span of time.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

FORMS = "14/s, 600/min, 5000/h or 50000/day, several with commas, or none"

#: What of a pace may be caught up after a late wake-up, and the grain in which a quota is counted.
CATCH_UP = 0.05
GRAINS = 50

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hour": 3600, "d": 86400, "day": 86400,
}  # fmt: skip
_LIMIT = re.compile(r"([0-9]{1,12})\s*/\s*([a-z]+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """So many messages in so many seconds."""

    count: int
    period_s: int


def parse_rate(text: str) -> tuple[Limit, ...]:
    """``none``, ``14/s``, ``50000/day``, ``14/s, 50000/day``. ValueError says what to write."""
    if text.strip().lower() in ("", "none"):
        return ()
    return tuple(_limit(part.strip()) for part in text.split(","))


def _limit(text: str) -> Limit:
    match = _LIMIT.fullmatch(text)
    period_s = _UNITS.get(match[2].lower()) if match else None
    if match is None or period_s is None:
        raise ValueError(f"{text!r} is no rate; write {FORMS}")
    if not int(match[1]):
        raise ValueError(f"{text!r} would never send anything; write {FORMS}")
    return Limit(count=int(match[1]), period_s=period_s)


class _Meter(Protocol):
    def wait(self, now_s: float) -> float: ...
    def spend(self, now_s: float) -> None: ...


class Rate:
    """Keeps every one of its limits; without any it never waits. For one thread.

    What was sent before a restart is counted by spending it first, at the times it was sent.
    """

    def __init__(self, limits: Iterable[Limit] = ()) -> None:
        self._meters: tuple[_Meter, ...] = tuple(
            _Pace(limit) if limit.period_s == 1 else _Quota(limit) for limit in limits
        )

    def wait(self, now_s: float) -> float:
        """Seconds until the next message may leave; 0.0 when one may now. Counts nothing."""
        return max((meter.wait(now_s) for meter in self._meters), default=0.0)

    def spend(self, now_s: float) -> None:
        """Count one message as gone now. More than is allowed is paid back by waiting longer."""
        for meter in self._meters:
            meter.spend(now_s)


class _Pace:
    """One message an interval (the generic cell rate algorithm of ATM)."""

    def __init__(self, limit: Limit) -> None:
        self._interval_s = limit.period_s / limit.count
        self._catch_up_s = limit.period_s * CATCH_UP
        self._next_s = float("-inf")

    def wait(self, now_s: float) -> float:
        return max(0.0, self._next_s - now_s)

    def spend(self, now_s: float) -> None:
        self._next_s = max(self._next_s, now_s - self._catch_up_s) + self._interval_s


@dataclass(slots=True)
class _Grain:
    """Messages that left in one grain of time. From ``over_s`` on not one of them counts."""

    start_s: float
    over_s: float
    count: int


class _Quota:
    """So many within any period, counted in grains of a fiftieth of it."""

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._grain_s = limit.period_s / GRAINS
        self._grains: deque[_Grain] = deque()
        self._used = 0

    def wait(self, now_s: float) -> float:
        self._forget(now_s)
        if self._used < self._limit.count:
            return 0.0
        left = self._used
        for grain in self._grains:
            left -= grain.count
            if left < self._limit.count:
                break
        return grain.over_s - now_s

    def spend(self, now_s: float) -> None:
        self._forget(now_s)
        if not self._grains or now_s >= self._grains[-1].start_s + self._grain_s:
            over_s = now_s + self._grain_s + self._limit.period_s
            self._grains.append(_Grain(start_s=now_s, over_s=over_s, count=0))
        self._grains[-1].count += 1
        self._used += 1

    def _forget(self, now_s: float) -> None:
        while self._grains and self._grains[0].over_s <= now_s:
            self._used -= self._grains.popleft().count
