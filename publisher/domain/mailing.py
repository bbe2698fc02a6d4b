"""Whether a live post's issue starts now, waits a little, or is held for a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Mailing, Pause, Policy, Start
from publisher.domain.post import Post
from publisher.domain.publication import Identity, LedgerView, OpenIssue, Publication

PAGE_CHECK_EVERY = timedelta(minutes=1)
NEAR = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A live post whose first issue is still to be opened, and what speaks for or against it."""

    identity: Identity
    publication: Publication
    post: Post
    since: datetime


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

    Where more would start within an hour than ``max_posts_per_hour``, all of them are held.
    """
    judged = [(one, judge(one, policy, now)) for one in candidates]
    holds = [verdict for _, verdict in judged if isinstance(verdict, Hold)]
    laters = [verdict.at for _, verdict in judged if isinstance(verdict, Later)]
    starts = [verdict for _, verdict in judged if isinstance(verdict, Start)]
    near = sum(1 for at in laters if at - now < NEAR) + len(starts)
    if starts and near + len(view.recent_starts) > policy.max_posts_per_hour:
        reason = (
            f"{near + len(view.recent_starts)} posts would be mailed within an hour "
            f"(newsletter.max_posts_per_hour is {policy.max_posts_per_hour}): release or skip"
        )
        holds += [Hold(key=start.key, reason=reason) for start in starts]
        starts = []
    return [*starts, *holds], laters


def judge(one: Candidate, policy: Policy, now: datetime) -> Start | Hold | Later:
    """What one candidate comes to by itself, before the limit on many at once."""
    key = one.identity.key
    reason = _doubt(one, policy, now)
    if reason is not None:
        return Hold(key=key, reason=reason)
    settled = one.post.saved_at and one.post.saved_at + policy.settle
    if settled and settled > now and policy.settle:
        return Later(at=settled)
    return _page(one, policy, now) or Start(key=key)


def follow_issue(
    issue: OpenIssue | None, key: str, *, live: bool, came_back: bool
) -> Mailing | None:
    """What becomes of an issue that is open already, when its post or a person moved."""
    if issue is None:
        return None
    if not live:
        if issue.state is IssueState.SENDING:
            return Pause(key=key, issue_id=issue.id, reason="its post was withdrawn")
        return None
    if came_back and issue.state is IssueState.PAUSED:
        reason = "its post was withdrawn and came back: release to mail the rest, or skip"
        return Hold(key=key, issue_id=issue.id, reason=reason)
    if issue.released and issue.state is not IssueState.SENDING:
        return Start(key=key, issue_id=issue.id)
    return None


def _doubt(one: Candidate, policy: Policy, now: datetime) -> str | None:
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
