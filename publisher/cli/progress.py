"""Progress of a delivery on stderr: a bar on a terminal, a line now and then elsewhere.

A thread of its own looks at the ledger's tally, so that it goes on telling while a relay hangs, and
tells of a daemon in another process just as well.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime

from publisher.bootstrap import Site
from publisher.cli import shapes
from publisher.cli.context import note
from publisher.cli.pace import Course, Pace, Stand, span
from publisher.cli.waiting import paused
from publisher.domain.errors import LedgerUnusable
from publisher.mail.rate import parse_rate

WORTH_SHOWING = 50
LOOK_S = 1.0
EVERY_S = 10.0

#: What limits a delivery, in words.
LIMITS = {
    "rate": "the rate that is set limits it",
    "relay": "the relay limits it",
    "us": "this machine limits it",
}

Show = Callable[[Stand, str], None]


def nobody_knows() -> str | None:
    """What limits a delivery of another process."""
    return None


@contextmanager
def progress(site: Site, limited_by: Callable[[], str | None]) -> Iterator[None]:
    """Tell how a delivery goes for as long as the block lasts. A handful is not worth telling.

    ``limited_by`` names one of LIMITS.
    """
    teller = Teller(site=site, limited_by=limited_by)
    if teller.look().left < WORTH_SHOWING:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_tell, args=(teller, over), name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def follow(site: Site) -> None:
    """Tell how the delivery of another process goes, until nothing goes out any more."""
    _tell(Teller(site=site, limited_by=nobody_knows), None)


@dataclass(kw_only=True)
class Teller:
    """Looks, and says what it saw. A ledger that can't be read for a while changes nothing."""

    site: Site
    limited_by: Callable[[], str | None]
    stand: Stand = field(default_factory=Stand)
    course: Course = field(default_factory=Course)
    pace: Pace = field(init=False)

    def __post_init__(self) -> None:
        self.pace = Pace(limits=parse_rate(self.site.settings.delivery.rate))

    def look(self) -> Stand:
        """How things stand now."""
        with suppress(LedgerUnusable):  # it says so where it matters
            self.stand = self.course.stand(self.site.ledger.issues())
            self.pace.look(self.stand, time.monotonic())
        return self.stand

    def text(self) -> str:
        """The same in words: the rate, how long yet and why, and what waits for later."""
        return ", ".join([*self._speed(), *self._later(self.site.edge.now())])

    def _speed(self) -> Iterator[str]:
        if self.pace.per_s is not None and self.stand.left:
            yield f"{self.pace.per_s:.{0 if self.pace.per_s >= 100 else 1}f}/s"
        left_s = self.pace.left_s()
        if left_s is not None and self.stand.left:
            limit = "rate" if self.pace.rate_binds else self.limited_by()
            yield f"{span(left_s)} left{f' ({LIMITS[limit]})' if limit else ''}"

    def _later(self, now: datetime) -> Iterator[str]:
        zone = self.site.settings.site.timezone
        with suppress(LedgerUnusable):
            names = [one.name for one in self.site.settings.relays]
            for relay in paused(self.site.ledger.relays(), names, now):
                until = shapes.local(relay.paused_until or now, zone)
                yield f"relay {relay.name} paused until {until}"
            if self.stand.deferred:
                at = self.site.ledger.next_attempt_at()
                when = f", next try {shapes.local(at, zone)}" if at and at > now else ""
                yield f"{self.stand.deferred} deferred{when}"


def _tell(teller: Teller, over: threading.Event | None) -> None:
    """Show a look a second, until told that it is over, or else until nothing is left to go."""
    over_, stand = over or threading.Event(), teller.look()
    with _bar() if sys.stderr.isatty() else nullcontext(_lines()) as show:
        while over is not None or stand.left:
            show(stand, teller.text())
            if over_.wait(LOOK_S):
                return
            stand = teller.look()


@contextmanager
def _bar() -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        "mails",
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[said]}"),
    )
    with Progress(*columns, console=Console(stderr=True), auto_refresh=False) as bar:
        task = bar.add_task("mails", total=None, said="")

        def show(stand: Stand, said: str) -> None:
            bar.update(task, total=stand.total, completed=stand.done, said=said, refresh=True)

        yield show


def _lines() -> Show:
    next_s = time.monotonic() + EVERY_S

    def show(stand: Stand, said: str) -> None:
        nonlocal next_s
        if time.monotonic() >= next_s:
            next_s += EVERY_S
            note(f"mails: {stand.done} of {stand.total}{f', {said}' if said else ''}")

    return show
