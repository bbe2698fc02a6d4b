"""status, report, release, skip, same, issue, resolve, preview, send, check, init, backup."""

from __future__ import annotations

import email
import email.policy
import os
import sqlite3
from pathlib import Path

from livesite import LiveSite
from scripted_smtp import ScriptedSmtp

BEFORE, AFTER, LATE = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z", "2026-03-09T08:00:00Z"


def test_a_late_catch_up_is_held_until_released(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    late = site.publish(LATE)
    [held] = late["held"]
    assert held["path"] == "content/next.md"
    assert "release" in held["reason"]
    assert (late["deliveries"], b"Next" in site.feeds()["atom.xml"]) == ({}, True)
    released = site.run("release", "content/next.md")
    assert "issue 1 is released" in released.out
    done = site.publish(LATE)
    assert (done["deliveries"], done["held"]) == ({"accepted": 1}, [])


def test_a_held_issue_can_be_skipped(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    site.publish(LATE)
    site.run("skip", "1")
    assert site.publish(LATE)["held"] == []
    assert site.messages() == []
    assert site.run("skip", "1", ok=False).code == 1


def test_release_of_a_live_post_mails_those_who_have_not_had_it(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    site.publish(AFTER)
    site.subscribe("grace@example.org")
    site.run("release", "content/next.md")
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}
    site.run("release", "content/next.md")
    again = site.publish(AFTER)
    assert (again["issues"][0]["audience"], again["deliveries"]) == (0, {})


def test_report_adds_up_and_names_each_message(site: LiveSite) -> None:
    site.subscribe("ada@example.com", "grace@example.org")
    site.publish(BEFORE)
    site.publish(AFTER)
    report = site.json("report", "1")
    assert report["audience"] == sum(report["counts"].values()) == 2
    sent = {
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)["Message-ID"]
        for path in site.messages()
    }
    assert {one["message_id"] for one in report["deliveries"]} == sent
    assert site.run("report", "99", ok=False).code == 1


def test_status_says_what_is_ahead(site: LiveSite) -> None:
    site.publish(BEFORE)
    status = site.json("status")
    assert set(status) >= {"scheduled", "held", "issues", "problems", "warnings", "next_wakeup"}


def test_two_paths_can_be_said_to_be_one_post(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    site.publish(AFTER)
    (site.root / "content/next.md").unlink()
    site.post("moved.md", "All anew.", title="Moved", date="2026-03-02 09:00")
    late = "2026-03-02T10:00:00Z"
    [held] = site.publish(late)["held"]
    assert "publisher same content/moved.md content/next.md" in held["reason"]
    site.run("same", "content/moved.md", "content/next.md")
    after = site.publish(late)
    assert (after["held"], len(site.messages())) == ([], 1)
    assert b"content/next</id>" in site.feeds()["atom.xml"]


def test_a_preview_is_written_and_its_unsubscribe_link_is_inert(site: LiveSite) -> None:
    made = site.json("preview", "content/next.md", "--no-open", "--out", "look")
    assert made["subject"] == "Next"
    html = Path(site.root, made["html"]).read_text()
    assert "news.example.com/u/" not in html
    message = email.message_from_bytes(
        Path(site.root, made["eml"]).read_bytes(), policy=email.policy.default
    )
    assert message["Subject"] == "Next"
    assert site.run("preview", "content/none.md", ok=False).code == 1


def test_a_test_message_leaves_no_trace_in_the_ledger(tmp_path: Path) -> None:
    with ScriptedSmtp() as server:
        site = LiveSite(tmp_path / "s", transport=f"smtp://127.0.0.1:{server.port}?tls=none")
        site.post("hello.md", title="Hello", date="2026-01-01")
        site.run("send", "content/hello.md", "--to", "grace@example.org")
        [mail] = server.accepted
        assert (mail.sender, mail.recipient) == ("ada@example.com", "grace@example.org")
    assert site.json("status")["issues"] == []
    assert site.run("send", "content/hello.md", "--to", "nobody", ok=False).code == 2


def test_check_finds_what_is_wrong_everywhere(site: LiveSite) -> None:
    assert site.run("check").code == 0
    site.post("bad.md", title="Bad", date="never")
    template = site.root / "templates/email/post.html"
    template.parent.mkdir(parents=True)
    template.write_text("<p>{{ post.titel }}</p>\n")
    page = site.root / "templates/web/notfound.html"
    page.parent.mkdir(parents=True)
    page.write_text("{% if %}\n")
    ran = site.run("check", ok=False)
    assert ran.code == 1
    assert "templates/web/notfound.html:1: " in ran.out
    assert "content/bad.md:3: " in ran.out
    assert "templates/email/post.html:1: " in ran.out


def test_a_new_site_works_from_the_first_command(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "before")
    site.run("init", "new")
    new = LiveSite.__new__(LiveSite)
    new.root = site.root / "new"
    assert new.run("check").code == 0
    assert new.json("publish")["adopted"] == 1
    assert site.run("init", "new", ok=False).code == 1


def test_a_backup_is_a_whole_ledger(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    site.run("ledger", "backup", "copy.db")
    with sqlite3.connect(site.root / "copy.db") as copy:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert copy.execute("SELECT count(*) FROM subscriber").fetchone() == (1,)
    assert site.run("ledger", "backup", "copy.db", ok=False).code == 1


def test_configuration_is_shown_without_its_secrets(site: LiveSite) -> None:
    shown = site.run("config", "show").out
    assert "a-secret-for-tests-only" not in shown
    assert "connections: 4" in shown


def test_a_wrong_configuration_exits_2_with_every_problem(site: LiveSite) -> None:
    config = site.root / "config.yaml"
    config.write_text(config.read_text() + "feds:\n  path: public\nledger: mysql://x\n")
    ran = site.run("plan", ok=False)
    assert ran.code == 2
    assert "feeds" in ran.err
    assert "ledger" in ran.err


def test_a_relay_that_is_away_touches_no_row(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "s", transport="smtp://127.0.0.1:1?tls=none")
    site.post("next.md", title="Next", date="2026-03-02 08:00")
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code == 1
    assert "127.0.0.1:1" in ran.err
    [row] = site.json("report", "1")["deliveries"]
    assert (row["state"], row["attempts"]) == ("queued", 0)


def test_status_fails_while_a_daemon_makes_no_passes(site: LiveSite) -> None:
    site.publish(BEFORE)
    assert site.run("status").code == 0
    lock = site.root / "state/publisher.db.lock"
    lock.write_text("4194303 daemon\n")
    assert site.run("status").code == 0  # it has just begun
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    ran = site.run("status", ok=False)
    assert ran.code == 1
    assert "process 4194303" in ran.err
    lock.write_text("4194303 publish\n")
    os.utime(lock, (1_700_000_000, 1_700_000_000))
    assert site.run("status").code == 0
