"""The files below the content folder that may be posts, and what could not be looked into."""

from __future__ import annotations

import marshal
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from publisher.content.ignore import hidden, is_post_name

#: How fresh a file's time of change must be for a second change to hide behind the same time: the
#: coarsest clock of a file system in use (FAT) ticks every two seconds.
COARSE_S = 2.0


@dataclass(kw_only=True, slots=True)
class Walk:
    """``files`` are paths below the content folder, with ``/``, and what the folder says of each.

    ``barred`` are folders and links, with a slash at the end where they are folders, that the
    system refuses to show, and its reason.
    """

    files: list[tuple[str, os.stat_result]] = field(default_factory=list)
    barred: list[tuple[str, str]] = field(default_factory=list)


def walk(
    content: str,
    ignored: Callable[[str], bool],
    is_post: Callable[[str], bool] = lambda below: True,
) -> Walk:
    """All of a folder, in no order. Raises OSError when the folder itself can't be listed.

    ``is_post`` says of a file's path below it whether it can be a post, beside what its name says.
    What a symlink takes outside is not read. A symlink to a place inside is read only where that
    place is not read under its own name: a post is one file.
    """
    found = Walk()
    walker = _Walker(os.path.realpath(content), ignored, is_post, found)
    walker.list_folder(content, "")
    while walker.folders:
        path, below = walker.folders.pop()
        try:
            walker.list_folder(path, f"{below}/")
        except FileNotFoundError:
            continue
        except OSError as error:
            found.barred.append((f"{below}/", error.strerror or str(error)))
    return found


def mark_of(found: Walk, wall_s: float) -> str | None:
    """A digest of a walk: while it is the same, so is what the files say. ``wall_s`` is the time.

    None where that can't be said: a file is so new that it may change again and look the same.
    """
    surely_s = wall_s - COARSE_S
    if any(max(stat.st_mtime, stat.st_ctime) > surely_s for _, stat in found.files):
        return None
    files = sorted((below, *stamp(stat)) for below, stat in found.files)
    told = marshal.dumps((files, sorted(found.barred)))
    return blake2b(told, digest_size=20).hexdigest()


def stamp(stat: os.stat_result) -> tuple[int, int, int, int]:
    """What of a file's state is another one when the file is: times, size and number."""
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_ctime_ns


class _Walker:
    """One walk: folders still to list, and the links to folders that were followed."""

    def __init__(
        self,
        real: str,
        ignored: Callable[[str], bool],
        is_post: Callable[[str], bool],
        found: Walk,
    ) -> None:
        self._real = real
        self._ignored = ignored
        self._is_post = is_post
        self._found = found
        self._followed: set[str] = set()
        self.folders: list[tuple[str, str]] = []

    def list_folder(self, path: str, prefix: str) -> None:
        files, ignored = self._found.files, self._ignored
        with os.scandir(path) as entries:
            for entry in entries:
                name = entry.name
                below = prefix + name
                if hidden(name) or ignored(below):
                    continue
                try:
                    if entry.is_file(follow_symlinks=False):
                        if is_post_name(name) and self._is_post(below):
                            files.append((below, entry.stat()))
                    else:
                        self._take(entry, below)
                except FileNotFoundError:
                    continue
                except OSError as error:
                    self._found.barred.append((below, error.strerror or str(error)))

    def _take(self, entry: os.DirEntry[str], below: str) -> None:
        if entry.is_symlink() and not self._follows(entry):
            return
        if entry.is_dir():
            self.folders.append((entry.path, below))
        elif is_post_name(entry.name) and self._is_post(below) and entry.is_file():
            self._found.files.append((below, entry.stat()))

    def _follows(self, entry: os.DirEntry[str]) -> bool:
        real = os.path.realpath(entry.path)
        if not real.startswith(self._real + os.sep) or real in self._followed:
            return False
        names = os.path.relpath(real, self._real).split(os.sep)
        if not self._hides(names) and (entry.is_dir() or is_post_name(names[-1])):
            return False
        self._followed.add(real)
        return True

    def _hides(self, names: list[str]) -> bool:
        """Whether a path is passed over under its own name."""
        paths = ("/".join(names[:end]) for end in range(1, len(names) + 1))
        return any(map(hidden, names)) or any(map(self._ignored, paths))
