"""What happens at the moment that was asked for: the process ends, or the disk is full."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Mapping

from crash.effects import CRASHED, Effects


def end(_: Effects) -> None:
    """No handler runs, no buffer is written."""
    os._exit(CRASHED)


def full_for_good(effects: Effects) -> None:
    """The disk takes nothing more."""
    effects.trouble = _no_room


def full_for_once(effects: Effects) -> None:
    """The disk does not take what comes next, and then there is room again."""

    def once(kind: str) -> None:
        try:
            _no_room(kind)
        except (OSError, sqlite3.Error):
            effects.trouble = None
            raise

    effects.trouble = once


def _no_room(kind: str) -> None:
    if kind in {"open", "write", "mkdir", "fsync"}:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if kind == "commit":
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise full


TROUBLES: Mapping[str, Callable[[Effects], None]] = {
    "end": end,
    "full for good": full_for_good,
    "full for once": full_for_once,
}
