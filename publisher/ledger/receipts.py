"""Receipts: who holds which post, so that nobody gets it twice whatever issues overlap.

A receipt is taken when a delivery is queued, and given up when it ends without having reached
anybody. A delivery that is rejected by our own fault takes its receipt back and waits again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
    update,
)

from publisher.domain.delivery import SPARED, Claim, State
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.ledger import tally as counts
from publisher.ledger.columns import AT_ONCE, among
from publisher.ledger.schema import delivery, issue, issue_post, publication, receipt, tally

_POSTS = select(issue_post.c.post_id).where(issue_post.c.issue_id == bindparam("issue"))
_SPARED = select(delivery.c.subscriber_id).where(
    delivery.c.issue_id == bindparam("issue"), among(delivery.c.state, SPARED)
)
_ITS_RECEIPTS = and_(receipt.c.post_id.in_(_POSTS), receipt.c.issue_id == bindparam("issue"))
_GIVE_UP = delete(receipt).where(
    _ITS_RECEIPTS,
    receipt.c.subscriber_id == bindparam("who"),
    receipt.c.subscriber_id.in_(_SPARED.where(delivery.c.subscriber_id == bindparam("who"))),
)
_GIVE_UP_ALL = delete(receipt).where(_ITS_RECEIPTS, receipt.c.subscriber_id.in_(_SPARED))
_CANCEL = (
    update(delivery)
    .where(delivery.c.issue_id == bindparam("issue"), delivery.c.next_at.is_not(None))
    .values(state=State.CANCELLED, next_at=None, reply="its issue was cancelled")
)

#: Whether an issue that is done may go on: one of its posts is public still.
STILL_LIVE = exists().where(
    issue_post.c.issue_id == issue.c.id,
    publication.c.post_id == issue_post.c.post_id,
    publication.c.withdrawn_at.is_(None),
)
_GOES_ON = exists().where(
    issue.c.id == delivery.c.issue_id,
    or_(
        among(issue.c.state, UNFINISHED),
        and_(issue.c.state == IssueState.DONE, STILL_LIVE),
    ),
)
_HAS_NO_RECEIPT = ~exists().where(
    issue_post.c.issue_id == delivery.c.issue_id,
    receipt.c.post_id == issue_post.c.post_id,
    receipt.c.subscriber_id == delivery.c.subscriber_id,
)
_ABSOLVE = (
    update(delivery)
    .where(
        delivery.c.issue_id == bindparam("issue"),
        delivery.c.subscriber_id == bindparam("who"),
        delivery.c.state == State.REJECTED,
        _GOES_ON,
        _HAS_NO_RECEIPT,
    )
    .values(state=State.QUEUED, next_at=AT_ONCE, attempts=bindparam("spent"))
)
_TAKE_BACK = insert(receipt).from_select(
    ["post_id", "subscriber_id", "issue_id"],
    select(issue_post.c.post_id, delivery.c.subscriber_id, delivery.c.issue_id)
    .join_from(delivery, issue_post, issue_post.c.issue_id == delivery.c.issue_id)
    .where(
        delivery.c.issue_id == bindparam("issue"),
        delivery.c.subscriber_id == bindparam("who"),
        delivery.c.state == State.QUEUED,
        _HAS_NO_RECEIPT,
    ),
)
_REOPEN = (
    update(issue)
    .where(
        issue.c.id == bindparam("issue"),
        issue.c.state == IssueState.DONE,
        exists().where(
            tally.c.issue_id == issue.c.id, tally.c[State.QUEUED] + tally.c[State.DEFERRED] > 0
        ),
    )
    .values(state=IssueState.SENDING, finished_at=None)
)


def give_up(db: Connection, pairs: Iterable[tuple[int, int]]) -> None:
    """Free the receipts of deliveries, (issue, subscriber), that are cancelled or rejected now."""
    rows = [{"issue": issue_id, "who": who} for issue_id, who in pairs]
    if rows:
        db.execute(_GIVE_UP, rows)


def give_up_all(db: Connection, issue_id: int) -> None:
    """Free the receipts of all of an issue's deliveries that are cancelled or rejected."""
    db.execute(_GIVE_UP_ALL, {"issue": issue_id})


def cancel_waiting(db: Connection, issue_id: int) -> int:
    """Cancel what waits of an issue, and free its receipts; how many. Its tally is left behind."""
    cancelled = db.execute(_CANCEL, {"issue": issue_id}).rowcount
    if cancelled:
        give_up_all(db, issue_id)
    return cancelled


def reopen(db: Connection, issue_id: int) -> None:
    """Let an issue that was done go on where deliveries of it wait again."""
    db.execute(_REOPEN, {"issue": issue_id})


def absolve(db: Connection, claims: Sequence[Claim]) -> int:
    """Queue rejected deliveries again, with the attempts they had before; how many.

    An issue that was done with them goes on. Left rejected are those of an issue that was
    cancelled, or whose posts are withdrawn, and of people who got the post in another way since.
    """
    moved = 0
    for one in claims:
        # One by one: of two issues with one post, the first takes the receipt that both gave up.
        row = {"issue": one.issue_id, "who": one.subscriber_id, "spent": one.attempts}
        moved += db.execute(_ABSOLVE, row).rowcount
        db.execute(_TAKE_BACK, row)
    for issue_id in {one.issue_id for one in claims}:
        counts.recount(db, issue_id)
        reopen(db, issue_id)
    return moved
