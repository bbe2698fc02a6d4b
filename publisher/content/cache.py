"""Rendered bodies kept in a file, so that a body is rendered once for each state of it.

Only a cache: it may be deleted at any time, and whatever is wrong with its file (damaged, locked,
not writable, the disk full) costs time and nothing else.
"""

from __future__ import annotations

import sqlite3
import zlib
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from threading import Lock

from publisher.content.job import Job, answer_bytes, answer_from, job_bytes
from publisher.domain.post import Rendered

#: Above this the oldest tenth goes.
LARGEST_BYTES = 256 << 20

_SCHEMA = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS rendered (
        id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL
    );
"""


class RenderCache:
    """Results by job and by the version of all that renders. Any thread may call it."""

    def __init__(self, path: Path | None, *, largest_bytes: int = LARGEST_BYTES) -> None:
        """``path`` is a file of its own, made with its folder if need be; None keeps in memory."""
        self._path = path
        self._largest_bytes = largest_bytes
        self._lock = Lock()
        self._database = _opened(path)

    def get(self, job: Job) -> Rendered | None:
        """The result of this very job, if it is here."""
        with self._lock:
            value = self._value(_key(job))
        try:
            found = answer_from(zlib.decompress(value)) if value else None
        except (zlib.error, ValueError, KeyError, TypeError):
            return None
        return found if isinstance(found, Rendered) else None

    def put(self, job: Job, rendered: Rendered) -> None:
        """Keep the result of a job."""
        value = zlib.compress(answer_bytes(rendered), 1)
        with self._lock:
            try:
                self._keep(_key(job), value)
            except sqlite3.OperationalError:
                return
            except sqlite3.DatabaseError:
                self._start_anew()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._database.close()

    def _value(self, key: bytes) -> bytes | None:
        try:
            row = self._database.execute(
                "SELECT value FROM rendered WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.OperationalError:
            return None
        except sqlite3.DatabaseError:
            self._start_anew()
            return None
        return bytes(row[0]) if row else None

    def _keep(self, key: bytes, value: bytes) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO rendered (key, value) VALUES (?, ?)", (key, value)
        )
        pages, free, size = (
            self._database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size > self._largest_bytes:
            self._database.execute(
                "DELETE FROM rendered WHERE id IN (SELECT id FROM rendered ORDER BY id "
                "LIMIT 1 + (SELECT count(*) FROM rendered) / 10)"
            )

    def _start_anew(self) -> None:
        """A damaged file is worth nothing: begin another, in memory if that can't be."""
        self._database.close()
        if self._path:
            _remove(self._path)
        self._database = _opened(self._path)


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is None:
        return _connected(":memory:")
    try:
        return _file(path)
    except sqlite3.OperationalError:
        return _connected(":memory:")
    except sqlite3.DatabaseError:
        _remove(path)
    except OSError:
        return _connected(":memory:")
    try:
        return _file(path)
    except (OSError, sqlite3.DatabaseError):
        return _connected(":memory:")


def _file(path: Path) -> sqlite3.Connection:
    """The database in a file that only its owner can read: it may hold drafts."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    return _connected(str(path))


def _connected(name: str) -> sqlite3.Connection:
    database = sqlite3.connect(name, timeout=0.2, isolation_level=None, check_same_thread=False)
    try:
        database.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        database.close()
        raise
    return database


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except OSError:
            continue


def _key(job: Job) -> bytes:
    return blake2b(job_bytes(job), digest_size=20, key=_renderer()).digest()


@cache
def _renderer() -> bytes:
    """A digest of all that has a part in rendering: our own modules and the libraries."""
    digest = blake2b(digest_size=20)
    for package in ("publisher.content", "publisher.content.templates", "publisher.markup"):
        for module in sorted(files(package).iterdir(), key=lambda found: found.name):
            if module.name.endswith(".py"):
                digest.update(module.read_bytes())
    for name in ("markdown", "nh3", "pygments", "python-liquid"):
        digest.update(f"{name} {version(name)}\n".encode())
    return digest.digest()
