"""The tables of the ledger, and the constraints that back what the program promises.

    post ─┬─ post_name          who a post is; names it goes by
          ├─ publication        that it went live, and as what
          ├─ source             the last good bytes of its file (zlib), read only when needed
          ├─ issue_post ─ issue ─┬─ issue_content   the bytes of an edition
          │                      └─ tally           its deliveries by state, kept with them
          └─ receipt ─ delivery ─ subscriber
    term · meta                 slugs of feeds; when the site was adopted, the last pass
    relay · spent               what relays bear, and what of quotas is used, for a restart
    mark                        which ledger this is, and how many attempts it has seen settled

``receipt`` is the promise that each subscriber gets each post at most once: its primary key admits
one delivery per post and subscriber, and no delivery begins without it. It is given up when the
delivery is cancelled or rejected. ``delivery.next_at`` is set exactly while a delivery waits, so
that the index by which work is found holds what waits and nothing else.

Instants are whole microseconds since 1970 UTC: exact, short, and in order as numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import overload

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    bindparam,
    or_,
)

from publisher.domain.delivery import State
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.subscriber import Standing

#: The revision this program reads and writes. A test holds it equal to the newest migration.
HEAD = "0002"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: ``next_at`` of a queued delivery: it may begin at any time, also with the clock set back.
AT_ONCE = EPOCH

_MICROSECOND = timedelta(microseconds=1)


@overload
def since_epoch(microseconds: int) -> datetime: ...
@overload
def since_epoch(microseconds: None) -> None: ...
def since_epoch(microseconds: int | None) -> datetime | None:
    """An instant from the number it is kept as."""
    return None if microseconds is None else EPOCH + timedelta(microseconds=microseconds)


def number(instant: datetime) -> int:
    """The number that an instant is kept as. One without a zone raises TypeError."""
    return (instant - EPOCH) // _MICROSECOND


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as microseconds since 1970 UTC and read back in UTC."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the database. A datetime without a zone raises TypeError."""
        return None if value is None else number(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        return since_epoch(value)


#: The time of a statement. Its type has to be said: where none can be told from the place it
#: stands in, as in a function, the driver would write text of its own.
NOW: BindParameter[datetime] = bindparam("now", type_=Instant)


class Written(TypeDecorator[datetime]):
    """An aware datetime with the offset it was written in, kept as ISO 8601 text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.isoformat()

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        """From the database; the zone is the offset alone."""
        return None if value is None else datetime.fromisoformat(value)


def _among(column: str, values: Iterable[StrEnum]) -> str:
    return f"{column} IN ({', '.join(sorted(repr(str(value)) for value in values))})"


def among(column: ColumnElement[str], values: Iterable[StrEnum]) -> ColumnElement[bool]:
    """Whether a column has one of these values, which every statement can be run many times with.

    (SQLAlchemy writes ``IN`` anew for each execution, and can't for many rows at once.)
    """
    return or_(*(column == value for value in sorted(values)))


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean(create_constraint=True, name=name), nullable=False)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

#: A row id. SQLite makes ids by itself only for a column declared as INTEGER to the letter.
_Id = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

post = Table(
    "post",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False, unique=True),
    Column("source_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("date", Written, nullable=False),
    Column("url", Text, nullable=False),
    _flag("waiting"),
    Column("waited_at", Instant),
    Column("resembles", Text),
)

post_name = Table(
    "post_name",
    metadata,
    Column("post_id", ForeignKey(post.c.id), primary_key=True),
    Column("name", Text, primary_key=True),
    sqlite_with_rowid=False,
)

publication = Table(
    "publication",
    metadata,
    Column("post_id", ForeignKey(post.c.id), primary_key=True, autoincrement=False),
    Column("feed_id", Text, nullable=False, unique=True),
    Column("due", Instant, nullable=False),
    Column("live_at", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("source_hash", Text, nullable=False),
    Column("content_hash", Text, nullable=False),
    _flag("baseline"),
    Column("expires", Instant),
    Column("withdrawn_at", Instant),
    _flag("awaiting_mail"),
)

source = Table(
    "source",
    metadata,
    Column("post_id", ForeignKey(post.c.id), primary_key=True, autoincrement=False),
    Column("hash", Text, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

term = Table(
    "term",
    metadata,
    Column("taxonomy", Text, primary_key=True),
    Column("folded", Text, primary_key=True),
    Column("label", Text, nullable=False),
    Column("slug", Text, nullable=False),
    UniqueConstraint("taxonomy", "slug"),
    sqlite_with_rowid=False,
)

issue = Table(
    "issue",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("state", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text),
    _flag("released"),
    Column("edition", Integer, nullable=False),
    Column("salt", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("frozen", Integer, nullable=False, server_default="0"),
    Column("stages", Text),
    Column("stage", Integer, nullable=False, server_default="0"),
    Column("stage_until", Instant),
    CheckConstraint(_among("state", IssueState), name="state"),
    CheckConstraint(f"({_among('state', UNFINISHED)}) = (finished_at IS NULL)", name="finished"),
    CheckConstraint(
        f"{_among('state', (IssueState.HELD, IssueState.CANCELLED))} "
        "OR (started_at IS NOT NULL AND salt IS NOT NULL)",
        name="started",
    ),
)
Index(
    "ix_issue_unfinished",
    issue.c.id,
    sqlite_where=issue.c.finished_at.is_(None),
    postgresql_where=issue.c.finished_at.is_(None),
)

issue_content = Table(
    "issue_content",
    metadata,
    Column("issue_id", ForeignKey(issue.c.id), primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

issue_post = Table(
    "issue_post",
    metadata,
    Column("issue_id", ForeignKey(issue.c.id), primary_key=True),
    Column("post_id", ForeignKey(post.c.id), primary_key=True, index=True),
    sqlite_with_rowid=False,
)

tally = Table(
    "tally",
    metadata,
    Column("issue_id", ForeignKey(issue.c.id), primary_key=True, autoincrement=False),
    *(Column(state, BigInteger, nullable=False, server_default="0") for state in State),
    *(CheckConstraint(f"{state} >= 0", name=state) for state in State),
)

subscriber = Table(
    "subscriber",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("mailbox", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("unsubscribed_at", Instant),
    Column("domain", Text, nullable=False, server_default=""),  # that of the mailbox
    CheckConstraint(_among("standing", Standing), name="standing"),
    CheckConstraint(
        f"(standing = '{Standing.UNSUBSCRIBED}') = (unsubscribed_at IS NOT NULL)",
        name="unsubscribed",
    ),
)

delivery = Table(
    "delivery",
    metadata,
    Column("issue_id", ForeignKey(issue.c.id), primary_key=True),
    Column("subscriber_id", ForeignKey(subscriber.c.id), primary_key=True),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("first_at", Instant),
    Column("next_at", Instant),
    Column("reply", Text, nullable=False, server_default=""),
    CheckConstraint(_among("state", State), name="state"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint(
        f"(next_at IS NOT NULL) = ({_among('state', (State.QUEUED, State.DEFERRED))})",
        name="waiting",
    ),
    CheckConstraint(
        f"next_at IS NULL OR (next_at = 0) = (state = '{State.QUEUED}')", name="at_once"
    ),
    sqlite_with_rowid=False,
)
Index(
    "ix_delivery_waiting",
    delivery.c.issue_id,
    delivery.c.next_at,
    delivery.c.subscriber_id,
    sqlite_where=delivery.c.next_at.is_not(None),
    postgresql_where=delivery.c.next_at.is_not(None),
)

receipt = Table(
    "receipt",
    metadata,
    Column("post_id", ForeignKey(post.c.id), primary_key=True),
    Column("subscriber_id", BigInteger, primary_key=True, autoincrement=False),
    Column("issue_id", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["issue_id", "subscriber_id"], [delivery.c.issue_id, delivery.c.subscriber_id]
    ),
    sqlite_with_rowid=False,
)

relay = Table(
    "relay",
    metadata,
    Column("name", Text, primary_key=True),
    Column("limit", Integer, nullable=False),
    Column("paused_until", Instant),
    Column("reason", Text),
    Column("pauses", Integer, nullable=False),
)

spent = Table(
    "spent",
    metadata,
    Column("meter", Text, primary_key=True),
    Column("grain", Instant, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

mark = Table(
    "mark",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("ledger", Text, nullable=False),
    Column("settled", BigInteger, nullable=False),
    CheckConstraint("id = 1", name="only"),
)
