"""The lock of the one process that publishes and delivers, gone with it however it ends."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from publisher.domain.errors import LedgerUnusable, LockHeld


class Lock:
    """Held from ``acquire`` until ``release``, or until the process is gone.

    An advisory ``flock`` on a descriptor that child processes don't inherit: the kernel drops it
    with its holder, kill -9 included, so there is nothing to clean up. The file stays, for another
    process may have it open already; what it holds is the holder's process id.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def acquire(cls, path: Path, shown: str | None = None, *, role: str = "") -> Lock:
        """Take the lock or raise LockHeld at once; it never waits.

        ``path`` lies beside the ledger, in a folder that is there; ``shown`` is how to name it to
        a person; ``role`` is a word for what the process does with it. Raises LedgerUnusable where
        it can't be opened.
        """
        shown = shown or str(path)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LedgerUnusable(f"{shown}: can't open the lock: {error.strerror}") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = _pid(descriptor)
            os.close(descriptor)
            if not isinstance(error, BlockingIOError):
                raise LedgerUnusable(f"{shown}: can't be locked: {error.strerror}") from error
            raise LockHeld(shown, pid) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"{os.getpid()} {role}\n".encode(), 0)
        except OSError as error:
            os.close(descriptor)
            raise LedgerUnusable(f"{shown}: can't write the lock: {error.strerror}") from error
        return cls(descriptor)

    def release(self) -> None:
        """Let go. May be called twice."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """The process that has a lock since then, or that died with it; ``role`` is its own word."""

    pid: int
    role: str
    since: datetime

    @property
    def alive(self) -> bool:
        """Whether there is such a process still."""
        try:
            os.kill(self.pid, 0)
        except (ProcessLookupError, OverflowError):
            return False
        except PermissionError:
            return True  # somebody else's
        return True


def holder(path: Path) -> Holder | None:
    """Who has the lock, or died with it; None where it was let go in good order."""
    try:
        with path.open("rb") as file:
            return _holder(file.fileno())
    except OSError:
        return None


def _pid(descriptor: int) -> int | None:
    """The process id that the holder wrote; None while it has not."""
    found = _holder(descriptor)
    return found.pid if found else None


def _holder(descriptor: int) -> Holder | None:
    pid, _, role = os.pread(descriptor, 64, 0).decode("ascii", "replace").strip().partition(" ")
    since = datetime.fromtimestamp(os.fstat(descriptor).st_mtime, UTC)
    return Holder(pid=int(pid), role=role, since=since) if pid.isdecimal() else None
