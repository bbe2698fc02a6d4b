"""What a wider reach needs: which archive an entry stands in, and errands: pings and hooks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("publication", sa.Column("archive", sa.Integer()))
    op.create_table(
        "errand",
        sa.Column("id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger()),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("first_at", sa.BigInteger()),
        sa.Column("done_at", sa.BigInteger()),
        sa.Column("reply", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("next_at IS NULL OR done_at IS NULL", name=op.f("ck_errand_waiting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
    )
    where = sa.text("next_at IS NOT NULL")
    op.create_index(
        "ix_errand_waiting", "errand", ["next_at"], sqlite_where=where, postgresql_where=where
    )
