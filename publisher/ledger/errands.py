"""Errands in the ledger: written down with what they follow from, and kept until they are done.

One waits for each hub and feed: a feed that changes again before its ping went out needs no second
one. A ping that is under way then was perhaps too early, so it is asked for anew: ``first_at``
moves, and what came of the older asking is not written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from publisher.domain.errand import AFTER_THE_FEEDS, Errand, Kind, NewErrand, Tried
from publisher.ledger.columns import Instant
from publisher.ledger.schema import errand

#: How long what is over is kept, for a look at what went wrong.
KEPT = timedelta(days=7)

_WAITS = errand.c.next_at.is_not(None)
_ASK = insert(errand).values(attempts=0, reply="")
_ASK_ANEW = (
    update(errand)
    .where(errand.c.id == bindparam("at"))
    .values(
        next_at=bindparam("when", type_=Instant),
        first_at=bindparam("now", type_=Instant),
        attempts=0,
    )
)
_WRITE = update(errand).where(
    errand.c.id == bindparam("at"),
    errand.c.first_at == bindparam("asked_at", type_=Instant),
    _WAITS,
)
_FORGET = delete(errand).where(
    errand.c.next_at.is_(None), errand.c.first_at < bindparam("before", type_=Instant)
)
_later = errand.alias("later")
_MENDED = exists().where(
    _later.c.kind == errand.c.kind,
    _later.c.target == errand.c.target,
    _later.c.done_at >= errand.c.first_at,
)


def ask(db: Connection, new: Sequence[NewErrand], now: datetime) -> None:
    """Write errands down, one for each kind, target and payload that does not wait already."""
    if not new:
        return
    rows = db.execute(select(errand).where(_WAITS))
    waiting = {(row.kind, row.target, row.payload): row.id for row in rows}
    fresh, known = [], []
    for one in dict.fromkeys(new):
        at = waiting.get((one.kind, one.target, one.payload))
        if at is not None:
            known.append({"at": at, "when": now + one.after, "now": now})
            continue
        what = {"kind": one.kind, "target": one.target, "payload": one.payload}
        fresh.append({**what, "next_at": now + one.after, "first_at": now})
    if known:
        db.execute(_ASK_ANEW, known)
    if fresh:
        db.execute(_ASK, fresh)
    db.execute(_FORGET, {"before": now - KEPT})


def announce(db: Connection, pings: Sequence[NewErrand], now: datetime) -> None:
    """A pass has written its feeds: let go what waited for that, and ask for pings."""
    held_back = and_(_WAITS, errand.c.attempts == 0, errand.c.next_at <= now + AFTER_THE_FEEDS)
    db.execute(
        update(errand)
        .where(held_back, errand.c.kind == Kind.HOOK, errand.c.next_at > now)
        .values(next_at=now)
    )
    db.execute(
        update(errand)
        .where(_WAITS, errand.c.kind == Kind.ANNOUNCE)
        .values(next_at=None, done_at=now)
    )
    ask(db, pings, now)


def due(db: Connection, kind: Kind, target: str, now: datetime, most: int) -> tuple[Errand, ...]:
    """Errands of one kind to one target that may be run now, those most often tried first."""
    query = (
        select(errand)
        .where(errand.c.kind == kind, errand.c.target == target, errand.c.next_at <= now)
        .order_by(errand.c.attempts.desc(), errand.c.id)
        .limit(most)
    )
    return tuple(_errand(row) for row in db.execute(query))


def next_at(db: Connection, kind: Kind, target: str) -> datetime | None:
    """When the next errand of one kind to one target may be run; None when none waits."""
    query = select(func.min(errand.c.next_at)).where(
        errand.c.kind == kind, errand.c.target == target
    )
    found: datetime | None = db.execute(query).scalar()
    return found


def write(db: Connection, tried: Tried, now: datetime) -> bool:
    """Keep what came of an attempt; False when the errand was asked for anew meanwhile."""
    values = {
        "next_at": tried.next_at,
        "done_at": now if tried.done else None,
        "attempts": tried.attempts,
        "reply": tried.reply,
    }
    which = {"at": tried.errand.id, "asked_at": tried.errand.first_at}
    return bool(db.execute(_WRITE.values(values), which).rowcount)


def keep_only(db: Connection, ways: Collection[tuple[Kind, str]]) -> int:
    """Give up what waits for a target that is not set any more; how many those were."""
    rows = db.execute(select(errand.c.id, errand.c.kind, errand.c.target).where(_WAITS))
    lost = [row.id for row in rows if (row.kind, row.target) not in ways]
    for at in lost:
        gone = update(errand).where(errand.c.id == at)
        db.execute(gone.values(next_at=None, reply="given up: it is not set any more"))
    return len(lost)


def errands(db: Connection) -> tuple[Errand, ...]:
    """What waits, and what was given up of what has not gone well since; in the order asked."""
    given_up = and_(errand.c.next_at.is_(None), errand.c.done_at.is_(None), ~_MENDED)
    rows = db.execute(select(errand).where(or_(_WAITS, given_up)).order_by(errand.c.id))
    return tuple(_errand(row) for row in rows)


def _errand(row: Row[Any]) -> Errand:
    return Errand(
        id=row.id,
        kind=Kind(row.kind),
        target=row.target,
        payload=row.payload,
        attempts=row.attempts,
        first_at=row.first_at,
        next_at=row.next_at,
        reply=row.reply,
    )
