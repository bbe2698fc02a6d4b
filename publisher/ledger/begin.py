"""Beginning deliveries that stood in line: those that still may, and what becomes of the others.

To begin is one conditional UPDATE. It takes only what still waits as it was lined up, and itself
sees whether the issue is being sent, whether the subscriber is still there, and that the delivery
holds the receipt for each of its posts: what was paused, cancelled, frozen anew, unsubscribed or
had in another way a moment ago is not begun.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, exists, func, not_, update

from publisher.domain.delivery import Claim, State
from publisher.domain.issue import IssueState
from publisher.domain.subscriber import Standing
from publisher.ledger.columns import NOW, number
from publisher.ledger.prepared import Prepared, Swift
from publisher.ledger.receipts import give_up
from publisher.ledger.schema import delivery, issue, issue_post, receipt, subscriber
from publisher.ledger.settle import Shifts

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

_UNDER_WAY = and_(issue.c.id == delivery.c.issue_id, issue.c.state == IssueState.SENDING)
_AS_IN_LINE = and_(
    delivery.c.issue_id == bindparam("issue"),
    delivery.c.subscriber_id == bindparam("who"),
    delivery.c.state == bindparam("was"),
)
_BEGIN = Prepared(
    update(delivery)
    .where(
        _AS_IN_LINE,
        delivery.c.attempts == bindparam("tried"),
        exists().where(_UNDER_WAY, issue.c.frozen == bindparam("count")),
        MAY_BEGIN,
    )
    .values(state=State.SENDING, next_at=None, first_at=func.coalesce(delivery.c.first_at, NOW))
)
_PASS_OVER = Prepared(
    update(delivery)
    .where(_AS_IN_LINE, exists().where(_UNDER_WAY), not_(MAY_BEGIN))
    .values(state=State.CANCELLED, next_at=None, reply=WHY_NOT)
)


def begin(
    db: Connection, swift: Swift, in_line: Sequence[Claim], now: datetime, shifts: Shifts
) -> list[Claim]:
    """Make deliveries ``sending`` that still are as they were lined up; those that now are.

    Of the others those are cancelled whose person left, or had the post in another way.
    """
    begun = []
    at = number(now)
    for one in in_line:
        row = _row(one, at)
        if swift.change(_BEGIN, row):
            begun.append(one)
            became = State.SENDING
        elif swift.change(_PASS_OVER, row):
            give_up(db, [(one.issue_id, one.subscriber_id)])
            became = State.CANCELLED
        else:
            continue
        by = shifts[one.issue_id]
        by[one.was] -= 1
        by[became] += 1
    return begun


def _row(one: Claim, now: int) -> dict[str, Any]:
    return {
        "issue": one.issue_id,
        "who": one.subscriber_id,
        "was": one.was.value,
        "tried": one.attempts,
        "count": one.frozen,
        "now": now,
    }
