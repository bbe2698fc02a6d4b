"""Reading issues and their deliveries: what status, report and delivery ask for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from publisher.domain.delivery import State
from publisher.domain.errors import NotFound
from publisher.domain.issue import IssueState
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
    .order_by(delivery.c.subscriber_id)
)
_STATES = {str(state): state for state in State}


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


def delivery_page(db: Connection, issue_id: int, after: int, at_most: int) -> Sequence[DeliveryRow]:
    """Deliveries of an issue in the order of subscribers, from the first one after ``after``."""
    query = _ROWS.where(delivery.c.issue_id == issue_id, delivery.c.subscriber_id > after)
    return [
        DeliveryRow(
            subscriber_id=who,
            address=address,
            mailbox=mailbox,
            state=_STATES[state],
            attempts=attempts,
            reply=reply,
        )
        for who, address, mailbox, state, attempts, reply in db.execute(query.limit(at_most))
    ]


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
    )
