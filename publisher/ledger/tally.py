"""The tally of an issue: how many of its deliveries are in each state, kept in the transaction
that moves them. It spares every question about an issue a walk through its deliveries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from publisher.domain.delivery import State
from publisher.domain.issue import IssueState
from publisher.ledger.columns import NOW, among
from publisher.ledger.prepared import Prepared, Swift
from publisher.ledger.schema import delivery, issue, tally

_WORK = tally.c[State.QUEUED] + tally.c[State.DEFERRED] + tally.c[State.SENDING]
_NAMES = {state: f"by_{state}" for state in State}
_SHIFT = (
    update(tally)
    .where(tally.c.issue_id == bindparam("issue"))
    .values({tally.c[state]: tally.c[state] + bindparam(name) for state, name in _NAMES.items()})
    .returning(_WORK)
)
_SWIFT_SHIFT = Prepared(_SHIFT)
_SET = (
    update(tally)
    .where(tally.c.issue_id == bindparam("issue"))
    .values({tally.c[state]: bindparam(f"now_{state}") for state in State})
)
_COUNT = (
    select(delivery.c.state, func.count())
    .where(delivery.c.issue_id == bindparam("issue"))
    .group_by(delivery.c.state)
)
_NO_WORK = ~(select(tally.c.issue_id).where(tally.c.issue_id == issue.c.id, _WORK > 0).exists())
_FINISH = (
    update(issue)
    .where(
        issue.c.id == bindparam("issue"),
        among(issue.c.state, (IssueState.SENDING, IssueState.PAUSED)),
        _NO_WORK,
    )
    .values(state=IssueState.DONE, finished_at=NOW, released=False, reason=None)
)


def audience() -> ColumnElement[int]:
    """All the deliveries of an issue, as an expression over the tally."""
    return sum((tally.c[state] for state in State), start=tally.c[State.QUEUED] * 0)


def shift(db: Connection, issue_id: int, by: Mapping[State, int]) -> bool:
    """Count deliveries that changed their state; whether the issue has work left."""
    left: int = db.execute(_SHIFT, _values(issue_id, by)).scalar_one()
    return left > 0


def shift_swiftly(swift: Swift, issue_id: int, by: Mapping[State, int]) -> bool:
    """The same as ``shift``, in the way of every message."""
    left: int = swift.rows(_SWIFT_SHIFT, _values(issue_id, by))[0][0]
    return left > 0


def _values(issue_id: int, by: Mapping[State, int]) -> dict[str, int]:
    values = dict.fromkeys(_NAMES.values(), 0)
    for state, number in by.items():
        values[_NAMES[state]] = number
    values["issue"] = issue_id
    return values


def recount(db: Connection, issue_id: int) -> None:
    """Count an issue's deliveries one by one, after a change that touched many of them."""
    found = {row[0]: row[1] for row in db.execute(_COUNT, {"issue": issue_id})}
    db.execute(_SET, {"issue": issue_id} | {f"now_{state}": found.get(state, 0) for state in State})


def finish(db: Connection, issue_ids: Iterable[int], now: datetime) -> None:
    """Close the issues under way in which nothing waits and nothing is being sent."""
    for issue_id in issue_ids:
        db.execute(_FINISH, {"issue": issue_id, "now": now})
