"""All tables of the first release."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
STATES = ("queued", "sending", "accepted", "deferred", "rejected", "unknown", "cancelled")


def upgrade() -> None:
    """Make every table."""
    _posts()
    _feeds()
    _issues()
    _subscribers()
    _deliveries()
    _counts_and_receipts()


def _posts() -> None:
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        _text("value"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "post",
        sa.Column("id", ID, nullable=False),
        *(_text(name) for name in ("key", "path", "source_hash", "title", "date", "url")),
        _flag("waiting"),
        sa.Column("waited_at", sa.BigInteger()),
        sa.Column("resembles", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("key", name=op.f("uq_post_key")),
        sa.UniqueConstraint("path", name=op.f("uq_post_path")),
    )
    op.create_table(
        "post_name",
        _owner("post_id"),
        _text("name"),
        _foreign("post_name", "post_id", "post"),
        sa.PrimaryKeyConstraint("post_id", "name", name=op.f("pk_post_name")),
        sqlite_with_rowid=False,
    )


def _feeds() -> None:
    op.create_table(
        "publication",
        _owner("post_id"),
        _text("feed_id"),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("due", "live_at")),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        _text("source_hash"),
        _text("content_hash"),
        _flag("baseline"),
        sa.Column("expires", sa.BigInteger()),
        sa.Column("withdrawn_at", sa.BigInteger()),
        _flag("awaiting_mail"),
        _foreign("publication", "post_id", "post"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_publication")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_publication_feed_id")),
    )
    op.create_table(
        "source",
        _owner("post_id"),
        _text("hash"),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        _foreign("source", "post_id", "post"),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_source")),
    )
    op.create_table(
        "term",
        *(_text(name) for name in ("taxonomy", "folded", "label", "slug")),
        sa.PrimaryKeyConstraint("taxonomy", "folded", name=op.f("pk_term")),
        sa.UniqueConstraint("taxonomy", "slug", name=op.f("uq_term_taxonomy_slug")),
        sqlite_with_rowid=False,
    )


def _issues() -> None:
    op.create_table(
        "issue",
        sa.Column("id", ID, nullable=False),
        _text("state"),
        _text("subject"),
        sa.Column("reason", sa.Text()),
        _flag("released"),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("started_at", sa.BigInteger()),
        sa.Column("finished_at", sa.BigInteger()),
        _one_of("issue", "state", ("held", "sending", "paused", "done", "cancelled")),
        _check(
            "issue",
            "finished",
            "(state IN ('held', 'paused', 'sending')) = (finished_at IS NULL)",
        ),
        _check(
            "issue",
            "started",
            "state IN ('cancelled', 'held') OR (started_at IS NOT NULL AND salt IS NOT NULL)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issue")),
    )
    where = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_issue_unfinished", "issue", ["id"], sqlite_where=where, postgresql_where=where
    )
    op.create_table(
        "issue_content",
        _owner("issue_id"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        _foreign("issue_content", "issue_id", "issue"),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_content")),
    )
    op.create_table(
        "issue_post",
        _owner("issue_id"),
        _owner("post_id"),
        _foreign("issue_post", "issue_id", "issue"),
        _foreign("issue_post", "post_id", "post"),
        sa.PrimaryKeyConstraint("issue_id", "post_id", name=op.f("pk_issue_post")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_issue_post_post_id"), "issue_post", ["post_id"])


def _subscribers() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", ID, nullable=False),
        *(_text(name) for name in ("mailbox", "address", "name", "standing")),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("unsubscribed_at", sa.BigInteger()),
        _one_of("subscriber", "standing", ("active", "unsubscribed")),
        _check(
            "subscriber",
            "unsubscribed",
            "(standing = 'unsubscribed') = (unsubscribed_at IS NOT NULL)",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
        sa.UniqueConstraint("mailbox", name=op.f("uq_subscriber_mailbox")),
    )


def _deliveries() -> None:
    op.create_table(
        "delivery",
        _owner("issue_id"),
        _owner("subscriber_id"),
        _text("state"),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_at", sa.BigInteger()),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        _one_of("delivery", "state", STATES),
        _check("delivery", "attempts", "attempts >= 0"),
        _check("delivery", "waiting", "(next_at IS NOT NULL) = (state IN ('deferred', 'queued'))"),
        _check("delivery", "at_once", "next_at IS NULL OR (next_at = 0) = (state = 'queued')"),
        _foreign("delivery", "issue_id", "issue"),
        _foreign("delivery", "subscriber_id", "subscriber"),
        sa.PrimaryKeyConstraint("issue_id", "subscriber_id", name=op.f("pk_delivery")),
        sqlite_with_rowid=False,
    )
    where = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["issue_id", "next_at", "subscriber_id"],
        sqlite_where=where,
        postgresql_where=where,
    )


def _counts_and_receipts() -> None:
    op.create_table(
        "tally",
        _owner("issue_id"),
        *(
            sa.Column(state, sa.BigInteger(), server_default="0", nullable=False)
            for state in STATES
        ),
        *(_check("tally", state, f"{state} >= 0") for state in STATES),
        _foreign("tally", "issue_id", "issue"),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_tally")),
    )
    op.create_table(
        "receipt",
        _owner("post_id"),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("issue_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id", "subscriber_id"],
            ["delivery.issue_id", "delivery.subscriber_id"],
            name=op.f("fk_receipt_issue_id_subscriber_id_delivery"),
        ),
        _foreign("receipt", "post_id", "post"),
        sa.PrimaryKeyConstraint("post_id", "subscriber_id", name=op.f("pk_receipt")),
        sqlite_with_rowid=False,
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(create_constraint=True, name=name), nullable=False)


def _owner(name: str) -> sa.Column[int]:
    return sa.Column(name, ID, autoincrement=False, nullable=False)


def _foreign(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{other}")
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=name)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _one_of(table: str, column: str, values: Sequence[str]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in sorted(values))
    return _check(table, column, f"{column} IN ({listed})")
