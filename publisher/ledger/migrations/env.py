"""What Alembic runs. The connection comes from ``migrate`` with its transaction begun already, so a
migration that fails or is killed leaves nothing behind; Alembic keeps out of it."""

from __future__ import annotations

from alembic import context

from publisher.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,  # for the names of constraints
)
context.run_migrations()
