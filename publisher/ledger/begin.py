"""Beginning deliveries that stood in line: those that still may, and what becomes of the others."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, not_, update

from publisher.domain.delivery import Claim, State
from publisher.domain.issue import IssueState
from publisher.ledger.claim import MAY_BEGIN, WHY_NOT
from publisher.ledger.receipts import give_up
from publisher.ledger.schema import NOW, delivery, issue

_UNDER_WAY = and_(issue.c.id == delivery.c.issue_id, issue.c.state == IssueState.SENDING)
_AS_IN_LINE = and_(
    delivery.c.issue_id == bindparam("issue"),
    delivery.c.subscriber_id == bindparam("who"),
    delivery.c.state == bindparam("was"),
)
_BEGIN = (
    update(delivery)
    .where(
        _AS_IN_LINE,
        delivery.c.attempts == bindparam("tried"),
        exists().where(_UNDER_WAY, issue.c.frozen == bindparam("count")),
        MAY_BEGIN,
    )
    .values(state=State.SENDING, next_at=None, first_at=func.coalesce(delivery.c.first_at, NOW))
)
_PASS_OVER = (
    update(delivery)
    .where(_AS_IN_LINE, exists().where(_UNDER_WAY), not_(MAY_BEGIN))
    .values(state=State.CANCELLED, next_at=None, reply=WHY_NOT)
)


def begin(
    db: Connection,
    in_line: Sequence[Claim],
    now: datetime,
    shifts: defaultdict[int, Counter[State]],
) -> list[Claim]:
    """Make deliveries ``sending`` that still are as they were lined up; those that now are.

    Of the others those are cancelled whose person left, or had the post in another way.
    """
    begun = []
    for one in in_line:
        row = _row(one, now)
        if db.execute(_BEGIN, row).rowcount:
            begun.append(one)
            shifts[one.issue_id].update({one.was: -1, State.SENDING: +1})
        elif db.execute(_PASS_OVER, row).rowcount:
            give_up(db, [(one.issue_id, one.subscriber_id)])
            shifts[one.issue_id].update({one.was: -1, State.CANCELLED: +1})
    return begun


def _row(one: Claim, now: datetime) -> dict[str, Any]:
    return {
        "issue": one.issue_id,
        "who": one.subscriber_id,
        "was": one.was,
        "tried": one.attempts,
        "count": one.frozen,
        "now": now,
    }
