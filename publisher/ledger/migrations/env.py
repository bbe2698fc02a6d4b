"""What Alembic runs: the connection comes from ``migrate``, with its transaction begun already."""

from __future__ import annotations

from alembic import context

from publisher.ledger.schema import metadata

# Alembic takes SQLite for unable to change a schema in a transaction, for the driver's sake. Ours
# is begun by hand, so a migration that fails or is killed leaves nothing behind.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
