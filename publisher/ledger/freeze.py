"""Opening an issue, and starting it: its bytes and its audience are frozen in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)

from publisher.domain.delivery import State
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import IssueState
from publisher.domain.plan import Start
from publisher.domain.publication import Known
from publisher.domain.stages import Stages
from publisher.domain.subscriber import Standing
from publisher.ledger import tally as counts
from publisher.ledger.columns import AT_ONCE, NOW, among
from publisher.ledger.rows import StartedIssue
from publisher.ledger.schema import (
    delivery,
    issue,
    issue_content,
    issue_post,
    post,
    publication,
    receipt,
    subscriber,
    tally,
)
from publisher.ledger.stages import to_text
from publisher.ledger.view import known_by_key

_POST_ID = select(post.c.id).where(post.c.key == bindparam("key")).scalar_subquery()
_LAST_EDITION = (
    select(func.coalesce(func.max(issue.c.edition), 0))
    .join_from(issue, issue_post)
    .where(issue_post.c.post_id == _POST_ID)
)
_TAKE_UP = (
    update(publication)
    .where(publication.c.post_id == _POST_ID, publication.c.awaiting_mail)
    .values(awaiting_mail=False)
)
_BEGIN = (
    update(issue)
    .where(
        issue.c.id == bindparam("issue"),
        among(issue.c.state, (IssueState.HELD, IssueState.PAUSED)),
        exists().where(issue_post.c.issue_id == issue.c.id, issue_post.c.post_id == _POST_ID),
    )
    .values(
        state=IssueState.SENDING,
        subject=bindparam("title"),
        salt=bindparam("grain"),
        started_at=func.coalesce(issue.c.started_at, NOW),
        released=False,
        reason=None,
        frozen=issue.c.frozen + 1,
        stages=case((issue.c.started_at.is_(None), bindparam("staged")), else_=issue.c.stages),
        stage=case((issue.c.stage_until.is_(None), issue.c.stage), else_=issue.c.stage + 1),
        stage_until=None,
    )
)
_HAS_IT = exists().where(
    issue_post.c.issue_id == bindparam("issue"),
    receipt.c.post_id == issue_post.c.post_id,
    receipt.c.subscriber_id == subscriber.c.id,
)
_WITHOUT_IT = (
    select(func.count())
    .select_from(subscriber)
    .where(
        subscriber.c.standing == Standing.ACTIVE,
        ~exists().where(receipt.c.post_id == _POST_ID, receipt.c.subscriber_id == subscriber.c.id),
    )
)
_IS_IN_IT = exists().where(
    delivery.c.issue_id == bindparam("issue"), delivery.c.subscriber_id == subscriber.c.id
)
_FREEZE = (
    insert(delivery)
    .from_select(
        ["issue_id", "subscriber_id", "state", "attempts", "next_at"],
        select(
            bindparam("issue", type_=issue.c.id.type),
            subscriber.c.id,
            literal(State.QUEUED),
            literal(0),
            literal(AT_ONCE, delivery.c.next_at.type),
        )
        .where(subscriber.c.standing == Standing.ACTIVE, ~_HAS_IT, ~_IS_IN_IT)
        .order_by(subscriber.c.id),
    )
    .execution_options(preserve_rowcount=True)
)
_TAKE_RECEIPTS = insert(receipt).from_select(
    ["post_id", "subscriber_id", "issue_id"],
    select(issue_post.c.post_id, delivery.c.subscriber_id, delivery.c.issue_id)
    .join_from(issue_post, delivery, delivery.c.issue_id == issue_post.c.issue_id)
    .where(
        issue_post.c.issue_id == bindparam("issue"),
        delivery.c.state == State.QUEUED,
        ~exists().where(
            receipt.c.post_id == issue_post.c.post_id,
            receipt.c.subscriber_id == delivery.c.subscriber_id,
        ),
    )
    .order_by(issue_post.c.post_id, delivery.c.subscriber_id),
)


def audience_of(db: Connection, key: str) -> int:
    """How many a post would be mailed to now: who is subscribed and has no receipt for it."""
    return int(db.execute(_WITHOUT_IT, {"key": key}).scalar_one())


def edition(db: Connection, start: Start) -> int:
    """Which edition of its post an issue is, counted from 1: what its Message-IDs are made with."""
    if start.issue_id is None:
        return int(db.execute(_LAST_EDITION, {"key": start.key}).scalar_one()) + 1
    found = db.execute(select(issue.c.edition).where(issue.c.id == start.issue_id)).scalar()
    if found is None:
        raise NotFound(f"issue {start.issue_id}: there is no such issue")
    return int(found)


def take_up(db: Connection, key: str) -> bool:
    """Note that a post's mail is seen to. False when somebody had seen to it already."""
    return db.execute(_TAKE_UP, {"key": key}).rowcount == 1


def open_issue(
    db: Connection, key: str, now: datetime, *, reason: str | None, released: bool = False
) -> int:
    """Open a held issue of a post, named by its title until it starts; its id."""
    title = db.execute(select(post.c.title).where(post.c.key == key)).scalar_one()
    values: Mapping[str, Any] = {
        "state": IssueState.HELD,
        "subject": title,
        "reason": reason,
        "released": released,
        "edition": edition(db, Start(key=key)),
        "created_at": now,
    }
    id_: int = db.execute(insert(issue).values(values).returning(issue.c.id)).scalar_one()
    post_id = db.execute(select(post.c.id).where(post.c.key == key)).scalar_one()
    db.execute(insert(issue_post).values(issue_id=id_, post_id=post_id))
    db.execute(insert(tally).values(issue_id=id_))
    return id_


def start(
    db: Connection,
    start: Start,
    *,
    subject: str,
    content: bytes,
    now: datetime,
    salt: bytes,
    stages: Stages | None,
) -> StartedIssue:
    """Freeze an issue: what it says, and one delivery for each person who has not had its post.

    An issue that was paused keeps what waits of it, and gets the new content; people who came
    since are added. It keeps its stages and the one it is at, or the next if it was paused between
    two; ``stages`` are for one that never started. Raises Refused when the post is not live, when
    its first issue was opened or dropped meanwhile, or when the issue is neither held nor paused.
    """
    known = require_live(known_by_key(db, start.key))
    issue_id = start.issue_id
    if issue_id is None:
        if not take_up(db, start.key):
            raise Refused(f"{known.identity.path}: its mail was opened or dropped meanwhile")
        issue_id = open_issue(db, start.key, now, reason=None)
    begun = {"issue": issue_id, "key": start.key, "title": subject, "grain": salt, "now": now}
    begun["staged"] = to_text(stages)
    if not db.execute(_BEGIN, begun).rowcount:
        raise Refused(f"issue {issue_id} of {known.identity.path} is not waiting to start")
    take_up(db, start.key)
    _keep_content(db, issue_id, content)
    work_left = _freeze_audience(db, issue_id)
    counts.finish(db, [issue_id], now)
    audience = select(counts.audience()).where(tally.c.issue_id == issue_id)
    return StartedIssue(
        id=issue_id,
        subject=subject,
        audience=db.execute(audience).scalar_one(),
        finished=not work_left,
    )


def require_live(known: Known) -> Known:
    """The same post. Raises Refused when it is not public: what is not public is not mailed."""
    if not known.live:
        raise Refused(f"{known.identity.path}: it is not live, so there is nothing to mail")
    return known


def _keep_content(db: Connection, issue_id: int, content: bytes) -> None:
    db.execute(delete(issue_content).where(issue_content.c.issue_id == issue_id))
    db.execute(insert(issue_content).values(issue_id=issue_id, content=content))


def _freeze_audience(db: Connection, issue_id: int) -> bool:
    """One row and one receipt for each person who is to get it; whether there is anything to do."""
    added = db.execute(_FREEZE, {"issue": issue_id}).rowcount
    if added:
        db.execute(_TAKE_RECEIPTS, {"issue": issue_id})
    return counts.shift(db, issue_id, {State.QUEUED: added})
