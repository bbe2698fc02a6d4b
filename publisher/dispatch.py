"""Who carries what, and when: deliveries in line, couriers, and the rates between them.

    line ──hand out──▶ a courier holds it ──choose──▶ begun ──▶ it carries it, and holds the next

Nothing here waits, or writes anything down. Held is what may leave soon by every rate that it is
under: all mail's, its relay's and its destination's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Generic, TypeVar

from publisher.courier import Courier
from publisher.domain.delivery import Claim
from publisher.domain.errors import LedgerUnusable
from publisher.domain.line import Spent
from publisher.line import Line
from publisher.ways import MOST, Left, Rate, Way, Ways

#: How long a connection is held ready for a rate, and how long before its rate lets it go a
#: message is made ready, and its envelope may be sent.
HOLD_READY_S = 2.0
READY_S = 0.2
FOLLOW_S = 0.05

M = TypeVar("M")


@dataclass(slots=True)
class Turn(Generic[M]):
    """A courier that holds a delivery whose turn it is."""

    way: Way[M]
    courier: Courier[M]
    claim: Claim


@dataclass(kw_only=True)
class Dispatch(Generic[M]):
    """For one thread. ``lane_rates`` are those of the lanes that have one, by their names."""

    ways: Ways[M]
    line: Line
    rate: Rate
    lane_rates: Mapping[str | None, Rate]
    _trouble: LedgerUnusable | None = field(default=None, init=False)

    # Whose turn it is.

    def choose(self, ways: Sequence[Way[M]], now_s: float) -> list[Turn[M]]:
        """Those that hold a message which every rate lets go now, each relay by its weight."""
        left = self._left(now_s, lambda rate, *_: rate.affordable(now_s, MOST))
        if len(ways) > 1:
            return self._by_weight(ways, left, now_s)
        return [
            Turn(way, courier, claim)
            for way in ways
            for courier, claim in way.crew.holding.items()
            if left.unlimited or self._use(left, self._rates(way, claim))
        ]

    def _by_weight(self, ways: Sequence[Way[M]], left: Left, now_s: float) -> list[Turn[M]]:
        holding = {way.name: dict(way.crew.holding) for way in ways}
        chosen: list[Turn[M]] = []
        while heads := self._heads(ways, holding, left):
            busy = [way for way in ways if way.crew.busy and not holding[way.name]]
            way = self.ways.next_to_begin([turn.way for turn in heads.values()], busy, now_s)
            if way is None:
                break
            turn = heads[way.name]
            del holding[way.name][turn.courier]
            left.use(self._rates(way, turn.claim))
            chosen.append(turn)
        return chosen

    def _heads(
        self, ways: Sequence[Way[M]], holding: Mapping[str, dict[Courier[M], Claim]], left: Left
    ) -> dict[str, Turn[M]]:
        """The first of each way that its rates let go."""
        heads = {}
        for way in ways:
            for courier, claim in holding[way.name].items():
                if left.may(self._rates(way, claim)):
                    heads[way.name] = Turn(way, courier, claim)
                    break
        return heads

    def _use(self, left: Left, rates: Sequence[Rate]) -> bool:
        may = left.may(rates)
        if may:
            left.use(rates)
        return may

    # What becomes of them.

    def set_off(
        self, turns: Sequence[Turn[M]], begun: Iterable[Claim], now: datetime, now_s: float
    ) -> None:
        """Have those that were begun carried, each with the next if that may follow at once.

        The others are no longer as they were lined up. Raises LedgerUnusable, all being done.
        """
        keys = {(claim.issue_id, claim.subscriber_id) for claim in begun}
        going = []
        for turn in turns:
            claim = turn.claim
            if (claim.issue_id, claim.subscriber_id) in keys:
                self.line.begun(claim)
                turn.way.crew.begin(turn.courier, now_s)
                going.append(turn)
            else:
                self.spend([turn], now_s, -1)
                self.line.refused(turn.way.crew.release(turn.courier))
        left = self._left(
            now_s, lambda rate, held, _: rate.affordable(now_s + FOLLOW_S, MOST) - held
        )
        for turn in going:
            way, following = turn.way, None
            if way.crew.count <= way.relay.limit and self.ways.may_hold_next(way, now_s):
                following = self._next(way, left, now)
                if following is None:
                    self.ways.holds_none(way)
            way.crew.carry(turn.courier, following)
        self._raise()

    def make_ready(self, ways: Sequence[Way[M]], now: datetime, now_s: float) -> None:
        """Have as many couriers hold a message as the relays bear and may leave soon."""
        self.line.hungry = False
        free = [way for way in ways if way.room]
        if not free:
            return
        left = self._left(now_s, partial(_soon, now_s))
        while free:
            way = self.ways.next_to_hold(free)
            claim = self._next(way, left, now)
            if claim is None:
                self.ways.holds_none(way)
            else:
                way.crew.prepare(claim, now_s)
            if claim is None or not way.room:
                free.remove(way)
        self._raise()

    def _next(self, way: Way[M], left: Left, now: datetime) -> Claim | None:
        """Who is next in line that this way may take. A ledger that can't be read: nobody, now."""

        def may(lane: str | None) -> bool:
            return left.may(self._rates_of(way, lane))

        try:
            claim = self.line.take(_any if left.unlimited else may, now)
        except LedgerUnusable as error:
            self._trouble = error
            return None
        if claim is not None and not left.unlimited:
            left.use(self._rates(way, claim))
        return claim

    def _raise(self) -> None:
        trouble, self._trouble = self._trouble, None
        if trouble is not None:
            raise trouble

    # Rest.

    def rest(self, ways: Sequence[Way[M]], now_s: float) -> None:
        """Have nobody hold what can't leave for long, nor for a way that is not in use."""
        for way in self.ways.all:
            for courier, claim in reversed(list(way.crew.holding.items())):
                if way not in ways or self._wait_s(self._rates(way, claim), now_s) > HOLD_READY_S:
                    self.line.put_back(way.crew.release(courier))

    def take_back(self, before_s: float) -> None:
        """What is next for those at work since before then goes to others."""
        for way in self.ways.all:
            for claim in way.crew.take_back(before_s):
                self.line.put_back(claim)

    # How long until then.

    def waits_s(self, ways: Sequence[Way[M]], now: datetime, now_s: float) -> list[float]:
        """Seconds until a message may leave by its rates, for each way and lane; 0.0 where one may
        now, which others can be in the way of.

        None of them where nobody is in line, or no way is in use. Raises LedgerUnusable.
        """
        line = self.line
        lanes = [lane for lane in line.lanes if line.held[lane] or line.waits(lane, now)]
        return [self._wait_s(self._rates_of(way, lane), now_s) for way in ways for lane in lanes]

    @staticmethod
    def _wait_s(rates: Iterable[Rate], now_s: float) -> float:
        return max(rate.wait(now_s) for rate in rates)

    # Rates.

    @property
    def held(self) -> int:
        """How many deliveries that are still in line couriers have."""
        return sum(way.crew.held for way in self.ways.all)

    def seed(self, spent: Sequence[Spent], now: datetime, now_s: float) -> None:
        """Count what was used before a restart."""
        for rate in self._every:
            rate.seed(spent, now, now_s)

    def spend(self, turns: Iterable[Turn[M]], now_s: float, count: int = 1) -> None:
        """Count each, before it is begun: what begins it writes down what it spends, so that no
        quota is passed whatever ends the process. A count of -1 takes back what was not begun."""
        for turn in turns if self._limited else ():
            for rate in self._rates(turn.way, turn.claim):
                rate.spend(now_s, count)

    def spent(self, now: datetime) -> list[Spent]:
        """What quotas have used since this was last asked."""
        return [one for rate in self._every for one in rate.taken(now)]

    @property
    def _limited(self) -> bool:
        return any(rate.limited for rate in self._every)

    @property
    def _every(self) -> Iterable[Rate]:
        return (self.rate, *(way.rate for way in self.ways.all), *self.lane_rates.values())

    def _rates(self, way: Way[M], claim: Claim) -> tuple[Rate, ...]:
        return self._rates_of(way, self.line.lane_of(claim) if self.lane_rates else None)

    def _rates_of(self, way: Way[M], lane: str | None) -> tuple[Rate, ...]:
        own = self.lane_rates.get(lane)
        return (self.rate, way.rate) if own is None else (self.rate, way.rate, own)

    def _left(self, now_s: float, number: Callable[[Rate, int, int], int]) -> Left:
        """What each rate leaves, by a function of it, of how many are held under it, and of how
        many of those are ready, but for a narrower rate that does not let them go."""
        if not self._limited:
            return Left(())
        numbers, stuck = [], 0
        if self.lane_rates:
            lanes = Counter(
                self.line.lane_of(one) for way in self.ways.all for one in way.crew.ready
            )
            for lane, rate in self.lane_rates.items():
                numbers.append((rate, number(rate, self.line.held[lane], lanes[lane])))
                stuck += _stuck(rate, lanes[lane], now_s)
        all_held = all_ready = 0
        for way in self.ways.all:
            held, ready = way.crew.held, len(way.crew.ready)
            numbers.append((way.rate, number(way.rate, held, max(0, ready - stuck))))
            all_held, all_ready = (
                all_held + held,
                all_ready + ready - _stuck(way.rate, ready, now_s),
            )
        numbers.append((self.rate, number(self.rate, all_held, max(0, all_ready - stuck))))
        return Left(numbers)


def _stuck(rate: Rate, ready: int, now_s: float) -> int:
    """How many of those that are ready a rate does not let go now."""
    return ready - rate.affordable(now_s, ready) if ready else 0


def _any(_: str | None) -> bool:
    return True


def _soon(now_s: float, rate: Rate, held: int, ready: int) -> int:
    """How many more are to be ready, as the rate lets them go soon: one at least, unless that
    would be held ready for long. What is to follow on a courier that hangs is no hindrance."""
    soon = rate.affordable(now_s + READY_S, MOST) or int(rate.wait(now_s) <= HOLD_READY_S)
    return max(soon - held, rate.affordable(now_s, MOST) - ready)
