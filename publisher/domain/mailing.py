"""Whether a live post's issue starts now, waits a little, or is held for a person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.domain.doubt import POST_REASON
from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Mailing, Pause, Policy, Start, Upcoming
from publisher.domain.post import Post
from publisher.domain.publication import Identity, LedgerView, OpenIssue, Publication

PAGE_CHECK_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A live post whose first issue is still to be opened, and what speaks for or against it.

    ``in_doubt``: it may have been mailed, though the ledger does not know of it.
    """

    identity: Identity
    publication: Publication
    post: Post
    since: datetime
    in_doubt: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Later:
    """A candidate that only needs time: look again at ``at``."""

    at: datetime


def could_go_since(identity: Identity, publication: Publication, view: LedgerView) -> datetime:
    """Since when nothing but us kept the post from going out.

    Its due instant, or the last pass that saw it as a draft or scheduled later, if that is newer:
    so an old draft that is flipped today goes out, and a late catch-up is noticed.
    """
    waited = view.last_pass_at if identity.waiting else identity.waited_at
    return max(publication.due, waited or publication.due)


def open_issues(
    candidates: Iterable[Candidate], view: LedgerView, policy: Policy, now: datetime
) -> tuple[list[Start | Hold], list[datetime]]:
    """Start or hold each candidate; the instants at which those that only wait are looked at again.

    Where more would start within an hour than ``max_posts_per_hour``, all of them are held: those
    that would start now and those that wait for seconds only.
    """
    judged = [(one.identity.key, judge(one, policy, now)) for one in candidates]
    pending = [key for key, verdict in judged if not isinstance(verdict, Hold)]
    many = len(pending) + len(view.recent_starts)
    if pending and many > policy.max_posts_per_hour:
        reason = (
            f"{many} posts would be mailed within an hour "
            f"(newsletter.max_posts_per_hour is {policy.max_posts_per_hour}): release or skip"
        )
        judged = [
            (key, verdict if isinstance(verdict, Hold) else Hold(key=key, reason=reason))
            for key, verdict in judged
        ]
    return (
        [verdict for _, verdict in judged if not isinstance(verdict, Later)],
        [verdict.at for _, verdict in judged if isinstance(verdict, Later)],
    )


def judge(one: Candidate, policy: Policy, now: datetime) -> Start | Hold | Later:
    """What one candidate comes to by itself, before the limit on many at once."""
    key = one.identity.key
    reason = _doubt(one, policy, now)
    if reason is not None:
        return Hold(key=key, reason=reason)
    return _settling(one.post, policy, now) or _page(one, policy, now) or Start(key=key)


def withdraw_issue(issue: OpenIssue, key: str) -> Pause | None:
    """What becomes of an open issue whose post is withdrawn."""
    if issue.state is not IssueState.SENDING:
        return None
    return Pause(key=key, issue_id=issue.id, reason="its post was withdrawn")


def resume_issue(
    issue: OpenIssue, key: str, policy: Policy, *, came_back: bool
) -> Start | Hold | None:
    """What becomes of an open issue of a live post: it goes on when a person let it go.

    A person can't let go what no newsletter can be made of: that waits for the configuration.
    """
    if came_back and issue.state is IssueState.PAUSED:
        reason = "its post was withdrawn and came back: release to mail the rest, or skip"
        return Hold(key=key, issue_id=issue.id, reason=reason)
    if issue.released and issue.state is not IssueState.SENDING and policy.mail == "ready":
        return Start(key=key, issue_id=issue.id)
    return None


def _doubt(one: Candidate, policy: Policy, now: datetime) -> str | None:
    if one.in_doubt:
        return POST_REASON
    if policy.mail == "incomplete":
        return f"no newsletter can be sent: {policy.mail_lacks}; set it, then release"
    if one.identity.resembles is not None:
        old, new = one.identity.resembles, one.identity.path
        return f"looks like {old} renamed: publisher same {new} {old}, or release"
    if policy.clock_leapt:
        return "the clock leapt ahead by more than an hour: check it, then release or skip"
    if now - one.since > policy.max_age:
        return f"could have gone out since {_day(one.since)}: release to mail it now, or skip"
    return None


def _settling(post: Post, policy: Policy, now: datetime) -> Later | None:
    """A file saved a moment ago may be half written. One saved in the future is not so young:
    the clock was set back since."""
    if post.saved_at is None or not now - policy.settle < post.saved_at <= now:
        return None
    return Later(at=post.saved_at + policy.settle)


def _page(one: Candidate, policy: Policy, now: datetime) -> Hold | Later | None:
    if policy.wait_for_page is None or one.post.url in policy.answering:
        return None
    until = one.publication.live_at + policy.wait_for_page
    if now >= until:
        reason = f"{one.post.url} does not answer 200: release once it does, or skip"
        return Hold(key=one.identity.key, reason=reason)
    return Later(at=min(until, now + PAGE_CHECK_EVERY))


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def held_after(
    view: LedgerView,
    mailings: Iterable[Mailing],
    identities: Mapping[str, Identity],
    publications: Mapping[str, Publication],
) -> tuple[Upcoming, ...]:
    """What waits for a person once these mailings are written: held before, or held by them."""
    reasons = {
        known.identity.key: known.issue.reason
        for known in view.known
        if known.issue and known.issue.state is IssueState.HELD
    }
    for mailing in mailings:
        if isinstance(mailing, Hold):
            reasons[mailing.key] = mailing.reason
        elif isinstance(mailing, Start):
            reasons.pop(mailing.key, None)
    held = [
        Upcoming(path=who.path, url=who.url, due=publications[key].due, reason=reason)
        for key, reason in reasons.items()
        if (who := identities[key])
    ]
    return tuple(sorted(held, key=soonest_first))


def soonest_first(one: Upcoming) -> tuple[datetime, str]:
    """The order in which what waits is shown."""
    return (one.due, one.path)
