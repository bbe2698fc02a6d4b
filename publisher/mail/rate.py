"""How fast messages may leave. Pure: the time is an argument, and any clock that runs on will do.

A limit by the second is a pace: messages leave evenly. A longer one is a quota: all of it may be
used at once, and never more within any such span of time, restarts included: what a quota has used
is handed out for the ledger to keep, dated by the wall clock, and taken back in after a restart.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from publisher.domain.line import Spent

FORMS = "14/s, 600/min, 5000/h or 50000/day, several with commas, or none"

#: What of a pace may be caught up after a late wake-up, and the grain in which a quota is counted.
CATCH_UP = 0.05
GRAINS = 50

_UNITS = {
    "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hour": 3600, "d": 86400, "day": 86400,
}  # fmt: skip
_NAMES = {60: "minute", 3600: "hour", 86400: "day"}
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


class Rate:
    """Keeps every one of its limits; without any it never waits. For one thread.

    ``scope`` says what leaves at this rate; with the period it names a quota's meter, and has to be
    the same after a restart. Of two limits with one period the lower one is kept.
    """

    def __init__(self, limits: Iterable[Limit] = (), scope: str = "all") -> None:
        lowest: dict[int, Limit] = {}
        for limit in sorted(limits, key=lambda limit: -limit.count):
            lowest[limit.period_s] = limit
        self._quotas = [_Quota(one, scope) for one in lowest.values() if one.period_s > 1]
        paces = [_Pace(one) for one in lowest.values() if one.period_s == 1]
        self._meters: tuple[_Pace | _Quota, ...] = (*paces, *self._quotas)

    @property
    def limited(self) -> bool:
        """Whether it sets any limit."""
        return bool(self._meters)

    def wait(self, now_s: float) -> float:
        """Seconds until the next message may leave; 0.0 when one may now. Counts nothing."""
        longest = 0.0
        for meter in self._meters:
            longest = max(longest, meter.wait(now_s))
        return longest

    def affordable(self, now_s: float, most: int) -> int:
        """How many messages may leave now, up to ``most``. Counts nothing."""
        for meter in self._meters:
            most = min(most, meter.affordable(now_s))
        return most

    def spend(self, now_s: float, count: int = 1) -> None:
        """Count messages as gone now; below zero, take back what was counted at this very time.

        More than is allowed is paid back by waiting longer.
        """
        for meter in self._meters:
            meter.spend(now_s, count)

    def taken(self, now: datetime) -> tuple[Spent, ...]:
        """What quotas have used since the last call, for the ledger to add to what it has.

        ``now`` is the wall clock, soon after the spending.
        """
        return tuple(one for quota in self._quotas for one in quota.taken(now))

    def seed(self, spent: Iterable[Spent], now: datetime, now_s: float) -> None:
        """Count what was used before a restart; meters that are not of this rate are passed over.

        ``now`` and ``now_s`` are one instant on the wall clock and on that of ``spend``. What seems
        to lie ahead, because the clock was set back, counts as used now, in the ledger too: or it
        would again after each restart. To be called once, first.
        """
        before = sorted(spent, key=lambda one: one.grain)
        for quota in self._quotas:
            for one in before:
                if one.meter == quota.meter:
                    quota.remember(one, now, now_s)


class _Pace:
    """One message an interval (the generic cell rate algorithm of ATM)."""

    def __init__(self, limit: Limit) -> None:
        self._interval_s = limit.period_s / limit.count
        self._catch_up_s = limit.period_s * CATCH_UP
        self._next_s = float("-inf")

    def wait(self, now_s: float) -> float:
        return max(0.0, self._next_s - now_s)

    def affordable(self, now_s: float) -> int:
        late_s = now_s - max(self._next_s, now_s - self._catch_up_s)
        return 0 if late_s < 0 else int(late_s / self._interval_s) + 1

    def spend(self, now_s: float, count: int) -> None:
        begun_s = max(self._next_s, now_s - self._catch_up_s)
        self._next_s = begun_s + count * self._interval_s


@dataclass(slots=True)
class _Grain:
    """Messages that left in one grain of time. From ``over_s`` on not one of them counts."""

    start_s: float
    over_s: float
    count: int


@dataclass(slots=True)
class _Quota:
    """So many within any period, counted in grains of a fiftieth of it.

    ``_untold`` are those that the ledger does not know yet, ``_astray`` what it has to take back.
    """

    limit: Limit
    scope: str
    _used: int = 0
    _untold: int = 0
    _astray: list[Spent] = field(default_factory=list)
    _grains: deque[_Grain] = field(default_factory=deque)

    @property
    def meter(self) -> str:
        return f"{self.scope} per {_NAMES[self.limit.period_s]}"

    @property
    def _grain_s(self) -> float:
        return self.limit.period_s / GRAINS

    def wait(self, now_s: float) -> float:
        left, over_s = self._used, now_s
        for grain in self._grains:
            if left < self.limit.count:
                break
            left -= grain.count
            over_s = grain.over_s
        return max(0.0, over_s - now_s)

    def affordable(self, now_s: float) -> int:
        used = self._used
        for grain in self._grains:
            if grain.over_s > now_s:
                break
            used -= grain.count
        return max(0, self.limit.count - used)

    def spend(self, now_s: float, count: int) -> None:
        self._forget(now_s)
        if not self._grains or now_s >= self._grains[-1].start_s + self._grain_s:
            self._begin(now_s)
        self._grains[-1].count += count
        self._used += count
        self._untold += count

    def remember(self, spent: Spent, now: datetime, now_s: float) -> None:
        """Count messages that left before a restart, in the order of their grains."""
        ago_s = (now - spent.grain).total_seconds()
        self._begin(now_s - max(0.0, ago_s))
        self._grains[-1].count += spent.count
        self._used += spent.count
        if ago_s < 0:
            self._astray.append(replace(spent, count=-spent.count))
            self._untold += spent.count

    def taken(self, now: datetime) -> list[Spent]:
        """What the ledger does not know yet, by the grain of the wall clock that it is."""
        told, self._astray = self._astray, []
        if self._untold:
            begun_s = now.timestamp() // self._grain_s * self._grain_s
            grain = datetime.fromtimestamp(begun_s, UTC)
            told.append(Spent(meter=self.meter, grain=grain, count=self._untold))
            self._untold = 0
        return told

    def _begin(self, start_s: float) -> None:
        over_s = start_s + self._grain_s + self.limit.period_s
        self._grains.append(_Grain(start_s=start_s, over_s=over_s, count=0))

    def _forget(self, now_s: float) -> None:
        while self._grains and self._grains[0].over_s <= now_s:
            self._used -= self._grains.popleft().count
