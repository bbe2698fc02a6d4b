"""What would come of something, counted and not done: for plans and dry runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, exists, func, select

from publisher.domain.subscriber import NewSubscriber, Standing
from publisher.ledger.rows import AddResult
from publisher.ledger.schema import post, receipt, subscriber
from publisher.ledger.subscribers import fate

_WITHOUT = (
    select(func.count())
    .select_from(subscriber)
    .where(
        subscriber.c.standing == Standing.ACTIVE,
        ~exists().where(
            receipt.c.post_id
            == select(post.c.id).where(post.c.key == bindparam("key")).scalar_subquery(),
            receipt.c.subscriber_id == subscriber.c.id,
        ),
    )
)


def audience_of(db: Connection, key: str) -> int:
    """How many would be mailed a post now: active, and without a receipt for it."""
    return int(db.execute(_WITHOUT, {"key": key}).scalar_one())


def foresee_add(db: Connection, new: Sequence[NewSubscriber]) -> AddResult:
    """What ``add`` would make of these addresses, were they given to it now."""
    query = select(subscriber.c.mailbox, subscriber.c.standing)
    boxes = [one.mailbox for one in new]
    known = {
        row.mailbox: row.standing
        for row in db.execute(query.where(subscriber.c.mailbox.in_(boxes)))
    }
    became = Counter(fate(known.get(box), resubscribe=False) for box in boxes)
    return AddResult(**became)
