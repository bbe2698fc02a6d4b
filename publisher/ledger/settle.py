"""Settling: what was answered is written, and what that does to an issue and its counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from publisher.domain.delivery import SPARED, TRANSITIONS, Cause, Settlement, State
from publisher.domain.issue import IssueState
from publisher.ledger import tally as counts
from publisher.ledger.columns import AT_ONCE, number
from publisher.ledger.prepared import Prepared, Swift
from publisher.ledger.receipts import cancel_waiting, give_up
from publisher.ledger.schema import delivery, issue, mark

#: By issue: how many deliveries more are in each state.
Shifts = defaultdict[int, Counter[State]]

_ENDS = frozenset(
    to
    for (was, to), causes in TRANSITIONS.items()
    if was is State.SENDING and Cause.DELIVERY in causes
)
_SETTLE = Prepared(
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
_MARK = Prepared(
    update(mark).values(settled=mark.c.settled + bindparam("more")).returning(mark.c.settled)
)


def settle(db: Connection, swift: Swift, settled: Sequence[Settlement], shifts: Shifts) -> int:
    """Write how attempts ended; how many the ledger has seen settled by then.

    A settlement of a delivery that is not ``sending`` changes nothing. Raises ValueError for a
    state that an attempt can't end in.
    """
    for one in settled:
        if one.state not in _ENDS:
            raise ValueError(f"an attempt can't end in {one.state}")
        by = shifts[one.issue_id]
        by[State.SENDING] -= 1
        by[one.state] += 1
    written = swift.change_all(_SETTLE, [_row(one) for one in settled])
    spared = [one for one in settled if one.state in SPARED]
    give_up(db, [(one.issue_id, one.subscriber_id) for one in spared])
    if written != len(settled):
        for issue_id in shifts:
            counts.recount(db, issue_id)
            shifts[issue_id].clear()
    for issue_id in {one.issue_id for one in settled if one.next_at or one.state is State.QUEUED}:
        sweep(db, issue_id, shifts)
    total: int = swift.rows(_MARK, {"more": written})[0][0]
    return total


def _row(one: Settlement) -> dict[str, Any]:
    next_at = AT_ONCE if one.state is State.QUEUED else one.next_at
    return {
        "issue": one.issue_id,
        "who": one.subscriber_id,
        "to": one.state.value,
        "spent": one.attempts,
        "said": one.reply,
        "next": None if next_at is None else number(next_at),
    }


def sweep(db: Connection, issue_id: int, shifts: Shifts) -> None:
    """A delivery that waits again after its issue was cancelled under it is cancelled too."""
    state = db.execute(select(issue.c.state).where(issue.c.id == issue_id)).scalar_one()
    if state == IssueState.CANCELLED:
        counts.shift(db, issue_id, shifts.pop(issue_id, {}))
        cancel_waiting(db, issue_id)
        counts.recount(db, issue_id)
