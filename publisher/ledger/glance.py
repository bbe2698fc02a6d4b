"""The ledger at a glance: whether anything in it has changed since a pass that left nothing to do.

For a command that has nothing else to do, and would spend most of its time on loading SQLAlchemy:
plain statements at SQLite's driver, beside the adapter, and all of them in one transaction.
"""

from __future__ import annotations

import marshal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from urllib.parse import quote

#: All that a decision reads, but for the time of the last pass, and which ledger it is.
_READ = (
    "SELECT * FROM post LEFT JOIN publication ON publication.post_id = post.id ORDER BY post.id",
    "SELECT * FROM post_name ORDER BY post_id, name",
    "SELECT issue.id, post_id, state, released, reason FROM issue "
    "JOIN issue_post ON issue_id = issue.id WHERE finished_at IS NULL ORDER BY issue.id, post_id",
    "SELECT * FROM term ORDER BY taxonomy, folded",
    "SELECT * FROM meta WHERE key <> 'last_pass_at' ORDER BY key",
    "SELECT * FROM mark",
    "SELECT * FROM alembic_version",
)
#: What would be left to do: mail of issues that go on, what a crash left open, errands.
_LEFT = (
    "SELECT count(*) FROM issue WHERE finished_at IS NULL AND state <> 'held'",
    "SELECT count(*) FROM delivery WHERE state = 'sending' AND issue_id IN "
    "(SELECT id FROM issue WHERE finished_at IS NULL)",
    "SELECT count(*) FROM errand WHERE next_at IS NOT NULL",
)


def digest(path: Path) -> str | None:
    """A digest of the ledger as it stands; None when something in it is left to be done.

    Raises sqlite3.Error.
    """
    with closing(_connected(path)) as db:
        db.execute("BEGIN")
        return _digest(db)


def pass_over(path: Path, same: str, now: datetime, go: Callable[[], bool]) -> bool:
    """Note a pass that changed nothing, if the ledger's digest is the same and ``go`` says so too.

    Whether it was noted. Raises sqlite3.Error.
    """
    with closing(_connected(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        if _digest(db) != same or not go():
            return False
        moment = now.astimezone(UTC).isoformat()
        db.execute("UPDATE meta SET value = ? WHERE key = 'last_pass_at'", (moment,))
        db.execute("COMMIT")
        return True


def _connected(path: Path) -> sqlite3.Connection:
    name = f"file:{quote(str(path))}?mode=rw"
    db = sqlite3.connect(name, uri=True, timeout=1, isolation_level=None)
    db.execute("PRAGMA synchronous = FULL")
    return db


def _digest(db: sqlite3.Connection) -> str | None:
    if any(db.execute(one).fetchone()[0] for one in _LEFT):
        return None
    read = [db.execute(one).fetchall() for one in _READ]
    return blake2b(marshal.dumps(read), digest_size=20).hexdigest()
