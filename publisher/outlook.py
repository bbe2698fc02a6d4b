"""When the writer looks at the ledger again for what is under way, and for what comes due.

While there is work it is looked up now and then, and at once when somebody asked for something. At
the end of the line it is asked what comes next, and when; nothing is asked while there is work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher.line import Line

#: While there is work, how often the issues under way are looked up.
LOOK_S = 1.0

#: A wait for what comes due ends after that long at the latest, as a timer stands still while the
#: machine sleeps; and what is due and can't begin is looked at that often.
LONGEST_WAIT_S = 30.0
DUE_WAIT_S = 1.0


class DueBook(Protocol):
    """The ledger as this needs it."""

    def next_attempt_at(self) -> datetime | None:
        """The earliest time at which a waiting delivery may be tried; None when none waits."""

    def end_stage(self, issue_id: int, now: datetime) -> bool:
        """Go on with an issue whose stage has nothing left to begin; whether anything changed."""


@dataclass(kw_only=True)
class Outlook:
    """For one thread. ``changed``: what is in the ledger is new. ``on_stage`` hears of an issue
    that went on to its next stage, waits for it, or was stopped. What reads may raise
    LedgerUnusable."""

    book: DueBook
    line: Line
    on_stage: Callable[[int], None]
    changed: bool = True
    _woken: bool = True
    _look_s: float = 0.0
    _ask_s: float = 0.0

    def wake(self) -> None:
        """There may be something new."""
        self._woken = True

    def look(self, now: datetime, now_s: float) -> bool:
        """See which issues are under way, if it is time to; whether it was."""
        if not self._woken and now_s < self._look_s:
            return False
        woken, self._woken = self._woken, False
        self._look_s = now_s + LOOK_S
        self.line.refresh()
        self._end_issues(now)
        if woken:
            self.line.again()
            self.changed = True
        return True

    def look_ahead(self, now: datetime, now_s: float) -> None:
        """At the end of the line: ask when something is due, and begin anew where it is now."""
        if not self.line.dry or not (self.changed or now_s >= self._ask_s):
            return
        self.changed = False
        self._end_issues(now)
        next_at, wait_s = self.book.next_attempt_at(), LONGEST_WAIT_S
        if next_at is not None:
            wait_s = min(wait_s, max(DUE_WAIT_S, (next_at - now).total_seconds()))
            if next_at <= now:
                self.line.again()
        self._ask_s = now_s + wait_s

    def _end_issues(self, now: datetime) -> None:
        for issue_id in self.line.run_dry():
            if self.book.end_stage(issue_id, now):
                self._woken = True
                self.on_stage(issue_id)

    @property
    def over(self) -> bool:
        """Whether nobody is in line, as far as is known and was asked."""
        return self.line.dry and not (self.changed or self._woken)

    def wait_s(self, now_s: float) -> float:
        """Seconds until the ledger has to be looked at again, if nobody calls."""
        if self.line.hungry or (self.line.dry and not self.over):
            return 0.0
        return self._ask_s - now_s if self.line.dry else LONGEST_WAIT_S
