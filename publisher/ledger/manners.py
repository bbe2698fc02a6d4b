"""What of the manners of delivery outlives a restart: relays' limits and pauses, quotas used."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from publisher.domain.line import Spent
from publisher.domain.relay import RelayNote
from publisher.ledger.columns import Instant
from publisher.ledger.schema import relay, spent

#: How long what was spent is kept: the longest quota is one by the day.
KEPT = timedelta(days=2)

_NOTED = update(relay).where(relay.c.name == bindparam("called"))
_ADD = (
    update(spent)
    .where(
        spent.c.meter == bindparam("of_meter"),
        spent.c.grain == bindparam("of_grain", type_=Instant),
    )
    .values(count=spent.c.count + bindparam("more"))
)
_FORGET = delete(spent).where(spent.c.grain < bindparam("before", type_=Instant))
_SPENT = (
    select(spent)
    .where(spent.c.grain >= bindparam("since", type_=Instant))
    .order_by(spent.c.meter, spent.c.grain)
)


def relays(db: Connection) -> tuple[RelayNote, ...]:
    """What relays have shown of themselves, by name."""
    rows = db.execute(select(relay).order_by(relay.c.name))
    return tuple(RelayNote(**row._mapping) for row in rows)


def note_relay(db: Connection, note: RelayNote) -> None:
    """Keep how a relay stands, in place of what was known of it."""
    values = {
        "limit": note.limit,
        "paused_until": note.paused_until,
        "reason": note.reason,
        "pauses": note.pauses,
    }
    if not db.execute(_NOTED.values(values), {"called": note.name}).rowcount:
        db.execute(insert(relay).values(name=note.name, **values))


def spend(db: Connection, more: Iterable[Spent], now: datetime) -> None:
    """Add to what was spent. With each new grain the grains that no quota looks at are dropped."""
    for one in more:
        added = {"of_meter": one.meter, "of_grain": one.grain, "more": one.count}
        if not db.execute(_ADD, added).rowcount:
            db.execute(insert(spent).values(meter=one.meter, grain=one.grain, count=one.count))
            db.execute(_FORGET, {"before": now - KEPT})


def spent_since(db: Connection, since: datetime) -> tuple[Spent, ...]:
    """What was spent in the grains that began then or later, by meter and grain."""
    return tuple(Spent(**row._mapping) for row in db.execute(_SPENT, {"since": since}))
