"""Foresight: what a pass would do now, who would be mailed, and why or why not. Writes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from publisher.domain.addresses import shared_urls
from publisher.domain.decide import decide
from publisher.domain.finding import Finding
from publisher.domain.plan import Hold, Plan, Policy, Start
from publisher.domain.post import Scan
from publisher.domain.publication import LedgerView

WAITS = "until its page answers 200, or its file has settled"


class Scanned(Protocol):
    """The content folder."""

    def scan(self, now: datetime | None = None) -> Scan:
        """What it holds at this moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """What would become of a post's mail. ``audience`` counts who would get it now."""

    path: str
    audience: int
    action: Literal["start", "hold", "wait"]
    reason: str | None = None

    @property
    def sentence(self) -> str:
        """The same for a person."""
        if self.action == "wait":
            return f"waits: {self.reason}"
        if self.action == "hold":
            return f"held: {self.reason}"
        return f"to {self.audience or 'nobody'} now"


@dataclass(frozen=True, kw_only=True, slots=True)
class Foresight:
    """A plan, told."""

    plan: Plan
    mailings: tuple[Mail, ...]
    problems: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def foresee(
    folder: Scanned,
    view: LedgerView,
    now: datetime,
    policy: Policy,
    audience_of: Callable[[str], int],
) -> Foresight:
    """Decide without doing. ``audience_of`` counts who has not had the post with a key."""
    scan = folder.scan(now)
    plan = decide(scan, view, now, policy)
    paths = {live.publication.key: live.path for live in plan.live}
    opened = {one.key for one in plan.mailings}
    mailings = tuple(
        Mail(
            path=paths.get(one.key, one.key),
            audience=audience_of(one.key),
            action="start" if isinstance(one, Start) else "hold",
            reason=one.reason if isinstance(one, Hold) else None,
        )
        for one in plan.mailings
        if isinstance(one, (Start, Hold))
    ) + tuple(
        Mail(
            path=live.path, audience=audience_of(live.publication.key), action="wait", reason=WAITS
        )
        for live in plan.live
        if live.publication.awaiting_mail and live.publication.key not in opened
    )
    own = (finding for post in scan.posts for finding in post.warnings)
    warnings = (*own, *shared_urls(scan.posts))
    return Foresight(plan=plan, mailings=mailings, problems=plan.problems, warnings=warnings)
