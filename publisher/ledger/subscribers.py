"""Subscribers: added, found, and never forgotten."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from publisher.domain.subscriber import NewSubscriber, Standing, Subscriber
from publisher.ledger.columns import NOW
from publisher.ledger.rows import AddResult
from publisher.ledger.schema import subscriber

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
    became = _fates(db, new, resubscribe=resubscribe)
    for some in _chunks(became["added"]):
        db.execute(insert(subscriber), [_row(one, now) for one in some])
    for some in _chunks(became["resubscribed"]):
        db.execute(_COME_BACK, [_back(one) for one in some])
    return _count(became)


def foresee_add(db: Connection, new: Sequence[NewSubscriber]) -> AddResult:
    """What ``add`` would make of these addresses, were they given to it now."""
    return _count(_fates(db, new, resubscribe=False))


def leave(db: Connection, *, mailbox: str, now: datetime) -> bool:
    """Unsubscribe a mailbox; True when it is known, whether or not it had left before."""
    db.execute(_LEAVE.where(subscriber.c.mailbox == mailbox), {"now": now})
    return find(db, mailbox) is not None


def unsubscribe(db: Connection, subscriber_id: int, now: datetime) -> bool:
    """Unsubscribe; True when that subscriber is known, whether or not they had left before."""
    db.execute(_LEAVE.where(subscriber.c.id == subscriber_id), {"now": now})
    return get(db, subscriber_id) is not None


def _fates(
    db: Connection, new: Sequence[NewSubscriber], *, resubscribe: bool
) -> Mapping[str, Sequence[NewSubscriber]]:
    """Who of these is to be what, by the names that ``AddResult`` has for it."""
    query = select(subscriber.c.mailbox, subscriber.c.standing)
    became: defaultdict[str, list[NewSubscriber]] = defaultdict(list)
    changed: set[str] = set()
    for some in _chunks(new):
        found = db.execute(query.where(subscriber.c.mailbox.in_([one.mailbox for one in some])))
        known = {row.mailbox: row.standing for row in found}
        for one in some:
            standing = Standing.ACTIVE if one.mailbox in changed else known.get(one.mailbox)
            fate = _fate(standing, resubscribe=resubscribe)
            became[fate].append(one)
            if fate in {"added", "resubscribed"}:
                changed.add(one.mailbox)
    return became


def _fate(standing: str | None, *, resubscribe: bool) -> str:
    if standing is None:
        return "added"
    if standing == Standing.ACTIVE:
        return "unchanged"
    return "resubscribed" if resubscribe else "unsubscribed"


def _count(became: Mapping[str, Sequence[NewSubscriber]]) -> AddResult:
    return AddResult(**{fate: len(ones) for fate, ones in became.items()})


def _chunks(new: Sequence[NewSubscriber]) -> Iterator[Sequence[NewSubscriber]]:
    for start in range(0, len(new), _CHUNK):
        yield new[start : start + _CHUNK]


def _back(new: NewSubscriber) -> dict[str, Any]:
    return {"box": new.mailbox, "typed": new.address, "called": new.name}


def _row(new: NewSubscriber, now: datetime) -> dict[str, Any]:
    return {
        "mailbox": new.mailbox,
        "domain": new.mailbox.rpartition("@")[2],
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
