"""Staged sending: the author, a few, everybody, each once, whatever stops it in between."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from delivery_world import ACCEPTED, NEVER, World, people
from livesite import LiveSite
from scripted_smtp import ScriptedSmtp, hang

from publisher.domain.delivery import Outcome, Verdict
from publisher.domain.issue import IssueState
from publisher.domain.plan import Start
from publisher.domain.stages import Gate, Stages

HOUR_S = 3600.0
ADA = "ada@example.com"
USUAL = Stages(names=("author", "10%", "100%"), wait=timedelta(hours=1), bounces="5%", author=ADA)
GREYLISTED = Outcome(verdict=Verdict.DEFERRED, reply="450 4.7.1 greylisted")


@pytest.fixture
def staged(world: World) -> World:
    """An issue to the author and 99 readers."""
    world.stages = USUAL
    world.issue([ADA, *people(99)])
    return world


def hours(world: World) -> dict[int, list[str]]:
    """Who was begun in which hour."""
    found: dict[int, list[str]] = {}
    for at_s, who in world.server.begun:
        found.setdefault(int(at_s / HOUR_S), []).append(who)
    return found


def test_it_goes_to_its_author_then_to_some_then_to_all(staged: World) -> None:
    staged.run_for(2.5 * HOUR_S)
    by_hour = hours(staged)
    assert by_hour[0] == [ADA]
    tenth = Gate(share=0.1)
    rows = staged.ledger.deliveries(1)
    wanted = [one.address for one in rows if tenth.admits(1, one.subscriber_id, "")]
    assert sorted(by_hour[1]) == sorted(set(wanted) - {ADA})
    assert set(Counter(who for _, who in staged.server.begun).values()) == {1}
    assert staged.counts() == {"accepted": 100}
    assert staged.ledger.issue(1).state is IssueState.DONE


def test_the_next_stage_begins_within_seconds_of_the_end_of_the_wait(staged: World) -> None:
    staged.run_for(2.5 * HOUR_S)
    first = min(at_s for at_s, who in staged.server.begun if who != ADA)
    assert 0 <= first - HOUR_S < 3


def test_each_end_of_a_stage_and_of_a_wait_is_told(staged: World) -> None:
    staged.run_for(2.5 * HOUR_S)
    told = [(round(at_s / HOUR_S), issue_id) for at_s, issue_id in staged.turned]
    assert told == [(0, 1), (1, 1), (1, 1), (2, 1)]


def test_a_publish_sends_the_stage_and_leaves_the_wait_to_the_next_one(staged: World) -> None:
    assert staged.run().counts == {"accepted": 1}
    assert staged.clock.s < 5
    assert staged.run().counts == {}
    staged.clock.s += HOUR_S
    assert 5 <= staged.run().counts["accepted"] <= 15
    staged.clock.s += HOUR_S
    staged.run()
    assert staged.counts() == {"accepted": 100}


def test_nothing_turns_round_and_round_while_a_stage_waits_or_is_in_flight(staged: World) -> None:
    staged.server.send_s = lambda _: 120.0
    staged.run_for(0.9 * HOUR_S)
    assert [who for _, who in staged.server.begun] == [ADA]
    assert staged.inbox.waits < 600


def test_too_many_refusals_stop_it_until_a_release(staged: World) -> None:
    staged.server.answer = lambda who: ACCEPTED if who == ADA else NEVER
    staged.run_for(3 * HOUR_S)
    row = staged.ledger.issue(1)
    assert row.state is IssueState.PAUSED
    assert row.reason is not None
    assert "stage 2 of 3 (10%)" in row.reason
    refused = staged.counts()["rejected"]
    assert staged.counts() == {"accepted": 1, "rejected": refused, "queued": 99 - refused}
    staged.server.answer = lambda _: ACCEPTED
    staged.ledger.release(1, staged.clock.wall())
    staged.freeze(Start(key="tide", issue_id=1))
    staged.run_for(60)
    assert staged.counts() == {"accepted": 100 - refused, "rejected": refused}


def test_a_release_during_the_wait_ends_it(staged: World) -> None:
    staged.run()
    staged.ledger.release(1, staged.clock.wall())
    assert staged.run().counts["accepted"] >= 5
    assert staged.clock.s < 60


def test_an_author_who_is_greylisted_has_it_before_the_others(staged: World) -> None:
    seen: Counter[str] = Counter()

    def answer(who: str) -> Outcome:
        seen[who] += 1
        return GREYLISTED if seen[who] == 1 and who == ADA else ACCEPTED

    staged.server.answer = answer
    staged.run_for(2.5 * HOUR_S)
    assert hours(staged)[0] == [ADA, ADA]
    assert staged.counts() == {"accepted": 100}


def test_two_issues_go_through_their_stages_side_by_side(staged: World) -> None:
    staged.stages = Stages(names=("50%", "100%"), wait=timedelta(minutes=5), bounces="5%")
    staged.start("ebb")
    staged.run_for(2.5 * HOUR_S)
    assert staged.counts(1) == staged.counts(2) == {"accepted": 100}


def test_an_issue_without_stages_is_not_held_up_by_one_that_waits(staged: World) -> None:
    staged.stages = None
    staged.start("ebb")
    staged.run_for(60)
    assert staged.counts(1) == {"accepted": 1, "queued": 99}
    assert staged.counts(2) == {"accepted": 100}


# The real program.

AFTER = datetime(2026, 3, 2, 8, 0, 10, tzinfo=UTC)
STAGES = "  stages: [author, 10%, 100%]\n  stage_wait: 1h"
READERS = [f"reader{n:02}@example.org" for n in range(30)]


def at(hours: float) -> str:
    return f"{AFTER + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def make_site(tmp_path: Path) -> Callable[[int], LiveSite]:
    """A site that mails by a relay on that port, with a post that is due just before ``AFTER``."""

    def make(port: int) -> LiveSite:
        transport = f"smtp://127.0.0.1:{port}?tls=none"
        site = LiveSite(tmp_path / "site", transport=transport, newsletter=STAGES)
        site.post("old.md", title="Old", date="2026-01-05")
        site.subscribe(ADA, *READERS)
        site.publish("2026-03-02T07:59:00Z")
        site.post("next.md", title="Next", date="2026-03-02 08:00")
        return site

    return make


def test_the_program_sends_in_stages_and_says_where_it_is(
    make_site: Callable[[int], LiveSite],
) -> None:
    with ScriptedSmtp() as server:
        site = make_site(server.port)
        assert "in stages: author, then 10%, then 100%" in site.run("plan", "--at", at(0)).out
        ran = site.run("--json", "publish", "--at", at(0))
        assert ran.document["deliveries"] == {"accepted": 1}
        assert "issue 1: stage 1 of 3 (author), next at 2026-03-02 09:00:10 UTC" in ran.err
        status = site.json("status")
        assert status["issues"][0]["stage"] == {
            "number": 1, "of": 3, "share": "author", "until": "2026-03-02T09:00:10Z",
        }  # fmt: skip
        assert "stage 1 of 3 (author), next at 2026-03-02 09:00" in site.run("status").out
        assert "issue 1: stage 1 of 3 (author), next at" in site.run("plan", "--at", at(0)).out
        assert site.json("report", "1")["issue"]["stage"]["number"] == 1
        second = site.publish(at(1))["deliveries"]["accepted"]
        assert site.publish(at(2))["deliveries"] == {"accepted": 30 - second}
        assert server.accepted[0].recipient == ADA
        assert sorted(one.recipient for one in server.accepted) == [ADA, *READERS]
    assert site.json("report", "1")["counts"] == {"accepted": 31}


def test_the_program_stops_at_refusals_and_a_release_goes_on(
    make_site: Callable[[int], LiveSite],
) -> None:
    with ScriptedSmtp({"RCPT": ["550 5.1.1 no such user", "250 ok"]}) as server:
        site = make_site(server.port)
        assert "issue 1 paused: stage 1 of 3" in site.run("publish", "--at", at(0)).err
        said = site.run("status").out
        assert "issue 1 paused" in said
        assert "stage 1 of 3 (author): 1 of 1 was refused" in said
        assert site.publish(at(5))["deliveries"] == {}
        site.run("release", "1")
        assert site.publish(at(5))["deliveries"]["accepted"] < 10
        site.run("release", "1")
        site.publish(at(5))
    assert site.json("report", "1")["counts"] == {"accepted": 30, "rejected": 1}


def test_a_program_that_is_killed_in_a_stage_goes_on_in_it(
    make_site: Callable[[int], LiveSite],
) -> None:
    with ScriptedSmtp({"dot": [hang(), "250 ok"]}) as server:
        site = make_site(server.port)
        process = site.start("publish", "--at", at(0))
        while not server.arrived:
            time.sleep(0.01)
            assert process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert site.publish(at(0))["deliveries"] == {}
        assert site.json("report", "1")["counts"] == {"unknown": 1, "queued": 30}
        for hour in (1, 2):
            site.publish(at(hour))
        assert Counter(one.recipient for one in server.arrived) == Counter([ADA, *READERS])
    assert site.json("report", "1")["counts"] == {"accepted": 30, "unknown": 1}


def test_check_warns_of_an_author_who_is_not_subscribed(
    make_site: Callable[[int], LiveSite],
) -> None:
    site = make_site(25)
    assert site.json("check")["warnings"] == []
    site.run("subscribers", "remove", ADA)
    [warning] = site.json("check")["warnings"]
    assert "ada@example.com is not subscribed" in warning["message"]
    config = site.root / "config.yaml"
    config.write_text(config.read_text().replace(", email: ada@example.com}", "}"))
    [warning] = site.json("check")["warnings"]
    assert "site.author.email is not set" in warning["message"]


@pytest.mark.system
def test_the_daemon_goes_from_stage_to_stage_though_it_is_killed(
    make_site: Callable[[int], LiveSite],
) -> None:
    with ScriptedSmtp() as server:
        site = make_site(server.port)
        config = site.root / "config.yaml"
        text = config.read_text().replace("stage_wait: 1h", "stage_wait: 1s\n  max_age: 3650d")
        config.write_text(text)
        for _ in range(3):
            before = len(server.arrived)
            with site.daemon() as daemon:
                until(lambda before=before: len(server.arrived) > before)
                daemon.kill()
        with site.daemon():
            until(lambda: site.json("status")["issues"][-1]["state"] == "done")
        counts = site.json("report", "1")["counts"]
        assert counts["accepted"] + counts.get("unknown", 0) == 31
        assert counts.get("unknown", 0) <= 3 * 4
        assert set(Counter(one.recipient for one in server.arrived).values()) == {1}
        assert server.arrived[0].recipient == ADA


def until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)
