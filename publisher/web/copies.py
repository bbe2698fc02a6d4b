"""Copies of the feed files in memory, so that an answer asks neither disk nor compression.

Only files that are named are ever opened. A file is read when it is first asked for; from then on
``refresh`` reads it as soon as it was replaced, and makes its gzip then. What does not fit is sent
from the disk, with the same headers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from publisher.web.sent import Copy, copy_of, kind_of

#: How much is kept in memory, and how much of that one file may take.
MOST_BYTES = 64 * 2**20
LARGEST = 4 * 2**20


class Copies:
    """Copies of files below ``root``, which are asked for below each of ``bases``.

    A base is a path of URLs, decoded, without a slash at its end. ``link`` gives the value of the
    header Link of a file by its name. Every method may be called in any thread.
    """

    def __init__(
        self,
        root: Path,
        bases: Sequence[str],
        link: Callable[[str], str] = lambda name: "",
        *,
        most_bytes: int = MOST_BYTES,
        largest: int = LARGEST,
    ) -> None:
        self._root = root
        self._bases = bases
        self._link = link
        self._most_bytes = most_bytes
        self._largest = largest
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._places: dict[str, str] = {}
        self._copies: dict[str, Copy] = {}  # the oldest copy first
        self._kept = 0

    def place(self, path: str) -> str | None:
        """The name of the file that a path of a URL stands for, if it is one that is served."""
        return self._places.get(path)

    def ready(self, name: str) -> Copy | None:
        """The copy in memory, if there is one. Never blocks."""
        return self._copies.get(name)

    def load(self, name: str) -> Copy | None:
        """The file as it stands on the disk; None when it is not there. Reads it if need be."""
        with self._lock:
            return self._taken(name) if name in self._names else None

    def refresh(self, names: Iterable[str]) -> None:
        """Files that are served from now on, relative to the root, were written; and any of those
        that are may have been replaced, or be gone.
        """
        with self._lock:
            for name in filter(_is_served, frozenset(names) - self._names):
                self._names.add(name)
                self._places |= {f"{base}/{name}": name for base in self._bases}
            for name in list(self._copies):
                self._taken(name)

    def _taken(self, name: str) -> Copy | None:
        before = self._copies.get(name)
        try:
            copy = copy_of(self._root / name, self._link(name), before, self._largest)
        except OSError:
            self._drop(name)
            return None
        if copy is not before:
            self._keep(name, copy)
        return copy

    def _keep(self, name: str, fresh: Copy) -> None:
        """Put a copy in the place of the former one, with no moment in which there is neither."""
        before = self._copies.get(name)
        self._kept += fresh.bytes_kept - (before.bytes_kept if before else 0)
        self._copies[name] = fresh
        for oldest in list(self._copies):
            if self._kept <= self._most_bytes:
                break
            if oldest != name:
                self._drop(oldest)

    def _drop(self, name: str) -> None:
        if (gone := self._copies.pop(name, None)) is not None:
            self._kept -= gone.bytes_kept


def _is_served(name: str) -> bool:
    """Whether it is a plain name below the folder, of a kind that is sent."""
    parts = name.split("/")
    return all(part and not part.startswith(".") for part in parts) and bool(kind_of(parts[-1]))
