"""Lanes: what is due is asked in turn, who is not there is left to rest, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fakes.ledger import FakeLedger

from publisher.domain.errand import (
    RETRY_FOR,
    RETRY_LONGEST,
    Answer,
    Errand,
    Kind,
    NewErrand,
    Tried,
    retry_after,
    settle,
)
from publisher.domain.errors import LedgerUnusable
from publisher.errands import Lane, running

NOON = datetime(2026, 2, 19, 12, tzinfo=UTC)
HUB = "https://hub.example.com/"
DONE = Answer(done=True, reply="HTTP 204")
REFUSED = Answer(done=False, reply="HTTP 400")
NOBODY = Answer(done=False, reply="nobody", reached=False)


class Day:
    """A lane on a clock of its own, to a hub that answers as told."""

    def __init__(self) -> None:
        self.now = NOON
        self.book = FakeLedger()
        self.asked: list[str] = []
        self.answer = DONE
        self.tried: list[Tried] = []
        self.lane = self.made(self.do)

    def made(self, do: Callable[[Errand, Callable[[], bool]], Answer]) -> Lane:
        return Lane(
            kind=Kind.PING, target=HUB, do=do, book=self.book, now=lambda: self.now,
            jitter=lambda: 0.999, on_tried=self.tried.append,
        )  # fmt: skip

    def do(self, errand: Errand, _: Callable[[], bool]) -> Answer:
        self.asked.append(errand.payload)
        return self.answer

    def changed(self, *feeds: str) -> None:
        pings = [NewErrand(kind=Kind.PING, target=HUB, payload=feed) for feed in feeds]
        self.book.announce(pings, self.now)

    def work(self) -> list[str]:
        """What is asked now."""
        self.asked.clear()
        self.lane.work(lambda: True, lambda: False)
        return list(self.asked)

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)


def test_what_is_due_is_asked_once() -> None:
    day = Day()
    day.changed("a", "b")
    assert day.work() == ["a", "b"]
    assert day.work() == []
    assert [one.done for one in day.tried] == [True, True]


def test_one_that_is_refused_holds_up_no_other_and_comes_again() -> None:
    day = Day()
    day.changed("a", "b")
    day.answer = REFUSED
    assert day.work() == ["a", "b"]
    day.later(seconds=9)
    assert day.work() == []
    day.later(seconds=1)
    day.answer = DONE
    assert day.work() == ["a", "b"]


def test_a_hub_that_is_not_there_is_asked_for_one_feed_at_growing_gaps() -> None:
    day = Day()
    day.changed("a", "b", "c")
    day.answer = NOBODY
    asked_at = []
    for _ in range(3600):
        if day.work():
            assert day.asked == ["a"]
            asked_at.append((day.now - NOON).total_seconds())
        day.later(seconds=1)
    assert asked_at == [0, 10, 30, 70, 150, 310, 630, 1270, 2550]
    day.later(hours=2)
    day.answer = DONE
    assert day.work() == ["a", "b", "c"]


def test_a_change_is_a_reason_to_ask_again_at_once() -> None:
    day = Day()
    day.changed("a")
    day.answer = NOBODY
    day.work()
    day.later(seconds=1)
    day.changed("b")
    day.lane.wake()
    day.answer = DONE
    assert day.work() == ["b"]


def test_a_change_while_a_ping_is_under_way_is_told_too() -> None:
    day = Day()

    def do(errand: Errand, _: Callable[[], bool]) -> Answer:
        day.asked.append(errand.payload)
        if len(day.asked) == 1:
            day.later(seconds=1)
            day.changed("a")
        return DONE

    day.lane = day.made(do)
    day.changed("a")
    assert day.work() == ["a", "a"]
    assert day.book.errands() == ()


def test_it_is_given_up_after_two_days() -> None:
    day = Day()
    day.changed("a")
    day.answer = NOBODY
    last = NOON
    for _ in range(3 * 24 * 60):
        if day.work():
            last = day.now
        day.later(minutes=1)
    assert RETRY_FOR - timedelta(hours=2) < last - NOON <= RETRY_FOR
    assert day.tried[-1].next_at is None
    assert day.tried[-1].reply.startswith(f"given up after {len(day.tried)} attempts: nobody")


@pytest.mark.parametrize("jitter", [0.0, 0.5, 0.999999])
def test_gaps_double_from_ten_seconds_to_an_hour(jitter: float) -> None:
    gaps = [retry_after(attempts, jitter) for attempts in range(1, 40)]
    assert gaps == sorted(gaps)
    assert timedelta(seconds=5) <= gaps[0] <= timedelta(seconds=10)
    assert RETRY_LONGEST / 2 <= gaps[-1] <= RETRY_LONGEST


def test_what_is_done_has_no_next_time() -> None:
    errand = Errand(
        id=1, kind=Kind.PING, target=HUB, payload="a", attempts=3, first_at=NOON, next_at=NOON
    )
    assert settle(errand, DONE, NOON, 0.0) == Tried(
        errand=errand, done=True, attempts=4, reply="HTTP 204"
    )


class Broken(FakeLedger):
    def due_errands(self, *_: object) -> tuple[Errand, ...]:
        raise LedgerUnusable("state/publisher.db: the disk is full")


def test_a_lane_outlives_a_ledger_that_can_not_be_read() -> None:
    day = Day()
    day.book = Broken()
    lane = day.made(day.do)
    stop = threading.Event()
    thread = threading.Thread(target=lane.run, args=(stop,))
    thread.start()
    thread.join(0.2)
    assert thread.is_alive()
    stop.set()
    lane.wake()
    thread.join(10)
    assert not thread.is_alive()


def test_a_lane_runs_what_it_is_woken_for_and_ends_when_told() -> None:
    day, asked, stop = Day(), threading.Event(), threading.Event()

    def do(errand: Errand, _: Callable[[], bool]) -> Answer:
        asked.set()
        return DONE

    lane = day.made(do)
    thread = threading.Thread(target=lane.run, args=(stop,))
    thread.start()
    assert not asked.wait(0.1)
    day.changed("a")
    lane.wake()
    assert asked.wait(10)
    stop.set()
    lane.wake()
    thread.join(10)
    assert not thread.is_alive()


def test_a_single_run_begins_nothing_after_its_deadline() -> None:
    day = Day()

    def do(errand: Errand, _: Callable[[], bool]) -> Answer:
        day.asked.append(errand.payload)
        threading.Event().wait(0.2)
        return DONE

    day.changed("a", "b", "c")
    with running([day.made(do)], deadline_s=0.1):
        pass
    assert day.asked == ["a"]
    assert [one.payload for one in day.book.errands()] == ["b", "c"]


def test_a_run_that_is_broken_off_ends_what_is_under_way() -> None:
    day, begun = Day(), threading.Event()

    def do(_: Errand, stopped: Callable[[], bool]) -> Answer:
        begun.set()
        while not stopped():
            threading.Event().wait(0.01)
        return REFUSED

    def broken_off() -> None:
        with running([day.made(do)]):
            assert begun.wait(10)
            raise KeyboardInterrupt

    day.changed("a")
    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert [one.reply for one in day.tried] == ["HTTP 400"]


def test_a_run_says_that_the_ledger_can_not_be_read() -> None:
    day = Day()
    day.book = Broken()
    with pytest.raises(LedgerUnusable), running([day.made(day.do)]):
        pass
