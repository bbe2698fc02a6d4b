"""status: what waits to be mailed, what it waits for, and what is looked on."""

from __future__ import annotations

import shutil
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from livesite import LiveSite

from publisher.domain.moment import rfc3339

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"


NOWHERE = "smtp://127.0.0.1:1?tls=none"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = LiveSite(tmp_path_factory.mktemp("stuck"), transport=NOWHERE)
    site.post("next.md", title="Next", date="2026-03-02 08:00")
    site.subscribe("ada@example.com", "grace@example.org", "kim@example.net")
    site.publish(BEFORE)
    site.run("publish", "--at", AFTER, ok=False)
    write(site, "DELETE FROM relay")
    return site.root


@pytest.fixture
def stuck(made: Path, tmp_path: Path) -> LiveSite:
    """A site whose issue 1 waits: its relay is not there."""
    shutil.copytree(made, tmp_path / "stuck")
    return LiveSite(tmp_path / "stuck", transport=NOWHERE)


def write(site: LiveSite, statement: str, *values: object) -> None:
    with sqlite3.connect(site.root / "state/publisher.db") as db:
        db.execute(statement, values)
    db.close()


def defer(site: LiveSite, who: int, at: datetime) -> None:
    write(site, "UPDATE delivery SET state = 'deferred', attempts = 1, first_at = 1, next_at = ?"
                " WHERE subscriber_id = ?", micros(at), who)  # fmt: skip
    write(site, "UPDATE tally SET queued = queued - 1, deferred = deferred + 1")


def pause(site: LiveSite, name: str, until: datetime) -> None:
    write(
        site,
        'INSERT INTO relay (name, "limit", paused_until, reason, pauses) VALUES (?, 1, ?, ?, 1)',
        name, micros(until), "535 5.7.8 wrong password",
    )  # fmt: skip


def micros(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def soon(minutes: int = 5) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=minutes)


def acting(site: LiveSite) -> None:
    """As if this process were the one that publishes."""
    (site.root / "state/publisher.db.lock").write_text("1 publish\n")


def test_what_is_queued_waits_for_a_process_that_sends_it(stuck: LiveSite) -> None:
    said = stuck.run("status").out
    assert "3 queued: publisher run, or publisher publish, sends them: neither runs" in said
    assert "nothing is ahead" not in said
    assert stuck.json("status")["waiting"] == {
        "queued": 3, "staged": 0, "deferred": 0, "retry_at": None, "acting": False,
    }  # fmt: skip


def test_what_waits_for_a_paused_relay_says_until_when_and_why(stuck: LiveSite) -> None:
    until = soon()
    pause(stuck, "main", until)
    acting(stuck)
    lines = stuck.run("status").out.splitlines()
    there = until.strftime("%Y-%m-%d %H:%M")
    (relay,) = [line for line in lines if line.startswith("relay main: paused until ")]
    assert there in relay
    assert relay.endswith("535 5.7.8 wrong password")
    (queued,) = [line for line in lines if line.startswith("3 queued: ")]
    assert queued.startswith(f"3 queued: they wait for the relay until {there}")
    document = stuck.json("status")
    assert document["relays"] == [
        {"name": "main", "limit": 1, "paused_until": rfc3339(until),
         "reason": "535 5.7.8 wrong password"}
    ]  # fmt: skip
    assert document["next_wakeup"] == rfc3339(until)


def test_a_pause_that_is_over_is_none(stuck: LiveSite) -> None:
    pause(stuck, "main", soon(-5))
    acting(stuck)
    said = stuck.run("status").out
    assert "3 queued: they go out now" in said
    assert "paused" not in said
    (relay,) = stuck.json("status")["relays"]
    assert (relay["paused_until"], relay["reason"]) == (None, None)


def test_a_relay_that_is_no_longer_used_holds_up_nothing(stuck: LiveSite) -> None:
    pause(stuck, "former", soon())
    acting(stuck)
    said = stuck.run("status").out
    assert "3 queued: they go out now" in said
    assert "former" not in said


def test_deferred_ones_say_when_they_are_tried_again(stuck: LiveSite) -> None:
    at = soon()
    for who in (1, 2, 3):
        defer(stuck, who, at)
    said = stuck.run("status").out
    assert f"3 deferred: the next try is at {at:%Y-%m-%d %H:%M}" in said
    assert "queued" not in said
    assert "nothing is ahead" not in said
    assert stuck.json("status")["next_wakeup"] == rfc3339(at)


def test_deferred_ones_that_are_due_say_so(stuck: LiveSite) -> None:
    defer(stuck, 1, soon(-1))
    assert "1 deferred: they may be tried again now" in stuck.run("status").out


def test_a_rate_is_said_where_it_holds_them_up(stuck: LiveSite) -> None:
    config = stuck.root / "config.yaml"
    config.write_text(config.read_text().replace("delivery:\n", "delivery:\n  rate: 14/s\n"))
    acting(stuck)
    assert "as fast as delivery.rate lets them (14/s)" in stuck.run("status").out


def test_with_nothing_to_mail_nothing_is_ahead(site: LiveSite) -> None:
    site.publish(AFTER)
    assert site.run("status").out.splitlines()[-1] == "nothing is ahead"


def test_watching_ends_when_nothing_goes_out_any_more(stuck: LiveSite) -> None:
    stuck.run("issue", "pause", "1")
    begun = time.monotonic()
    assert "issue 1 paused" in stuck.run("status", "--watch").out
    assert time.monotonic() - begun < 2
