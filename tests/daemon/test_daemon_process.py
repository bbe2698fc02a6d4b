"""The daemon as a real process: a day at a small blog, told as stories."""

from __future__ import annotations

import json
import re
import shutil
import signal
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from liveday import PEOPLE, LiveDay, date, live, soon, wait_for
from livesite import ENVIRONMENT, LiveSite
from scripted_smtp import Act, ScriptedSmtp, close

QUICK = "  settle: 200ms\n  max_posts_per_hour: 100"


@pytest.fixture
def blog(tmp_path: Path) -> LiveSite:
    """A blog that was adopted with two posts, and has three subscribers."""
    return adopted(LiveSite(tmp_path / "site", newsletter=QUICK))


def adopted(site: LiveSite, people: tuple[str, ...] = PEOPLE) -> LiveSite:
    site.post("old.md", title="Old", date="2026-01-05")
    site.post("older.md", title="Older", date="2026-01-04")
    site.subscribe(*people)
    site.run("publish")
    return site


def everybody(*subjects: str) -> Counter[tuple[str, str]]:
    return Counter({(who, subject): 1 for who in PEOPLE for subject in subjects})


def mailed(day: LiveDay, *subjects: str) -> None:
    """Wait until everybody has these, once."""
    wait_for(lambda: day.mailed() == everybody(*subjects))


def test_a_day_of_writing(blog: LiveSite) -> None:
    with live(blog) as day:
        wait_for(lambda: day.healthy()["last_pass_at"])
        assert day.healthy()["status"] == "ok"
        a_new_file_is_published_and_mailed(day)
        an_edit_changes_the_feeds_and_mails_nobody(day)
        a_draft_that_is_flipped_goes_out(day)
        a_renamed_file_stays_the_post_it_was(day)
        a_deleted_one_is_withdrawn(day)
        a_broken_one_is_told_and_stops_no_other(day)
        the_folder_vanishes_and_comes_back(day)
    the_log_is_fit_to_be_shown(day)


def a_new_file_is_published_and_mailed(day: LiveDay) -> None:
    day.site.post("tide.md", title="Tide", date=date(soon(-60)))
    day.said("published", path="content/tide.md")
    mailed(day, "Tide")
    assert day.in_feeds("Tide")
    assert day.said("issue started")["audience"] == 3
    assert day.said("issue done")["accepted"] == 3


def an_edit_changes_the_feeds_and_mails_nobody(day: LiveDay) -> None:
    path = day.site.root / "content/tide.md"
    path.write_text(path.read_text().replace("Some words.", "Some other words."))
    day.said("revised", path="content/tide.md")
    wait_for(lambda: day.in_feeds("Some other words."))
    assert day.mailed() == everybody("Tide")


def a_draft_that_is_flipped_goes_out(day: LiveDay) -> None:
    day.site.post("fog.md", title="Fog", date=date(soon(-60)), draft="true")
    wait_for(lambda: day.site.json("plan")["drafts"])
    day.site.post("fog.md", title="Fog", date=date(soon(-60)))
    day.said("published", path="content/fog.md")
    mailed(day, "Tide", "Fog")


def a_renamed_file_stays_the_post_it_was(day: LiveDay) -> None:
    content = day.site.root / "content"
    (content / "fog.md").rename(content / "mist.md")
    day.said("renamed", path="content/mist.md", detail="content/fog.md")
    assert day.in_feeds("Fog")


def a_deleted_one_is_withdrawn(day: LiveDay) -> None:
    (day.site.root / "content/mist.md").unlink()
    day.said("withdrawn", path="content/mist.md")
    wait_for(lambda: not day.in_feeds("Fog"))


def a_broken_one_is_told_and_stops_no_other(day: LiveDay) -> None:
    day.site.post("broken.md", title="Broken", date="someday")
    day.site.post("gull.md", title="Gull", date=date(soon(-60)))
    day.said("published", path="content/gull.md")
    mailed(day, "Tide", "Fog", "Gull")
    wait_for(lambda: [one for one in day.log("finding") if "content/broken.md:3: " in one["at"]])


def the_folder_vanishes_and_comes_back(day: LiveDay) -> None:
    content, away = day.site.root / "content", day.site.root / "away"
    before = day.feed()
    content.rename(away)
    wait_for(lambda: [one for one in day.log("finding") if "is missing" in one["at"]])
    away.rename(content)
    day.site.post("sand.md", title="Sand", date=date(soon(-60)))
    day.said("published", path="content/sand.md")
    assert [one["path"] for one in day.log("withdrawn")] == ["content/mist.md"]
    assert {one["url"] for one in json.loads(before)["items"]} < {
        one["url"] for one in json.loads(day.feed())["items"]
    }


def the_log_is_fit_to_be_shown(day: LiveDay) -> None:
    """One JSON line for each unit of work; no addresses, no secrets, no tokens."""
    text = (day.site.root / "daemon.log").read_text()
    assert all(line.startswith("{") for line in text.splitlines())
    assert "@" not in text
    assert ENVIRONMENT["PUBLISHER_SECRET"] not in text
    assert "/u/" not in text
    started = Counter(line["issue"] for line in day.log("issue started"))
    assert set(started.values()) == {1}
    assert {line["level"] for line in day.log()} <= {"info", "warning"}


# At an instant.


def test_posts_go_out_at_their_instants(blog: LiveSite) -> None:
    with live(blog) as day:
        first = soon(1.8)
        due = [first, first, first + timedelta(seconds=0.5), first + timedelta(seconds=1.2)]
        titles = [f"Due {number}" for number in range(len(due))]
        for title, at in zip(titles, due, strict=True):
            day.site.post(f"{title.lower().replace(' ', '-')}.md", title=title, date=date(at))
        wait_for(lambda: len(day.site.json("status")["scheduled"]) == 4 or day.in_feeds("Due"))
        early = day.in_feeds("Due")
        assert not early or datetime.now(UTC) >= first
        mailed(day, *titles)
        at = {
            line["path"]: datetime.fromisoformat(line["timestamp"]) for line in day.log("published")
        }
    late = [at[f"content/due-{n}.md"] - moment for n, moment in enumerate(due)]
    assert timedelta(0) <= min(late)
    assert max(late) < timedelta(seconds=5)
    assert len(day.log("published")) == 4


def test_what_became_due_while_nobody_was_there_goes_out_at_the_start(blog: LiveSite) -> None:
    blog.post("missed.md", title="Missed", date=date(soon(1)))
    with live(blog) as day:
        day.said("published", path="content/missed.md")
        mailed(day, "Missed")


def test_a_file_that_is_written_bit_by_bit_is_mailed_whole(tmp_path: Path) -> None:
    site = adopted(LiveSite(tmp_path / "site", newsletter="  settle: 1s"))
    with live(site) as day:
        path = site.post("slow.md", "Half a sen", title="Slow", date=date(soon(-60)))
        day.said("published", path="content/slow.md")
        assert not day.messages()
        path.write_text(path.read_text().replace("Half a sen", "A whole sentence."))
        mailed(day, "Slow")
        texts = [message.get_body(("plain",)).get_content() for message in day.messages()]
    assert all("A whole sentence." in text for text in texts)


# Beside other commands.


def test_there_is_one_actor(blog: LiveSite) -> None:
    with live(blog) as day:
        for command in ("run", "publish"):
            ran = blog.run(command, ok=False)
            assert ran.code == 1
            assert f"process {day.process.pid} " in ran.err
        assert blog.json("status")["issues"] == []
    assert blog.run("publish").code == 0


def test_a_person_is_heard_within_a_second(blog: LiveSite) -> None:
    with live(blog) as day:
        held_and_released(day)
        looks_like_another_and_is(day)
        left_by_command(day)
        left_by_one_click(day)


def held_and_released(day: LiveDay) -> None:
    day.site.post("late.md", title="Late", date="2026-01-20")
    day.said("published", path="content/late.md")
    assert "release" in day.said("issue held")["reason"]
    assert day.mailed() == Counter()
    day.site.run("release", "content/late.md")
    wait_for(lambda: day.log("issue started"), 2.0)
    mailed(day, "Late")


def looks_like_another_and_is(day: LiveDay) -> None:
    content = day.site.root / "content"
    (content / "late.md").unlink()
    day.site.post("later.md", "All of it is new.", title="Later", date=date(soon(-60)))
    held = wait_for(lambda: [one for one in day.log("issue held") if "same" in one["reason"]])
    assert "publisher same content/later.md content/late.md" in held[0]["reason"]
    day.site.run("same", "content/later.md", "content/late.md")
    wait_for(lambda: not day.site.json("status")["held"], 5.0)
    assert day.mailed() == everybody("Late")


def left_by_command(day: LiveDay) -> None:
    day.site.run("subscribers", "remove", PEOPLE[2])
    day.site.post("rope.md", title="Rope", date=date(soon(-60)))
    wait_for(lambda: [line for line in day.log("issue done") if line["audience"] == 2])
    assert day.mailed()[PEOPLE[2], "Rope"] == 0


def left_by_one_click(day: LiveDay) -> None:
    [message] = [
        one for one in day.messages() if (one["To"], one["Subject"]) == (PEOPLE[1], "Rope")
    ]
    link = re.search(r"<https://news\.example\.com(/u/[^>]+)>", message["List-Unsubscribe"])
    assert link
    port = day.said("ready")["port"]
    click = urllib.request.Request(
        f"http://127.0.0.1:{port}{link[1]}", data=b"List-Unsubscribe=One-Click"
    )
    with urllib.request.urlopen(click, timeout=10) as answer:
        assert answer.status == 200
    day.site.post("sand.md", title="Sand", date=date(soon(-60)))
    wait_for(lambda: [line for line in day.log("issue done") if line["audience"] == 1])
    assert day.mailed()[PEOPLE[0], "Sand"] == 1


# While it mails.


def by_smtp(
    tmp_path: Path, server: ScriptedSmtp, people: int, connections: int = 2
) -> tuple[LiveSite, list[str]]:
    site = LiveSite(
        tmp_path / "site",
        transport=f"smtp://127.0.0.1:{server.port}?tls=none",
        newsletter=QUICK,
        delivery=f"  connections: {connections}",
    )
    addresses = [f"reader-{number}@example.com" for number in range(people)]
    adopted(site, tuple(addresses))
    site.post("tide.md", title="Tide", date=date(soon(-60)))
    return site, addresses


def recipients(server: ScriptedSmtp) -> Counter[str]:
    return Counter(mail.recipient for mail in server.accepted)


SLOW = Act(say=b"250 2.0.0 ok\r\n", wait_s=0.05)


def test_an_issue_is_paused_and_released_and_another_cancelled(tmp_path: Path) -> None:
    with ScriptedSmtp({"dot": SLOW}) as server:
        site, people = by_smtp(tmp_path, server, 40)
        with live(site) as day:
            wait_for(lambda: len(server.accepted) > 5)
            site.run("issue", "pause", "1")
            until = len(server.accepted)
            wait_for(lambda: not site.json("report", "1")["counts"].get("sending"), 2.0)
            assert len(server.arrived) <= until + 20
            stopped = len(server.arrived)
            assert 0 < site.json("report", "1")["counts"]["queued"] == 40 - stopped
            path = site.root / "content/tide.md"
            path.write_text(path.read_text().replace("Some words.", "Better words."))
            day.said("revised")
            site.run("release", "1")
            day.said("issue done", issue=1)
            assert recipients(server) == Counter(people)
            better = [b"Better words." in mail.data for mail in server.arrived]
            assert better == [False] * stopped + [True] * (40 - stopped)

            site.post("fog.md", title="Fog", date=date(soon(-60)))
            wait_for(lambda: len(server.accepted) > 45)
            site.run("issue", "cancel", "2")
            counts = site.json("report", "2")["counts"]
            wait_for(lambda: not site.json("report", "2")["counts"].get("sending"), 2.0)
            done = site.json("report", "2")["counts"]
        assert counts["cancelled"] == done["cancelled"] == 40 - done["accepted"] > 0
        assert done["accepted"] == len(server.accepted) - 40


def test_what_nobody_can_know_is_for_a_person_to_say(tmp_path: Path) -> None:
    with ScriptedSmtp({"dot": [close(), "250 ok"]}) as server:
        site, people = by_smtp(tmp_path, server, 3, connections=1)
        with live(site) as day:
            day.said("issue done", issue=1)
            assert site.json("report", "1")["counts"] == {"accepted": 2, "unknown": 1}
            assert day.said("delivery", state="unknown")["attempts"] == 1
            site.run("resolve", "1", "--unknown", "resend")
            wait_for(lambda: len(server.accepted) == 3, 5.0)
            wait_for(lambda: site.json("report", "1")["counts"] == {"accepted": 3}, 5.0)
        assert recipients(server) == Counter(people)
        first, again = (
            [line for line in mail.data.splitlines() if line.startswith(b"Message-ID")]
            for mail in server.arrived
            if mail.recipient == server.arrived[0].recipient
        )
    assert first == again


def test_a_relay_that_refuses_us_is_told_and_found_again(tmp_path: Path) -> None:
    """The reason it gives names a subscriber, and the log does not."""
    why = "550 5.7.1 <reader-0@example.com> not for you"
    with ScriptedSmtp({"MAIL": why}) as server:
        site, _ = by_smtp(tmp_path, server, 8)
        with live(site) as day:
            paused = day.said("sending paused")
            assert site.json("report", "1")["counts"] == {"queued": 8}
    assert paused["reason"].startswith("550 5.7.1 ")
    assert "@" not in (site.root / "daemon.log").read_text()
    with ScriptedSmtp() as server:
        config = site.root / "config.yaml"
        config.write_text(
            re.sub(r"127\.0\.0\.1:\d+\?tls", f"127.0.0.1:{server.port}?tls", config.read_text())
        )
        with live(site) as day:
            day.said("issue done", accepted=8)


def test_told_to_stop_while_it_mails_it_finishes_what_is_in_flight(tmp_path: Path) -> None:
    with ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.2)}) as server:
        site, people = by_smtp(tmp_path, server, 12)
        with live(site):
            wait_for(lambda: len(server.arrived) >= 4)
        counts = site.json("report", "1")["counts"]
        assert set(counts) == {"accepted", "queued"}
        assert counts["accepted"] == len(server.arrived) == len(server.accepted) < 12
        server.script.clear()
        with live(site) as day:
            day.said("issue done", accepted=12)
        assert recipients(server) == Counter(people)


def test_a_publish_that_is_told_to_stop_finishes_what_is_in_flight(tmp_path: Path) -> None:
    with ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.3)}) as server:
        site, people = by_smtp(tmp_path, server, 8)
        process = site.start("publish")
        wait_for(lambda: len(server.arrived) >= 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 130
        counts = site.json("report", "1")["counts"]
        assert counts == {"accepted": len(server.arrived), "queued": 8 - len(server.arrived)}
        assert len(server.arrived) == len(server.accepted) < 8
        server.script.clear()
        assert site.json("publish")["deliveries"] == {"accepted": counts["queued"]}
        assert recipients(server) == Counter(people)


def test_ctrl_c_is_as_good_as_sigterm(blog: LiveSite) -> None:
    with blog.daemon() as process:
        day = LiveDay(blog, process, 0)
        day.said("ready")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_many_signals_are_one(blog: LiveSite) -> None:
    with live(blog) as day:
        for _ in range(5):
            day.process.send_signal(signal.SIGTERM)


def test_a_port_that_is_taken_is_one_clear_line(blog: LiveSite) -> None:
    with live(blog) as day:
        port = day.said("ready")["port"]
        other = blog.root.parent / "other"
        shutil.copytree(blog.root, other, ignore=shutil.ignore_patterns("state", "outbox"))
        config = other / "config.yaml"
        config.write_text(config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))
        ran = LiveSiteThere(other).run("run", ok=False)
    assert ran.code == 1
    assert ran.err.strip().count("\n") == 0
    assert f"127.0.0.1:{port}" in ran.err


class LiveSiteThere(LiveSite):
    """A site that is there already."""

    def __init__(self, root: Path) -> None:
        self.root = root
