"""What delivery at full speed needs: freezes counted, stages, domains, relays, quotas, a mark."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

#: A mailbox without its domain, on any database: its end is trimmed of all that is no @-sign.
_LOCAL = "rtrim(mailbox, replace(mailbox, '@', ''))"


def upgrade() -> None:
    """Add columns and tables, and find the domain of each subscriber's mailbox."""
    for column in (
        sa.Column("frozen", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stages", sa.Text()),
        sa.Column("stage", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stage_until", sa.BigInteger()),
    ):
        op.add_column("issue", column)
    op.add_column("subscriber", sa.Column("domain", sa.Text(), server_default="", nullable=False))
    op.execute(f"UPDATE subscriber SET domain = substr(mailbox, length({_LOCAL}) + 1)")
    _relays()
    _mark(context.config.attributes["ledger_id"])


def _relays() -> None:
    op.create_table(
        "relay",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("limit", sa.Integer(), nullable=False),
        sa.Column("paused_until", sa.BigInteger()),
        sa.Column("reason", sa.Text()),
        sa.Column("pauses", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_relay")),
    )
    op.create_table(
        "spent",
        sa.Column("meter", sa.Text(), nullable=False),
        sa.Column("grain", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("meter", "grain", name=op.f("pk_spent")),
        sqlite_with_rowid=False,
    )


def _mark(ledger_id: str) -> None:
    mark = op.create_table(
        "mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ledger", sa.Text(), nullable=False),
        sa.Column("settled", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_mark_only")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mark")),
    )
    op.bulk_insert(mark, [{"id": 1, "ledger": ledger_id, "settled": 0}])
