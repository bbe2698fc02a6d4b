"""Feed files on disk: replaced whole or not at all, and only when their bytes differ."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.domain.errors import OutputUnwritable

_ADVICE = {
    errno.ENOSPC: "the disk is full: make room",
    errno.EDQUOT: "the disk quota is used up: make room",
    errno.EFBIG: "the file would be larger than is allowed here: raise the limit",
    errno.EROFS: "the disk is read-only: mount it for writing, or set another feeds.path",
    errno.EACCES: "not allowed: give this user the right to write to the folder",
    errno.EPERM: "not allowed: give this user the right to write to the folder",
    errno.EISDIR: "a folder is in its place: move that away",
    errno.ENOTDIR: "a file is where a folder of its path should be: move that away",
    errno.EEXIST: "a file is where a folder of its path should be: move that away",
    errno.ENAMETOOLONG: "its path is too long: set a shorter feeds.path",
}


def replace(path: Path, data: bytes) -> bool:
    """Make the file at ``path`` hold ``data``; True when it did not already.

    A reader of the file sees the old bytes or the new ones, whatever is killed or loses power.
    Missing folders are made. Files get mode 0644 and folders 0755, whatever the umask: any web
    server can serve them. Raises OutputUnwritable, and leaves the old file as it was. There may be
    one writer of a file at a time.
    """
    try:
        return _replace(path, data)
    except OSError as fault:
        raise OutputUnwritable(f"{path}: can't be written: {advice(fault)}") from fault


def beside(path: Path) -> Path:
    """Where the ``.gz`` file of a file is."""
    return path.with_name(f"{path.name}.gz")


def advice(fault: OSError) -> str:
    """What is wrong and what to do, in a phrase."""
    known = _ADVICE.get(fault.errno or 0)
    return known or (fault.strerror or str(fault)).lower()


def _replace(path: Path, data: bytes) -> bool:
    if os.path.lexists(new := _new(path)):
        new.unlink()
    if _holds(path, data):
        return False
    _make_folder(path.parent)
    with new_file(path, data):
        beside(path).unlink(missing_ok=True)  # it holds the old bytes, and servers prefer it
    # The folder is not synced: a power cut may bring the old file back, and the next pass notices.
    return True


@contextmanager
def new_file(path: Path, data: bytes) -> Iterator[Path]:
    """Write a file, give its path for what is left to do, and put it in the place of another."""
    new = _new(path)
    new.unlink(missing_ok=True)
    try:
        _write(new, data)
        yield new
        os.replace(new, path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _new(path: Path) -> Path:
    # The same name each time, so that what a killed process left is taken away by the next one.
    return path.with_name(f".{path.name}.new")


def _holds(path: Path, data: bytes) -> bool:
    """Whether a plain file with these bytes is there: the size is looked at first."""
    try:
        found = path.lstat()
        if stat.S_ISDIR(found.st_mode):
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        same_size = stat.S_ISREG(found.st_mode) and found.st_size == len(data)
        return same_size and path.read_bytes() == data
    except (FileNotFoundError, PermissionError):
        return False


def _write(new: Path, data: bytes) -> None:
    """Write a file of no one else's, readable by others only when it is whole and on disk."""
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, 0o644)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
