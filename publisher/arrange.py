"""Arranging a pass: what should be, with every post that would be shown rendered. Writes nothing.

    scan, ledger ──▶ decide ⇄ render what would be shown ──▶ Arrangement

What the worker can't render is a problem of its post, and the decision is made again without it. As
nothing is written, a pass can be arranged before its instant; then only the commit is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from publisher.bodies import Bodies, PostFolder, item_of
from publisher.content.folder import Changed
from publisher.domain.decide import decide
from publisher.domain.finding import Finding
from publisher.domain.plan import Live, Plan, Policy
from publisher.domain.post import BrokenPost, Rendered, Scan
from publisher.domain.publication import LedgerView
from publisher.feeds.outline import shelves
from publisher.feeds.terms import Term, new_terms, settle_authors
from publisher.syndicate import Stocked, Syndicator

TRIES = 5


class ViewBook(Protocol):
    """The ledger as far as a decision reads it."""

    def view(self, now: datetime) -> LedgerView:
        """All that a decision reads."""

    def terms(self) -> tuple[tuple[str, str, str, str], ...]:
        """Every term that has a feed: taxonomy, folded, label, slug."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrangement:
    """A plan whose shown posts are all rendered, and what it was made of.

    ``sources`` has the bytes behind each publication whose source the ledger does not have yet,
    ``feeds`` the files that were made ahead. Archives are not on its shelves: they are filled in
    behind, from what is ``live`` and ``withdrawn``. ``epoch`` is when the site was adopted.
    """

    at: datetime
    policy: Policy
    scan: Scan
    plan: Plan
    live: list[Live]
    withdrawn: list[Live]
    epoch: datetime
    stocked: list[Stocked]
    new_terms: tuple[Term, ...]
    pages: dict[str, Rendered]
    problems: tuple[Finding, ...]
    sources: Mapping[str, bytes] = field(default_factory=dict)
    feeds: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def shown(self) -> Iterator[Live]:
        """The posts on the shelves; one that stands on several comes several times."""
        return (live for stock in self.stocked for live in stock.shelf.members)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Base:
    """What a decision stands on. ``found`` is the scan as it was, without what was learnt since."""

    found: Scan
    view: LedgerView
    at: datetime
    policy: Policy


@dataclass(kw_only=True)
class Arranger:
    """Arranges passes. One at a time, in the process that holds the lock."""

    folder: PostFolder
    book: ViewBook
    bodies: Bodies
    syndicator: Syndicator

    def arrange(self, scan: Scan | None, now: datetime, policy: Policy) -> Arrangement:
        """Decide on a scan that holds still: a file that changes meanwhile is scanned again."""
        view = self.book.view(now)
        for _ in range(TRIES):
            base = _Base(found=scan or self.folder.scan(now), view=view, at=now, policy=policy)
            try:
                arranged = self._settle(base)
                return replace(arranged, sources=self._sources(arranged, view))
            except Changed:
                scan = None
        policy = replace(policy, confirm_withdrawals=False)
        found = Scan(unreadable=self._restless())
        return self._settle(_Base(found=found, view=view, at=now, policy=policy))

    def arrange_ahead(self, scan: Scan, at: datetime, policy: Policy) -> Arrangement:
        """The same for an instant to come, with the feeds made."""
        arranged = self.arrange(scan, at, policy)
        return replace(arranged, feeds=self.syndicator.make(arranged.stocked, arranged.pages))

    def _settle(self, base: _Base) -> Arrangement:
        """Decide until every post that would be shown can be rendered.

        A file that can't be is taken for broken; a last good source that can't be is left out.
        """
        scan, excluded = base.found, dict[str, Finding]()
        while True:
            plan = decide(scan, base.view, base.at, base.policy)
            arranged, failed = self._lay_out(plan, base, excluded)
            if not failed:
                return arranged
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
        self, plan: Plan, base: _Base, excluded: Mapping[str, Finding]
    ) -> tuple[Arrangement, dict[str, Finding]]:
        """Put the live posts on shelves and render what is shown there; what could not be."""
        live, lost = self.bodies.complete(plan.live)
        live = [one for one in live if one.publication.key not in excluded]
        withdrawn, _ = self.bodies.complete(_withdrawn(plan, base.view))
        known = tuple(_term(row) for row in self.book.terms())
        rules = settle_authors(live, known, self.syndicator.rules)
        fresh = new_terms(live, known, rules)
        terms = (*known, *fresh)
        laid = shelves(live, terms, rules, archives=plan.archives, gone=plan.gone)
        epoch = base.view.adopted_at or base.at
        stocked = self.syndicator.stock(laid, withdrawn, epoch)
        stale = [stock.shelf for stock in stocked if stock.stale]
        items = {item_of(one) for shelf in stale for one in shelf.members}
        if plan.adopted_at is None:
            items |= {item_of(one) for one in _archived_now(live, _fresh(plan, base.view))}
        pages, failed = self.bodies.render(sorted(items, key=lambda item: item.key), "feed")
        arranged = Arrangement(
            at=base.at,
            policy=base.policy,
            scan=base.found,
            plan=plan,
            live=live,
            withdrawn=withdrawn,
            epoch=epoch,
            stocked=stocked,
            new_terms=fresh,
            pages=pages,
            problems=(*lost, *excluded.values()),
        )
        return arranged, failed

    def _sources(self, arranged: Arrangement, view: LedgerView) -> dict[str, bytes]:
        new = _fresh(arranged.plan, view)
        return {
            item.key: self.bodies.source(item)
            for item in map(item_of, arranged.live)
            if item.key in new
        }

    def _restless(self) -> Finding:
        message = "files keep changing while they are read: try again"
        return Finding(path=self.bodies.rules.content_path, message=message)


def _fresh(plan: Plan, view: LedgerView) -> set[str]:
    """The keys of the publications whose source the ledger does not have yet."""
    if not plan.publications:
        return set()
    kept = {row.key: row.source_hash for one in view.known if (row := one.publication)}
    return {row.key for row in plan.publications if kept.get(row.key) != row.source_hash}


def _archived_now(live: Iterable[Live], fresh: Set[str]) -> list[Live]:
    """The posts that an archive is to show as they are now: what fails to must not be recorded."""
    return [
        one
        for one in (live if fresh else ())
        if one.publication.archive is not None and one.publication.key in fresh
    ]


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
