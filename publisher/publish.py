"""One pass: scan, decide, record, write, start.

    folder ──scan──▶ decide ⇄ render what would be shown ──▶ ledger (one transaction)
                                                               │
                       site's feeds ◀── issues start ◀─────────┘ ──▶ feeds of each term

What the worker can't render is a problem of its post, and the decision is made again without it.
After the ledger has it nothing is lost: feed files are judged against the disk, and mail that did
not start is still awaited, at the next pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from publisher.bodies import Bodies, Item, PostFolder, item_of
from publisher.content.folder import Changed
from publisher.content.render import RenderFailed
from publisher.domain.decide import decide
from publisher.domain.errors import Refused, TemplateFault
from publisher.domain.finding import Finding
from publisher.domain.plan import Live, Plan, Policy, Start
from publisher.domain.post import BrokenPost, Rendered, Scan
from publisher.domain.publication import LedgerView
from publisher.feeds.outline import Term, new_terms, shelves
from publisher.freeze import Editor, Frozen
from publisher.notes import Notes
from publisher.syndicate import Stocked, Syndicator, WrittenFeed

TRIES = 5

#: How many of the next issues are kept ready in memory, and how many posts are made at once.
PREPARED = 20
AT_ONCE = 2


class PostBook(Protocol):
    """The ledger as a pass needs it. Every method is one transaction."""

    def view(self, now: datetime) -> LedgerView:
        """All that a decision reads."""

    def record(self, plan: Plan, sources: Mapping[str, bytes], now: datetime) -> None:
        """Write a plan's rows, holds and pauses, with the source of each publication given.

        Raises Refused when what was decided on has changed since: nothing was written.
        """

    def passed(self, now: datetime) -> None:
        """Note that a pass was made, and that it changed nothing."""

    def terms(self) -> tuple[tuple[str, str, str, str], ...]:
        """Every term that has a feed: taxonomy, folded, label, slug."""

    def remember_terms(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        """Keep the slugs of new terms."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PassReport:
    """What a pass did, and how things stand after it.

    ``faults`` are feeds and issues that could not be written or started: the pass is not whole,
    and the next one tries again.
    """

    at: datetime
    plan: Plan
    shown: tuple[Live, ...]
    feeds: tuple[WrittenFeed, ...]
    issues: tuple[Frozen, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Decision:
    """A plan whose shown posts are all rendered."""

    plan: Plan
    live: list[Live]
    stocked: list[Stocked]
    new_terms: tuple[Term, ...]
    pages: dict[str, Rendered]
    problems: tuple[Finding, ...]

    @property
    def shown(self) -> Iterator[Live]:
        """The posts on the shelves; one that stands on several comes several times."""
        return (live for stock in self.stocked for live in stock.shelf.members)


@dataclass(kw_only=True)
class Publisher:
    """Makes passes. One at a time, in the process that holds the lock."""

    folder: PostFolder
    book: PostBook
    bodies: Bodies
    syndicator: Syndicator
    editor: Editor
    notes: Notes

    def run_pass(self, now: datetime, policy: Policy, scan: Scan | None = None) -> PassReport:
        """Publish all that is due at ``now``. ``scan`` is a recent one, when nothing changed since.

        Raises LedgerUnusable with nothing done. Whatever else goes wrong is in the report.
        """
        decision = self._record(scan, now, policy)
        plan = decision.plan
        self._remember(decision.new_terms)
        first, *others = decision.stocked
        faults: list[str] = []
        feeds = self.syndicator.write([first], decision.pages, faults)
        issues = self._start(plan, decision.live, now, faults)
        feeds += self.syndicator.write(others, decision.pages, faults)
        shown = {one.publication.key: one for one in decision.shown}
        warned = self.notes.warnings(shown.values(), decision.pages)
        self.notes.keep()
        return PassReport(
            at=now,
            plan=plan,
            shown=tuple(shown.values()),
            feeds=tuple(feeds),
            issues=tuple(issues),
            problems=(*plan.problems, *decision.problems),
            warnings=_warnings(decision, warned),
            faults=tuple(faults),
        )

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

    # Decide, render what would be shown, and record.

    def _record(self, scan: Scan | None, now: datetime, policy: Policy) -> _Decision:
        """Decide and write it down; once more when a person changed the ledger in between."""
        for _ in range(TRIES):
            view = self.book.view(now)
            decision, sources = self._decide(scan, view, now, policy)
            try:
                if decision.plan.empty:
                    self.book.passed(now)
                else:
                    self.book.record(decision.plan, sources, now)
            except Refused as error:
                outdated = error
            else:
                return decision
        raise outdated

    def _decide(
        self, scan: Scan | None, view: LedgerView, now: datetime, policy: Policy
    ) -> tuple[_Decision, dict[str, bytes]]:
        """Decide on a scan that holds still: a file that changes meanwhile is scanned again."""
        for _ in range(TRIES):
            scan = scan or self.folder.scan(now)
            try:
                decision = self._settle(scan, view, now, policy)
                return decision, self._sources(decision, view)
            except Changed:
                scan = None
        policy = replace(policy, confirm_withdrawals=False)
        return self._settle(Scan(unreadable=self._restless()), view, now, policy), {}

    def _settle(self, scan: Scan, view: LedgerView, now: datetime, policy: Policy) -> _Decision:
        """Decide until every post that would be shown can be rendered.

        A file that can't be is taken for broken; a last good source that can't be is left out.
        """
        excluded: dict[str, Finding] = {}
        while True:
            plan = decide(scan, view, now, policy)
            decision, failed = self._lay_out(plan, view, now, excluded)
            if not failed:
                return decision
            broken = {
                live.path: failed[live.publication.key]
                for live in plan.live
                if live.post is not None and live.publication.key in failed
            }
            scan = _without(scan, broken)
            excluded |= {
                key: found for key, found in failed.items() if found not in broken.values()
            }

    def _lay_out(
        self, plan: Plan, view: LedgerView, now: datetime, excluded: Mapping[str, Finding]
    ) -> tuple[_Decision, dict[str, Finding]]:
        """Put the live posts on shelves and render what is shown there; what could not be."""
        live, lost = self.bodies.complete(plan.live)
        live = [one for one in live if one.publication.key not in excluded]
        withdrawn, _ = self.bodies.complete(_withdrawn(plan, view))
        rules = self.syndicator.rules
        known = tuple(_term(row) for row in self.book.terms())
        fresh = new_terms(live, known, rules.taxonomies)
        laid = shelves(live, (*known, *fresh), rules)
        stocked = self.syndicator.stock(laid, withdrawn, view.adopted_at or now)
        stale = [stock.shelf for stock in stocked if stock.stale]
        items = {item_of(one) for shelf in stale for one in shelf.members}
        pages, failed = self.bodies.render(sorted(items, key=lambda item: item.key), "feed")
        decision = _Decision(
            plan=plan,
            live=live,
            stocked=stocked,
            new_terms=fresh,
            pages=pages,
            problems=(*lost, *excluded.values()),
        )
        return decision, failed

    def _restless(self) -> Finding:
        message = "files keep changing while they are read: try again"
        return Finding(path=self.bodies.rules.content_path, message=message)

    def _sources(self, decision: _Decision, view: LedgerView) -> dict[str, bytes]:
        """The bytes behind each publication whose source the ledger does not have yet."""
        kept = {row.key: row.source_hash for one in view.known if (row := one.publication)}
        new = {
            row.key for row in decision.plan.publications if kept.get(row.key) != row.source_hash
        }
        return {
            item.key: self.bodies.source(item)
            for item in map(item_of, decision.live)
            if item.key in new
        }

    # Start issues.

    def _remember(self, fresh: Sequence[Term]) -> None:
        if fresh:
            self.book.remember_terms(
                [(term.taxonomy, term.folded, term.label, term.slug) for term in fresh]
            )

    def _start(
        self, plan: Plan, live: Sequence[Live], now: datetime, faults: list[str]
    ) -> list[Frozen]:
        by_key = {one.publication.key: one for one in live}
        started = []
        for mailing in plan.mailings:
            if isinstance(mailing, Start) and mailing.key in by_key:
                try:
                    started.append(self.editor.start(mailing, by_key[mailing.key], now))
                except (TemplateFault, RenderFailed) as error:
                    faults.append(str(error))
                except (Refused, Changed):
                    continue  # a person was quicker: the next pass sees what they did
        return started


def _term(row: tuple[str, str, str, str]) -> Term:
    taxonomy, folded, label, slug = row
    return Term(taxonomy=taxonomy, folded=folded, label=label, slug=slug)


def _without(scan: Scan, failed: Mapping[str, Finding]) -> Scan:
    """The same scan, with some of its posts taken for broken."""
    return replace(
        scan,
        posts=tuple(post for post in scan.posts if post.path not in failed),
        broken=(
            *scan.broken,
            *(BrokenPost(path=path, problems=(why,)) for path, why in failed.items()),
        ),
    )


def _withdrawn(plan: Plan, view: LedgerView) -> list[Live]:
    """Every publication that is no longer public once the plan is written."""
    paths = {known.identity.key: known.identity.path for known in view.known}
    rows = {known.publication.key: known.publication for known in view.known if known.publication}
    rows.update((row.key, row) for row in plan.publications)
    return [
        Live(publication=row, path=paths.get(row.key, row.key), post=None)
        for row in rows.values()
        if not row.live
    ]


def _warnings(decision: _Decision, rendering: Iterable[Finding]) -> tuple[Finding, ...]:
    parsing = [finding for one in decision.live if one.post for finding in one.post.warnings]
    found = {*parsing, *rendering}
    return tuple(sorted(found, key=lambda one: (one.path, one.line or 0, one.message)))
