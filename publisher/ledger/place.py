"""Where the ledger is: its address in the configuration, and whether that place is fit for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs

from publisher.domain.errors import LedgerUnusable, UsageError

MOUNTS = Path("/proc/self/mounts")

#: File systems whose locks or shared memory can't be trusted between machines. SQLite's WAL needs
#: both (sqlite.org/wal.html: "all processes using a database must be on the same host computer").
NETWORK = frozenset(
    [
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fuse.ceph",
        "fuse.davfs2",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "smb3",
        "smbfs",
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A ledger's file. ``shown`` is how a person wrote it; ``network`` lets it be on any mount."""

    path: Path
    shown: str
    network: bool = False

    @property
    def lock(self) -> Path:
        """The lock beside it, held by the one process that publishes and delivers."""
        return self.path.with_name(self.path.name + ".lock")

    @property
    def mark(self) -> Path:
        """The mark beside it, by which an older copy of the ledger is known for one."""
        return self.path.with_name(self.path.name + ".mark")


def locate(url: str, root: Path, *, allow_network: bool = False) -> Place:
    """Read ``sqlite:PATH``, with ``?network=yes`` to allow a network file system.

    A relative PATH is below ``root``. Raises UsageError, a sentence that says what to write.
    """
    scheme, _, rest = url.partition(":")
    if scheme.startswith("postgres"):
        raise UsageError("ledger: PostgreSQL is not supported yet: write sqlite:PATH")
    name, _, query = rest.partition("?")
    options = parse_qs(query, keep_blank_values=True)
    if scheme != "sqlite" or not name or name.startswith("//"):
        raise UsageError(f"ledger: {url!r} is not sqlite:PATH, such as sqlite:state/publisher.db")
    network = options.pop("network", ["no"])
    if options or network not in (["yes"], ["no"]):
        raise UsageError(f"ledger: {url!r}: the only option is ?network=yes")
    path = Path(os.path.abspath(root / name))
    return Place(path=path, shown=name, network=allow_network or network == ["yes"])


def require_local(place: Place) -> None:
    """Raise LedgerUnusable for a ledger on a network file system, unless its place allows that."""
    if place.network or not MOUNTS.exists():
        return
    mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    found = network_mount(place.path.resolve(), mounts)
    if found is not None:
        kind, where = found
        raise LedgerUnusable(
            f"{place.shown}: {where} is a network file system ({kind}), on which two machines "
            "could write at once and damage it: move the ledger to a local disk or, if only one "
            "machine will ever open it, add ?network=yes to its address"
        )


def network_mount(path: Path, mounts: str) -> tuple[str, str] | None:
    """The kind and mount point of the network file system that holds a path; None for a local one.

    ``mounts`` is in the format of fstab(5). The longest mount point that leads to the path counts,
    and of two at one place the later, which hides the other.
    """
    kind, where = "", Path("/")
    for at, its_kind in _mounts(mounts):
        if len(at.parts) >= len(where.parts) and path.is_relative_to(at):
            kind, where = its_kind, at
    return (kind, str(where)) if kind in NETWORK else None


def _mounts(text: str) -> Iterator[tuple[Path, str]]:
    for line in text.splitlines():
        fields = line.split(" ")
        if len(fields) >= 3:
            yield Path(_unescaped(fields[1])), fields[2]


def _unescaped(field: str) -> str:
    r"""A field of fstab(5): white space and backslash stand as octal, ``\040``."""
    for octal in ("040", "011", "012", "134"):
        field = field.replace("\\" + octal, chr(int(octal, 8)))
    return field


def make_room(place: Place) -> bool:
    """Make the ledger's folder (0700) and file (0600) where missing; whether the file is new.

    A file that is there is closed to others: it holds people's addresses. Raises LedgerUnusable.
    """
    try:
        _make_folders(place.path.parent)
        try:
            os.close(os.open(place.path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        except FileExistsError:
            if place.path.stat().st_mode & 0o077:
                place.path.chmod(0o600)
            return False
    except OSError as error:
        raise LedgerUnusable(
            f"{place.shown}: can't make the ledger's file: {error.strerror}"
        ) from error
    return True


def _make_folders(folder: Path) -> None:
    if not folder.exists():
        _make_folders(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
