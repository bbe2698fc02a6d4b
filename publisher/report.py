"""What a pass did, and how things stand after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.domain.finding import Finding
from publisher.domain.plan import Live, Plan
from publisher.freeze import Frozen
from publisher.syndicate import WrittenFeed


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
