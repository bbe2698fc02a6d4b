"""A Git checkout at rest: while Git writes files its index is locked, and half of them are new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

POLL_S = 0.02
PATIENCE_S = 30.0


def index_lock(folder: Path) -> Path | None:
    """Where the lock of the checkout that holds this folder would be; None outside of any.

    A worktree or submodule has a file ``.git`` that names the real folder (gitrepository-layout).
    """
    for place in (folder.absolute(), *folder.absolute().parents):
        git = place / ".git"
        if git.is_dir():
            return git / "index.lock"
        if git.is_file():
            return _named_folder(git, place)
    return None


def wait_until_at_rest(folder: Path, pause: Callable[[float], bool]) -> bool:
    """Wait until Git has let go of the checkout; False when it did not in half a minute.

    ``pause`` waits that many seconds, and says True to give up. A lock that stays is one that a
    killed Git left behind.
    """
    lock = index_lock(folder)
    for _ in range(round(PATIENCE_S / POLL_S)):
        if lock is None or not lock.exists():
            return True
        if pause(POLL_S):
            return False
    return False


def _named_folder(git: Path, place: Path) -> Path | None:
    try:
        text = git.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return None
    named = text.partition("gitdir:")[2].strip()
    return place / named / "index.lock" if named and "\0" not in named else None
