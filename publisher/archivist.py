"""The archives of the site's feed, filled in behind: after the current feeds are on the disk.

One archive at a time is rendered and written, and its bodies are let go: however long a history is,
no more of it is in memory than one document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.bodies import Bodies, item_of
from publisher.content.folder import Changed
from publisher.domain.finding import Finding
from publisher.domain.plan import Live
from publisher.feeds.outline import archive_shelves
from publisher.syndicate import Stocked, Syndicator, WrittenFeed


@dataclass(kw_only=True)
class Filled:
    """What was done. ``warnings`` are those of each post that was rendered, by its key."""

    feeds: list[WrittenFeed] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    warnings: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Archivist:
    """Writes those archives that what they are made of has changed, the newest one first."""

    bodies: Bodies
    syndicator: Syndicator

    def fill(
        self, live: Sequence[Live], archives: int, withdrawn: Sequence[Live], epoch: datetime
    ) -> Filled:
        """Write so many archives. A post that can't be rendered is left out, and tried again."""
        done = Filled()
        shelves = archive_shelves(live, self.syndicator.rules, archives=archives)
        for stocked in self.syndicator.stock(shelves, withdrawn, epoch):
            try:
                self._fill_one(stocked, done)
            except Changed:  # what was saved meanwhile is the next pass's
                self.syndicator.forget(stocked)
        return done

    def _fill_one(self, stocked: Stocked, done: Filled) -> None:
        wanted = [item_of(one) for one in stocked.shelf.members] if stocked.stale else []
        pages, failed = self.bodies.render_once(wanted, "feed")
        members = tuple(one for one in stocked.shelf.members if one.publication.key not in failed)
        whole = replace(stocked, shelf=replace(stocked.shelf, members=members))
        done.feeds += self.syndicator.write([whole], pages, done.faults, {})
        done.warnings |= {key: page.warnings for key, page in pages.items()}
        if failed:
            done.problems += failed.values()
            self.syndicator.forget(stocked)
