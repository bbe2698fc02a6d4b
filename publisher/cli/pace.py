"""How fast mails leave, how long it takes yet, and what says so. Pure: times are arguments."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from publisher.domain.delivery import State
from publisher.domain.issue import IssueState
from publisher.ledger.rows import IssueRow
from publisher.mail.rate import Limit

#: The rate is that of so many seconds, and said from so many on.
WINDOW_S = 60.0
SOON_S = 2.0

#: From when on a pace, which is kept within some percents, is what limits.
FULL = 0.9

_SETTLED = (State.ACCEPTED, State.REJECTED, State.UNKNOWN, State.CANCELLED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """How deliveries stand at one moment. ``left`` are those that go out without a further wait,
    ``later`` those that wait for a stage of their issue."""

    done: int = 0
    left: int = 0
    deferred: int = 0
    later: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.done + self.left + self.deferred + self.later


def ahead(row: IssueRow) -> int:
    """How many of an issue that is being sent go out without a further wait, or about so many
    where its stage takes in a share of the audience."""
    in_flight = row.counts[State.SENDING]
    left = row.counts[State.QUEUED] + in_flight
    at = row.at_stage
    if at is None or at.stages.is_last(at.stage):
        return left
    if at.until is not None:
        return in_flight
    reached = round((at.stages.gate(at.stage).share or 0) * row.audience)
    return max(in_flight, min(left, reached - (row.audience - left)))


@dataclass(kw_only=True)
class Course:
    """The issues under way, from look to look: one that has ended since is counted on."""

    _seen: set[int] = field(default_factory=set)

    def stand(self, issues: Iterable[IssueRow]) -> Stand:
        """How they stand together."""
        rows = list(issues)
        self._seen |= {row.id for row in rows if row.state is IssueState.SENDING}
        counts = [row.counts for row in rows if row.id in self._seen]
        going = [row for row in rows if row.state is IssueState.SENDING]
        left = sum(map(ahead, going))
        return Stand(
            done=sum(one[state] for one in counts for state in _SETTLED),
            left=left,
            deferred=sum(row.counts[State.DEFERRED] for row in going),
            later=sum(row.counts[State.QUEUED] + row.counts[State.SENDING] for row in going) - left,
        )


@dataclass(kw_only=True)
class Pace:
    """What was done lately. ``limits`` are the operator's; seconds are on any clock that runs on.

    A deferred delivery counts as an attempt that was made, and never into what is left.
    """

    limits: tuple[Limit, ...] = ()
    _looks: deque[tuple[float, Stand]] = field(default_factory=deque)
    _first: tuple[float, int] | None = None

    def look(self, stand: Stand, now_s: float) -> None:
        """Take in how things stand now."""
        self._looks.append((now_s, stand))
        self._first = self._first or (now_s, _attempted(stand))
        while len(self._looks) > 2 and self._looks[1][0] <= now_s - WINDOW_S:
            self._looks.popleft()

    @property
    def per_s(self) -> float | None:
        """Messages a second within the last minute; None where it is too soon to say."""
        if not self._looks:
            return None
        (then_s, then), (now_s, now) = self._looks[0], self._looks[-1]
        if now_s - then_s < SOON_S:
            return None
        return max(0, _attempted(now) - _attempted(then)) / (now_s - then_s)

    @property
    def rate_binds(self) -> bool:
        """Whether it goes as fast as the operator's limits let it."""
        paces = [one.count / one.period_s for one in self.limits if one.period_s == 1]
        return (self.per_s or 0) >= FULL * min(paces, default=float("inf"))

    def left_s(self) -> float | None:
        """Seconds until all that is left has left, at this rate and within the limits; None where
        nothing leaves, or it is too soon to say."""
        if not self._looks or not self.per_s or self._first is None:
            return None
        now_s, stand = self._looks[-1]
        first_s, before = self._first
        number = _attempted(stand) - before + stand.left
        bounds = (
            stand.left / one.count
            if one.period_s == 1
            else (number - 1) // one.count * one.period_s - (now_s - first_s)
            for one in self.limits
        )
        return max(stand.left / self.per_s, *bounds, 0.0)


def _attempted(stand: Stand) -> int:
    return stand.done + stand.deferred


def span(seconds: float) -> str:
    """A length of time in the words of someone who waits."""
    for unit, length, most in (("s", 1, 90), ("min", 60, 90), ("h", 3600, 36)):
        if seconds < length * most:
            return f"{max(1, round(seconds / length))} {unit}"
    return f"{round(seconds / 86400)} days"
