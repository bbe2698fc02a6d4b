"""Stages: an issue goes to a few first, and to the next ones only when that went well.

    author ──▶ wait ──▶ 1% ──▶ wait ──▶ 100%
                │        │
                └────────┴─▶ too many were refused: paused, until a person releases it

A stage takes in those of the stages before it. Who belongs to a percentage follows from the two
numbers of a delivery alone, so that every process and every restart finds the same people:
a multiplicative hash (Knuth, The Art of Computer Programming, volume 3, section 6.4) with
2^32 divided by the golden ratio spreads subscribers who follow each other over the whole range.
A percentage is met nearly exactly, by old and new subscribers alike, and by others each issue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise

from publisher.domain.moment import require_aware

AUTHOR = "author"

#: The hash of a delivery: ``(subscriber * BY_SUBSCRIBER + issue * BY_ISSUE) % SPREAD``.
BY_SUBSCRIBER = 2654435769
BY_ISSUE = 40503
SPREAD = 1 << 32

_PERCENT = re.compile(r"([0-9]{1,3})(\.[0-9]{1,4})? ?%")
_EXAMPLE = "[author, 1%, 100%]"


def percent(text: str) -> Fraction:
    """What a percentage such as ``12.5%`` is of one. Raises ValueError."""
    if not _PERCENT.fullmatch(text):
        raise ValueError(f"expected a percentage such as 5%, not {text[:60]!r}")
    share = Fraction(text.rstrip("% ")) / 100
    if share > 1:
        raise ValueError(f"{text} is more than everybody: write at most 100%")
    return share


def parse_stage(text: str) -> str:
    """One stage as it is kept: ``author``, or a percentage above 0. Raises ValueError."""
    if text.casefold() == AUTHOR:
        return AUTHOR
    if not _PERCENT.fullmatch(text):
        raise ValueError(f"expected author, or a percentage such as 1%, not {text[:60]!r}")
    if not percent(text):
        raise ValueError(f"{text} is nobody: write author, or a percentage above 0%")
    return text.replace(" ", "")


def parse_stages(stages: Sequence[str]) -> tuple[str, ...]:
    """The stages, which have to rise up to ``100%``; none at all means no stages.

    Raises ValueError with what to write instead.
    """
    names = tuple(map(parse_stage, stages))
    for one, following in pairwise(names):
        if share_of(following) <= share_of(one):
            hint = f"each stage takes in more than the one before it, as in {_EXAMPLE}"
            raise ValueError(f"{following} comes after {one}: {hint}")
    if names and share_of(names[-1]) != 1:
        raise ValueError(f"the last stage is everybody: end with 100%, as in {_EXAMPLE}")
    return names


def share_of(name: str) -> Fraction:
    """The share of the audience that a stage asks for: 0 for the author."""
    return Fraction(0) if name == AUTHOR else percent(name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Who of an audience may be begun: a share of it, and the author whatever that share.

    ``share`` None: everybody. ``author`` is a mailbox, empty for nobody.
    """

    share: float | None = None
    author: str = ""

    @property
    def limit(self) -> int:
        """The hash below which a delivery is within the share."""
        return SPREAD if self.share is None else int(self.share * SPREAD)

    def admits(self, issue_id: int, subscriber_id: int, mailbox: str) -> bool:
        """Whether this delivery may be begun."""
        hashed = (subscriber_id * BY_SUBSCRIBER + issue_id * BY_ISSUE) % SPREAD
        return hashed < self.limit or bool(mailbox and mailbox == self.author)


EVERYBODY = Gate()
NOBODY = Gate(share=0.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Stages:
    """The stages of an issue as they were when it first started: they don't change any more.

    ``names`` are as ``parse_stages`` gives them. ``bounces`` is the percentage of those attempted
    in a stage that may be refused. ``author`` is a mailbox, empty where none is known: then that
    stage is nobody's, and is passed over.
    """

    names: tuple[str, ...]
    wait: timedelta
    bounces: str
    author: str = ""

    def gate(self, stage: int) -> Gate:
        """Whom stage number ``stage`` lets through, counted from 0; -1 for those before any."""
        if stage < 0:
            return NOBODY
        if self.is_last(stage):
            return EVERYBODY
        author = self.author if AUTHOR in self.names else ""
        return Gate(share=float(share_of(self.names[stage])), author=author)

    def is_last(self, stage: int) -> bool:
        """Whether nothing follows that stage: the issue is over when it is."""
        return stage >= len(self.names) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AtStage:
    """Which of its stages an issue is at, from 0, and until when it waits for the next."""

    stages: Stages
    stage: int
    until: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(self.until)

    @property
    def name(self) -> str:
        """The stage as it was written: ``author`` or ``1%``."""
        return self.stages.names[self.stage]

    def __str__(self) -> str:
        return f"stage {self.stage + 1} of {len(self.stages.names)} ({self.name})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """Those whose turn came with a stage and not before: how many were attempted, and refused.

    A deferred one was attempted; what becomes of it later is not waited for.
    """

    attempted: int
    rejected: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """What follows: ``stage`` it is at then, ``until`` when it waits, ``stop`` why it is paused."""

    stage: int
    until: datetime | None = None
    stop: str | None = None


def next_step(issue_id: int, at: AtStage, tried: Tried, now: datetime) -> Step | None:
    """What the end of a stage leads to, or the end of the wait after it; None: nothing yet.

    A stage that nobody was attempted in is passed over. One that went badly stops the issue: a
    release goes on with the next. It is judged again when the wait is over, as what was deferred
    may have been refused meanwhile.
    """
    if at.stages.is_last(at.stage) or (at.until is not None and now < at.until):
        return None
    onward = Step(stage=at.stage + 1)
    if not tried.attempted:
        return onward
    if _too_many(tried, percent(at.stages.bounces)):
        return Step(stage=at.stage + 1, stop=_reason(issue_id, at, tried))
    if at.until is None and at.stages.wait:
        return Step(stage=at.stage, until=now + at.stages.wait)
    return onward


def _too_many(tried: Tried, bounces: Fraction) -> bool:
    """Whether more were refused than may be. One alone among several proves nothing."""
    proves = tried.rejected > 1 or tried.rejected == tried.attempted
    return proves and tried.rejected > bounces * tried.attempted


def _reason(issue_id: int, at: AtStage, tried: Tried) -> str:
    refused = f"{tried.rejected} of {tried.attempted} {_were(tried.rejected)} refused"
    following = at.stages.names[at.stage + 1]
    return (
        f"{at}: {refused}, more than newsletter.stage_bounces ({at.stages.bounces}): see publisher "
        f"report {issue_id}; publisher release {issue_id} goes on with {following}, "
        f"publisher issue cancel {issue_id} ends it"
    )


def _were(number: int) -> str:
    return "was" if number == 1 else "were"
