"""What one relay has shown of itself: how many connections it bears, and whether the fault in a
refusal is the recipient's or ours.

Concurrency moves as TCP's does (RFC 5681): one connection less for each that is refused, half of
them when temporary refusals prevail, one more after so many acceptances; and after a pause one
connection tries, and each acceptance lets one more follow.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from publisher.domain.delivery import Claim, Outcome, Verdict
from publisher.domain.errors import RelayRefused
from publisher.domain.suspects import SUSPECT_DOMAINS, Suspects

PAUSE_FIRST = timedelta(seconds=30)
PAUSE_LONGEST = timedelta(minutes=15)
#: By how much of itself chance may shorten a pause.
PAUSE_SPREAD = 0.2

#: Temporary refusals more than acceptances that halve the connections; acceptances that add one.
HALVE_AFTER = 10
RECOVER_AFTER = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class RelayNote:
    """What a relay has shown of itself, to be known after a restart. ``name`` is its own."""

    name: str
    limit: int
    paused_until: datetime | None
    reason: str | None
    pauses: int


@dataclass(kw_only=True)
class Relay:
    """Follows outcomes and says when to send less, or to stop and tell a person.

    ``limit`` is the number of connections to use now, of ``connections`` at most. While
    ``paused_until`` lies ahead nothing is begun; ``reason`` says why, in the server's words.
    ``jitter`` in [0, 1), where it is asked for, shortens a pause by up to a fifth.
    """

    connections: int
    name: str = "main"
    limit: int = field(init=False)
    paused_until: datetime | None = None
    reason: str | None = None
    _pauses: int = 0
    _thanks: int = 0
    _regrets: int = 0
    _trying: bool = False
    _suspects: Suspects = field(default_factory=Suspects)

    def __post_init__(self) -> None:
        self.limit = self.connections

    @classmethod
    def restored(cls, note: RelayNote, connections: int, now: datetime) -> Relay:
        """The relay as it was noted. Its pause goes on, for half a minute at most.

        A person who has mended something restarts the program, and should not wait for long; a
        program that is restarted all the time still tries no more than twice a minute.
        """
        relay = cls(connections=connections, name=note.name, reason=note.reason)
        relay.limit = max(1, min(note.limit, connections))
        relay._pauses = note.pauses
        if note.paused_until is not None:
            relay.paused_until = min(note.paused_until, now + PAUSE_FIRST)
        return relay

    def note(self) -> RelayNote:
        """What to remember of it; equal as long as nothing changed."""
        return RelayNote(
            name=self.name, limit=self.limit, paused_until=self.paused_until, reason=self.reason,
            pauses=self._pauses,
        )  # fmt: skip

    def heard(self, claim: Claim, outcome: Outcome, now: datetime, jitter: float = 0.0) -> None:
        """Take one outcome into account."""
        match outcome.verdict:
            case Verdict.ACCEPTED:
                self._accepted()
            case Verdict.DEFERRED:
                self._deferred()
            case Verdict.RETURNED:
                self._pause(outcome.reply, now, jitter)
            case Verdict.SUSPECT:
                if self._suspects.ours(claim, outcome.reply):
                    alike = f"refused for {SUSPECT_DOMAINS} domains alike: {outcome.reply}"
                    self._pause(alike, now, jitter)

    def refused(self, error: RelayRefused, now: datetime, jitter: float = 0.0) -> None:
        """Take a connection that could not be opened, or ended with its first answer, into account.

        One connection less from now on, and a pause when none is left, or when only a person can
        mend what is wrong.
        """
        self.limit = max(0, self.limit - 1)
        self._thanks, self._trying = 0, False
        if not self.limit or not error.temporary:
            self._pause(str(error), now, jitter)

    def acquitted(self) -> list[Claim]:
        """The deliveries blamed for what turned out to be our fault; each is named once."""
        return self._suspects.acquitted()

    def paused(self, now: datetime) -> bool:
        """Whether nothing may be begun now. When a pause is over one connection tries."""
        if self.paused_until is not None and not self._lasts(now):
            self.resume()
        return self.paused_until is not None

    def resume(self) -> None:
        """End a pause, if there is one: its time is over, or a person wants to try now."""
        if self.paused_until is not None:
            self.paused_until, self.reason = None, None
            self.limit, self._trying = 1, True

    def _lasts(self, now: datetime) -> bool:
        """Whether the pause goes on. None is that long: a clock that was set back ends it."""
        until = self.paused_until
        return until is not None and timedelta(0) < until - now <= PAUSE_LONGEST

    def _pause(self, reason: str, now: datetime, jitter: float) -> None:
        """Begin nothing for a while. What several connections hear at once is one cause."""
        if self._lasts(now):
            return
        full = min(PAUSE_LONGEST, PAUSE_FIRST * (1 << min(self._pauses, 8)))
        self.paused_until = now + full * (1 - PAUSE_SPREAD * jitter)
        self.reason = reason
        self._pauses += 1

    def _accepted(self) -> None:
        self._pauses = 0
        self._suspects.clear()
        self._regrets = max(0, self._regrets - 1)
        self._thanks += 1
        if self.limit < self.connections and (self._trying or self._thanks >= RECOVER_AFTER):
            self._thanks = 0
            self.limit += 1
        self._trying = self._trying and self.limit < self.connections

    def _deferred(self) -> None:
        """One connection is left at least: to be asked to come again is no reason to stay away."""
        self._regrets += 1
        if self._regrets >= HALVE_AFTER:
            self._regrets = self._thanks = 0
            self._trying = False
            self.limit = max(1, self.limit // 2)
