"""Subscribers: added, found, and never forgotten."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from publisher.domain.subscriber import NewSubscriber, Standing, Subscriber
from publisher.ledger.rows import AddResult
from publisher.ledger.schema import NOW, subscriber

#: How many addresses one statement looks for.
_CHUNK = 500

_LEAVE = (
    update(subscriber)
    .where(subscriber.c.standing == Standing.ACTIVE)
    .values(standing=Standing.UNSUBSCRIBED, unsubscribed_at=NOW)
)
_COME_BACK = (
    update(subscriber)
    .where(subscriber.c.mailbox == bindparam("box"))
    .values(
        standing=Standing.ACTIVE,
        unsubscribed_at=None,
        address=bindparam("typed"),
        name=func.coalesce(func.nullif(bindparam("called"), ""), subscriber.c.name),
    )
)


def subscriber_page(db: Connection, after: int, at_most: int) -> list[Subscriber]:
    """Subscribers in the order they came, from the first one after the id ``after``."""
    query = select(subscriber).where(subscriber.c.id > after).order_by(subscriber.c.id)
    return [_subscriber(row) for row in db.execute(query.limit(at_most))]


def find(db: Connection, mailbox: str) -> Subscriber | None:
    """The subscriber with that mailbox, whether it gets mail or not."""
    row = db.execute(select(subscriber).where(subscriber.c.mailbox == mailbox)).first()
    return None if row is None else _subscriber(row)


def get(db: Connection, subscriber_id: int) -> Subscriber | None:
    """The subscriber with that id, whether it gets mail or not."""
    row = db.execute(select(subscriber).where(subscriber.c.id == subscriber_id)).first()
    return None if row is None else _subscriber(row)


def add(
    db: Connection, new: Sequence[NewSubscriber], now: datetime, *, resubscribe: bool
) -> AddResult:
    """Add mailboxes that are not known; bring back those that left only with ``resubscribe``.

    Who is subscribed already stays as they are, address and name included. Of one mailbox given
    twice the first counts.
    """
    became: Counter[str] = Counter()
    for start in range(0, len(new), _CHUNK):
        became.update(_add(db, new[start : start + _CHUNK], now, resubscribe=resubscribe))
    return AddResult(**became)


def leave(db: Connection, *, mailbox: str, now: datetime) -> bool:
    """Unsubscribe a mailbox; True when it is known, whether or not it had left before."""
    db.execute(_LEAVE.where(subscriber.c.mailbox == mailbox), {"now": now})
    return find(db, mailbox) is not None


def unsubscribe(db: Connection, subscriber_id: int, now: datetime) -> bool:
    """Unsubscribe; True when that subscriber is known, whether or not they had left before."""
    db.execute(_LEAVE.where(subscriber.c.id == subscriber_id), {"now": now})
    return get(db, subscriber_id) is not None


def _add(
    db: Connection, new: Sequence[NewSubscriber], now: datetime, *, resubscribe: bool
) -> dict[str, int]:
    query = select(subscriber.c.mailbox, subscriber.c.standing)
    boxes = [one.mailbox for one in new]
    known = dict(db.execute(query.where(subscriber.c.mailbox.in_(boxes))).all())
    became: defaultdict[str, list[NewSubscriber]] = defaultdict(list)
    for one in new:
        what = fate(known.get(one.mailbox), resubscribe=resubscribe)
        became[what].append(one)
        if what != "unsubscribed":
            known[one.mailbox] = Standing.ACTIVE
    if became["added"]:
        db.execute(insert(subscriber), [_row(one, now) for one in became["added"]])
    if became["resubscribed"]:
        db.execute(_COME_BACK, [_back(one) for one in became["resubscribed"]])
    return {what: len(ones) for what, ones in became.items()}


def fate(standing: str | None, *, resubscribe: bool) -> str:
    """What becomes of an address to add, by the standing of its mailbox: a field of AddResult."""
    if standing is None:
        return "added"
    if standing == Standing.ACTIVE:
        return "unchanged"
    return "resubscribed" if resubscribe else "unsubscribed"


def _back(new: NewSubscriber) -> dict[str, Any]:
    return {"box": new.mailbox, "typed": new.address, "called": new.name}


def _row(new: NewSubscriber, now: datetime) -> dict[str, Any]:
    return {
        "mailbox": new.mailbox,
        "address": new.address,
        "name": new.name,
        "standing": Standing.ACTIVE,
        "created_at": now,
    }


def _subscriber(row: Any) -> Subscriber:
    return Subscriber(
        id=row.id,
        address=row.address,
        mailbox=row.mailbox,
        name=row.name,
        standing=Standing(row.standing),
        created_at=row.created_at,
        unsubscribed_at=row.unsubscribed_at,
    )
