"""The clock that wakes the daemon, and the watch on the machine's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from publisher import ticker as ticker_module
from publisher.ticker import DEAD_AFTER_S, Clocks, LeapWatch, Ticker

NOON = datetime(2026, 2, 19, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Machine:
    """A machine's clocks."""

    def __init__(self) -> None:
        self.wall = NOON
        self.boot_s = 1000.0

    def clocks(self) -> Clocks:
        return Clocks(
            wall=lambda: self.wall, boot_s=lambda: self.boot_s, monotonic_s=lambda: self.boot_s
        )

    def passes(self, wall: timedelta, boot: timedelta) -> None:
        self.wall += wall
        self.boot_s += boot.total_seconds()


# A row: what the wall clock and the boot clock gain between two looks, and whether that is a leap.
@pytest.mark.parametrize(
    ("wall", "boot", "leap"),
    [
        (timedelta(seconds=15), timedelta(seconds=15), False),
        (8 * HOUR, 8 * HOUR, False),
        (HOUR, timedelta(0), False),
        (HOUR + timedelta(seconds=1), timedelta(0), True),
        (30 * 24 * HOUR, timedelta(seconds=15), True),
        (-30 * 24 * HOUR, timedelta(seconds=15), False),
        (timedelta(seconds=15), 8 * HOUR, False),
    ],
)
def test_a_wall_clock_that_runs_ahead_by_more_than_an_hour_has_leapt(
    wall: timedelta, boot: timedelta, leap: bool
) -> None:
    machine = Machine()
    watch = LeapWatch(clocks=machine.clocks())
    assert watch.leapt() is False
    machine.passes(wall, boot)
    assert watch.leapt() is leap
    machine.passes(timedelta(seconds=15), timedelta(seconds=15))
    assert watch.leapt() is False


class Wakes:
    """Counts how often it was called."""

    def __init__(self) -> None:
        self.count = 0
        self._called = threading.Condition()

    def __call__(self) -> None:
        with self._called:
            self.count += 1
            self._called.notify_all()

    def reach(self, count: int, seconds: float = 10.0) -> bool:
        with self._called:
            return self._called.wait_for(lambda: self.count >= count, seconds)


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def ticker(wakes: Wakes) -> Iterator[Ticker]:
    made = Ticker(wake=wakes, monotonic_s=time.monotonic)
    made.start()
    yield made
    made.stop()


def in_s(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_it_wakes_at_the_instant(ticker: Ticker, wakes: Wakes) -> None:
    at = in_s(0.2)
    ticker.aim(at)
    assert wakes.reach(1)
    assert at <= datetime.now(UTC) < at + timedelta(seconds=5)


def test_an_instant_that_is_long_past_is_not_missed(ticker: Ticker, wakes: Wakes) -> None:
    ticker.aim(in_s(-86_400))
    assert wakes.reach(1)


def test_a_new_aim_takes_the_place_of_the_one_before(ticker: Ticker, wakes: Wakes) -> None:
    ticker.aim(in_s(0.05))
    ticker.aim(in_s(3600))
    assert not wakes.reach(1, 0.2)
    ticker.aim(in_s(0))
    assert wakes.reach(1)
    assert not wakes.reach(2, 0.1)


def test_no_aim_at_all_is_fine(ticker: Ticker, wakes: Wakes) -> None:
    ticker.aim(None)
    ticker.aim(in_s(0.05))
    ticker.aim(None)
    ticker.aim(None)
    assert not wakes.reach(1, 0.2)


def test_it_ticks_whatever_it_aims_at(monkeypatch: pytest.MonkeyPatch, wakes: Wakes) -> None:
    monkeypatch.setattr(ticker_module, "TICK_S", 0.05)
    made = Ticker(wake=wakes, monotonic_s=time.monotonic)
    made.start()
    made.aim(in_s(3600))
    assert wakes.reach(3)
    made.stop()


def test_it_stops_in_peace_while_an_instant_comes(wakes: Wakes) -> None:
    for number in range(40):
        made = Ticker(wake=wakes, monotonic_s=time.monotonic)
        made.start()
        made.aim(in_s(number / 20_000))
        made.stop()


def test_a_clock_that_was_not_started_says_so(wakes: Wakes) -> None:
    made = Ticker(wake=wakes, monotonic_s=time.monotonic)
    with pytest.raises(RuntimeError):
        made.aim(in_s(1))
    made.stop()


def test_a_scheduler_whose_thread_has_ended_is_found_dead(wakes: Wakes) -> None:
    machine = Machine()
    made = Ticker(wake=wakes, monotonic_s=machine.clocks().monotonic_s)
    made.start()
    assert not made.dead()
    machine.boot_s += DEAD_AFTER_S - 1
    assert not made.dead()
    machine.boot_s += 2
    assert made.dead()
    made.stop()


def test_a_tick_is_a_sign_of_life(monkeypatch: pytest.MonkeyPatch, wakes: Wakes) -> None:
    monkeypatch.setattr(ticker_module, "TICK_S", 0.02)
    machine = Machine()
    made = Ticker(wake=wakes, monotonic_s=machine.clocks().monotonic_s)
    made.start()
    machine.boot_s += DEAD_AFTER_S + 1
    seen = wakes.count
    assert wakes.reach(seen + 2)
    assert not made.dead()
    made.stop()
