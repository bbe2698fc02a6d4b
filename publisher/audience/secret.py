"""The token secret in a file of its own: read with care, or made at the first run."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from publisher.audience.tokens import parse_secrets
from publisher.domain.errors import PublisherError

#: More than any list of secrets needs; a device or a log named by mistake is not read whole.
_LARGEST = 64 * 1024


class SecretUnusable(PublisherError):
    """The file with the token secret can't be read, trusted or made."""


def load(path: Path) -> tuple[bytes, ...]:
    """The secrets in a file, one a line: the first signs, all verify.

    Raises SecretUnusable when the file is missing, is readable by others than its owner, or holds
    no usable secret; FileNotFoundError stays its cause.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise SecretUnusable(f"{path}: can't be read: {_reason(error)}") from error
    if mode & 0o077:
        raise SecretUnusable(
            f"{path}: others than its owner may read or change the token secret: "
            f"chmod 600 {path}, and put a new secret on its first line if others had access"
        )
    return _parsed(path, data)


def load_or_make(path: Path, make: Callable[[], bytes]) -> tuple[tuple[bytes, ...], bool]:
    """The secrets in a file, and whether it was made now. Raises SecretUnusable.

    ``make`` gives random bytes, at least 16; they are written in hexadecimal to a file of mode
    0600 in a folder that is made 0700. The file appears whole or not at all, and of two processes
    that make it at once both use the one that stands.
    """
    try:
        if path.exists():
            return load(path), False
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = _place(path, make().hex().encode() + b"\n")
    except OSError as error:
        raise SecretUnusable(f"{path}: the token secret can't be made: {_reason(error)}") from error
    return load(path), made


def _place(path: Path, data: bytes) -> bool:
    """Write a file under its final name at once; False when another was there first."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)  # left by a process that died and had the same number
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        os.link(draft, path)  # unlike a rename, this never replaces a secret that is in use
    except FileExistsError:
        return False
    finally:
        draft.unlink(missing_ok=True)
    _sync(path.parent)
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _parsed(path: Path, data: bytes) -> tuple[bytes, ...]:
    if len(data) > _LARGEST:
        raise SecretUnusable(f"{path}: too large to be a file of secrets")
    try:
        return parse_secrets(data.decode())
    except UnicodeDecodeError as error:
        raise SecretUnusable(f"{path}: not text: write a secret of letters and digits") from error
    except ValueError as error:
        raise SecretUnusable(f"{path}: {error}") from error


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
