"""The heart: what should happen now, from the files, the ledger, the time and the rules.

    scan ──bind──▶ which file is which post ──▶ for each: never public · live · withdrawn
                                                    │ by its timing: publish, renew, withdraw
                                                    ▼
                         rows as they should read, then mail: start · hold · wait ──▶ Plan

A pure function. It says what rows should read, so deciding again after they were written changes
nothing; what a clock, a disk or a network says comes in as arguments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from publisher.domain.archive import count_archives
from publisher.domain.doubt import in_doubt
from publisher.domain.due import Timing, timing
from publisher.domain.finding import Finding
from publisher.domain.identity import Bound, bind, feed_id, sighting, unseen
from publisher.domain.likeness import compare
from publisher.domain.mailing import (
    Candidate,
    could_go_since,
    held_after,
    open_issues,
    resume_issue,
    soonest_first,
    withdraw_issue,
)
from publisher.domain.plan import Event, Live, Mailing, Plan, Policy, Upcoming
from publisher.domain.post import Post, Scan
from publisher.domain.publication import Identity, Known, LedgerView, Publication
from publisher.domain.revision import first, renewed
from publisher.domain.sequence import in_sequence
from publisher.domain.withdrawal import (
    REMEMBERED,
    doubtful,
    lately_gone,
    stays_live,
    why_withdrawn,
)


def decide(scan: Scan, view: LedgerView, now: datetime, policy: Policy) -> Plan:
    """Decide one pass. ``scan`` and ``view`` are of one moment, ``now`` is that moment."""
    work = _Pass(view=view, now=now, policy=policy)
    if scan.unreadable is not None:
        work.adopting = False
        work.problems.append(scan.unreadable)
        work.lose(view.known, believed=policy.confirm_withdrawals)
    else:
        _decide_each(work, scan)
    return work.plan()


def _decide_each(work: _Pass, scan: Scan) -> None:
    binding = compare(bind(scan, work.view), work.view, work.now)
    work.problems += [problem for broken in scan.broken for problem in broken.problems]
    work.problems += binding.problems
    accounted = {known.identity.key for known in binding.gone}
    for bound in binding.bound:
        work.see(bound)
        accounted.add(bound.known.identity.key)
    for known in work.view.known:
        if known.identity.key not in accounted:
            work.miss(known)
    work.lose(binding.gone, believed=work.believes(binding.gone, emptied=not scan.posts))


@dataclass(kw_only=True)
class _Pass:
    """One decision in the making: rows that change, and what is to be said of them."""

    view: LedgerView
    now: datetime
    policy: Policy
    adopting: bool = field(init=False)
    rows: dict[str, Identity] = field(init=False)
    identities: dict[str, Identity] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)
    mailings: list[Mailing] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    live: list[Live] = field(default_factory=list)
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    upcoming: dict[str, list[Upcoming]] = field(default_factory=lambda: defaultdict(list))
    waiting: list[tuple[str, Post]] = field(default_factory=list)
    problems: list[Finding] = field(default_factory=list)
    wakeups: list[datetime | None] = field(default_factory=list)
    permalinks: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.adopting = self.view.adopted_at is None
        self.rows = {known.identity.key: known.identity for known in self.view.known}

    # What the files say.

    def see(self, bound: Bound) -> None:
        """Take a post whose file is there and can be read."""
        known, post, publication = bound.known, bound.post, bound.known.publication
        when = timing(post, self.now)
        stays = publication is not None and stays_live(publication, post, self.now)
        self._keep(sighting(bound, waiting=when.waits and not stays, view=self.view))
        if bound.old_path is not None:
            self._tell("renamed", post, detail=bound.old_path)
        if publication is None:
            if when is Timing.DUE:
                self._publish(known, post)
        elif stays:
            self._renew(known, publication, post)
        elif known.live:
            self._withdraw(known, publication, why_withdrawn(post, self.now))
        if not stays:
            self._list_waiting(known, post, when)

    def miss(self, known: Known) -> None:
        """Take a post whose file can't be used now: a live one stays as it last was."""
        self._keep(unseen(known, self.view))
        publication = known.publication
        if publication is None or not publication.live:
            return
        if stays_live(publication, None, self.now):
            self._show(known, publication, None)
        else:
            self._withdraw(known, publication, why_withdrawn(None, self.now))

    def believes(self, gone: Iterable[Known], *, emptied: bool) -> bool:
        """Whether these posts are meant to be gone; where that is in doubt, it is a problem."""
        live = sum(known.live for known in self.view.known)
        doubt = doubtful([known for known in gone if known.live], live, emptied=emptied)
        if doubt is None or self.policy.confirm_withdrawals:
            return True
        self.problems.append(doubt)
        return False

    def lose(self, gone: Iterable[Known], *, believed: bool) -> None:
        """Take the posts whose file is gone: the live ones are withdrawn where that is believed."""
        for known in gone:
            publication = known.publication
            if publication is None or not publication.live or not believed:
                self.miss(known)
            else:
                self._withdraw(known, publication, "its file is gone")

    # What becomes of one post.

    def _publish(self, known: Known, post: Post) -> None:
        publication = first(
            post,
            known.identity.key,
            self._feed_id(known, post),
            self.now,
            baseline=self.adopting,
            mail=self._wants_mail(post),
        )
        self.publications[publication.key] = publication
        self._tell("adopted" if self.adopting else "published", post, publication)
        self._show(known, publication, post)

    def _renew(self, known: Known, publication: Publication, post: Post) -> None:
        """Bring the publication of a live post, or of one that comes back, up to its file."""
        new = renewed(publication, post, self.now, mail=self._wants_mail(post))
        if new != publication:
            self.publications[new.key] = new
        if not publication.live:
            self._tell("restored", post, new)
        elif new.content_hash != publication.content_hash:
            self._tell("revised", post, new)
        self._show(known, new, post, came_back=not publication.live)

    def _withdraw(self, known: Known, publication: Publication, reason: str) -> None:
        self.publications[publication.key] = replace(publication, withdrawn_at=self.now)
        self._tell("withdrawn", self._identity(known), publication, reason)
        if known.issue is not None:
            self._mail(withdraw_issue(known.issue, publication.key))

    def _show(
        self,
        known: Known,
        publication: Publication,
        post: Post | None,
        *,
        came_back: bool = False,
    ) -> None:
        """Put a post among the live ones, and look after its mail."""
        identity = self._identity(known)
        self.live.append(Live(publication=publication, path=identity.path, post=post))
        self.wakeups.append(publication.expires)
        if known.issue is not None:
            self._mail(resume_issue(known.issue, publication.key, self.policy, came_back=came_back))
        elif publication.awaiting_mail and post is not None:
            self.candidates.append(
                Candidate(
                    identity=identity,
                    publication=publication,
                    post=post,
                    since=could_go_since(known.identity, publication, self.view),
                    in_doubt=in_doubt(publication.due, self.view.doubtful_until),
                )
            )

    def _wants_mail(self, post: Post) -> bool:
        return post.newsletter and self.policy.mail != "off"

    def _feed_id(self, known: Known, post: Post) -> str:
        """A tag URI; of a baseline post its former id where that is asked for and not yet taken."""
        former = post.former_id or post.url
        as_permalink = self.adopting and self.policy.baseline_ids == "permalink"
        if not as_permalink or former in self.permalinks:
            return feed_id(known.identity.key, self.policy)
        self.permalinks.add(former)
        return former

    # Keeping account.

    def _keep(self, identity: Identity) -> None:
        """Write down an identity row that is new or changed."""
        if identity != self.rows.get(identity.key):
            self.identities[identity.key] = identity

    def _identity(self, known: Known) -> Identity:
        return self.identities.get(known.identity.key, known.identity)

    def _mail(self, mailing: Mailing | None) -> None:
        if mailing is not None:
            self.mailings.append(mailing)

    def _tell(
        self,
        what: str,
        of: Post | Identity,
        publication: Publication | None = None,
        detail: str | None = None,
    ) -> None:
        due, id_ = (publication.due, publication.feed_id) if publication else (None, None)
        event = Event(path=of.path, url=of.url, due=due, detail=detail, id=id_)
        self.events[what].append(event)

    def _list_waiting(self, known: Known, post: Post, when: Timing) -> None:
        if not when.waits:
            return
        self.waiting.append((known.identity.key, post))
        if when is Timing.SCHEDULED:
            self.wakeups.append(post.due)
            what, reason = "scheduled", None
        else:
            what, reason = "drafts", "by draft: true, published: false or its folder"
        self.upcoming[what].append(
            Upcoming(path=post.path, url=post.url, due=post.due, reason=reason)
        )

    def plan(self) -> Plan:
        """Close the pass: open the mail, and set down all that it came to."""
        opened, laters = open_issues(self.candidates, self.view, self.policy, self.now)
        self.mailings += opened
        before = {
            known.identity.key: known.publication
            for known in self.view.known
            if known.publication is not None
        }
        live, changed = in_sequence(self.live, self.publications, before, self.policy, self.now)
        publications = {**before, **changed}
        identities = {**self.rows, **self.identities}
        gone = lately_gone(publications.values(), self.now)
        forgotten = [one.withdrawn_at + REMEMBERED for one in gone if one.withdrawn_at]
        wakeups = [*self.wakeups, *laters, self.view.retry_at, *forgotten]
        return Plan(
            adopted_at=self.now if self.adopting else None,
            identities=tuple(self.identities.values()),
            publications=tuple(changed.values()),
            mailings=tuple(self.mailings),
            **{what: tuple(events) for what, events in self.events.items()},
            live=tuple(live),
            gone=tuple(gone),
            archives=count_archives(publications.values(), size=self.policy.archive_entries),
            waiting=tuple(self.waiting),
            scheduled=tuple(sorted(self.upcoming["scheduled"], key=soonest_first)),
            drafts=tuple(self.upcoming["drafts"]),
            held=held_after(self.view, self.mailings, identities, publications),
            problems=tuple(self.problems),
            wakeup=min((at for at in wakeups if at is not None and at > self.now), default=None),
        )
