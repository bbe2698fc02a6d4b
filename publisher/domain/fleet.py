"""Several relays, and whose turn the next message is.

Shares by weight, by start-time fair queueing (Goyal, Vin and Cheng 1996): each message moves its
relay's next turn on by one part of its weight, and the relay with the earliest turn is next. Where
all are always able that is weighted round robin, evenly mixed. A relay that was away takes its
turn again when it is back and makes nothing up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import lcm

#: How many messages a relay may be ahead of one that is busy, and how long one that is busy is
#: waited for before the others go on without it.
LEAD = 4
PATIENCE_S = 0.25


class Fleet:
    """Relays by name with their weights; 0 is a spare. For one thread.

    Times are on any clock that runs on, and are arguments.
    """

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = dict(weights)
        whole = lcm(*(weight or 1 for weight in weights.values()))
        self._steps = {name: whole // (weight or 1) for name, weight in weights.items()}
        self._turns = dict.fromkeys(weights, 0)
        self._reached = self._before = 0
        self._waited: dict[str, float] = {}

    def in_use(self, up: Collection[str]) -> tuple[str, ...]:
        """Those to be used of the relays that are up: neither paused nor stuck. Spares only where
        no other is up."""
        usual = tuple(name for name, weight in self._weights.items() if weight and name in up)
        return usual or tuple(name for name in self._weights if name in up)

    def choose(
        self,
        able: Collection[str],
        *,
        busy: Collection[str] = (),
        idle: Collection[str] = (),
        now_s: float = 0.0,
    ) -> str | None:
        """Whose turn the next message is, of relays in use that could take it now; it is counted.

        ``busy`` are those in use that could not only because they are at work; ``idle`` those that
        had nothing to do, whose turn is kept and not waited for. None where there is no one, or
        where the turn is that of a busy one which has kept up so far: ask again when something has
        changed, or after ``wait_s``.
        """
        if not able:
            return None
        name = min((name for name in self._turns if name in able), key=self._turn)
        keeping_up = [other for other in busy if not self._late(other, now_s)]
        owed = [other for other in keeping_up if self._far_behind(other, name)]
        for other in owed:
            self._waited.setdefault(other, now_s)
        if owed:
            return None
        self._waited.pop(name, None)
        keeping_up += [other for other in idle if not self._late(other, now_s)]
        self._before, self._reached = self._reached, min(map(self._turn, (name, *keeping_up)))
        self._turns[name] = self._turn(name) + self._steps[name]
        return name

    def pass_over(self, name: str) -> None:
        """The relay that was chosen last could make nothing of it: it has its turn again, and
        nobody waits for it until it takes one."""
        self._turns[name] -= self._steps[name]
        self._reached = self._before
        self._waited[name] = float("-inf")

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until a busy relay has been waited for long enough; None where none is."""
        waits = (since + PATIENCE_S - now_s for since in self._waited.values())
        return min((wait for wait in waits if wait > 0), default=None)

    def _turn(self, name: str) -> int:
        return max(self._reached, self._turns[name])

    def _late(self, name: str, now_s: float) -> bool:
        return now_s - self._waited.get(name, now_s) >= PATIENCE_S

    def _far_behind(self, busy: str, name: str) -> bool:
        return self._turn(name) - self._turn(busy) > LEAD * self._steps[name]
