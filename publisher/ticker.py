"""The daemon's clocks: one that wakes it, and a watch on those of the machine.

APScheduler runs in a thread of its own and wakes the loop at the next instant, and at a short tick
that bounds the error after a suspend or when a clock was set.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.debug import DebugExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

TICK_S = 15
DEAD_AFTER_S = 4 * TICK_S
CLOCK_LEAP = timedelta(hours=1)


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
        # In the scheduler's own thread: a job of ours does nothing but set an event.
        self._scheduler = BackgroundScheduler(timezone=UTC, executors={"default": DebugExecutor()})
        self._scheduler.add_job(self._tick, "interval", seconds=TICK_S, **_NEVER_MISSED)
        self._scheduler.start()

    def aim(self, at: datetime | None) -> None:
        """Wake at that instant too. It replaces the one before; None leaves the tick alone."""
        if self._scheduler is None:
            raise RuntimeError("a clock that was not started")
        if at is None:
            with suppress(JobLookupError):  # it has come
                self._scheduler.remove_job("instant")
        else:
            self._scheduler.add_job(
                self.wake, "date", run_date=at, id="instant", replace_existing=True, **_NEVER_MISSED
            )

    def dead(self) -> bool:
        """Whether its thread stopped ticking: APScheduler 3 does not notice that by itself."""
        return self.monotonic_s() - self._beat_s > DEAD_AFTER_S

    def stop(self) -> None:
        """Stop, without waiting for an instant."""
        if self._scheduler is not None:
            self._scheduler.remove_all_jobs()  # one that ends while it is shut down is an error
            self._scheduler.shutdown(wait=False)

    def _tick(self) -> None:
        self._beat_s = self.monotonic_s()
        self.wake()


# By default a job that is a second late is dropped; none of ours may be.
_NEVER_MISSED = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
