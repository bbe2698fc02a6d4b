"""What the relay has shown of itself in this run: how many connections it bears, and whether
the fault in a refusal is the recipient's or ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.domain.delivery import Claim, Outcome, Verdict
from publisher.domain.errors import RelayRefused

_CODES = re.compile(r"[2-5][0-9]{2}(?:[ -][245]\.[0-9]{1,3}\.[0-9]{1,3})?")

PAUSE_FIRST = timedelta(seconds=30)
PAUSE_LONGEST = timedelta(minutes=15)
SUSPECT_DOMAINS = 5
RECOVER_AFTER = 100


@dataclass(kw_only=True)
class Relay:
    """Follows outcomes and says when to send less, or to stop and tell a person.

    ``limit`` is the number of connections to use now. While ``paused_until`` lies ahead nothing
    is begun; ``reason`` says why. Five domains that answer with the same 5.7.x, and no acceptance
    between, point at us, and so does that reply until something is accepted: ``acquitted()`` then
    names the deliveries that were blamed for it.
    """

    connections: int
    limit: int = field(init=False)
    paused_until: datetime | None = None
    reason: str | None = None
    _pauses: int = 0
    _thanks: int = 0
    _suspects: dict[str, list[Claim]] = field(default_factory=dict)
    _ours: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.limit = self.connections

    def heard(self, claim: Claim, outcome: Outcome, now: datetime) -> None:
        """Take one outcome into account."""
        if outcome.verdict is Verdict.ACCEPTED:
            self._accepted()
        elif outcome.verdict is Verdict.RETURNED:
            self._pause(outcome.reply, now)
        elif outcome.verdict is Verdict.SUSPECT:
            self._suspect(_essence(outcome.reply), claim, outcome.reply, now)

    def _suspect(self, essence: str, claim: Claim, reply: str, now: datetime) -> None:
        blamed = self._suspects.setdefault(essence, [])
        blamed.append(claim)
        if _spread(blamed):
            self._ours.add(essence)
        if essence in self._ours:
            self._pause(f"refused for {SUSPECT_DOMAINS} domains alike: {reply}", now)

    def _accepted(self) -> None:
        self._pauses = 0
        self._suspects.clear()
        self._ours.clear()
        self._thanks += 1
        if self._thanks % RECOVER_AFTER == 0:
            self.limit = min(self.connections, self.limit + 1)

    def refused(self, error: RelayRefused, now: datetime) -> None:
        """Take a connection that could not be opened into account.

        One connection less from now on, and a pause when none is left, or when only a person can
        mend what is wrong.
        """
        self.limit -= 1
        if self.limit < 1 or not error.temporary:
            self._pause(str(error), now)

    def acquitted(self) -> list[Claim]:
        """The deliveries blamed for what turned out to be our fault; each is named once."""
        return [claim for text in self._ours for claim in self._suspects.pop(text, ())]

    def paused(self, now: datetime) -> bool:
        """Whether nothing may be begun now. A pause that is over restores all connections."""
        if self.paused_until is not None and not self._lasts(now):
            self.paused_until, self.reason, self.limit = None, None, self.connections
        return self.paused_until is not None

    def _lasts(self, now: datetime) -> bool:
        """Whether the pause goes on. None is that long: a clock that was set back ends it."""
        until = self.paused_until
        return until is not None and timedelta(0) < until - now <= PAUSE_LONGEST

    def _pause(self, reason: str, now: datetime) -> None:
        """Begin nothing for a while. What several connections hear at once is one cause."""
        if self._lasts(now):
            return
        self.paused_until = now + min(PAUSE_LONGEST, PAUSE_FIRST * (1 << min(self._pauses, 8)))
        self.reason = reason
        self._pauses += 1


def _spread(blamed: list[Claim]) -> bool:
    return len({_domain(claim) for claim in blamed}) >= SUSPECT_DOMAINS


def _domain(claim: Claim) -> str:
    return claim.mailbox.rpartition("@")[2]


def _essence(reply: str) -> str:
    """Reply code and enhanced code (RFC 3463): the words around them may name one message."""
    match = _CODES.match(reply)
    return match[0] if match else reply
