"""Reading issues and their deliveries: what status, report and delivery ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select

from publisher.domain.delivery import State
from publisher.domain.errors import NotFound
from publisher.domain.issue import IssueState
from publisher.ledger.columns import among
from publisher.ledger.rows import DeliveryRow, IssueRow
from publisher.ledger.schema import (
    delivery,
    issue,
    issue_content,
    issue_post,
    post,
    subscriber,
    tally,
)
from publisher.ledger.stages import at_stage

_ISSUES = select(issue, *(tally.c[state] for state in State)).join_from(issue, tally)
_POSTS = (
    select(issue_post.c.issue_id, post.c.key, post.c.path)
    .join_from(issue_post, post)
    .order_by(post.c.path)
)
_ROWS = (
    select(
        delivery.c.subscriber_id,
        subscriber.c.address,
        subscriber.c.mailbox,
        delivery.c.state,
        delivery.c.attempts,
        delivery.c.reply,
    )
    .join_from(delivery, subscriber)
    .where(delivery.c.issue_id == bindparam("issue"), delivery.c.subscriber_id > bindparam("after"))
    .order_by(delivery.c.subscriber_id)
    .limit(bindparam("most"))
)


def issues(db: Connection, *, finished_limit: int) -> tuple[IssueRow, ...]:
    """The issues that are not finished and the last so many that are, oldest first."""
    finished = (
        _ISSUES.where(issue.c.finished_at.is_not(None))
        .order_by(issue.c.finished_at.desc(), issue.c.id.desc())
        .limit(finished_limit)
    )
    rows = [*db.execute(_ISSUES.where(issue.c.finished_at.is_(None))), *db.execute(finished)]
    return _issues(db, sorted(rows, key=lambda row: int(row.id)))


def issue_row(db: Connection, issue_id: int) -> IssueRow:
    """One issue. Raises NotFound."""
    found = _issues(db, db.execute(_ISSUES.where(issue.c.id == issue_id)).all())
    if not found:
        raise NotFound(f"issue {issue_id}: there is no such issue (see publisher status)")
    return found[0]


def content(db: Connection, issue_id: int) -> bytes:
    """The bytes of an issue as they were frozen. Raises NotFound for one that never started."""
    query = select(issue_content.c.content).where(issue_content.c.issue_id == issue_id)
    found: bytes | None = db.execute(query).scalar()
    if found is None:
        raise NotFound(f"issue {issue_id}: it was never started, so it has no content")
    return found


def delivery_page(
    db: Connection, issue_id: int, after: int, most: int, states: Collection[State] = ()
) -> Sequence[DeliveryRow]:
    """Deliveries of an issue in the order of subscribers, from the first one after ``after``.

    Only those in one of ``states``, where any is named.
    """
    query = _ROWS.where(among(delivery.c.state, states)) if states else _ROWS
    found = db.execute(query, {"issue": issue_id, "after": after, "most": most})
    # Straight from the driver: none of the columns has a type that SQLAlchemy would have to
    # translate, and its rows cost as much again as reading them.
    assert found.cursor is not None
    return [*map(DeliveryRow._make, found.cursor.fetchall())]


def _issues(db: Connection, rows: Sequence[Any]) -> tuple[IssueRow, ...]:
    posts: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    wanted = _POSTS.where(issue_post.c.issue_id.in_([row.id for row in rows]))
    for issue_id, key, path in db.execute(wanted):
        posts[issue_id].append((key, path))
    return tuple(_issue(row, posts[row.id]) for row in rows)


def _issue(row: Any, posts: Sequence[tuple[str, str]]) -> IssueRow:
    counts = {state: int(getattr(row, state)) for state in State}
    return IssueRow(
        id=row.id,
        state=IssueState(row.state),
        subject=row.subject,
        reason=row.reason,
        released=row.released,
        edition=row.edition,
        salt=row.salt or b"",
        keys=tuple(key for key, _ in posts),
        paths=tuple(path for _, path in posts),
        audience=sum(counts.values()),
        counts=counts,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        at_stage=at_stage(row.stages, row.stage, row.stage_until),
    )
