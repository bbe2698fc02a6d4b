"""What waits in line: a look along the index of what waits, a page at a time.

A page reads index rows behind a place and passes over those of other lanes, but never more than
``LOOK`` of them: a lane with few in it does not keep a reader for the length of the line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    bindparam,
    select,
    tuple_,
)

from publisher.domain.delivery import Claim, State
from publisher.domain.issue import IssueState
from publisher.domain.line import Lane, Page, Place, UnderWay
from publisher.domain.stages import EVERYBODY
from publisher.ledger.columns import AT_ONCE, Instant, number, since_epoch
from publisher.ledger.prepared import Prepared, Swift
from publisher.ledger.schema import delivery, issue, subscriber
from publisher.ledger.stages import admitted, at_stage, values_of

#: How many rows of the line one page looks at, at most.
LOOK = 500

_START = Place(next_at=AT_ONCE - timedelta(microseconds=1), subscriber_id=0)
_LAST_ID = (1 << 63) - 1
_PUT_OFF = Place(next_at=AT_ONCE, subscriber_id=_LAST_ID)

_in_line = delivery.alias("in_line")
_KINDS = (Instant, BigInteger)
_place = tuple_(_in_line.c.next_at, _in_line.c.subscriber_id, types=_KINDS)


def _bound(at: str, who: str) -> ColumnElement[Any]:
    return tuple_(bindparam(at, type_=Instant), bindparam(who, type_=BigInteger), types=_KINDS)


_BEHIND = and_(
    _in_line.c.issue_id == bindparam("issue"),
    _in_line.c.next_at.is_not(None),  # which the index is for
    _place > _bound("from_at", "from_who"),
    _place <= _bound("to_at", "to_who"),
)
_FARTHEST = Prepared(
    select(_in_line.c.next_at, _in_line.c.subscriber_id)
    .where(_BEHIND)
    .order_by(_in_line.c.next_at, _in_line.c.subscriber_id)
    .limit(1)
    .offset(LOOK - 1)
)
_PAGE = (
    select(
        _in_line.c.next_at,
        _in_line.c.subscriber_id,
        subscriber.c.address,
        subscriber.c.mailbox,
        subscriber.c.name,
        delivery.c.attempts,
        delivery.c.first_at,
        issue.c.frozen,
    )
    .join_from(_in_line, subscriber, subscriber.c.id == _in_line.c.subscriber_id)
    .join(
        delivery,
        and_(
            delivery.c.issue_id == _in_line.c.issue_id,
            delivery.c.subscriber_id == _in_line.c.subscriber_id,
        ),
    )
    .join(issue, issue.c.id == _in_line.c.issue_id)
    .where(_BEHIND, issue.c.state == IssueState.SENDING)
    .order_by(_in_line.c.next_at, _in_line.c.subscriber_id)
    .limit(bindparam("most"))
    .offset(0)  # else SQLAlchemy writes one, as a value to be given
)
_UNDER_WAY = (
    select(issue.c.id, issue.c.stages, issue.c.stage, issue.c.stage_until)
    .where(issue.c.finished_at.is_(None), issue.c.state == IssueState.SENDING)
    .order_by(issue.c.id.desc())
)


def under_way(db: Connection) -> tuple[UnderWay, ...]:
    """The issues that are being sent, newest first, and whose turn it is in each."""
    return tuple(_under_way(*row) for row in db.execute(_UNDER_WAY))


def _under_way(issue_id: int, text: str | None, stage: int, until: datetime | None) -> UnderWay:
    at = at_stage(text, stage, until)
    gate = EVERYBODY if at is None else at.stages.gate(at.stage)
    return UnderWay(issue_id=issue_id, gate=gate, between=until is not None)


def waiting(
    swift: Swift, whose: UnderWay, lane: Lane, after: Place | None, most: int, now: datetime
) -> Page:
    """Deliveries of an issue that may begin now, in line behind ``after``: ``most`` of a lane.

    Those that were never tried come first. Where ``next`` is set there may be more.
    """
    start = after or _START
    if whose.between:
        start = max(start, _PUT_OFF, key=lambda place: place.next_at)
    line = {
        "issue": whose.issue_id,
        "from_at": number(start.next_at),
        "from_who": start.subscriber_id,
        "to_at": number(now),
        "to_who": _LAST_ID,
    }
    some = whose.gate != EVERYBODY or lane != Lane()
    end = _end(swift, line) if some else None
    if end is not None:
        line |= {"to_at": number(end.next_at), "to_who": end.subscriber_id}
    rows = _rows(swift, whose, lane, line | {"most": most})
    if len(rows) == most:
        end = _place_of(rows[-1])
    return Page(claims=tuple(_claim(whose.issue_id, row) for row in rows), next=end)


def _end(swift: Swift, line: Mapping[str, Any]) -> Place | None:
    """How far one page looks; None for to the end."""
    rows = swift.rows(_FARTHEST, line)
    return _place_of(rows[0]) if rows else None


def _place_of(row: Sequence[Any]) -> Place:
    return Place(next_at=since_epoch(row[0]), subscriber_id=row[1])


def _rows(
    swift: Swift, whose: UnderWay, lane: Lane, line: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    values = {**line, **values_of(whose.gate)}
    for name, members in (("only", lane.only or ()), ("besides", lane.besides)):
        values |= {f"{name}_{n}": one for n, one in enumerate(sorted(members))}
    only = None if lane.only is None else len(lane.only)
    statement = _page(whose.gate != EVERYBODY, only, len(lane.besides))
    return swift.rows(statement, values)


@lru_cache(maxsize=64)
def _page(gated: bool, only: int | None, besides: int) -> Prepared:
    """The statement of a page for so many domains; a site has a few such."""
    page = _PAGE
    if gated:
        page = page.where(admitted(_in_line.c))
    if only is not None:
        page = page.where(subscriber.c.domain.in_(_group("only", only)))
    if besides:
        page = page.where(subscriber.c.domain.not_in(_group("besides", besides)))
    return Prepared(page)


def _group(name: str, number: int) -> list[ColumnElement[str]]:
    return [bindparam(f"{name}_{n}") for n in range(number)]


def _claim(issue_id: int, row: tuple[Any, ...]) -> Claim:
    next_at, who, address, mailbox, name, attempts, first_at, frozen = row
    return Claim(
        issue_id=issue_id,
        subscriber_id=who,
        address=address,
        mailbox=mailbox,
        name=name,
        attempts=attempts,
        first_at=since_epoch(first_at),
        was=State.DEFERRED if next_at else State.QUEUED,
        frozen=frozen,
    )
