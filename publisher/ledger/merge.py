"""Two paths that are one post: the older record lives on under the newer path.

NEW's path, names and last sight ──▶ OLD's key, feed id and publication
NEW's issues and receipts        ──▶ OLD: who had NEW has had OLD
NEW's held issue                 ──▶ cancelled: it was opened by mistake
two issues that are open still   ──▶ one of them goes on for both (``join``)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BindParameter, Connection, bindparam, delete, exists, select, update

from publisher.domain.delivery import State
from publisher.domain.errors import Refused
from publisher.domain.issue import IssueState
from publisher.domain.publication import Known
from publisher.ledger import tally as counts
from publisher.ledger.columns import NOW
from publisher.ledger.join import join
from publisher.ledger.receipts import give_up_all
from publisher.ledger.record import bump_merges
from publisher.ledger.schema import (
    delivery,
    issue,
    issue_post,
    post,
    post_name,
    publication,
    receipt,
    source,
    tally,
)
from publisher.ledger.view import lookup

_NEW: BindParameter[int] = bindparam("new")
_OLD: BindParameter[int] = bindparam("old")

_theirs = receipt.alias("theirs")
_their_delivery = delivery.alias("their_delivery")
_BY_THEIRS = (
    _their_delivery.c.issue_id == _theirs.c.issue_id,
    (_their_delivery.c.subscriber_id == _theirs.c.subscriber_id),
)
_ISSUES_OF_NEW = select(issue_post.c.issue_id).where(issue_post.c.post_id == _NEW)
_ISSUES_OF_OLD = select(issue_post.c.issue_id).where(issue_post.c.post_id == _OLD)

_DROP = update(delivery).where(delivery.c.next_at.is_not(None)).values(
    state=State.CANCELLED, next_at=None, reply="had this post already"
)  # fmt: skip
_DROP_OLD = _DROP.where(
    delivery.c.issue_id.in_(_ISSUES_OF_OLD),
    exists().where(
        _theirs.c.post_id == _NEW,
        _theirs.c.subscriber_id == delivery.c.subscriber_id,
        *_BY_THEIRS,
        _their_delivery.c.next_at.is_(None),
    ),
)
_DROP_NEW = _DROP.where(
    delivery.c.issue_id.in_(_ISSUES_OF_NEW),
    exists().where(_theirs.c.post_id == _OLD, _theirs.c.subscriber_id == delivery.c.subscriber_id),
)
# Of two receipts of one person that of a delivery known to have arrived counts, else OLD's.
_IS_UNKNOWN = exists().where(
    delivery.c.issue_id == receipt.c.issue_id,
    delivery.c.subscriber_id == receipt.c.subscriber_id,
    delivery.c.state == State.UNKNOWN,
)
_FORGET_OLD = delete(receipt).where(
    receipt.c.post_id == _OLD,
    _IS_UNKNOWN,
    exists().where(
        _theirs.c.post_id == _NEW,
        _theirs.c.subscriber_id == receipt.c.subscriber_id,
        *_BY_THEIRS,
        _their_delivery.c.state == State.ACCEPTED,
    ),
)
_FORGET_NEW = delete(receipt).where(
    receipt.c.post_id == _NEW,
    exists().where(_theirs.c.post_id == _OLD, _theirs.c.subscriber_id == receipt.c.subscriber_id),
)
_MOVE_RECEIPTS = update(receipt).where(receipt.c.post_id == _NEW).values(post_id=_OLD)

_in_both = issue_post.alias("in_both")
_UNLINK = delete(issue_post).where(
    issue_post.c.post_id == _NEW,
    exists().where(_in_both.c.issue_id == issue_post.c.issue_id, _in_both.c.post_id == _OLD),
)
_LINK = update(issue_post).where(issue_post.c.post_id == _NEW).values(post_id=_OLD)

_same_name = post_name.alias("same_name")
_FORGET_NAMES = delete(post_name).where(
    post_name.c.post_id == _NEW,
    exists().where(_same_name.c.post_id == _OLD, _same_name.c.name == post_name.c.name),
)
_MOVE_NAMES = update(post_name).where(post_name.c.post_id == _NEW).values(post_id=_OLD)

_CANCEL_HELD = (
    update(issue)
    .where(
        issue.c.id.in_(_ISSUES_OF_NEW),
        issue.c.state == IssueState.HELD,
        issue.c.started_at.is_(None),
    )
    .values(state=IssueState.CANCELLED, finished_at=NOW, released=False)
)
_SEEN_TO = update(publication).where(publication.c.post_id == _OLD).values(awaiting_mail=False)

#: Each deletes what OLD has already before the next moves the rest.
_MOVES = (
    _UNLINK,
    _LINK,
    _FORGET_OLD,
    _FORGET_NEW,
    _MOVE_RECEIPTS,
    _FORGET_NAMES,
    _MOVE_NAMES,
)


def same(db: Connection, new: str, old: str, now: datetime) -> None:
    """Make the post at path ``new`` the one that was known at ``old``.

    Raises NotFound, or Refused where that makes no sense, or mail of either is in flight.
    """
    newer, older = lookup(db, new), lookup(db, old)
    _require_sense(newer, older)
    ids = {"new": _id(db, newer), "old": _id(db, older)}
    issues = _issues(db, ids)
    olds = set(db.execute(_ISSUES_OF_OLD, ids).scalars())
    _require_quiet(db, issues)
    _drop_doubles(db, ids, issues)
    _join_publications(db, newer, older, ids, now)
    for statement in _MOVES:
        db.execute(statement, ids)
    _join_identities(db, newer, ids)
    _finish(db, issues, now)
    join(db, issues, olds, now)
    _finish(db, issues, now)
    bump_merges(db)


def _require_sense(newer: Known, older: Known) -> None:
    new, old = newer.identity, older.identity
    if new.key == old.key:
        raise Refused(f"{new.path}: that is one post already")
    left = newer.publication is not None and not newer.publication.live
    if old.resembles == new.path or (left and older.live):
        raise Refused(
            f"{new.path} is the older of the two: did you mean publisher same {old.path} {new.path}"
        )


def _require_quiet(db: Connection, issues: list[int]) -> None:
    """Of what is in flight nobody knows yet whether it counts."""
    busy = select(tally.c.issue_id).where(tally.c.issue_id.in_(issues), tally.c[State.SENDING] > 0)
    if (issue_id := db.execute(busy).scalar()) is not None:
        raise Refused(
            f"issue {issue_id}: mail of it is in flight: publisher issue pause {issue_id}, "
            "then try again"
        )


def _drop_doubles(db: Connection, ids: dict[str, int], issues: list[int]) -> None:
    """Cancel what waits for people who had the other; of two that wait, NEW's."""
    for statement in (_DROP_OLD, _DROP_NEW):
        db.execute(statement, ids)
        for issue_id in issues:
            give_up_all(db, issue_id)


def _join_publications(
    db: Connection, newer: Known, older: Known, ids: dict[str, int], now: datetime
) -> None:
    """OLD's publication stays. Where it never had one, it takes NEW's, mail included."""
    if newer.publication is None:
        return
    if older.publication is None:
        for table in (publication, source):
            moved = update(table).where(table.c.post_id == ids["new"])
            db.execute(moved.values(post_id=ids["old"]))
        return
    by_mistake = db.execute(_CANCEL_HELD, {**ids, "now": now}).rowcount
    if not (newer.publication.awaiting_mail or by_mistake):
        db.execute(_SEEN_TO, ids)
    for table in (source, publication):
        db.execute(delete(table).where(table.c.post_id == ids["new"]))


def _join_identities(db: Connection, newer: Known, ids: dict[str, int]) -> None:
    """The post is where NEW is and as NEW was last seen; the doubt about it is gone."""
    db.execute(delete(post).where(post.c.id == ids["new"]))
    seen = newer.identity
    db.execute(
        update(post)
        .where(post.c.id == ids["old"])
        .values(
            path=seen.path,
            source_hash=seen.source_hash,
            title=seen.title,
            date=seen.date,
            url=seen.url,
            waiting=seen.waiting,
            waited_at=seen.waited_at,
            resembles=None,
        )
    )


def _finish(db: Connection, issues: list[int], now: datetime) -> None:
    for issue_id in issues:
        counts.recount(db, issue_id)
    counts.finish(db, issues, now)


def _id(db: Connection, known: Known) -> int:
    found: int = db.execute(select(post.c.id).where(post.c.key == known.identity.key)).scalar_one()
    return found


def _issues(db: Connection, ids: dict[str, int]) -> list[int]:
    linked = select(issue_post.c.issue_id).where(issue_post.c.post_id.in_(ids.values()))
    return list(db.execute(linked.distinct()).scalars())
