"""The page that lists the feeds, and their stylesheet, put up beside them.

A file of the same name that something else made is left alone: the folder may be a site's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from publisher import __version__
from publisher.domain.errors import OutputUnwritable, TemplateFault
from publisher.feeds.guide import MADE, PAGE, Guide
from publisher.feeds.outline import Shelf
from publisher.feeds.rules import STYLESHEET, FeedRules
from publisher.feeds.write import replace
from publisher.notes import Made, Notes, stat_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Signpost:
    """Keeps both files below ``root``, made anew when what they are made of changed."""

    root: Path
    rules: FeedRules
    guide: Guide
    notes: Notes

    def put_up(self, shelves: Sequence[Shelf]) -> list[str]:
        """Write what changed; what went wrong."""
        listed = [(shelf.folder, shelf.title) for shelf in shelves]
        made_of = repr((__version__, self.rules, self.guide.stamp(), listed))
        digest = blake2b(made_of.encode("utf-8", "replace"), digest_size=16).hexdigest()
        faults = []
        for name, make in (
            (STYLESHEET, self.guide.stylesheet),
            (PAGE, lambda: self.guide.page(shelves, self.rules)),
        ):
            try:
                self._put(name, digest, make)
            except (OutputUnwritable, TemplateFault) as error:
                faults.append(str(error))
        return faults

    def _put(self, name: str, digest: str, make: Callable[[], str]) -> None:
        path = self.root / name
        if self.notes.made.get(name) == _note(digest, path) or not _is_ours(path):
            return
        replace(path, make().encode())
        self.notes.made[name] = _note(digest, path)


def _note(digest: str, path: Path) -> Made:
    return [digest, *stat_of(path)]


def _is_ours(path: Path) -> bool:
    try:
        return MADE.encode() in path.read_bytes()
    except OSError:
        return not path.exists()
