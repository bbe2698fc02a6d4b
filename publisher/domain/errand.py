"""Errands: what others are asked for when a site has changed, and is asked again until it is done.

A *ping* tells a hub that a feed has changed (WebSub), a *hook* tells the site's own builder what
was published. Neither holds up the publication: they are written down with it and run beside it.
What was interrupted is done again, so each may come more than once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from publisher.domain.moment import require_aware

RETRY_FIRST = timedelta(seconds=10)
RETRY_LONGEST = timedelta(hours=1)
RETRY_FOR = timedelta(days=2)

#: How long an errand of a pass that is still writing its feeds holds back. The pass lets it go by
#: itself when they are on the disk; after this time that pass is known to have been killed.
AFTER_THE_FEEDS = timedelta(minutes=1)


class Kind(StrEnum):
    """What is asked. Its target is the hub's URL, the key of the setting, or nothing."""

    PING = "ping"  # the payload is the feed's URL
    HOOK = "hook"  # the payload is what happened, as JSON
    ANNOUNCE = "announce"  # find out which feeds have changed since the payload's instant


@dataclass(frozen=True, kw_only=True, slots=True)
class NewErrand:
    """Something to ask, ``after`` so long: of one that waits for the same already there is one."""

    kind: Kind
    target: str
    payload: str
    after: timedelta = timedelta(0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """An errand as it stands. ``first_at`` is when it was last written down, which tells whether it
    was asked for anew meanwhile. ``next_at`` is None once it was given up.
    """

    id: int
    kind: Kind
    target: str
    payload: str
    attempts: int
    first_at: datetime
    next_at: datetime | None
    reply: str = ""

    def __post_init__(self) -> None:
        require_aware(self.first_at, self.next_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came of asking. ``reply`` is one line for a person, without secrets.

    ``reached`` is False where nobody was there to answer, or who was there has no time: then it is
    of no use to ask them for something else.
    """

    done: bool
    reply: str
    reached: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """What to write of one attempt. ``next_at`` is None when it is done, and when given up."""

    errand: Errand
    done: bool
    attempts: int
    reply: str
    next_at: datetime | None = None


def retry_after(attempts: int, jitter: float) -> timedelta:
    """How long to wait after that many attempts: doubling, from 10 seconds up to an hour.

    ``jitter`` in [0, 1) spreads it over the upper half.
    """
    full = min(RETRY_LONGEST, RETRY_FIRST * (1 << min(attempts - 1, 16)))
    return full * (0.5 + jitter / 2)


def settle(errand: Errand, answer: Answer, now: datetime, jitter: float) -> Tried:
    """What an answer makes of an errand: it is given up two days after it was asked for."""
    attempts = errand.attempts + 1
    next_at = None if answer.done else now + retry_after(attempts, jitter)
    reply = answer.reply
    if next_at is not None and next_at > errand.first_at + RETRY_FOR:
        next_at, reply = None, f"given up after {attempts} attempts: {reply}"
    return Tried(errand=errand, done=answer.done, attempts=attempts, reply=reply, next_at=next_at)
