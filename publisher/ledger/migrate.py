"""The schema of a ledger: which one it has, and bringing it up to this program's.

Revisions are numbers with leading zeros, so that older and newer can be told without Alembic,
which is imported only when there is something to do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from publisher.domain.errors import LedgerUnusable, SchemaMismatch
from publisher.ledger.place import Place, locate, make_room, require_local
from publisher.ledger.rows import NoLedger
from publisher.ledger.schema import HEAD
from publisher.ledger.sqlite import Sqlite

#: Where the migrations are, as Alembic finds them in an installed package.
HISTORY = "publisher.ledger:migrations"

_VERSION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, kw_only=True, slots=True)
class Migration:
    """What became of a ledger's schema: None before for a new one; the copy made of an old one."""

    before: str | None
    after: str
    copy: Path | None = None


def migrate(
    url: str,
    *,
    root: Path,
    nonce: bytes,
    allow_network: bool = False,
    history: str = HISTORY,
    head: str = HEAD,
) -> Migration:
    """Make the ledger if there is none, and bring its schema up to date: for the lock's holder.

    An older one is copied first, to a file beside it that carries the old revision in its name. It
    is changed in one transaction: whole or not at all. ``nonce``, random bytes, names a ledger that
    has no name yet. Raises SchemaMismatch for a newer one, and LedgerUnusable.
    """
    place = locate(url, root, allow_network=allow_network)
    require_local(place)
    make_room(place)
    database = Sqlite(place)
    try:
        with database.reading() as db:
            before = schema_version(db)
            if before is None and inspect(db).get_table_names():
                raise LedgerUnusable(f"{place.shown}: a database, but no ledger: name another file")
        if before == head:
            return Migration(before=before, after=head)
        _require_not_newer(place, before, head)
        return _upgrade(database, place, before, history, head, nonce.hex())
    finally:
        database.close()


def schema_version(db: Connection) -> str | None:
    """The revision of a ledger's schema; None for a database without one."""
    if not inspect(db).has_table("alembic_version"):
        return None
    found: str | None = db.execute(_VERSION).scalar()
    return found


def require_current(place: Place, found: str | None) -> None:
    """Raise NoLedger or SchemaMismatch unless a schema is this program's."""
    if found is None:
        raise NoLedger(f"{place.shown}: there is no ledger yet: publisher publish makes it")
    _require_not_newer(place, found, HEAD)
    if found != HEAD:
        raise SchemaMismatch(
            f"{place.shown}: the ledger's schema is {found} and this program's is {HEAD}: "
            "run publisher publish once (or restart publisher run), which copies and upgrades it"
        )


def _require_not_newer(place: Place, found: str | None, head: str) -> None:
    if found is not None and found > head:
        raise SchemaMismatch(
            f"{place.shown}: the ledger's schema is {found}, newer than this program's {head}: "
            "upgrade publisher here too"
        )


def _upgrade(
    database: Sqlite, place: Place, before: str | None, history: str, head: str, ledger_id: str
) -> Migration:
    from alembic import command  # an idle command must not pay for it
    from alembic.config import Config
    from alembic.util import CommandError

    copy = None
    if before is not None:
        copy = place.path.with_name(f"{place.path.name}.schema-{before}")
        database.copy(copy, replace=True)
    with database.rebuilding() as db:
        config = Config(attributes={"connection": db, "ledger_id": ledger_id})
        config.set_main_option("script_location", history.replace("%", "%%"))
        try:
            command.upgrade(config, head)
        except CommandError as error:
            raise SchemaMismatch(
                f"{place.shown}: its schema {before} is of no version of this program: "
                "restore a backup"
            ) from error
    return Migration(before=before, after=head, copy=copy)
