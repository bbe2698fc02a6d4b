"""The daemon: the only loop. It waits for an instant, a save or a request, and makes a pass.

    APScheduler ──the next instant, a tick──┐
    watchfiles ──a save, a rescan───────────┼──▶ wake ──▶ pass ──▶ the next instant, delivery
    the ledger ──a person's request─────────┘

The clock is rebuilt from files and ledger at every pass: it holds one job for the next instant,
and a short tick that bounds the error after a suspend or when a clock was set. Delivery and the
web run in threads of their own. SIGTERM begins nothing, and lets what is in flight end.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from publisher.deliver import Relayed
from publisher.domain.errors import PublisherError
from publisher.domain.finding import Finding
from publisher.domain.plan import Policy
from publisher.domain.post import Scan
from publisher.publish import PassReport
from publisher.standby import PageWatch, awaited

TICK_S = 15
DEAD_AFTER_S = 4 * TICK_S
POLL_S = 0.2
CLOCK_LEAP = timedelta(hours=1)
JOIN_S = 15.0

log = structlog.get_logger("publisher")


class Passes(Protocol):
    """The use case that makes a pass."""

    def run_pass(self, now: datetime, policy: Policy, scan: Scan | None = None) -> PassReport:
        """Publish what is due at ``now``."""

    def prepare(self, report: PassReport) -> Sequence[Finding]:
        """Make ahead what waiting posts will need; what is wrong with them."""


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """The wall clock, the boot clock (which runs on through a suspend) and a monotonic one."""

    wall: Callable[[], datetime]
    boot_s: Callable[[], float]
    monotonic_s: Callable[[], float]


@dataclass(kw_only=True)
class LeapWatch:
    """Notices a wall clock that ran ahead of the boot clock since it was last asked."""

    clocks: Clocks
    _wall: datetime | None = None
    _boot_s: float = 0.0

    def leapt(self) -> bool:
        """Whether the wall clock gained more than an hour on the boot clock."""
        wall, boot_s = self.clocks.wall(), self.clocks.boot_s()
        before, self._wall = self._wall, wall
        passed, self._boot_s = boot_s - self._boot_s, boot_s
        return before is not None and wall - before - timedelta(seconds=passed) > CLOCK_LEAP


@dataclass(kw_only=True)
class Ticker:
    """APScheduler, as a clock that can be looked after: it calls ``wake``, and nothing else."""

    wake: Callable[[], None]
    monotonic_s: Callable[[], float]
    _scheduler: BackgroundScheduler | None = None
    _beat_s: float = 0.0

    def start(self) -> None:
        """Run, from now on."""
        self._beat_s = self.monotonic_s()
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._scheduler.add_job(self._tick, "interval", seconds=TICK_S, **_NEVER_MISSED)
        self._scheduler.start()

    def aim(self, at: datetime | None) -> None:
        """Wake at that instant too. It replaces the one before; None leaves the tick alone."""
        if self._scheduler is None:
            raise RuntimeError("a clock that was not started")
        if at is None:
            if self._scheduler.get_job("instant"):
                self._scheduler.remove_job("instant")
        else:
            self._scheduler.add_job(
                self.wake, "date", run_date=at, id="instant", replace_existing=True, **_NEVER_MISSED
            )

    def dead(self) -> bool:
        """Whether its thread stopped ticking: APScheduler 3 does not notice that by itself."""
        return self.monotonic_s() - self._beat_s > DEAD_AFTER_S

    def stop(self) -> None:
        """Stop, without waiting for anything."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)

    def _tick(self) -> None:
        self._beat_s = self.monotonic_s()
        self.wake()


# By default a job that is a second late is dropped; none of ours may be.
_NEVER_MISSED = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}


@dataclass(kw_only=True)
class Daemon:
    """Runs a site until ``stop`` is set. Everything it works with was wired before.

    ``watch`` blocks until ``stop``, calling its argument when files changed. ``requests`` gives a
    number that grows whenever a person asked for something beside the daemon.
    """

    folder: Folder
    passes: Passes
    delivery: Deliveries
    policy: Callable[..., Policy]
    pages: PageWatch
    watch: Callable[[Callable[[], None], threading.Event], None]
    requests: Callable[[], int]
    clocks: Clocks
    stop: threading.Event = field(default_factory=threading.Event)
    _wake: threading.Event = field(default_factory=threading.Event)
    _saved: threading.Event = field(default_factory=threading.Event)
    _failure: BaseException | None = None
    _scan: Scan | None = None
    _asked: int = 0
    _said: frozenset[Finding] = frozenset()

    def run(self) -> None:
        """Loop until ``stop``; then drain. Raises what ended delivery, if something did."""
        leap = LeapWatch(clocks=self.clocks)
        ticker = Ticker(wake=self._wake.set, monotonic_s=self.clocks.monotonic_s)
        ticker.start()
        threads = [
            self._thread("delivery", lambda: self.delivery.run(self.stop, forever=True)),
            self._thread("watch", lambda: self.watch(self._on_save, self.stop)),
        ]
        self._on_save()
        try:
            while not self.stop.is_set():
                self._wait()
                if not self.stop.is_set():
                    ticker = self._alive(ticker)
                    ticker.aim(self._pass(clock_leapt=leap.leapt()))
        finally:
            self._shut_down(ticker, threads)
        if self._failure is not None:
            raise self._failure

    def halt(self) -> None:
        """Stop soon. Safe to call from a signal handler."""
        self.stop.set()
        self._wake.set()

    # Waiting.

    def _wait(self) -> None:
        """Until something wakes the loop, or a person asked for something."""
        while not self._wake.wait(POLL_S):
            if (asked := self.requests()) != self._asked:
                self._asked = asked
                self.delivery.wake()
                break
        self._wake.clear()

    def _on_save(self) -> None:
        self._saved.set()
        self._wake.set()

    def _alive(self, ticker: Ticker) -> Ticker:
        if not ticker.dead():
            return ticker
        log.error("the scheduler stopped ticking and is replaced")
        ticker.stop()
        fresh = Ticker(wake=self._wake.set, monotonic_s=self.clocks.monotonic_s)
        fresh.start()
        return fresh

    # A pass.

    def _pass(self, *, clock_leapt: bool) -> datetime | None:
        """Make a pass; the instant of the next one that is known of."""
        now = self.clocks.wall()
        if self._saved.is_set() or self._scan is None:
            self._saved.clear()
            self._scan = self.folder.scan(now)
        try:
            policy = self.policy(clock_leapt=clock_leapt, answering=self.pages.answering)
            report = self.passes.run_pass(now, policy, self._scan)
        except PublisherError as error:
            log.error("pass failed", reason=str(error))
            return now + timedelta(seconds=TICK_S)
        if report.issues:
            self.delivery.wake()
        if policy.wait_for_page and (urls := awaited(report)):
            self.pages.look_beside(urls, self._wake.set)
        self._say(report, self.passes.prepare(report))
        return report.plan.wakeup

    def _say(self, report: PassReport, ahead: Sequence[Finding]) -> None:
        """One line for each thing that happened, and for each finding that is new."""
        plan = report.plan
        for what in ("adopted", "published", "revised", "restored", "withdrawn", "renamed"):
            events = getattr(plan, what)
            if what == "adopted" and events:
                log.info("adopted", posts=len(events))
                continue
            for event in events:
                log.info(what, path=event.path, url=event.url, detail=event.detail)
        for feed in report.feeds:
            if feed.changed:
                log.info("feed written", path=feed.path, entries=feed.entries)
        for issue in report.issues:
            log.info("issue started", issue=issue.id, audience=issue.audience)
        for fault in report.faults:
            log.error("fault", reason=fault)
        found = frozenset((*report.problems, *report.warnings, *ahead))
        for finding in sorted(found - self._said, key=str):
            log.warning("finding", at=str(finding))
        self._said = found

    # Threads.

    def _thread(self, name: str, work: Callable[[], object]) -> threading.Thread:
        """Run ``work`` beside the loop. What ends it with an error ends the daemon."""

        def body() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  the loop raises it: a thread can't
                self._failure = error
                self.halt()

        thread = threading.Thread(target=body, name=name, daemon=True)
        thread.start()
        return thread

    def _shut_down(self, ticker: Ticker, threads: Sequence[threading.Thread]) -> None:
        self.stop.set()
        self.delivery.wake()
        ticker.stop()
        for thread in threads:
            thread.join(JOIN_S)
