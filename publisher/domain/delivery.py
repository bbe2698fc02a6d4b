"""One delivery: an issue to a subscriber. Its states, what an attempt can end in, and what follows.

The line between *deferred* and *unknown* is whether the kernel took the last byte of the final
dot: before it the server cannot have accepted the message, after it nobody but the server knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


class Cause(StrEnum):
    """Who or what may change a delivery's state."""

    DELIVERY = "delivery"
    CRASH = "crash"
    CANCEL = "cancel"
    PERSON = "person"


#: Every change of state that may happen, what may cause it, and no other.
TRANSITIONS: Mapping[tuple[State, State], frozenset[Cause]] = {
    (State.QUEUED, State.SENDING): frozenset({Cause.DELIVERY}),
    (State.DEFERRED, State.SENDING): frozenset({Cause.DELIVERY}),
    (State.SENDING, State.ACCEPTED): frozenset({Cause.DELIVERY}),
    (State.SENDING, State.DEFERRED): frozenset({Cause.DELIVERY}),
    (State.SENDING, State.REJECTED): frozenset({Cause.DELIVERY}),
    (State.SENDING, State.UNKNOWN): frozenset({Cause.DELIVERY, Cause.CRASH}),
    (State.SENDING, State.QUEUED): frozenset({Cause.DELIVERY, Cause.CRASH}),
    (State.QUEUED, State.CANCELLED): frozenset({Cause.CANCEL}),
    (State.DEFERRED, State.CANCELLED): frozenset({Cause.CANCEL}),
    (State.UNKNOWN, State.QUEUED): frozenset({Cause.PERSON}),
    (State.UNKNOWN, State.ACCEPTED): frozenset({Cause.PERSON}),
    (State.UNKNOWN, State.CANCELLED): frozenset({Cause.PERSON}),
    (State.CANCELLED, State.QUEUED): frozenset({Cause.PERSON}),
    (State.REJECTED, State.QUEUED): frozenset({Cause.PERSON, Cause.DELIVERY}),
}

#: States that still want work, and states after which a subscriber may be mailed the post anew.
WAITING = frozenset({State.QUEUED, State.DEFERRED})
SPARED = frozenset({State.CANCELLED, State.REJECTED})


class Verdict(StrEnum):
    """What one attempt ended in."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # not now: 4xx, or the connection lost before the last byte left
    REJECTED = "rejected"  # never, for this recipient: 5xx to RCPT or to the message
    SUSPECT = "suspect"  # 5.7.x to RCPT or to the message: the recipient's, or ours if repeated
    UNKNOWN = "unknown"  # the last byte left, and no answer came
    RETURNED = "returned"  # a fault that is ours: nobody's attempt is spent


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """How one attempt ended. ``reply`` is the server's last line, or what happened in its place.

    ``usable`` says whether the connection can take another message. ``busy`` marks a 421: the
    server wants fewer connections. With RETURNED ``reply`` says why the whole run has to pause.
    """

    verdict: Verdict
    reply: str
    usable: bool = True
    busy: bool = False


SETTLED: Mapping[Verdict, State] = {
    Verdict.ACCEPTED: State.ACCEPTED,
    Verdict.DEFERRED: State.DEFERRED,
    Verdict.REJECTED: State.REJECTED,
    Verdict.SUSPECT: State.REJECTED,
    Verdict.UNKNOWN: State.UNKNOWN,
    Verdict.RETURNED: State.QUEUED,
}

RETRY_FIRST = timedelta(minutes=5)
RETRY_LONGEST = timedelta(hours=4)
RETRY_FOR = timedelta(days=2)


def retry_after(attempts: int, jitter: float) -> timedelta:
    """How long to wait after that many attempts: doubling, from 5 minutes up to 4 hours.

    ``jitter`` in [0, 1) spreads it over the upper half, so that a group does not come back at once.
    """
    full = min(RETRY_LONGEST, RETRY_FIRST * (1 << min(attempts - 1, 16)))
    return full * (0.5 + jitter / 2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settlement:
    """What to write of one finished attempt. ``next_at`` is set with DEFERRED only."""

    issue_id: int
    subscriber_id: int
    state: State
    attempts: int
    reply: str
    next_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """A delivery that is in line or, once the ledger has begun it, to be attempted by its holder.

    ``attempts`` counts those before this one; ``first_at`` is when the first one began, None where
    there was none. ``was`` is its state in line, QUEUED or DEFERRED; ``frozen`` counts how often
    its issue had been frozen by then: what was composed of older bytes is not begun.
    """

    issue_id: int
    subscriber_id: int
    address: str
    mailbox: str
    name: str
    attempts: int
    first_at: datetime | None
    was: State
    frozen: int


def settle(
    claim: Claim, outcome: Outcome, now: datetime, jitter: float, *, resend_unknown: bool = False
) -> Settlement:
    """What an outcome makes of a begun delivery: a deferred one is given up after two days.

    With ``resend_unknown`` a delivery whose answer was lost is tried again like a deferred one.
    """
    state = SETTLED[outcome.verdict]
    if resend_unknown and state is State.UNKNOWN:
        state = State.DEFERRED
    attempts = claim.attempts + (outcome.verdict is not Verdict.RETURNED)
    next_at = None
    reply = outcome.reply
    if state is State.DEFERRED:
        next_at = now + retry_after(attempts, jitter)
        if next_at > (claim.first_at or now) + RETRY_FOR:
            state, next_at = State.REJECTED, None
            reply = f"given up after {attempts} attempts: {reply}"
    return Settlement(
        issue_id=claim.issue_id, subscriber_id=claim.subscriber_id, state=state,
        attempts=attempts, reply=reply, next_at=next_at,
    )  # fmt: skip
