"""Whether a relay that offers PIPELINING (RFC 2920) can be trusted with it, as its answers show.

There are relays, and boxes in front of them, that lose what is written before they have answered.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from publisher.domain.delivery import Outcome

STRIKES = 2  # for a relay that never showed that it can
STRIKES_AFTER_ALL = 50  # for one that did: when it restarts, all conversations break off at once


class Trust:
    """Trust in one habit of a relay. Shared by its connections, and safe for threads.

    Until the relay has answered to it in full, one connection at a time tries. It is given up for
    good when that broke off twice, or when it was proven and broke off fifty times in a row.
    """

    def __init__(self) -> None:
        self.proven = False
        self._trying = False
        self._strikes = 0
        self._lock = threading.Lock()

    def ask(self) -> bool:
        """Whether to do it now. Tell ``learn``, ``broke`` or ``undecided`` what came of it."""
        if self.proven:
            return True
        with self._lock:
            free = not self._trying and self._strikes < STRIKES
            self._trying = self._trying or free
            return free

    def learn(self, refusal: Outcome | None) -> None:
        """Judge by what ended the answers: nothing, a refusal, a 421 (which tells nothing), or a
        connection that is lost or out of step."""
        if refusal is None or refusal.usable:
            if not self.proven or self._strikes:
                self._settle(strikes=0, proven=True)
        elif refusal.busy:
            self.undecided()
        else:
            self.broke()

    def broke(self) -> None:
        """The conversation broke off over it."""
        strikes = self._strikes + 1
        self._settle(strikes=strikes, proven=self.proven and strikes < STRIKES_AFTER_ALL)

    def undecided(self) -> None:
        """It was not seen to the end."""
        self._settle(strikes=self._strikes, proven=self.proven)

    def _settle(self, *, strikes: int, proven: bool) -> None:
        with self._lock:
            self._strikes, self.proven, self._trying = strikes, proven, False


@dataclass(frozen=True, slots=True)
class Pipelining:
    """The two habits: an envelope in one write, and the next one's behind a final dot."""

    grouped: Trust = field(default_factory=Trust)
    ahead: Trust = field(default_factory=Trust)
