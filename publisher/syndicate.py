"""Syndication: the feeds of a site, each made and written only when what it is made of changed.

What a feed file was made of, and how the disk showed it then, is noted beside the ledger. A pass
that finds both unchanged makes nothing, renders nothing and loads no XML library; a file that was
deleted or touched is made anew. The notes may be lost: they only save work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from publisher import __version__
from publisher.domain.errors import OutputUnwritable
from publisher.domain.plan import Live
from publisher.domain.post import Rendered
from publisher.feeds.feed import Feed
from publisher.feeds.outline import Shelf, feed_of
from publisher.feeds.rules import FILE_NAMES, FeedRules
from publisher.feeds.terms import bears
from publisher.feeds.write import replace as replace_file
from publisher.notes import Made, Notes, stat_of


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenFeed:
    """A feed file as it stands after a pass. ``path`` is relative to the site's folder, and
    ``place`` to that of the feeds."""

    path: str
    place: str
    format: str
    entries: int
    changed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Stocked:
    """A shelf, when it was last updated, and the formats whose file has to be made anew.

    ``digest`` stands for all that its feeds are made of.
    """

    shelf: Shelf
    updated: datetime
    digest: str
    stale: frozenset[str]


@dataclass(kw_only=True)
class Syndicator:
    """Writes feeds below ``root``, whose path as a person knows it is ``shown``.

    ``notes`` remembers what was made of what. ``gzip``: beside each file stands its ``.gz``.
    ``on_written`` is called when files may have been replaced, before anyone is told of it.
    """

    root: Path
    shown: str
    rules: FeedRules
    full_content: bool
    notes: Notes
    gzip: bool = False
    on_written: Callable[[], None] = lambda: None

    def stock(
        self, shelves: Iterable[Shelf], withdrawn: Sequence[Live], epoch: datetime
    ) -> list[Stocked]:
        """What has to be made. ``epoch`` is the ``updated`` of a feed that never held anything."""
        stocked = []
        for shelf in shelves:
            updated = self._updated(shelf, withdrawn, epoch)
            digest = self._digest(shelf, updated)
            stale = {
                format_
                for format_ in self.rules.formats
                if self.notes.made.get(_name(shelf, format_)) != self._note(shelf, format_, digest)
            }
            stocked.append(
                Stocked(shelf=shelf, updated=updated, digest=digest, stale=frozenset(stale))
            )
        return stocked

    def make(self, stocked: Iterable[Stocked], pages: Mapping[str, Rendered]) -> dict[str, bytes]:
        """The files that are stale, by name. ``pages`` has the bodies of their members."""
        return {
            _name(one.shelf, format_): self._make(one, format_, pages)
            for one in stocked
            for format_ in self.rules.formats
            if format_ in one.stale
        }

    def write(
        self,
        stocked: Iterable[Stocked],
        pages: Mapping[str, Rendered],
        faults: list[str],
        made: Mapping[str, bytes],
    ) -> list[WrittenFeed]:
        """Replace what is stale. ``pages`` has the body of each member of a stale shelf.

        Files that are in ``made`` are not made again. A file that can't be written is a fault, and
        stops no other.
        """
        written = []
        for one, format_ in [(one, format_) for one in stocked for format_ in self.rules.formats]:
            try:
                written.append(self._write_one(one, format_, pages, made))
            except OutputUnwritable as error:
                faults.append(str(error))
        if any(one.changed for one in written):
            self.on_written()
        if self.gzip:
            self._compress(written, faults)
        return written

    def _compress(self, written: Iterable[WrittenFeed], faults: list[str]) -> None:
        from publisher.feeds.gzipped import pair

        for one in written:
            try:
                pair(self.root / one.place)
            except OutputUnwritable as error:
                faults.append(str(error))

    def forget(self, stocked: Stocked) -> None:
        """Let the next pass make these files anew: something is missing in them."""
        for format_ in self.rules.formats:
            self.notes.made.pop(_name(stocked.shelf, format_), None)

    def _write_one(
        self, one: Stocked, format_: str, pages: Mapping[str, Rendered], made: Mapping[str, bytes]
    ) -> WrittenFeed:
        name = _name(one.shelf, format_)
        changed = False
        if format_ in one.stale:
            data = made.get(name) or self._make(one, format_, pages)
            changed = replace_file(self.root / name, data)
            self.notes.made[name] = self._note(one.shelf, format_, one.digest)
        return WrittenFeed(
            path=f"{self.shown.rstrip('/')}/{name}",
            place=name,
            format=format_,
            entries=len(one.shelf.members),
            changed=changed,
        )

    def _make(self, one: Stocked, format_: str, pages: Mapping[str, Rendered]) -> bytes:
        from publisher.feeds.entry import entry

        entries = [
            entry(
                live.publication,
                live.post,
                pages[live.publication.key],
                full_content=self.full_content,
            )
            for live in one.shelf.members
            if live.post is not None
        ]
        feed = feed_of(one.shelf, format_, tuple(entries), one.updated, self.rules)
        return _writer(format_)(feed)

    def _updated(self, shelf: Shelf, withdrawn: Sequence[Live], epoch: datetime) -> datetime:
        """The newest change of an entry or a withdrawal that a reader of a shelf could notice."""
        left = [
            one.publication.withdrawn_at
            for one in withdrawn
            if one.publication.withdrawn_at and self._stood_on(shelf, one)
        ]
        return max((*(one.publication.updated for one in shelf.members), *left), default=epoch)

    def _stood_on(self, shelf: Shelf, gone: Live) -> bool:
        if shelf.archive is not None:
            return gone.publication.archive == shelf.archive
        return shelf.term is None or bears(gone.post, shelf.term, self.rules)

    def _digest(self, shelf: Shelf, updated: datetime) -> str:
        """Of the rules and of each member: a post's file, place and dates say all of its entry."""
        site = (__version__, self.rules, self.full_content)
        place = (shelf.title, updated, shelf.archive, shelf.older, shelf.newer)
        made_of = [repr(site), repr(place)]
        made_of += [f"{one.feed_id} {one.withdrawn_at}" for one in shelf.gone]
        for live in shelf.members:
            row, url = live.publication, live.post and live.post.url
            made_of.append(
                f"{row.feed_id} {row.due} {row.updated} {row.source_hash} {url} {live.path}"
            )
        return blake2b("\n".join(made_of).encode("utf-8", "replace"), digest_size=16).hexdigest()

    def _note(self, shelf: Shelf, format_: str, digest: str) -> Made:
        """What a feed is made of, and how its file stands on the disk."""
        return [digest, *stat_of(self.root / _name(shelf, format_))]


def _writer(format_: str) -> Callable[[Feed], bytes]:
    if format_ == "json":
        from publisher.feeds.jsonfeed import json_feed

        return json_feed
    if format_ == "atom":
        from publisher.feeds.atom import atom

        return atom
    from publisher.feeds.rss import rss

    return rss


def _name(shelf: Shelf, format_: str) -> str:
    return "/".join(filter(None, (shelf.folder, FILE_NAMES[format_])))
