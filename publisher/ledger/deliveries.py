"""Deliveries under way: the one writer's transaction, what a crash left, and when to look again.

queued ──begin──▶ sending ──settle──▶ accepted · rejected · unknown
   ▲                 │
   └── returned ─────┴──▶ deferred ──begin, when its time has come──▶ sending
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import (
    BindParameter,
    Connection,
    ScalarSelect,
    and_,
    bindparam,
    case,
    func,
    select,
    update,
)

from publisher.domain.delivery import Claim, Settlement, State
from publisher.domain.issue import IssueState
from publisher.domain.line import Spent
from publisher.ledger import manners
from publisher.ledger import tally as counts
from publisher.ledger.begin import begin
from publisher.ledger.columns import AT_ONCE, Instant
from publisher.ledger.prepared import Swift
from publisher.ledger.schema import delivery, issue, tally
from publisher.ledger.settle import Shifts, settle, sweep

_SENDING = and_(issue.c.finished_at.is_(None), issue.c.state == IssueState.SENDING)
_WAITING = (
    select(func.coalesce(func.sum(tally.c[State.QUEUED] + tally.c[State.DEFERRED]), 0))
    .join_from(issue, tally)
    .where(_SENDING)
)


def _first(low: datetime | BindParameter[datetime]) -> ScalarSelect[datetime | None]:
    """When the first delivery of an issue may begin, of those whose time is ``low`` or later."""
    return (
        select(delivery.c.next_at)
        .where(delivery.c.issue_id == issue.c.id, delivery.c.next_at >= low)
        .order_by(delivery.c.next_at)
        .limit(1)
        .scalar_subquery()
    )


_PUT_OFF = AT_ONCE + AT_ONCE.resolution
_NEXT = select(
    func.min(
        case(
            (issue.c.stage_until.is_(None), _first(bindparam("low", type_=Instant))),
            (_first(_PUT_OFF) < issue.c.stage_until, _first(_PUT_OFF)),
            else_=issue.c.stage_until,
        )
    )
).where(_SENDING)
_IN_FLIGHT = select(tally.c.issue_id).where(tally.c[State.SENDING] > 0)
_RECOVER = (
    update(delivery)
    .where(delivery.c.issue_id == bindparam("issue"), delivery.c.state == State.SENDING)
    .values(
        state=bindparam("to"),
        next_at=bindparam("next"),
        attempts=delivery.c.attempts + bindparam("spent"),
        reply=bindparam("said"),
    )
)


def write(
    db: Connection,
    swift: Swift,
    settled: Sequence[Settlement],
    in_line: Sequence[Claim],
    now: datetime,
    more: Sequence[Spent],
) -> tuple[list[Claim], int | None]:
    """Settle what was answered, then begin what stands in line; close what has no work left.

    Those begun are the answer, and how many attempts the ledger has seen settled, where that has
    changed. A settlement of a delivery that is not ``sending`` changes nothing, so that a write
    whose commit may or may not have been durable can be repeated. Raises ValueError for a state
    that an attempt can't end in.
    """
    shifts: Shifts = defaultdict(Counter)
    total = settle(db, swift, settled, shifts) if settled else None
    begun = begin(db, swift, in_line, now, shifts)
    _close(db, swift, shifts, now)
    manners.spend(db, more, now)
    return begun, total


def _close(db: Connection, swift: Swift, shifts: Shifts, now: datetime) -> None:
    for issue_id, by in shifts.items():
        if not counts.shift_swiftly(swift, issue_id, by):
            counts.finish(db, [issue_id], now)


def next_attempt_at(db: Connection, *, deferred_only: bool = False) -> datetime | None:
    """The earliest time at which a delivery of an issue under way may begin, or a stage's wait end.

    That of a queued one is 1970: it may at any time. None when nothing waits.
    """
    low = _PUT_OFF if deferred_only else AT_ONCE
    found: datetime | None = db.execute(_NEXT, {"low": low}).scalar_one()
    return found


def waiting_count(db: Connection) -> int:
    """How many deliveries of the issues under way wait."""
    return int(db.execute(_WAITING).scalar_one())


def recover(
    db: Connection, *, repeatable: bool, on_unknown: Literal["hold", "resend"], now: datetime
) -> dict[State, int]:
    """Settle what a crash left ``sending``, before anything is begun; how many went to which state.

    Only the lock's holder may call it: then whoever began those deliveries is gone. ``repeatable``
    says that sending one again does no harm, and no attempt is counted; else they are ``unknown``,
    or queued again at once where the operator wants that.
    """
    again = repeatable or on_unknown == "resend"
    to = State.QUEUED if again else State.UNKNOWN
    moved = 0
    for issue_id in db.execute(_IN_FLIGHT).scalars().all():
        moved += db.execute(
            _RECOVER,
            {
                "issue": issue_id,
                "to": to,
                "next": AT_ONCE if again else None,
                "spent": int(not repeatable),
                "said": "the program ended while this was being sent",
            },
        ).rowcount
        counts.recount(db, issue_id)
        sweep(db, issue_id, defaultdict(Counter))
        counts.finish(db, [issue_id], now)
    return {to: moved} if moved else {}
