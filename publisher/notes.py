"""Notes beside the ledger, so that a pass need not do again what cannot have changed.

What each feed file was made of, and what the rendering of each shown post warned of. They may be
lost or damaged: they only save work.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from publisher.domain.finding import Finding
from publisher.domain.plan import Live

Made = list[str | int]


class Notes:
    """The notes in a file, which is read now and written by ``keep``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept = _read(path)
        self.made: dict[str, Made] = dict(self._kept.get("made", {}))
        self._warned: dict[str, list[dict[str, Any]]] = dict(self._kept.get("warned", {}))

    def warnings(self, live: Iterable[Live], now: Mapping[str, Iterable[Finding]]) -> list[Finding]:
        """What rendering warns of in live posts: just ``now``, by key, or when it was done."""
        warned = {}
        for one in live:
            key, digest = one.publication.key, one.publication.source_hash
            if key in now:
                found = [_shape(finding) for finding in now[key]]
            else:
                found = self._warned.get(digest, [])
            if found:
                warned[digest] = found
        self._warned = warned
        return [Finding(**shape) for shapes in warned.values() for shape in shapes]

    def keep(self) -> None:
        """Write what changed."""
        now = {"made": self.made, "warned": self._warned}
        if now != self._kept:
            with contextlib.suppress(OSError):
                self._path.write_text(json.dumps(now, sort_keys=True))
            self._kept = {"made": dict(self.made), "warned": self._warned}


def stat_of(path: Path) -> tuple[int, int, int]:
    """How a file stands on the disk; zeros where there is none."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _read(path: Path) -> dict[str, Any]:
    try:
        kept = json.loads(path.read_bytes())
        [Finding(**shape) for shapes in kept["warned"].values() for shape in shapes]
        return {"made": dict(kept["made"]), "warned": dict(kept["warned"])}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _shape(finding: Finding) -> dict[str, Any]:
    return {"path": finding.path, "line": finding.line, "message": finding.message}
