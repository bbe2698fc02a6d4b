"""What a power cut leaves of a site: what was synced, and of the rest what the disk pleases.

SQLite appends each transaction to the write-ahead log as frames, of which the last one marks the
commit (sqlite.org/fileformat2.html, section 4). With ``survive: power`` it syncs them at each
commit, so that a cut can take nothing of one that has returned. With ``survive: process`` it may
take any number of the last ones, for nothing is synced until the log is folded into the database.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

from livesite import LiveSite

LEDGER = "state/publisher.db"
_HEADER = 32
_FRAME = struct.Struct(">II8s8s")


def commits(log: bytes) -> list[int]:
    """Where each transaction in a write-ahead log ends, oldest first."""
    if len(log) < _HEADER:
        return []
    (page_size,), salt = struct.unpack_from(">I", log, 8), log[16:24]
    ends = []
    for at in range(_HEADER, len(log) - _FRAME.size - page_size + 1, _FRAME.size + page_size):
        _, pages_after_commit, of, _ = _FRAME.unpack_from(log, at)
        if of != salt:
            break  # a frame of the log's former life
        if pages_after_commit:
            ends.append(at + _FRAME.size + page_size)
    return ends


def log_of(site: LiveSite) -> Path:
    return site.root / f"{LEDGER}-wal"


def lose_what_was_not_synced(site: LiveSite, before: Path) -> None:
    """A power cut under ``survive: power``, at its worst. ``before`` is the site a while ago.

    Renames that nobody synced are undone, the cache and the notes are torn, the mark is an old one,
    and a transaction that was being written stands half in the log.
    """
    shutil.rmtree(site.root / "public", ignore_errors=True)
    if (before / "public").exists():
        shutil.copytree(before / "public", site.root / "public")
    for torn in ("state/cache.db", "state/notes.json"):
        if (path := site.root / torn).exists():
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 2])
    if (before / f"{LEDGER}.mark").exists():
        shutil.copy(before / f"{LEDGER}.mark", site.root / "state")
    for gone in (f"{LEDGER}-shm", "state/cache.db-wal", "state/cache.db-shm"):
        (site.root / gone).unlink(missing_ok=True)
    if (path := log_of(site)).exists() and (ends := commits(log := path.read_bytes())):
        path.write_bytes(log[: ends[-1]] + log[_HEADER : _HEADER + 3000])


def cut_the_log(site: LiveSite, commit: int) -> None:
    """A power cut under ``survive: process``: this many transactions are left of the log."""
    log = log_of(site).read_bytes()
    (site.root / f"{LEDGER}-shm").unlink(missing_ok=True)
    log_of(site).write_bytes(log[: [_HEADER, *commits(log)][commit]])
