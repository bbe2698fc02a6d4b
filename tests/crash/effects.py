"""The side effects of a process, one after the other, and an end at one of them.

An effect has two moments: right before it takes place and right after; a statement that only reads
has the first alone, for what is after it is what was before it. ``os._exit`` there runs no
handler and writes no buffer, like kill -9, but at a moment that can be named. What is in the page
cache stays, as it does when a process is killed.

The effects are those of the interpreter's own ways out, so nothing here knows the program: each
statement and commit at the SQLite driver, each file opened for writing, written, synced, replaced
or removed, each connect, send and receive of a socket. Threads count in one sequence.
"""

from __future__ import annotations

import builtins
import io
import os
import socket
import sqlite3
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

#: The exit code of a process that was ended here.
CRASHED = 86

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

#: By module or class: its functions that have an effect, and what each is counted as.
_CALLS: tuple[tuple[Any, dict[str, str]], ...] = (
    (
        os,
        {
            "replace": "replace", "rename": "replace", "link": "replace", "symlink": "replace",
            "unlink": "unlink", "remove": "unlink", "rmdir": "unlink", "mkdir": "mkdir",
            "write": "write", "pwrite": "write", "writev": "write", "ftruncate": "truncate",
            "truncate": "truncate", "fsync": "fsync", "fdatasync": "fsync",
        },
    ),
    (
        socket.socket,
        {
            "connect": "connect", "send": "send", "sendall": "send", "sendmsg": "send",
            "recv": "receive", "recv_into": "receive", "recvmsg": "receive",
        },
    ),
    (
        ssl.SSLSocket,
        {
            "do_handshake": "connect", "send": "send", "sendall": "send", "recv": "receive",
            "recv_into": "receive",
        },
    ),
)  # fmt: skip

#: What a statement is counted as by its first word; any other changes something.
_VERBS = {
    "SELECT": "read", "PRAGMA": "read", "EXPLAIN": "read", "BEGIN": "read",
    "COMMIT": "commit", "END": "commit", "ROLLBACK": "rollback",
}  # fmt: skip


@dataclass(kw_only=True)
class Effects:
    """Names each moment in ``trail``, and calls ``at_last`` with the name of the ``last`` one (from
    1) when it is there.

    ``trouble`` is called with the kind of each effect that is about to take place, and may raise.
    """

    last: int | None
    at_last: Callable[[str], None]
    trouble: Callable[[str], None] | None = None
    trail: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _inside: threading.local = field(default_factory=threading.local)

    def install(self) -> None:
        """Count from here on, in this process."""
        for owner, functions in _CALLS:
            for name, kind in functions.items():
                setattr(owner, name, self._counted(kind, getattr(owner, name)))
        os.open = self._counted("open", os.open, _opens_to_write)
        builtins.open = io.open = self._counted("open", io.open, _writes)  # type: ignore[assignment]
        self._install_sqlite()

    def around(self, kind: str, act: Callable[[], Any]) -> Any:
        """Act, between two moments. What an effect is made of is not counted beside it."""
        if getattr(self._inside, "it", False):
            return act()
        self._reach(f"before {kind}")
        self._inside.it = True
        try:
            if self.trouble is not None:
                self.trouble(kind)
            done = act()
        finally:
            self._inside.it = False
        if kind != "read":
            self._reach(f"after {kind}")
        return done

    def _reach(self, moment: str) -> None:
        with self._lock:
            self.trail.append(moment)
            if len(self.trail) == self.last:
                self.at_last(moment)

    def _counted(
        self,
        kind: str,
        act: Callable[..., Any],
        counts: Callable[..., bool] = lambda *_, **__: True,
    ) -> Callable[..., Any]:
        @wraps(act)
        def counted(*args: Any, **kwargs: Any) -> Any:
            if not counts(*args, **kwargs):
                return act(*args, **kwargs)
            return self.around(kind, lambda: act(*args, **kwargs))

        return counted

    def _install_sqlite(self) -> None:
        """The program opens its databases by ``sqlite3.connect``: hand out ones that count."""
        effects, connect = self, sqlite3.connect

        class Cursor(sqlite3.Cursor):
            def execute(self, sql: str, *given: Any) -> Any:
                return self._run(_kind(sql), lambda: super(Cursor, self).execute(sql, *given))

            def executemany(self, sql: str, *given: Any) -> Any:
                return self._run(_kind(sql), lambda: super(Cursor, self).executemany(sql, *given))

            def executescript(self, sql: str) -> Any:
                return self._run("statement", lambda: super(Cursor, self).executescript(sql))

            def _run(self, kind: str, act: Callable[[], Any]) -> Any:
                if kind == "commit":
                    return _commit(self.connection, act)
                return effects.around(kind, act)

        class Connection(sqlite3.Connection):
            def cursor(self, *_: Any) -> Any:
                return super().cursor(Cursor)

            def execute(self, *given: Any) -> Any:
                return self.cursor().execute(*given)

            def executemany(self, *given: Any) -> Any:
                return self.cursor().executemany(*given)

            def executescript(self, *given: Any) -> Any:
                return self.cursor().executescript(*given)

            def commit(self) -> None:
                if self.in_transaction:
                    _commit(self, super().commit)

            def rollback(self) -> None:
                if self.in_transaction:
                    effects.around("rollback", super().rollback)

            def backup(self, *given: Any, **more: Any) -> None:
                effects.around("backup", lambda: super(Connection, self).backup(*given, **more))

            def close(self) -> None:
                effects.around("close", super().close)

        def _commit(connection: sqlite3.Connection, act: Callable[[], Any]) -> Any:
            """A commit that fails takes the transaction back (sqlite.org/lang_transaction.html)."""
            try:
                return effects.around("commit", act)
            except sqlite3.Error:
                sqlite3.Connection.rollback(connection)
                raise

        sqlite3.connect = lambda *given, **more: connect(*given, factory=Connection, **more)  # type: ignore[assignment]


def _kind(sql: str) -> str:
    verb = sql.lstrip().partition(" ")[0].upper()
    return _VERBS.get(verb, "statement")


def _opens_to_write(_: object, flags: int, *__: object, **___: object) -> bool:
    return bool(flags & _WRITES)


def _writes(_: object, mode: str = "r", *__: object, **___: object) -> bool:
    return any(letter in mode for letter in "wax+")
