"""Beginning deliveries: the statement that makes a row ``sending``, and what it passes over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Label,
    Text,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    not_,
    select,
    update,
)

from publisher.domain.delivery import Claim, State
from publisher.domain.issue import IssueState
from publisher.domain.subscriber import Standing
from publisher.ledger.receipts import give_up
from publisher.ledger.schema import (
    AT_ONCE,
    NOW,
    Instant,
    delivery,
    issue,
    issue_post,
    receipt,
    subscriber,
)

#: How many rows of people who left are set aside in one statement.
_ASIDE = 1000

_STAYS = exists().where(
    subscriber.c.id == delivery.c.subscriber_id, subscriber.c.standing == Standing.ACTIVE
)
_RECEIPT = (
    exists()
    .where(
        receipt.c.post_id == issue_post.c.post_id,
        receipt.c.subscriber_id == delivery.c.subscriber_id,
        receipt.c.issue_id == delivery.c.issue_id,
    )
    # Left to itself SQLAlchemy reaches only the next statement around, and joins delivery anew.
    .correlate(issue_post, delivery)
)
_HOLDS_RECEIPTS = ~exists().where(issue_post.c.issue_id == delivery.c.issue_id, ~_RECEIPT)

#: Whether a delivery may begin as far as its person goes, and what to say where it may not.
MAY_BEGIN = and_(_STAYS, _HOLDS_RECEIPTS)
WHY_NOT = case((_STAYS, "had this post already"), else_="unsubscribed before it was sent")

_UNDER_WAY = exists().where(issue.c.id == delivery.c.issue_id, issue.c.state == IssueState.SENDING)


def _of_subscriber(column: str) -> Label[str]:
    # As text: in RETURNING SQLAlchemy leaves the tables off the names in a subquery.
    query = f"(SELECT s.{column} FROM subscriber AS s WHERE s.id = delivery.subscriber_id)"
    return literal_column(query, Text).label(column)


_waiting = delivery.alias("waiting")
_LOW, _HIGH = bindparam("low", type_=Instant), bindparam("high", type_=Instant)
_DUE = (
    select(_waiting.c.subscriber_id)
    .where(
        _waiting.c.issue_id == bindparam("issue"),
        _waiting.c.next_at.between(_LOW, _HIGH),
    )
    .order_by(_waiting.c.next_at, _waiting.c.subscriber_id)
    .limit(bindparam("most"))
)
_MINE = and_(
    delivery.c.issue_id == bindparam("issue"),
    delivery.c.subscriber_id.in_(_DUE),
    delivery.c.state == bindparam("was"),
)
_CLAIM = (
    update(delivery)
    .where(_MINE, _UNDER_WAY, MAY_BEGIN)
    .values(
        state=State.SENDING,
        next_at=None,
        first_at=func.coalesce(delivery.c.first_at, NOW),
    )
    .returning(
        delivery.c.subscriber_id,
        delivery.c.attempts,
        delivery.c.first_at,
        *(_of_subscriber(name) for name in ("address", "mailbox", "name")),
        literal_column("(SELECT i.frozen FROM issue AS i WHERE i.id = delivery.issue_id)", Integer),
    )
)
_PASS_OVER = (
    update(delivery)
    .where(_MINE, not_(MAY_BEGIN))
    .values(state=State.CANCELLED, next_at=None, reply=WHY_NOT)
    .returning(delivery.c.subscriber_id)
)


def claim(
    db: Connection, issue_id: int, most: int, now: datetime, shift: Counter[State]
) -> list[Claim]:
    """Begin up to ``most`` deliveries of an issue that are due; fewer only when no more are.

    Deliveries of people who left, or who had the post in another way, are cancelled as they are
    met. ``shift`` is counted on.
    """
    claims: list[Claim] = []
    for was, low, high in (
        (State.QUEUED, AT_ONCE, AT_ONCE),
        (State.DEFERRED, AT_ONCE + AT_ONCE.resolution, now),
    ):
        due = {"issue": issue_id, "was": was, "low": low, "high": high}
        while len(claims) < most:
            rows = db.execute(_CLAIM, {**due, "most": most - len(claims), "now": now}).all()
            claims += _claims(issue_id, was, rows)
            shift.update({was: -len(rows), State.SENDING: len(rows)})
            if len(claims) < most and not _pass_over(db, due, shift):
                break
    return claims


def _pass_over(db: Connection, due: dict[str, Any], shift: Counter[State]) -> int:
    gone = db.execute(_PASS_OVER, {**due, "most": _ASIDE}).scalars().all()
    give_up(db, [(due["issue"], who) for who in gone])
    shift.update({due["was"]: -len(gone), State.CANCELLED: len(gone)})
    return len(gone)


def _claims(issue_id: int, was: State, rows: Iterable[Any]) -> list[Claim]:
    return [
        Claim(
            issue_id=issue_id,
            subscriber_id=who,
            address=address,
            mailbox=mailbox,
            name=name,
            attempts=attempts,
            first_at=first_at,
            was=was,
            frozen=frozen,
        )
        for who, attempts, first_at, address, mailbox, name, frozen in sorted(rows)
    ]
