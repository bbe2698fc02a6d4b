"""All that only SQLite speaks: how to open the file, begin a transaction, and copy it while in use.

Transactions are begun by us. The driver's own way begins one before the first INSERT only, so
that what was read before it is of another moment, and turns a reader into a writer half-way, which
SQLite refuses as busy without waiting. So: autocommit in the driver, BEGIN for a consistent read,
BEGIN IMMEDIATE for a write.

Every write of a process goes through one connection under one lock; reads take connections of a
pool, and a WAL lets them go on beside the write. All of it may be called from any thread.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import Literal
from urllib.parse import quote

from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import QueuePool

from publisher.domain.errors import LedgerUnusable, Refused
from publisher.ledger.place import Place
from publisher.ledger.prepared import Swift

Survive = Literal["power", "process"]

#: What the environment can do to a database, by SQLite's primary result code
#: (sqlite.org/rescode.html), and what a person can do about it. Other codes are bugs.
UNUSABLE: Mapping[int, str] = {
    sqlite3.SQLITE_PERM: "not allowed to open it: check who owns it",
    sqlite3.SQLITE_BUSY: "another program keeps it locked: end that program, or try again",
    sqlite3.SQLITE_LOCKED: "another program keeps it locked: end that program, or try again",
    sqlite3.SQLITE_READONLY: "it can't be written: make the file and its folder writable",
    sqlite3.SQLITE_IOERR: "the disk does not read or write: check it (dmesg), then try again",
    sqlite3.SQLITE_CORRUPT: "it is damaged: keep the file, and put back a backup",
    sqlite3.SQLITE_FULL: "the disk is full: make room; nothing that was written is lost",
    sqlite3.SQLITE_CANTOPEN: "it can't be opened: check that the file is there and who owns it",
    sqlite3.SQLITE_PROTOCOL: "another program keeps it locked: end that program, or try again",
    sqlite3.SQLITE_NOLFS: "the disk takes no file of that size: move the ledger to another",
    sqlite3.SQLITE_NOTADB: "it is not a ledger, or it is damaged: put back a backup",
}


#: How prepared statements are written: the driver takes values by name too.
_NAMED = SQLiteDialect_pysqlite(paramstyle="named")


class Sqlite:
    """An SQLite file that exists. ``patience_s`` is how long to wait for another's write."""

    def __init__(self, place: Place, *, survive: Survive = "power", patience_s: float = 20) -> None:
        self._place = place
        self._synchronous = "FULL" if survive == "power" else "NORMAL"
        self._patience_s = patience_s
        self._engine = create_engine(
            "sqlite://", creator=self._connect, poolclass=QueuePool, pool_size=4, max_overflow=-1
        )
        self._writing = Lock()
        self._writer: Connection | None = None
        self.writes = 0  # transactions of this object that may have changed something

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the ledger. Raises LedgerUnusable."""
        with self._said(), self._engine.connect() as db, db.begin():
            db.exec_driver_sql("BEGIN")
            yield db

    @staticmethod
    def swift(db: Connection) -> Swift:
        """Prepared statements in the transaction of a connection of ``reading``."""
        driver = db.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        return Swift(driver, _NAMED)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection in a transaction that nobody else writes beside, committed at the end.

        Waits for other threads, and for other processes up to ``patience_s``. Whatever is raised
        inside takes everything back. Raises LedgerUnusable.
        """
        with self._said(), self._writing:
            db = self._open_writer()
            with db.begin():
                db.exec_driver_sql("BEGIN IMMEDIATE")
                self.writes += 1
                yield db

    @contextmanager
    def reading_swiftly(self) -> Iterator[Swift]:
        """Like ``reading``, for prepared statements."""
        with self._said(), closing(self._engine.raw_connection()) as pooled:
            driver = pooled.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("BEGIN")  # ended by the pool, which rolls back what it takes back
            yield Swift(driver, _NAMED)

    @contextmanager
    def writing_swiftly(self) -> Iterator[tuple[Connection, Swift]]:
        """Like ``writing``, for prepared statements too; both see one transaction."""
        with self._said(), self._writing:
            db = self._open_writer()
            driver = db.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute("BEGIN IMMEDIATE")
            self.writes += 1
            try:
                yield db, Swift(driver, _NAMED)
                driver.execute("COMMIT")
            finally:
                driver.rollback()  # nothing, after a commit
                db.rollback()  # what SQLAlchemy believes in

    @contextmanager
    def rebuilding(self) -> Iterator[Connection]:
        """Like ``writing``, for a change of the schema: foreign keys are checked at its end.

        To change a table SQLite has to make it anew, which breaks references for a while; they
        can't be switched off inside of a transaction (sqlite.org/lang_altertable.html, section 7).
        """
        with self._said(), self._writing:
            db = self._open_writer()
            _set_pragma(db, "foreign_keys = OFF")
            try:
                with db.begin():
                    db.exec_driver_sql("BEGIN IMMEDIATE")
                    yield db
                    self._require_whole(db)
            finally:
                _set_pragma(db, "foreign_keys = ON")

    def version(self) -> int:
        """A number that changes when anyone else has committed: another process, or another Ledger.

        It costs a look at shared memory, no read of the file.
        """
        with self._said(), self._writing:
            driver = self._open_writer().connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            return int(driver.execute("PRAGMA data_version").fetchone()[0])

    def copy(self, to: Path, *, replace: bool = False) -> None:
        """Copy the ledger as it is at this moment into a file of its own (0600), beside its users.

        The copy is whole or not there. Raises Refused where there is a file already, unless it is
        to be replaced; LedgerUnusable where it can't be made.
        """
        if not replace and os.path.exists(to):  # which, unlike Path's, raises nothing
            raise Refused(f"{to}: there is a file already: name another, or move that one away")
        part = to.with_name(f".{to.name}.part")
        try:
            with _fresh(part), closing(sqlite3.connect(part)) as target:
                with self._said(), closing(self._connect()) as source:
                    source.backup(target)
                # One file, not three: a copy that is moved without its WAL would lose its end.
                target.execute("PRAGMA journal_mode = DELETE").fetchone()
                target.close()
                os.replace(part, to)
        except (OSError, sqlite3.Error) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            raise LedgerUnusable(f"{to}: the copy can't be made: {reason}") from error

    @staticmethod
    def broken(db: Connection) -> Iterator[str]:
        """What is wrong with the file itself, and references that lead nowhere; a sentence each."""
        for line in db.exec_driver_sql("PRAGMA integrity_check").scalars():
            if line != "ok":
                yield str(line)
        dangling = Counter(
            (row[0], row[2]) for row in db.exec_driver_sql("PRAGMA foreign_key_check")
        )
        for (table, parent), number in dangling.items():
            yield f"{number} rows of {table} refer to a {parent} that is not there"

    def close(self) -> None:
        """Close every connection. The last one of all processes folds the WAL into the file."""
        with self._writing:
            if self._writer is not None:
                self._writer.close()
            self._writer = None
            self._engine.dispose()

    def _require_whole(self, db: Connection) -> None:
        if broken := db.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise LedgerUnusable(f"{self._place.shown}: references are broken: {broken}")

    def _open_writer(self) -> Connection:
        if self._writer is None:
            db = self._engine.connect()
            _set_pragma(db, "journal_mode = WAL")
            self._writer = db
        return self._writer

    def _connect(self) -> sqlite3.Connection:
        # mode=rw: a file that is not there is an error here, not a new and empty ledger.
        connection = sqlite3.connect(
            f"file:{quote(str(self._place.path))}?mode=rw",
            uri=True,
            timeout=self._patience_s,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            for pragma in (
                f"synchronous = {self._synchronous}",
                "fullfsync = ON",  # macOS: an fsync there does not reach the disk otherwise
                "foreign_keys = ON",
                "cache_size = -16000",
                "journal_size_limit = 67108864",  # else the WAL stays as long as it ever was
            ):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Turn what the environment did into a sentence; a bug stays what it is."""
        try:
            yield
        except DBAPIError as error:
            if isinstance(error.orig, sqlite3.Error):
                self._explain(error.orig)
            raise
        except sqlite3.Error as error:
            self._explain(error)
            raise

    def _explain(self, error: sqlite3.Error) -> None:
        said = UNUSABLE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if said is not None:
            raise LedgerUnusable(f"{self._place.shown}: {said} ({error})") from error


def _set_pragma(db: Connection, pragma: str) -> None:
    """Outside of any transaction but the one that SQLAlchemy believes in."""
    db.exec_driver_sql(f"PRAGMA {pragma}").close()
    db.rollback()


@contextmanager
def _fresh(path: Path) -> Iterator[None]:
    """An empty file (0600) for as long as it is needed, gone at the end unless it was moved."""
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            path.unlink()
