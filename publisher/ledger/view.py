"""Reading: what a decision looks at, and looking one post up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Text, or_, select, type_coerce

from publisher.domain.errors import NotFound
from publisher.domain.issue import IssueState
from publisher.domain.publication import Identity, Known, LedgerView, OpenIssue, Publication
from publisher.ledger.columns import Instant, Written, since_epoch
from publisher.ledger.deliveries import next_attempt_at
from publisher.ledger.prepared import Prepared, Swift
from publisher.ledger.schema import (
    issue,
    issue_post,
    meta,
    post,
    post_name,
    publication,
    tally,
)

RECENT = timedelta(hours=1)

#: How many posts' rows are kept as the values they came to. Most are the same in every pass.
REMEMBERED = 20_000


def _raw(column: Column[Any]) -> ColumnElement[Any]:
    """A column as it is kept: a number for an instant, text for a date."""
    if isinstance(column.type, Instant):
        return type_coerce(column, BigInteger)
    return type_coerce(column, Text) if isinstance(column.type, Written) else column


_POSTS = (
    select(
        post.c.id,
        *(_raw(column) for column in post.c if column is not post.c.id),
        *(_raw(column) for column in publication.c if column is not publication.c.post_id),
    )
    .select_from(post.outerjoin(publication))
    .order_by(post.c.id)
)
_NAMES = select(post_name.c.post_id, post_name.c.name).order_by(post_name.c.name)
_OPEN = (
    select(issue_post.c.post_id, issue.c.id, issue.c.state, issue.c.released, issue.c.reason)
    .join_from(issue, issue_post)
    .where(issue.c.finished_at.is_(None))
    .order_by(issue.c.id)
)
_STARTS = (
    select(issue.c.started_at).join_from(issue, tally).order_by(issue.c.started_at, issue.c.id)
)


_ALL = Prepared(_POSTS)
_ALL_NAMES = Prepared(_NAMES)
_ALL_OPEN = Prepared(_OPEN)


def view(db: Connection, swift: Swift, now: datetime) -> LedgerView:
    """All of the ledger that a decision at ``now`` reads; posts in the order they came to be known.

    Starts of issues with nobody to mail are no starts: nothing was mailed.
    """
    marks: dict[str, str] = {row.key: row.value for row in db.execute(select(meta))}
    return LedgerView(
        adopted_at=_moment(marks.get("adopted_at")),
        last_pass_at=_moment(marks.get("last_pass_at")),
        known=_all(swift),
        recent_starts=_recent_starts(db, now),
        retry_at=next_attempt_at(db, deferred_only=True),
        doubtful_until=_moment(marks.get("doubtful_until")),
    )


def merges(db: Connection) -> int:
    """How often two posts were made one: a plan decided before the last time is outdated."""
    said = db.execute(select(meta.c.value).where(meta.c.key == "merges")).scalar()
    return int(said or 0)


def lookup(db: Connection, reference: str) -> Known:
    """The post with that key, path or URL. Raises NotFound."""
    for column in (post.c.path, post.c.key, post.c.url):
        found = _known(db, column == reference)
        if len(found) == 1:
            return found[0]
    raise NotFound(f"{reference}: no post is known by that path, key or URL")


def known_by_key(db: Connection, key: str) -> Known:
    """The post with that key. Raises NotFound."""
    found = _known(db, post.c.key == key)
    if not found:
        raise NotFound(f"{key}: no post is known by that key")
    return found[0]


def _all(swift: Swift) -> tuple[Known, ...]:
    """Every post as the ledger has it, read at the driver."""
    return _put_together(
        swift.rows(_ALL, {}), swift.rows(_ALL_NAMES, {}), swift.rows(_ALL_OPEN, {})
    )


def _known(db: Connection, which: ColumnElement[bool]) -> tuple[Known, ...]:
    """Some posts as the ledger has them. Open issues are few, and read whole beside them."""
    return _put_together(
        [tuple(row) for row in db.execute(_POSTS.where(which))],
        db.execute(_NAMES.join(post).where(which)),
        db.execute(_OPEN),
    )


def _put_together(
    posts: Iterable[tuple[Any, ...]], names: Iterable[Any], opened: Iterable[Any]
) -> tuple[Known, ...]:
    named: defaultdict[int, list[str]] = defaultdict(list)
    for post_id, name in names:
        named[post_id].append(name)
    newest: dict[int, OpenIssue] = {}
    for post_id, id_, state, released, reason in opened:
        newest[post_id] = OpenIssue(
            id=id_, state=IssueState(state), released=bool(released), reason=reason
        )
    return tuple(
        _one(row[1:], tuple(named[row[0]]) if row[0] in named else (), newest.get(row[0]))
        for row in posts
    )


@lru_cache(maxsize=REMEMBERED)
def _one(row: tuple[Any, ...], names: tuple[str, ...], issue: OpenIssue | None) -> Known:
    """A row of ``_POSTS`` after its id, in the order of the tables' columns."""
    key, path, source_hash, title, date, url, waiting, waited_at, resembles, *public = row
    return Known(
        identity=Identity(
            key=key,
            path=path,
            names=names,
            source_hash=source_hash,
            title=title,
            date=datetime.fromisoformat(date),
            url=url,
            waiting=bool(waiting),
            waited_at=since_epoch(waited_at),
            resembles=resembles,
        ),
        publication=_publication(key, *public) if public[0] is not None else None,
        issue=issue,
    )


def _publication(
    key: str,
    feed_id: str,
    due: int,
    live_at: int,
    updated: int,
    source_hash: str,
    content_hash: str,
    baseline: bool,
    expires: int | None,
    withdrawn_at: int | None,
    awaiting_mail: bool,
    archive: int | None,
) -> Publication:
    return Publication(
        key=key,
        feed_id=feed_id,
        due=since_epoch(due),
        live_at=since_epoch(live_at),
        updated=since_epoch(updated),
        source_hash=source_hash,
        content_hash=content_hash,
        baseline=bool(baseline),
        expires=since_epoch(expires),
        withdrawn_at=since_epoch(withdrawn_at),
        awaiting_mail=bool(awaiting_mail),
        archive=archive,
    )


def _recent_starts(db: Connection, now: datetime) -> tuple[datetime, ...]:
    somebody = or_(*(column > 0 for column in tally.c if column is not tally.c.issue_id))
    recent = _STARTS.where(issue.c.started_at > now - RECENT, somebody)
    return tuple(db.execute(recent).scalars())


def _moment(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
