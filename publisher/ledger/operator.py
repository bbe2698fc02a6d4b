"""What a person may do to issues, from any process, beside the daemon.

Every change is an UPDATE that names the states it may leave; when it finds none, the answer is a
sentence (Refused) that says how things stand.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, bindparam, not_, select, update

from publisher.domain.delivery import State
from publisher.domain.errors import Refused
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.publication import Known
from publisher.ledger import stages
from publisher.ledger import tally as counts
from publisher.ledger.begin import MAY_BEGIN, WHY_NOT
from publisher.ledger.columns import AT_ONCE, among
from publisher.ledger.freeze import open_issue, require_live, take_up
from publisher.ledger.issues import issue_row
from publisher.ledger.receipts import STILL_LIVE, cancel_waiting, give_up_all, reopen
from publisher.ledger.rows import IssueRow
from publisher.ledger.schema import delivery, issue, post
from publisher.ledger.view import known_by_key

HELD, SENDING, PAUSED = IssueState.HELD, IssueState.SENDING, IssueState.PAUSED

_UNKNOWN = update(delivery).where(
    delivery.c.issue_id == bindparam("issue"), delivery.c.state == State.UNKNOWN
)
_ACCEPT = _UNKNOWN.values(state=State.ACCEPTED)
_DROP = _UNKNOWN.where(not_(MAY_BEGIN)).values(state=State.CANCELLED, reply=WHY_NOT)
_AGAIN = _UNKNOWN.values(state=State.QUEUED, next_at=AT_ONCE)


def release(db: Connection, target: int | str, now: datetime) -> int:
    """Let an issue go, or mail a live post (its key) to those who have not had it; the issue's id.

    It starts at the next pass; what waits between two stages goes on by this change itself. Where
    the post's last issue is done, cancelled or never was, a new one is opened. Raises NotFound, or
    Refused when the post is not live or mailed at this moment.
    """
    known, open_id = _whose(db, target)
    require_live(known)
    if open_id is None:
        take_up(db, known.identity.key)
        open_id = open_issue(db, known.identity.key, now, reason=None, released=True)
    elif not stages.go_on(db, open_id):
        _move(db, open_id, {HELD, PAUSED}, "is not waiting", released=True)
    # The person has spoken: it is no other post renamed.
    db.execute(update(post).where(post.c.key == known.identity.key).values(resembles=None))
    return open_id


def skip(db: Connection, target: int | str, now: datetime) -> None:
    """Drop the mail of a post (its key), or an issue, that is held or was not opened yet.

    Raises NotFound, or Refused when nothing of it waits.
    """
    known, open_id = _whose(db, target)
    dropped = take_up(db, known.identity.key)
    if open_id is not None:
        hint = f"is not held: publisher issue cancel {open_id} ends it"
        _end(db, open_id, {HELD}, hint, now)
    elif not dropped:
        raise Refused(f"{known.identity.path}: no mail of it waits")


def pause(db: Connection, issue_id: int) -> None:
    """Stop an issue that is being sent; what is in flight ends. Raises NotFound or Refused."""
    reason = f"paused by a person: publisher release {issue_id} goes on"
    _move(db, issue_id, {SENDING}, "is not being sent", state=PAUSED, reason=reason)


def cancel(db: Connection, issue_id: int, now: datetime) -> int:
    """End an issue: what waits is cancelled (how many is the answer), what is in flight ends.

    Raises NotFound, or Refused when it is finished already.
    """
    return _end(db, issue_id, UNFINISHED, "is finished already", now)


def resolve(db: Connection, issue_id: int, to: Literal["resend", "accept"], now: datetime) -> int:
    """Say what became of the deliveries of an issue that are unknown; how many there were.

    ``accept``: they arrived. ``resend``: they did not, or a second one does no harm; an issue that
    was done goes on. People who left, or had the post in another way, are not sent it again.
    Raises NotFound, or Refused where there is none, or nothing may be sent any more.
    """
    row = issue_row(db, issue_id)
    unknown = row.counts[State.UNKNOWN]
    if not unknown:
        raise Refused(f"issue {issue_id}: it has no unknown deliveries")
    if to == "accept":
        db.execute(_ACCEPT, {"issue": issue_id})
    else:
        _require_sendable(db, row)
        db.execute(_DROP, {"issue": issue_id})
        db.execute(_AGAIN, {"issue": issue_id})
        give_up_all(db, issue_id)
    counts.recount(db, issue_id)
    reopen(db, issue_id)
    counts.finish(db, [issue_id], now)
    return unknown


def _require_sendable(db: Connection, row: IssueRow) -> None:
    if row.state is IssueState.CANCELLED:
        raise Refused(f"issue {row.id}: it was cancelled, so nothing of it is sent again")
    if not db.execute(select(issue.c.id).where(issue.c.id == row.id, STILL_LIVE)).first():
        raise Refused(f"issue {row.id}: its post is withdrawn, so nothing of it is sent again")


def _whose(db: Connection, target: int | str) -> tuple[Known, int | None]:
    """The post that a person means and its open issue, or that of the issue that they name."""
    if isinstance(target, str):
        known = known_by_key(db, target)
        return known, known.issue.id if known.issue else None
    return known_by_key(db, issue_row(db, target).keys[0]), target


def _end(
    db: Connection, issue_id: int, states: Collection[IssueState], unless: str, now: datetime
) -> int:
    _move(db, issue_id, states, unless, state=IssueState.CANCELLED, finished_at=now, released=False)
    cancelled = cancel_waiting(db, issue_id)
    counts.recount(db, issue_id)
    return cancelled


def _move(
    db: Connection,
    issue_id: int,
    states: Collection[IssueState],
    unless: str,
    **values: object,
) -> None:
    """Change an issue that is in one of these states; else say how it stands."""
    change = update(issue).where(issue.c.id == issue_id, among(issue.c.state, states))
    if not db.execute(change.values(**values)).rowcount:
        row = issue_row(db, issue_id)
        raise Refused(f"issue {issue_id} {unless}: it is {row.state}")
