"""Two open issues of what turned out to be one post: one of them goes on for both.

    kept    the one that has started; of two that have, OLD's, then the older
    others  what waits of them waits in the one that is kept, and they are over

It goes on by itself only where all of them were being sent; else a person lets it go.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    delete,
    exists,
    insert,
    literal,
    select,
    update,
)

from publisher.domain.delivery import SPARED, State
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.ledger.columns import AT_ONCE, among
from publisher.ledger.schema import delivery, issue, receipt

_KEPT: BindParameter[int] = bindparam("kept", type_=issue.c.id.type)
_OTHER: BindParameter[int] = bindparam("other", type_=issue.c.id.type)

_OPEN = select(issue.c.id, issue.c.state, issue.c.released, issue.c.started_at).where(
    among(issue.c.state, UNFINISHED)
)
_row = delivery.alias("row")


def _waits_in_other(who: Any) -> Any:
    return exists().where(
        _row.c.issue_id == _OTHER, _row.c.subscriber_id == who, _row.c.next_at.is_not(None)
    )


# A row that ended without reaching anybody makes room for one that still may.
_MAKE_ROOM = delete(delivery).where(
    delivery.c.issue_id == _KEPT,
    among(delivery.c.state, SPARED),
    _waits_in_other(delivery.c.subscriber_id),
)
_TAKE_OVER = insert(delivery).from_select(
    ["issue_id", "subscriber_id", "state", "attempts", "first_at", "next_at", "reply"],
    select(
        _KEPT,
        delivery.c.subscriber_id,
        literal(State.QUEUED),
        delivery.c.attempts,
        delivery.c.first_at,
        literal(AT_ONCE, delivery.c.next_at.type),
        delivery.c.reply,
    ).where(
        delivery.c.issue_id == _OTHER,
        delivery.c.next_at.is_not(None),
        ~exists().where(_row.c.issue_id == _KEPT, _row.c.subscriber_id == delivery.c.subscriber_id),
    ),
)
_MOVE_RECEIPTS = (
    update(receipt)
    .where(receipt.c.issue_id == _OTHER, _waits_in_other(receipt.c.subscriber_id))
    .values(issue_id=_KEPT)
)
_LET_GO = (
    update(delivery)
    .where(delivery.c.issue_id == _OTHER, delivery.c.next_at.is_not(None))
    .values(state=State.CANCELLED, next_at=None, reply=bindparam("why"))
)


def join(db: Connection, issues: Iterable[int], olds: Collection[int], now: datetime) -> None:
    """Leave at most one of these issues of one post open. ``olds`` are those that OLD had.

    Nothing of them is in flight, and who had the post waits in none. Their tallies are left behind.
    """
    found = db.execute(_OPEN.where(issue.c.id.in_([*issues]))).all()
    opened = sorted(found, key=lambda one: (one.started_at is None, one.id not in olds, one.id))
    if len(opened) < 2:
        return
    kept, *others = opened
    for other in others:
        ids = {"kept": kept.id, "other": other.id}
        for statement in (_MAKE_ROOM, _TAKE_OVER, _MOVE_RECEIPTS):
            db.execute(statement, ids)
        db.execute(_LET_GO, {**ids, "why": f"goes on in issue {kept.id}"})
        _set(
            db,
            other.id,
            state=IssueState.CANCELLED if other.started_at is None else IssueState.DONE,
            finished_at=now,
            released=False,
            reason=None,
        )
    _let_wait(db, kept, opened)


def _let_wait(db: Connection, kept: Any, opened: Collection[Any]) -> None:
    """Whoever stopped one of them stopped what is left; whoever let one go lets it go on."""
    if all(one.state == IssueState.SENDING for one in opened):
        return
    numbers = " and ".join(str(one.id) for one in opened if one is not kept)
    mended: dict[str, Any] = {"released": any(one.released for one in opened)}
    if kept.started_at is not None:
        mended["reason"] = (
            f"goes on for issue {numbers} too, of the same post: "
            f"publisher release {kept.id} mails the rest"
        )
    if kept.state == IssueState.SENDING:
        mended["state"] = IssueState.PAUSED
    _set(db, kept.id, **mended)


def _set(db: Connection, issue_id: int, **values: Any) -> None:
    db.execute(update(issue).where(issue.c.id == issue_id).values(**values))
