"""The heart: what should happen now, from the files, the ledger, the time and the rules.

    scan ──bind──▶ which file is which post ──▶ for each: never public · live · withdrawn
                                                    │ by its timing: publish, revise, withdraw
                                                    ▼
                         rows as they should read, then mail: start · hold · wait ──▶ Plan

A pure function. It says what rows should read, so deciding again after they were written changes
nothing; what a clock, a disk or a network says comes in as arguments.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from publisher.domain.due import Timing, timing
from publisher.domain.finding import Finding
from publisher.domain.identity import Bound, bind, feed_id, resembling, sighting, unseen
from publisher.domain.issue import IssueState
from publisher.domain.mailing import Candidate, could_go_since, follow_issue, open_issues
from publisher.domain.moment import rfc3339
from publisher.domain.plan import Event, Hold, Live, Mailing, Plan, Policy, Start, Upcoming
from publisher.domain.post import Post, Scan
from publisher.domain.publication import Identity, Known, LedgerView, Publication

PUNCTUAL = timedelta(minutes=1)
VANISH_AT_ONCE = 5
VANISH_SHARE = 10


def decide(scan: Scan, view: LedgerView, now: datetime, policy: Policy) -> Plan:
    """Decide one pass. ``scan`` and ``view`` are of one moment, ``now`` is that moment."""
    work = _Pass(view=view, now=now, policy=policy)
    if scan.unreadable is not None:
        work.adopting = False
        work.problems.append(scan.unreadable)
        for known in view.known:
            work.miss(known)
    elif not (scan.posts or scan.broken):
        work.lose(view.known, emptied=True)
    else:
        _decide_each(work, scan)
    return work.plan()


def _decide_each(work: _Pass, scan: Scan) -> None:
    view = work.view
    binding = bind(scan, view, work.now)
    if view.adopted_at is not None:
        binding = resembling(binding, frozenset(known.identity.key for known in view.known))
    work.problems += [problem for broken in scan.broken for problem in broken.problems]
    work.problems += binding.problems
    accounted = {known.identity.key for known in binding.gone}
    for bound in binding.bound:
        work.see(bound)
        accounted.add(bound.known.identity.key)
    for known in view.known:
        if known.identity.key not in accounted:
            work.miss(known)
    work.lose(binding.gone, emptied=False)


@dataclass(kw_only=True)
class _Pass:
    """One decision in the making: rows that change, and what is to be said of them."""

    view: LedgerView
    now: datetime
    policy: Policy
    adopting: bool = field(init=False)
    identities: dict[str, Identity] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)
    follow_ups: list[Mailing] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    live: list[Live] = field(default_factory=list)
    events: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    upcoming: dict[str, list[Upcoming]] = field(default_factory=lambda: defaultdict(list))
    problems: list[Finding] = field(default_factory=list)
    wakeups: list[datetime | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.adopting = self.view.adopted_at is None

    # What the files say.

    def see(self, bound: Bound) -> None:
        """Take a post whose file is there and can be read."""
        known, post = bound.known, bound.post
        when = timing(post, self.now)
        stays = known.publication is not None and _stays_live(known.publication, post, when)
        self._note(sighting(bound, waiting=when.waits and not stays, view=self.view), bound)
        if known.publication is None:
            if when is Timing.DUE:
                self._publish(known, post)
        elif stays:
            self._renew(known, known.publication, post)
        elif known.live:
            self._withdraw(known, known.publication, _why_withdrawn(when, post))
        if not stays:
            self._list_waiting(post, when)

    def miss(self, known: Known) -> None:
        """Take a post whose file can't be used now: a live one stays as it last was."""
        self._note(unseen(known, self.view))
        publication = known.publication
        if publication is None or not publication.live:
            return
        if publication.expires is not None and publication.expires <= self.now:
            self._withdraw(known, publication, "it has expired")
        else:
            self._show(known, publication, None)

    def lose(self, gone: Iterable[Known], *, emptied: bool) -> None:
        """Take the posts whose file is gone; too many at once are believed only when confirmed."""
        gone = tuple(gone)
        vanished = [known for known in gone if known.live]
        doubted = emptied or self._too_many(len(vanished))
        if vanished and doubted and not self.policy.confirm_withdrawals:
            self.problems.append(_vanishing(vanished))
            vanished = []
        lost = {known.identity.key for known in vanished}
        for known in gone:
            if known.identity.key in lost and known.publication is not None:
                self._withdraw(known, known.publication, "its file is gone")
            else:
                self.miss(known)

    # What becomes of one post.

    def _publish(self, known: Known, post: Post) -> None:
        publication = Publication(
            key=known.identity.key,
            feed_id=self._feed_id(known, post),
            due=post.due,
            live_at=self.now,
            updated=self._first_updated(post),
            source_hash=post.source_hash,
            content_hash=post.content_hash,
            baseline=self.adopting,
            expires=post.expires,
            awaiting_mail=self._wants_mail(post) and not self.adopting,
        )
        self.publications[publication.key] = publication
        self._tell("adopted" if self.adopting else "published", post, publication)
        self._show(known, publication, post)

    def _renew(self, known: Known, publication: Publication, post: Post) -> None:
        """Bring the publication of a live post, or of one that comes back, up to its file."""
        renewed = replace(
            publication,
            due=post.due,
            updated=self._next_updated(publication, post),
            source_hash=post.source_hash,
            content_hash=post.content_hash,
            expires=post.expires,
            withdrawn_at=None,
            awaiting_mail=publication.awaiting_mail and self._wants_mail(post),
        )
        if renewed != publication:
            self.publications[renewed.key] = renewed
        if not publication.live:
            self._tell("restored", post, renewed)
        elif renewed.content_hash != publication.content_hash:
            self._tell("revised", post, renewed)
        self._show(known, renewed, post, came_back=not publication.live)

    def _withdraw(self, known: Known, publication: Publication, reason: str) -> None:
        self.publications[publication.key] = replace(publication, withdrawn_at=self.now)
        self._tell("withdrawn", self._identity(known), publication, reason)
        self._follow(known, live=False)

    def _show(
        self,
        known: Known,
        publication: Publication,
        post: Post | None,
        *,
        came_back: bool = False,
    ) -> None:
        """Put a post among the live ones, and look after its mail."""
        self.live.append(Live(publication=publication, post=post))
        self.wakeups.append(publication.expires)
        if publication.awaiting_mail:
            if post is not None:
                self._consider(known, publication, post)
        else:
            self._follow(known, live=True, came_back=came_back)

    def _consider(self, known: Known, publication: Publication, post: Post) -> None:
        identity = self._identity(known)
        since = could_go_since(known.identity, publication, self.view)
        self.candidates.append(
            Candidate(identity=identity, publication=publication, post=post, since=since)
        )

    def _follow(self, known: Known, *, live: bool, came_back: bool = False) -> None:
        key = known.identity.key
        follow_up = follow_issue(known.issue, key, live=live, came_back=came_back)
        if follow_up is not None:
            self.follow_ups.append(follow_up)

    # The rules in numbers.

    def _feed_id(self, known: Known, post: Post) -> str:
        minted = feed_id(known.identity.key, self.policy)
        if not (self.adopting and self.policy.baseline_ids == "permalink"):
            return minted
        taken = any(post.url == other.feed_id for other in self.publications.values())
        return minted if taken else post.url

    def _first_updated(self, post: Post) -> datetime:
        return post.due if self.adopting or self.now - post.due <= PUNCTUAL else self.now

    def _next_updated(self, publication: Publication, post: Post) -> datetime:
        """``updated`` moves on a revision only, within [published, now], and never back."""
        if post.content_hash == publication.content_hash:
            return publication.updated
        said = self.now if post.updated is None else post.updated
        return max(publication.updated, min(max(said, post.due), self.now))

    def _wants_mail(self, post: Post) -> bool:
        return post.newsletter and self.policy.mail != "off"

    def _too_many(self, vanished: int) -> bool:
        live = sum(1 for known in self.view.known if known.live)
        return vanished > VANISH_AT_ONCE and vanished * VANISH_SHARE > live

    # Keeping account.

    def _note(self, identity: Identity, bound: Bound | None = None) -> None:
        """Keep an identity row that changed, and tell of a rename."""
        if identity != self._rows.get(identity.key):
            self.identities[identity.key] = identity
        if bound is not None and bound.old_path is not None:
            self._tell("renamed", bound.post, None, bound.old_path)

    @cached_property
    def _rows(self) -> dict[str, Identity]:
        return {known.identity.key: known.identity for known in self.view.known}

    def _identity(self, known: Known) -> Identity:
        return self.identities.get(known.identity.key, known.identity)

    def _tell(
        self,
        what: str,
        of: Post | Identity,
        publication: Publication | None,
        detail: str | None = None,
    ) -> None:
        due = publication.due if publication else None
        self.events[what].append(Event(path=of.path, url=of.url, due=due, detail=detail))

    def _list_waiting(self, post: Post, when: Timing) -> None:
        if when is Timing.SCHEDULED:
            self.wakeups.append(post.due)
        if when.waits:
            what = "scheduled" if when is Timing.SCHEDULED else "drafts"
            self.upcoming[what].append(Upcoming(path=post.path, url=post.url, due=post.due))

    def _held(self, mailings: Iterable[Mailing]) -> tuple[Upcoming, ...]:
        """What waits for a person after this plan: held before, or held by it."""
        reasons = {
            known.identity.key: known.issue.reason
            for known in self.view.known
            if known.issue and known.issue.state is IssueState.HELD
        }
        for mailing in mailings:
            if isinstance(mailing, Hold):
                reasons[mailing.key] = mailing.reason
            elif isinstance(mailing, Start):
                reasons.pop(mailing.key, None)
        rows = {known.identity.key: known.publication for known in self.view.known}
        rows.update(self.publications)
        identities = {**self._rows, **self.identities}
        return tuple(
            Upcoming(path=who.path, url=who.url, due=publication.due, reason=reasons[key])
            for key in reasons
            if (publication := rows[key]) and (who := identities[key])
        )

    def plan(self) -> Plan:
        """Close the pass: open the mail, and set down all that it came to."""
        opened, laters = open_issues(self.candidates, self.view, self.policy, self.now)
        mailings = (*self.follow_ups, *opened)
        wakeups = [*self.wakeups, *laters, self.view.retry_at]
        return Plan(
            adopted_at=self.now if self.adopting else None,
            identities=tuple(self.identities.values()),
            publications=tuple(self.publications.values()),
            mailings=mailings,
            **{what: tuple(events) for what, events in self.events.items()},
            live=tuple(sorted(self.live, key=_newest_first)),
            scheduled=tuple(sorted(self.upcoming["scheduled"], key=lambda one: one.due)),
            drafts=tuple(self.upcoming["drafts"]),
            held=self._held(mailings),
            problems=tuple(self.problems),
            wakeup=min((at for at in wakeups if at is not None and at > self.now), default=None),
        )


def _stays_live(publication: Publication, post: Post, when: Timing) -> bool:
    """Whether a post that was public is so now. Time alone takes nothing back: a clock set back
    leaves a live post where it is, as long as its file does not move the instant."""
    if when is Timing.SCHEDULED:
        return publication.live and post.due == publication.due
    return when is Timing.DUE


def _why_withdrawn(when: Timing, post: Post) -> str:
    if when is Timing.EXPIRED:
        return "it has expired"
    return (
        "it was unpublished" if when is Timing.DRAFT else f"its date moved to {rfc3339(post.due)}"
    )


def _vanishing(vanished: Sequence[Known]) -> Finding:
    message = (
        f"{len(vanished)} live posts are gone at once, this one among them, so none is withdrawn: "
        "bring the files back, or run publisher publish --withdraw"
    )
    return Finding(path=min(known.identity.path for known in vanished), message=message)


def _newest_first(live: Live) -> tuple[float, str]:
    return (-live.publication.due.timestamp(), live.publication.key)
