"""Deliveries under way: the one writer's transaction, what a crash left, and when to look again.

    queued ──claim──▶ sending ──settle──▶ accepted · rejected · unknown
       ▲                 │
       └── returned ─────┴──▶ deferred ──claim, when its time has come──▶ sending

A claim is one conditional UPDATE. It takes only what still waits, and itself sees whether the
issue is being sent, whether the subscriber is still there, and that the delivery holds the receipt
for each of its posts: what was paused, cancelled, unsubscribed or had in another way a moment ago
is not begun.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

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

from publisher.domain.delivery import SPARED, TRANSITIONS, Cause, Claim, Settlement, State
from publisher.domain.issue import IssueState
from publisher.domain.line import Spent
from publisher.ledger import manners
from publisher.ledger import tally as counts
from publisher.ledger.begin import begin
from publisher.ledger.claim import claim
from publisher.ledger.receipts import cancel_waiting, give_up
from publisher.ledger.schema import AT_ONCE, Instant, delivery, issue, mark, tally

Shifts = defaultdict[int, Counter[State]]

_SETTLED = frozenset(
    to
    for (was, to), causes in TRANSITIONS.items()
    if was is State.SENDING and Cause.DELIVERY in causes
)
_SETTLE = (
    update(delivery)
    .where(
        delivery.c.issue_id == bindparam("issue"),
        delivery.c.subscriber_id == bindparam("who"),
        delivery.c.state == State.SENDING,
    )
    .values(
        state=bindparam("to"),
        attempts=bindparam("spent"),
        reply=bindparam("said"),
        next_at=bindparam("next"),
    )
)
_MARK = update(mark).values(settled=mark.c.settled + bindparam("more"))
_SENDING = and_(issue.c.finished_at.is_(None), issue.c.state == IssueState.SENDING)
_UNDER_WAY = select(issue.c.id).where(_SENDING).order_by(issue.c.id.desc())
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
    settled: Sequence[Settlement],
    in_line: Sequence[Claim],
    now: datetime,
    more: Sequence[Spent],
) -> list[Claim]:
    """Settle what was answered, then begin what stands in line; close what has no work left.

    Those begun are the answer. A settlement of a delivery that is not ``sending`` changes nothing,
    so that a write whose commit may or may not have been durable can be repeated. Raises
    ValueError for a state that an attempt can't end in.
    """
    shifts: Shifts = defaultdict(Counter)
    _settle(db, settled, shifts)
    begun = begin(db, in_line, now, shifts)
    _close(db, shifts, now)
    manners.spend(db, more, now)
    return begun


def turn(db: Connection, settled: Sequence[Settlement], want: int, now: datetime) -> list[Claim]:
    """Settle what was answered, then begin up to ``want`` deliveries; close what has no work left.

    A settlement of a delivery that is not ``sending`` changes nothing, so that a turn whose commit
    may or may not have been durable can be repeated. Raises ValueError for a state that an attempt
    can't end in.
    """
    shifts: Shifts = defaultdict(Counter)
    _settle(db, settled, shifts)
    claims = _begin(db, want, now, shifts)
    _close(db, shifts, now)
    return claims


def _close(db: Connection, shifts: Shifts, now: datetime) -> None:
    ended = [issue_id for issue_id, by in shifts.items() if not counts.shift(db, issue_id, by)]
    counts.finish(db, ended, now)


def _settle(db: Connection, settled: Sequence[Settlement], shifts: Shifts) -> None:
    if not settled:
        return
    for one in settled:
        if one.state not in _SETTLED:
            raise ValueError(f"an attempt can't end in {one.state}")
    written = db.execute(_SETTLE, [_settling(one) for one in settled]).rowcount
    db.execute(_MARK, {"more": written})
    for one in settled:
        shifts[one.issue_id].update({State.SENDING: -1, one.state: +1})
    spared = [one for one in settled if one.state in SPARED]
    give_up(db, [(one.issue_id, one.subscriber_id) for one in spared])
    if written != len(settled):
        for issue_id in shifts:
            counts.recount(db, issue_id)
            shifts[issue_id].clear()
    for issue_id in {one.issue_id for one in settled if one.state is State.QUEUED or one.next_at}:
        _sweep(db, issue_id, shifts)


def _settling(one: Settlement) -> dict[str, Any]:
    next_at = AT_ONCE if one.state is State.QUEUED else one.next_at
    return {
        "issue": one.issue_id,
        "who": one.subscriber_id,
        "to": one.state,
        "spent": one.attempts,
        "said": one.reply,
        "next": next_at,
    }


def _sweep(db: Connection, issue_id: int, shifts: Shifts) -> None:
    """A delivery that waits again after its issue was cancelled under it is cancelled too."""
    state = db.execute(select(issue.c.state).where(issue.c.id == issue_id)).scalar_one()
    if state == IssueState.CANCELLED:
        counts.shift(db, issue_id, shifts.pop(issue_id, {}))
        cancel_waiting(db, issue_id)
        counts.recount(db, issue_id)


def _begin(db: Connection, want: int, now: datetime, shifts: Shifts) -> list[Claim]:
    """Claim for the issues under way in equal shares: a long one does not stop a new one."""
    claims: list[Claim] = []
    issues = list(db.execute(_UNDER_WAY).scalars()) if want > 0 else []
    while issues and len(claims) < want:
        share = -(-(want - len(claims)) // len(issues))
        more = []
        for issue_id in issues:
            part = min(share, want - len(claims))
            got = claim(db, issue_id, part, now, shifts[issue_id]) if part else []
            claims += got
            if part and len(got) == part:
                more.append(issue_id)
        issues = more
    return claims


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
        _sweep(db, issue_id, defaultdict(Counter))
        counts.finish(db, [issue_id], now)
    return {to: moved} if moved else {}
