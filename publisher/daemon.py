"""The daemon: the only loop. It waits for an instant, a save or a request, and makes a pass.

    APScheduler ──the next instant, a tick──┐
    watchfiles ──a save, a rescan───────────┼──▶ wake ──▶ pass ──▶ the next instant, delivery
    the ledger ──a person's request─────────┘

The clock is rebuilt from files and ledger at every pass: it holds one job for the next instant,
and a short tick that bounds the error after a suspend or when a clock was set. Delivery and the
web run in threads of their own, and so does what is asked of hubs and hooks. SIGTERM begins
nothing, and lets what is in flight end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

import structlog

from publisher.deliver import Relayed
from publisher.domain.errors import LedgerUnusable, PublisherError
from publisher.domain.finding import Finding
from publisher.domain.plan import Hold, Pause, Policy
from publisher.domain.post import Scan
from publisher.report import PassReport
from publisher.standby import PageWatch, awaited
from publisher.ticker import TICK_S, Clocks, LeapWatch, Ticker

POLL_S = 0.2
JOIN_S = 15.0

#: No work ahead is begun that near to an instant: a body may take five seconds to render.
AHEAD = timedelta(seconds=6)

#: A pass is arranged ahead when its instant comes before the next two ticks.
SOON = timedelta(seconds=2 * TICK_S)

log = structlog.get_logger("publisher")


class Passes(Protocol):
    """The use case that makes a pass."""

    def run_pass(self, now: datetime, policy: Policy, scan: Scan | None = None) -> PassReport:
        """Publish what is due at ``now``."""

    def prepare(self, report: PassReport, go_on: Callable[[], bool]) -> Sequence[Finding]:
        """Make ahead what waiting posts will need, while ``go_on``; what is wrong with them."""

    def foresee(self, at: datetime, policy: Policy, scan: Scan) -> None:
        """Arrange the pass that is due at ``at``."""


class Deliveries(Protocol):
    """The use case that delivers."""

    def run(self, stop: threading.Event, *, forever: bool) -> Relayed:
        """Deliver until told to stop."""

    def wake(self) -> None:
        """There may be something new."""


class Folder(Protocol):
    """The content folder."""

    def scan(self, now: datetime | None = None) -> Scan:
        """What it holds at this moment."""


class Errands(Protocol):
    """What is asked of others, each in a thread of its own."""

    def run(self, stop: threading.Event) -> None:
        """Ask, as it comes due, until told to stop."""

    def wake(self) -> None:
        """There may be something new."""


@dataclass(kw_only=True)
class Daemon:
    """Runs a site until it is told to halt. Everything it works with was wired before.

    ``watch`` blocks until its event is set, calling its argument when files changed. ``requests``
    gives a number that changes whenever a person asked for something beside the daemon. ``served``
    says whether the web side runs: without it nobody can leave, so its end ends the daemon.
    ``on_pass`` is called after each pass that did not fail, and ``last_pass_at`` says when the last
    of them was.
    """

    folder: Folder
    passes: Passes
    delivery: Deliveries
    policy: Callable[..., Policy]
    pages: PageWatch
    watch: Callable[[Callable[[], None], threading.Event], None]
    requests: Callable[[], int]
    clocks: Clocks
    errands: Sequence[Errands] = ()
    ticker: Callable[..., Ticker] = Ticker
    served: Callable[[], bool] = lambda: True
    on_pass: Callable[[], None] = lambda: None
    last_pass_at: datetime | None = None
    halting: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _saved: threading.Event = field(default_factory=threading.Event)
    _failure: Exception | None = None
    _scan: Scan | None = None
    _asked: int = 0
    _leapt: bool = False
    _said: frozenset[Finding] = frozenset()

    def run(self) -> None:
        """Loop until told to halt; then drain. Raises what ended delivery, if something did."""
        leap = LeapWatch(clocks=self.clocks)
        ticker = self._start_ticker()
        threads = [
            self._thread("delivery", lambda: self.delivery.run(self._stop, forever=True)),
            self._thread("watch", lambda: self.watch(self._on_save, self._stop)),
            *(self._thread("errands", partial(one.run, self._stop)) for one in self.errands),
        ]
        self._was_asked()  # whatever it was, the first pass sees it
        self._on_save()
        try:
            while not self.halting:
                self._wait(ticker)
                if not self.halting:
                    ticker = self._alive(ticker)
                    self._leapt |= leap.leapt()
                    self._step(ticker)
        finally:
            self._shut_down(ticker, threads)
        if self._failure is not None:
            raise self._failure

    def halt(self) -> None:
        """Stop within a fifth of a second. Takes no lock, so a signal handler may call it."""
        self.halting = True

    def built(self) -> None:
        """The site was told to build itself: look whether pages are up that are waited for."""
        self.pages.built()
        self._wake.set()

    # Waiting.

    def _wait(self, ticker: Ticker) -> None:
        """Until something wakes the loop, a person asked for something, or the clock is dead."""
        while not self._wake.wait(POLL_S):
            if self._was_asked():
                self.delivery.wake()
                break
            if not self.served():
                self._failure = self._failure or RuntimeError("the web server's thread ended")
                self.halt()
            if ticker.dead() or self.halting:
                break
        self._wake.clear()

    def _was_asked(self) -> bool:
        try:
            before, self._asked = self._asked, self.requests()
        except LedgerUnusable:  # the next pass says so
            return False
        return self._asked != before

    def _on_save(self) -> None:
        self._saved.set()
        self._wake.set()

    def _start_ticker(self) -> Ticker:
        ticker = self.ticker(wake=self._wake.set, monotonic_s=self.clocks.monotonic_s)
        ticker.start()
        return ticker

    def _alive(self, ticker: Ticker) -> Ticker:
        if not ticker.dead():
            return ticker
        log.error("the scheduler stopped ticking and is replaced")
        threading.Thread(target=ticker.stop, name="dead clock", daemon=True).start()  # it may hang
        return self._start_ticker()

    # A pass.

    def _step(self, ticker: Ticker) -> None:
        """Make a pass, aim at the next one, and make ready what that will need."""
        now = self.clocks.wall()
        try:
            report = self._pass(now)
            ticker.aim(report.plan.wakeup)
            self._prepare(report)
        except PublisherError as error:
            log.error("pass failed", reason=str(error))
        except Exception:  # a bug that one post brings out must not silence all the others
            log.exception("bug in a pass")

    def _pass(self, now: datetime) -> PassReport:
        if self._saved.is_set() or self._scan is None:
            self._saved.clear()
            self._scan = self.folder.scan(now)
        policy = self._rules()
        report = self.passes.run_pass(now, policy, self._scan)
        self._leapt, self.last_pass_at = False, now
        self.on_pass()
        if report.issues:
            self.delivery.wake()
        if policy.wait_for_page and (urls := awaited(report)):
            self.pages.look_beside(urls, self._wake.set)
        _say(report)
        self._say_findings((*report.problems, *report.warnings), whole=False)
        return report

    def _rules(self) -> Policy:
        return self.policy(clock_leapt=self._leapt, answering=self.pages.answering)

    def _prepare(self, report: PassReport) -> None:
        """Work ahead while nothing else is to be done, and no instant is near."""
        at, cut_short = report.plan.wakeup, False

        def go_on() -> bool:
            nonlocal cut_short
            near = at is not None and at - self.clocks.wall() < AHEAD
            cut_short = near or self._wake.is_set() or self.halting
            return not cut_short

        ahead = self.passes.prepare(report, go_on)
        self._say_findings((*report.problems, *report.warnings, *ahead), whole=not cut_short)
        if at is not None and self._scan and at - self.clocks.wall() < SOON:
            self.passes.foresee(at, self._rules(), self._scan)

    def _say_findings(self, findings: Sequence[Finding], *, whole: bool) -> None:
        """A line for each finding that is new. ``whole``: what is not among them is mended."""
        found = frozenset(findings)
        for finding in sorted(found - self._said, key=str):
            log.warning("finding", at=str(finding))
        self._said = found if whole else self._said | found

    # Threads.

    def _thread(self, name: str, work: Callable[[], object]) -> threading.Thread:
        """Run ``work`` beside the loop. What ends it with an error ends the daemon."""

        def body() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  the loop raises it: a thread can't
                self._failure = self._failure or error
                self.halt()

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread

    def _shut_down(self, ticker: Ticker, threads: Sequence[threading.Thread]) -> None:
        self._stop.set()
        self.delivery.wake()
        for one in self.errands:
            one.wake()
        ticker.stop()
        for thread in threads:
            thread.join(JOIN_S)
            if thread.is_alive():
                log.error("did not end in time", thread=thread.name)


def _say(report: PassReport) -> None:
    """A line for each thing that a pass did."""
    if report.plan.adopted:
        log.info("adopted", posts=len(report.plan.adopted))
    for what in ("published", "revised", "restored", "withdrawn", "renamed"):
        for event in getattr(report.plan, what):
            log.info(what, path=event.path, url=event.url, detail=event.detail)
    for feed in report.feeds:
        if feed.changed:
            log.info("feed written", path=feed.path, entries=feed.entries)
    for mailing in report.plan.mailings:
        if isinstance(mailing, Hold):
            log.warning("issue held", post=mailing.key, reason=mailing.reason)
        elif isinstance(mailing, Pause):
            log.warning("issue paused", issue=mailing.issue_id, reason=mailing.reason)
    for issue in report.issues:
        log.info("issue started", issue=issue.id, audience=issue.audience)
    for fault in report.faults:
        log.error("fault", reason=fault)
