"""One pass: scan, decide, record, write, start.

    folder ──scan──▶ arrange: decide, render ──▶ ledger (one transaction)
                                                   │
           site's feeds ◀── issues start ◀─────────┘ ──▶ feeds of each term ──▶ archives

A pass that is due soon is arranged ahead, and what was arranged holds while nothing changes. After
the ledger has it nothing is lost: feed files are judged against the disk, and mail that did not
start is still awaited, at the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from publisher.announce import Announcer
from publisher.archivist import Archivist
from publisher.arrange import Arrangement, Arranger, ViewBook
from publisher.bodies import Bodies, Item, PostFolder, item_of
from publisher.content.folder import Changed
from publisher.content.render import RenderFailed
from publisher.domain.addresses import shared_urls
from publisher.domain.errand import NewErrand
from publisher.domain.errors import LedgerUnusable, Refused, TemplateFault
from publisher.domain.finding import Finding
from publisher.domain.plan import Plan, Policy, Start
from publisher.domain.post import Scan
from publisher.feeds.terms import Term
from publisher.freeze import Editor, Frozen
from publisher.notes import Notes
from publisher.report import PassReport
from publisher.signpost import Signpost
from publisher.standing import Standing
from publisher.syndicate import Syndicator, WrittenFeed

TRIES = 5

#: How many of the next issues are kept ready in memory, and how many posts are made at once.
PREPARED = 20
AT_ONCE = 2

#: How late an instant may be noticed for what was arranged for it to be taken as it is.
STILL_GOOD = timedelta(seconds=1)


class PostBook(ViewBook, Protocol):
    """The ledger as a pass needs it. Every method is one transaction."""

    def record(
        self,
        plan: Plan,
        sources: Mapping[str, bytes],
        now: datetime,
        *,
        asked: Sequence[NewErrand] = (),
    ) -> None:
        """Write a plan's rows, holds and pauses, with the source of each publication given, and
        the errands that follow from it.

        Raises Refused when what was decided on has changed since: nothing was written.
        """

    def announce(self, pings: Sequence[NewErrand], now: datetime) -> None:
        """The feeds are written: let the hooks of the pass go, and ask for these pings."""

    def passed(self, now: datetime) -> None:
        """Note that a pass was made, and that it changed nothing."""

    def remember_terms(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Keep the slugs of new terms."""

    def data_version(self) -> int:
        """A number that changes when anyone else has changed the ledger."""


@dataclass(kw_only=True)
class Publisher:
    """Makes passes. One at a time, in the process that holds the lock.

    ``on_start`` is called when an issue has started, before the feeds of terms are written;
    ``on_asked`` when all feeds are, and others were to be told of it.
    ``standing`` knows when there is nothing to do.
    """

    folder: PostFolder
    book: PostBook
    bodies: Bodies
    syndicator: Syndicator
    editor: Editor
    notes: Notes
    standing: Standing
    signpost: Signpost | None = None
    announcer: Announcer = field(default_factory=Announcer)
    on_start: Callable[[], None] = lambda: None
    on_asked: Callable[[], None] = lambda: None
    _ahead: Arrangement | None = None
    _ahead_of: int = 0
    _writes: int = 0

    def __post_init__(self) -> None:
        self._arranger = Arranger(
            folder=self.folder, book=self.book, bodies=self.bodies, syndicator=self.syndicator
        )
        self._archivist = Archivist(bodies=self.bodies, syndicator=self.syndicator)

    def run_pass(self, now: datetime, policy: Policy, scan: Scan | None = None) -> PassReport:
        """Publish all that is due at ``now``. ``scan`` is a recent one, when nothing changed since.

        Raises LedgerUnusable with nothing done. Whatever else goes wrong is in the report.
        """
        ground = self.standing.ground(scan, policy)
        if (report := self.standing.again(ground, now)) is not None:
            self.book.passed(now)
            return report
        self._writes = 0
        if not self.notes.made:  # a first pass: there is much to read, and surely a body to render
            self.bodies.renderer.start()
        report = self._run_pass(now, policy, scan)
        self.standing.keep(ground, report, self._writes)
        return report

    def _run_pass(self, now: datetime, policy: Policy, scan: Scan | None) -> PassReport:
        arranged = self._record(scan, now, policy)
        self._remember(arranged.new_terms)
        first, *others = arranged.stocked
        faults: list[str] = []
        feeds = self.syndicator.write([first], arranged.pages, faults, arranged.feeds)
        issues = self._start(arranged, faults)
        feeds += self.syndicator.write(others, arranged.pages, faults, arranged.feeds)
        self._announce(arranged, feeds, faults)
        if self.signpost is not None:
            faults += self.signpost.put_up([one.shelf for one in arranged.stocked])
        filled = self._archivist.fill(
            arranged.live, arranged.plan.archives, arranged.withdrawn, arranged.epoch
        )
        warnings = {key: page.warnings for key, page in arranged.pages.items()} | filled.warnings
        warned = self.notes.warnings(arranged.live, warnings)
        self.notes.keep()
        shown = {one.publication.key: one for one in arranged.shown}
        return PassReport(
            at=arranged.at,
            plan=arranged.plan,
            shown=tuple(shown.values()),
            feeds=(*feeds, *filled.feeds),
            issues=tuple(issues),
            problems=(*arranged.plan.problems, *arranged.problems, *filled.problems),
            warnings=_warnings(arranged, warned),
            faults=(*faults, *filled.faults),
        )

    def foresee(self, at: datetime, policy: Policy, scan: Scan) -> None:
        """Arrange the pass that is due at ``at``, so that nothing but to write is left then."""
        self._ahead_of = self.book.data_version()
        self._ahead = self._arranger.arrange_ahead(scan, at, policy)

    def prepare(
        self, report: PassReport, go_on: Callable[[], bool] = lambda: True
    ) -> list[Finding]:
        """Make ahead what waiting posts will need, so that their problems show now and nothing but
        the commit is left at their instant. What is wrong with them.

        What is due next comes first, and is always made; the rest while ``go_on`` answers so.
        """
        waiting = [Item(key=key, post=post) for key, post in report.plan.waiting]
        waiting.sort(key=lambda item: (not item.post.published, item.post.due))
        findings: list[Finding] = []
        for start in range(0, len(waiting), AT_ONCE):
            if start and not go_on():
                break
            try:
                findings += self._make_ahead(waiting[start : start + AT_ONCE], start < PREPARED)
            except Changed:
                continue  # it was saved meanwhile: the pass that follows takes it as it is now
        self.bodies.forget_but([*waiting, *(item_of(one) for one in report.shown)])
        self.editor.forget_but(waiting)
        return findings

    def _make_ahead(self, items: Sequence[Item], mail: bool) -> list[Finding]:
        """Render posts and, for ``mail``, make the issues of those that will be mailed."""
        pages, failed = self.bodies.render(items, "feed")
        findings = [finding for page in pages.values() for finding in page.warnings]
        findings += failed.values()
        for item in items if mail else ():
            if item.key in pages and item.post.newsletter and item.post.published:
                try:
                    findings += self.editor.body(item, item.post.due).warnings
                except (TemplateFault, RenderFailed) as error:
                    findings.append(error.finding)
        return findings

    # Arrange and record.

    def _record(self, scan: Scan | None, now: datetime, policy: Policy) -> Arrangement:
        """Decide and write it down; once more when a person changed the ledger in between."""
        arranged = self._arranged_ahead(scan, now, policy)
        for _ in range(TRIES):
            arranged = arranged or self._arranger.arrange(scan, now, policy)
            try:
                if arranged.plan.empty:
                    self.book.passed(now)
                else:
                    asked = self.announcer.of_plan(arranged.plan, arranged.at)
                    self.book.record(arranged.plan, arranged.sources, arranged.at, asked=asked)
                    self._writes += 1
            except Refused as error:
                arranged, outdated = None, error
            else:
                return arranged
        raise outdated

    def _arranged_ahead(
        self, scan: Scan | None, now: datetime, policy: Policy
    ) -> Arrangement | None:
        """What was arranged for this instant, if all that it was made of is as it was."""
        ahead, self._ahead = self._ahead, None
        if ahead is None or not timedelta(0) <= now - ahead.at < STILL_GOOD:
            return None
        same = ahead.scan is scan and ahead.policy == policy
        return ahead if same and self.book.data_version() == self._ahead_of else None

    def _announce(
        self, arranged: Arrangement, feeds: Iterable[WrittenFeed], faults: list[str]
    ) -> None:
        """The feeds are on the disk: let others be told, who were not to be told before."""
        pings = self.announcer.of_feeds(one.place for one in feeds if one.changed)
        if not (pings or self.announcer.of_plan(arranged.plan, arranged.at)):
            return
        try:
            self._writes += 1
            self.book.announce(pings, arranged.at)
        except LedgerUnusable as error:  # what the plan asked for finds its way a minute later
            faults.append(str(error))
        self.on_asked()

    # Start issues.

    def _remember(self, fresh: Sequence[Term]) -> None:
        if fresh:
            self._writes += 1
            self.book.remember_terms(
                [(term.taxonomy, term.folded, term.label, term.slug) for term in fresh]
            )

    def _start(self, arranged: Arrangement, faults: list[str]) -> list[Frozen]:
        by_key = {one.publication.key: one for one in arranged.live}
        started = []
        for mailing in arranged.plan.mailings:
            if isinstance(mailing, Start) and mailing.key in by_key:
                try:
                    started.append(self.editor.start(mailing, by_key[mailing.key], arranged.at))
                    self.on_start()
                except (TemplateFault, RenderFailed) as error:
                    faults.append(str(error))
                except (Refused, Changed):
                    continue  # a person was quicker: the next pass sees what they did
        return started


def _warnings(arranged: Arrangement, rendering: Iterable[Finding]) -> tuple[Finding, ...]:
    parsing = [finding for one in arranged.live if one.post for finding in one.post.warnings]
    shared = shared_urls([one.post for one in arranged.live if one.post])
    found = {*parsing, *shared, *rendering}
    return tuple(sorted(found, key=lambda one: (one.path, one.line or 0, one.message)))
