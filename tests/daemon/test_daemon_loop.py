"""The daemon's loop, with fakes for all that it works with."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from publisher.daemon import AHEAD, SOON, Daemon
from publisher.domain.errors import LedgerUnusable, NotFound
from publisher.domain.finding import Finding
from publisher.domain.plan import Event, Live, Plan, Policy
from publisher.domain.post import Scan
from publisher.domain.publication import Publication
from publisher.freeze import Frozen
from publisher.report import PassReport
from publisher.standby import PageWatch
from publisher.syndicate import WrittenFeed
from publisher.ticker import Clocks

NOON = datetime(2026, 2, 19, 12, tzinfo=UTC)
POLICY = Policy(id_authority="example.com", id_date=NOON.date())
NOTHING = PassReport(
    at=NOON, plan=Plan(), shown=(), feeds=(), issues=(), problems=(), warnings=()
)  # fmt: skip


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.001)


class FakeTicker:
    def __init__(self, *, wake: Callable[[], None], monotonic_s: Callable[[], float]) -> None:
        self.wake = wake
        self.aims: list[datetime | None] = []
        self.is_dead = self.started = self.stopped = False

    def start(self) -> None:
        self.started = True

    def aim(self, at: datetime | None) -> None:
        self.aims.append(at)

    def dead(self) -> bool:
        return self.is_dead

    def stop(self) -> None:
        self.stopped = True


class FakeDelivery:
    """Runs until it is told to stop, or fails when it is told to."""

    def __init__(self) -> None:
        self.wakes = 0
        self.news = threading.Event()
        self.error: Exception | None = None
        self.ended = False

    def run(self, stop: threading.Event, *, forever: bool) -> None:
        assert forever
        while not stop.is_set():
            assert self.news.wait(30)
            self.news.clear()
            if self.error:
                raise self.error
        self.ended = True

    def wake(self) -> None:
        self.wakes += 1
        self.news.set()


class Rig:
    """A daemon and all that it works with. ``answer`` makes the report of each pass."""

    def __init__(self) -> None:
        self.delivery = FakeDelivery()
        self.tickers: list[FakeTicker] = []
        self.scans = 0
        self.passes: list[tuple[datetime, Scan]] = []
        self.foreseen: list[tuple[datetime, Scan]] = []
        self.policies: list[dict[str, Any]] = []
        self.policy = POLICY
        self.answer: Callable[[], PassReport] = lambda: NOTHING
        self.ahead: Callable[[Callable[[], bool]], list[Finding]] = lambda _: []
        self.asked = 1
        self.request_error: Exception | None = None
        self.watch_error: Exception | None = None
        self.on_save: Callable[[], None] | None = None
        self.wall, self.boot_s = NOON, 0.0
        self.pages_asked: list[str] = []
        self.pages = PageWatch(ask=self._page)
        self.daemon = Daemon(
            folder=self,
            passes=self,
            delivery=self.delivery,
            policy=self._policy,
            pages=self.pages,
            watch=self._watch,
            requests=self._requests,
            clocks=Clocks(
                wall=lambda: self.wall, boot_s=lambda: self.boot_s, monotonic_s=lambda: self.boot_s
            ),
            ticker=self._ticker,
        )

    # What the daemon calls.

    def scan(self, now: datetime | None = None) -> Scan:
        self.scans += 1
        return Scan()

    def run_pass(self, now: datetime, policy: Policy, scan: Scan | None = None) -> PassReport:
        assert scan is not None
        self.passes.append((now, scan))
        return self.answer()

    def prepare(self, report: PassReport, go_on: Callable[[], bool]) -> list[Finding]:
        return self.ahead(go_on)

    def foresee(self, at: datetime, policy: Policy, scan: Scan) -> None:
        self.foreseen.append((at, scan))

    def _policy(self, **measured: Any) -> Policy:
        self.policies.append(measured)
        return self.policy

    def _watch(self, on_change: Callable[[], None], stop: threading.Event) -> None:
        self.on_save = on_change
        if self.watch_error:
            raise self.watch_error
        assert stop.wait(30)

    def _requests(self) -> int:
        if self.request_error:
            raise self.request_error
        return self.asked

    def _ticker(self, **given: Any) -> FakeTicker:
        self.tickers.append(FakeTicker(**given))
        return self.tickers[-1]

    def _page(self, url: str) -> int:
        self.pages_asked.append(url)
        return 200

    # What a test does.

    @contextmanager
    def running(self) -> Iterator[list[Exception]]:
        """The daemon at work, after its first pass, until the block ends."""
        errors: list[Exception] = []

        def work() -> None:
            try:
                self.daemon.run()
            except (LedgerUnusable, RuntimeError, ZeroDivisionError) as error:
                errors.append(error)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            wait_for(lambda: (self.passes and self.on_save) or not thread.is_alive())
            yield errors
        finally:
            self.daemon.halt()
            thread.join(30)
            assert not thread.is_alive()

    def tick(self) -> None:
        """The clock wakes the daemon; returns when it has made a pass of it."""
        made = len(self.passes)
        self.tickers[-1].wake()
        wait_for(lambda: len(self.passes) > made)


@pytest.fixture
def rig() -> Rig:
    return Rig()


def event(path: str) -> Event:
    return Event(path=path, url=f"https://example.com/{path}", due=NOON)


# What it is woken by.


def test_it_makes_a_pass_when_it_starts_and_aims_at_the_next_instant(rig: Rig) -> None:
    later = NOON + timedelta(hours=3)
    rig.answer = lambda: replace(NOTHING, plan=Plan(wakeup=later))
    with rig.running():
        assert rig.passes[0][0] == NOON
        wait_for(lambda: rig.tickers[0].aims)
        assert rig.tickers[0].aims[0] == later
        assert rig.daemon.last_pass_at == NOON


def test_a_tick_makes_a_pass_of_what_was_scanned_before(rig: Rig) -> None:
    with rig.running():
        rig.wall += timedelta(seconds=15)
        scans = rig.scans
        rig.tick()
        assert rig.passes[-1][0] == rig.wall
        assert rig.scans == scans
        assert rig.daemon.last_pass_at == rig.wall


def test_a_save_makes_a_pass_of_a_new_scan(rig: Rig) -> None:
    with rig.running():
        made, scans = len(rig.passes), rig.scans
        assert rig.on_save
        rig.on_save()
        wait_for(lambda: len(rig.passes) > made)
        assert rig.scans == scans + 1


def test_what_a_person_asked_for_is_done_within_a_second(rig: Rig) -> None:
    with rig.running():
        made, woken = len(rig.passes), rig.delivery.wakes
        rig.asked += 1
        wait_for(lambda: len(rig.passes) > made, 1.0)
        assert rig.delivery.wakes == woken + 1


def test_nothing_happens_while_nothing_happens(rig: Rig) -> None:
    with rig.running():
        made = len(rig.passes)
        time.sleep(0.5)
        assert len(rig.passes) == made == 1


def test_delivery_is_woken_for_an_issue_that_started(rig: Rig) -> None:
    with rig.running():
        woken = rig.delivery.wakes
        rig.tick()
        assert rig.delivery.wakes == woken
        rig.answer = lambda: replace(NOTHING, issues=(Frozen(id=1, subject="x", audience=3),))
        rig.tick()
        wait_for(lambda: rig.delivery.wakes > woken)


def test_pages_that_mail_waits_for_are_asked_and_wake_it_when_they_answer(rig: Rig) -> None:
    url = "https://example.com/tide/"
    publication = Publication(
        key="tide", feed_id="tag:x", due=NOON, live_at=NOON, updated=NOON, source_hash="s",
        content_hash="c", awaiting_mail=True,
    )  # fmt: skip

    class Post:
        pass

    post: Any = Post()
    post.url = url
    live = Live(publication=publication, path="content/tide.md", post=post)
    rig.answer = lambda: replace(NOTHING, plan=Plan(live=(live,)))
    rig.policy = replace(POLICY, wait_for_page=timedelta(minutes=10))
    with rig.running():
        wait_for(lambda: rig.policies[-1]["answering"] == {url})
        assert rig.pages_asked == [url]


# What goes wrong.


def test_a_pass_that_fails_is_said_and_tried_again(rig: Rig) -> None:
    with capture_logs() as logs, rig.running():
        before = rig.daemon.last_pass_at
        rig.wall += timedelta(seconds=15)
        rig.answer = raises(LedgerUnusable("the disk is full"))
        rig.tick()
        wait_for(lambda: said(logs, "pass failed"))
        assert rig.daemon.last_pass_at == before
        rig.answer = lambda: NOTHING
        rig.tick()
        wait_for(lambda: rig.daemon.last_pass_at == rig.wall)
    assert said(logs, "pass failed")[0]["reason"] == "the disk is full"


def test_a_bug_in_a_pass_is_said_and_ends_nothing(rig: Rig) -> None:
    with capture_logs() as logs, rig.running():
        rig.answer = raises(ZeroDivisionError())
        rig.tick()
        wait_for(lambda: said(logs, "bug in a pass"))
        rig.answer = lambda: NOTHING
        rig.tick()
        assert not rig.daemon.halting
    assert said(logs, "bug in a pass")[0]["exc_info"]


def test_a_bug_in_working_ahead_loses_nothing_of_the_pass(rig: Rig) -> None:
    def stumbles(_: Callable[[], bool]) -> list[Finding]:
        raise NotFound("gone")

    later = NOON + timedelta(hours=3)
    rig.ahead = stumbles
    rig.answer = lambda: replace(NOTHING, plan=Plan(wakeup=later))
    with capture_logs() as logs, rig.running():
        wait_for(lambda: said(logs, "pass failed"))
        assert rig.tickers[0].aims[0] == later


@pytest.mark.parametrize("error", [LedgerUnusable("the disk is full"), ZeroDivisionError()])
def test_what_ends_delivery_ends_the_daemon_with_its_reason(rig: Rig, error: Exception) -> None:
    with rig.running() as errors:
        rig.delivery.error = error
        rig.delivery.news.set()
        wait_for(lambda: errors)
    assert errors == [error]
    assert rig.tickers[0].stopped


def test_the_end_of_the_web_server_ends_the_daemon(rig: Rig) -> None:
    """Without it nobody could leave."""
    with rig.running() as errors:
        wait_for(lambda: rig.passes)
        assert not errors
        rig.daemon.served = lambda: False
        wait_for(lambda: errors)
    assert "web server" in str(errors[0])
    assert rig.delivery.ended


def test_what_ends_watching_ends_the_daemon_with_its_reason(rig: Rig) -> None:
    rig.watch_error = ZeroDivisionError()
    with rig.running() as errors:
        wait_for(lambda: errors)
    assert rig.delivery.ended


def test_a_ledger_that_can_t_be_asked_is_no_end(rig: Rig) -> None:
    with rig.running():
        rig.request_error = LedgerUnusable("the disk does not read")
        rig.tick()
        rig.request_error = None
        rig.asked += 1
        made = len(rig.passes)
        wait_for(lambda: len(rig.passes) > made, 1.0)


def test_a_scheduler_that_died_is_replaced_and_aims_anew(rig: Rig) -> None:
    later = NOON + timedelta(hours=3)
    rig.answer = lambda: replace(NOTHING, plan=Plan(wakeup=later))
    with capture_logs() as logs, rig.running():
        rig.tickers[0].is_dead = True
        wait_for(lambda: len(rig.tickers) == 2 and rig.tickers[1].aims)
        wait_for(lambda: rig.tickers[0].stopped)
        assert rig.tickers[1].started
        assert rig.tickers[1].aims[0] == later
        rig.tick()
        assert len(rig.tickers) == 2
    assert len(said(logs, "the scheduler stopped ticking and is replaced")) == 1


def test_a_leap_of_the_clock_is_told_to_the_next_pass_and_no_other(rig: Rig) -> None:
    with rig.running():
        rig.wall += timedelta(days=30)
        rig.tick()
        assert rig.policies[-1]["clock_leapt"] is True
        rig.tick()
        assert rig.policies[-1]["clock_leapt"] is False


def test_a_leap_is_not_forgotten_when_the_pass_that_saw_it_fails(rig: Rig) -> None:
    with capture_logs() as logs, rig.running():
        rig.wall += timedelta(days=30)
        rig.answer = raises(LedgerUnusable("the disk is full"))
        rig.tick()
        wait_for(lambda: said(logs, "pass failed"))
        rig.answer = lambda: NOTHING
        rig.tick()
        assert rig.policies[-1]["clock_leapt"] is True
        rig.tick()
        assert rig.policies[-1]["clock_leapt"] is False


# The end.


def test_it_stops_soon_and_lets_delivery_drain(rig: Rig) -> None:
    with rig.running():
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 5
    assert rig.delivery.ended
    assert rig.tickers[0].stopped
    made = len(rig.passes)
    rig.tickers[0].wake()
    assert len(rig.passes) == made


def test_a_pass_that_is_being_made_is_made_to_its_end(rig: Rig) -> None:
    in_it, go_on = threading.Event(), threading.Event()

    def slowly() -> PassReport:
        in_it.set()
        assert go_on.wait(10)
        return replace(NOTHING, plan=Plan(published=(event("content/tide.md"),)))

    with capture_logs() as logs, rig.running():
        rig.answer = slowly
        rig.tickers[0].wake()
        assert in_it.wait(10)
        rig.daemon.halt()
        go_on.set()
    assert said(logs, "published")


# Work ahead.


def test_work_ahead_goes_on_while_nothing_else_is_to_be_done(rig: Rig) -> None:
    answers: list[bool] = []
    rig.ahead = lambda go_on: answers.append(go_on()) or []  # type: ignore[func-returns-value]
    with rig.running():
        wait_for(lambda: answers)
    assert answers[0] is True


def test_work_ahead_is_cut_short_by_whatever_wakes_the_daemon(rig: Rig) -> None:
    answers: list[bool] = []

    def ahead(go_on: Callable[[], bool]) -> list[Finding]:
        answers.append(go_on())
        if len(answers) == 1:
            rig.tickers[0].wake()
            answers.append(go_on())
        return []

    rig.ahead = ahead
    with rig.running():
        wait_for(lambda: len(rig.passes) >= 2)
    assert answers[:2] == [True, False]


@pytest.mark.parametrize(("ahead", "goes_on"), [(AHEAD * 2, True), (AHEAD / 2, False)])
def test_no_work_ahead_is_begun_near_an_instant(rig: Rig, ahead: timedelta, goes_on: bool) -> None:
    answers: list[bool] = []
    rig.answer = lambda: replace(NOTHING, plan=Plan(wakeup=NOON + ahead))
    rig.ahead = lambda go_on: answers.append(go_on()) or []  # type: ignore[func-returns-value]
    with rig.running():
        wait_for(lambda: answers)
    assert answers[0] is goes_on


@pytest.mark.parametrize(("ahead", "foreseen"), [(SOON / 2, True), (SOON * 2, False)])
def test_a_pass_that_is_due_soon_is_arranged_ahead(
    rig: Rig, ahead: timedelta, foreseen: bool
) -> None:
    rig.answer = lambda: replace(NOTHING, plan=Plan(wakeup=NOON + ahead))
    with rig.running():
        rig.tick()
        rig.tick()
        assert rig.foreseen[:1] == ([(NOON + ahead, rig.passes[-1][1])] if foreseen else [])


# What it says.


def test_each_thing_that_happens_is_one_line(rig: Rig) -> None:
    report = replace(
        NOTHING,
        plan=Plan(published=(event("content/a.md"),), withdrawn=(event("content/b.md"),)),
        feeds=(
            WrittenFeed(
                path="public/atom.xml", place="atom.xml", format="atom", entries=2, changed=True
            ),
            WrittenFeed(
                path="public/rss.xml", place="rss.xml", format="rss", entries=2, changed=False
            ),
        ),
        issues=(Frozen(id=7, subject="Tides", audience=3),),
        faults=("public/feed.json: can't be written",),
    )
    with capture_logs() as logs, rig.running():
        rig.answer = lambda: report
        del logs[:]
        rig.tick()
        rig.answer = lambda: NOTHING
        wait_for(lambda: said(logs, "fault"))
    assert [line["event"] for line in logs[:5]] == [
        "published", "withdrawn", "feed written", "issue started", "fault",
    ]  # fmt: skip
    assert (logs[0]["path"], logs[2]["path"]) == ("content/a.md", "public/atom.xml")
    assert (logs[3]["issue"], logs[3]["audience"]) == (7, 3)


def test_a_finding_is_said_once_and_again_when_it_comes_back(rig: Rig) -> None:
    finding = Finding(path="content/a.md", line=3, message="no date")
    with capture_logs() as logs, rig.running():
        for present in (True, True, False, True):
            problems = (finding,) if present else ()
            rig.answer = lambda problems=problems: replace(NOTHING, problems=problems)
            rig.tick()
            rig.tick()
    assert [line["at"] for line in said(logs, "finding")] == [str(finding)] * 2


def test_what_was_found_ahead_is_not_said_again_when_work_ahead_is_cut_short(rig: Rig) -> None:
    finding = Finding(path="content/a.md", line=3, message="can't be rendered")
    short: list[bool] = []

    def ahead(go_on: Callable[[], bool]) -> list[Finding]:
        if not short:
            return [finding]
        rig.tickers[0].wake()
        go_on()
        return []

    rig.ahead = ahead
    with capture_logs() as logs, rig.running():
        rig.tick()
        short.append(True)
        rig.tick()
        rig.tick()
        short.clear()
        rig.tick()
        rig.tick()
    assert len(said(logs, "finding")) == 1


def said(logs: list[Any], what: str) -> list[Any]:
    return [line for line in list(logs) if line["event"] == what]


def raises(error: Exception) -> Callable[[], PassReport]:
    def fail() -> PassReport:
        raise error

    return fail
