"""What waits in line: which issues are under way, whose turn it is, and a look along the line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.domain.delivery import Claim
from publisher.domain.stages import EVERYBODY, Gate


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderWay:
    """An issue that is being sent, and whose turn it is by the stage it is at.

    ``between``: it waits for the next stage. Then only those are tried who were put off in one.
    """

    issue_id: int
    gate: Gate = EVERYBODY
    between: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """The deliveries that go to some mail domains (case-folded A-labels).

    ``only`` to these, None for any; ``besides`` are left out, as they have a lane of their own.
    """

    only: frozenset[str] | None = None
    besides: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A place in an issue's line: just behind that delivery, wherever it has gone since."""

    next_at: datetime
    subscriber_id: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Deliveries as they wait in line, and where to go on; ``next`` is None at the line's end.

    There may be few or none on it and more to come: those of other lanes were passed over.
    """

    claims: tuple[Claim, ...]
    next: Place | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Spent:
    """So many messages left on a meter (a rate's name) in the grain of time that began then."""

    meter: str
    grain: datetime
    count: int
