"""Syndication: the feeds of a site, each written only where it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.domain.plan import Live
from publisher.domain.post import Rendered
from publisher.feeds.atom import atom
from publisher.feeds.entry import entry
from publisher.feeds.feed import Feed
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.outline import FILE_NAMES, FeedRules, Shelf, bears, feed_of
from publisher.feeds.rss import rss
from publisher.feeds.write import replace as replace_file

WRITERS: Mapping[str, Callable[[Feed], bytes]] = {"atom": atom, "rss": rss, "json": json_feed}


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenFeed:
    """A feed file as it stands after a pass. ``path`` is relative to the site's folder."""

    path: str
    format: str
    entries: int
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """From what a file was made, and how the disk showed it then."""

    shelf: Shelf
    updated: datetime
    stat: tuple[int, int, int]


@dataclass(kw_only=True)
class Syndicator:
    """Writes feeds below ``root``, whose path as a person knows it is ``shown``."""

    root: Path
    shown: str
    rules: FeedRules
    full_content: bool

    def __post_init__(self) -> None:
        self._made: dict[Path, _Made] = {}

    def write(
        self,
        shelf: Shelf,
        withdrawn: Sequence[Live],
        pages: Mapping[str, Rendered],
        epoch: datetime,
    ) -> Iterator[WrittenFeed]:
        """Write one shelf's feeds in every format. Raises OutputUnwritable.

        ``pages`` holds the rendered body of each member. ``epoch`` is the ``updated`` of a feed
        that never held anything.
        """
        updated = _updated(shelf, withdrawn, epoch)
        for format_ in self.rules.formats:
            path = self.root / shelf.folder / FILE_NAMES[format_]
            changed = self._write_one(path, format_, shelf, updated, pages)
            yield WrittenFeed(
                path=str(Path(self.shown, shelf.folder, FILE_NAMES[format_]).as_posix()),
                format=format_,
                entries=len(shelf.members),
                changed=changed,
            )

    def _write_one(
        self,
        path: Path,
        format_: str,
        shelf: Shelf,
        updated: datetime,
        pages: Mapping[str, Rendered],
    ) -> bool:
        """Make and replace a file, unless it was made from the same before and is there still."""
        made = self._made.get(path)
        if made == _Made(shelf=shelf, updated=updated, stat=_stat(path)):
            return False
        entries = [
            entry(
                one.publication,
                one.post,
                pages[one.publication.key],
                full_content=self.full_content,
            )
            for one in shelf.members
            if one.post is not None
        ]
        feed = feed_of(shelf, format_, tuple(entries), updated, self.rules)
        changed = replace_file(path, WRITERS[format_](feed))
        self._made[path] = _Made(shelf=shelf, updated=updated, stat=_stat(path))
        return changed


def _updated(shelf: Shelf, withdrawn: Sequence[Live], epoch: datetime) -> datetime:
    """The newest change of an entry or a withdrawal that a reader of this shelf could notice."""
    left = [
        one.publication.withdrawn_at
        for one in withdrawn
        if one.publication.withdrawn_at and (shelf.term is None or bears(one.post, shelf.term))
    ]
    return max((*(one.publication.updated for one in shelf.members), *left), default=epoch)


def _stat(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_size, found.st_mtime_ns)
