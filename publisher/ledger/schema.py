"""The tables of the ledger, and the constraints that back what the program promises.

    post ─┬─ post_name          who a post is; names it goes by
          ├─ publication        that it went live, and as what
          ├─ source             the last good bytes of its file (zlib), read only when needed
          ├─ issue_post ─ issue ─┬─ issue_content   the bytes of an edition
          │                      └─ tally           its deliveries by state, kept with them
          └─ receipt ─ delivery ─ subscriber
    term · meta                 slugs of feeds; when the site was adopted, the last pass
    errand                      pings and hooks: what is asked of others when feeds change
    relay · spent               what relays bear, and what of quotas is used, for a restart
    mark                        which ledger this is, and how many attempts it has seen settled

``receipt`` is the promise that each subscriber gets each post at most once: its primary key admits
one delivery per post and subscriber, and no delivery begins without it. It is given up when the
delivery is cancelled or rejected. ``delivery.next_at`` is set exactly while a delivery waits, so
that the index by which work is found holds what waits and nothing else; ``errand.next_at`` too.

An index that is partial is so on PostgreSQL too, by the migrations that make it. Here
``postgresql_where`` isn't said: SQLAlchemy would load every driver of PostgreSQL that it knows, in
each command (30 ms).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from publisher.domain.delivery import State
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.subscriber import Standing
from publisher.ledger.columns import Id, Instant, Written, flag, one_of

#: The revision this program reads and writes. A test holds it equal to the newest migration.
HEAD = "0003"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

post = Table(
    "post",
    metadata,
    Column("id", Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("path", Text, nullable=False, unique=True),
    Column("source_hash", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("date", Written, nullable=False),
    Column("url", Text, nullable=False),
    flag("waiting"),
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
    flag("baseline"),
    Column("expires", Instant),
    Column("withdrawn_at", Instant),
    flag("awaiting_mail"),
    Column("archive", Integer),  # the archive document it stands in; none while in the current one
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
    Column("id", Id, primary_key=True),
    Column("state", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text),
    flag("released"),
    Column("edition", Integer, nullable=False),
    Column("salt", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("started_at", Instant),
    Column("finished_at", Instant),
    Column("frozen", Integer, nullable=False, server_default="0"),
    Column("stages", Text),
    Column("stage", Integer, nullable=False, server_default="0"),
    Column("stage_until", Instant),
    CheckConstraint(one_of("state", IssueState), name="state"),
    CheckConstraint(f"({one_of('state', UNFINISHED)}) = (finished_at IS NULL)", name="finished"),
    CheckConstraint(
        f"{one_of('state', (IssueState.HELD, IssueState.CANCELLED))} "
        "OR (started_at IS NOT NULL AND salt IS NOT NULL)",
        name="started",
    ),
)
Index(
    "ix_issue_unfinished",
    issue.c.id,
    sqlite_where=issue.c.finished_at.is_(None),
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
    Column("id", Id, primary_key=True),
    Column("mailbox", Text, nullable=False, unique=True),
    Column("address", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("standing", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("unsubscribed_at", Instant),
    Column("domain", Text, nullable=False, server_default=""),  # that of the mailbox
    CheckConstraint(one_of("standing", Standing), name="standing"),
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
    CheckConstraint(one_of("state", State), name="state"),
    CheckConstraint("attempts >= 0", name="attempts"),
    CheckConstraint(
        f"(next_at IS NOT NULL) = ({one_of('state', (State.QUEUED, State.DEFERRED))})",
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

errand = Table(
    "errand",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("next_at", Instant),  # none: it is done, or given up
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_at", Instant),
    Column("done_at", Instant),
    Column("reply", Text, nullable=False, server_default=""),
    CheckConstraint("next_at IS NULL OR done_at IS NULL", name="waiting"),
)
Index("ix_errand_waiting", errand.c.next_at, sqlite_where=errand.c.next_at.is_not(None))

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
