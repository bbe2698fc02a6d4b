"""What a second look at the program found, so that it stays found."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from livesite import LiveSite

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"


def test_a_confirmed_withdrawal_takes_nothing_out_while_files_keep_changing(
    site: LiveSite,
) -> None:
    site.publish(BEFORE)
    stop = threading.Event()

    def scribble() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            site.post("restless.md", f"Words {number}.", title="Restless", date="2026-01-07")

    thread = threading.Thread(target=scribble)
    thread.start()
    try:
        did = site.publish(BEFORE, "--withdraw")
    finally:
        stop.set()
        thread.join()
    assert did["withdrawn"] == []


def test_twins_that_both_break_keep_their_own_addresses(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "s")
    for name in ("one", "two"):
        site.post(f"{name}.md", title="Same", date="2026-01-05")
    site.publish(BEFORE)
    for name in ("one", "two"):
        site.post(f"{name}.md", title="Same", date="never")
    (site.root / "public/feed.json").unlink()
    site.publish(BEFORE)
    feed = site.feeds()["feed.json"].decode()
    assert "/2026/01/one/" in feed
    assert "/2026/01/two/" in feed


def test_a_look_at_a_site_that_never_ran_makes_no_ledger(site: LiveSite) -> None:
    site.run("check")
    site.run("preview", "--no-open", "--out", "look")
    assert not (site.root / "state/publisher.db").exists()


def test_a_preview_without_a_sender_is_a_usage_error(site: LiveSite) -> None:
    config = site.root / "config.yaml"
    text = config.read_text()
    start, end = text.index("newsletter:"), text.index("delivery:")
    config.write_text(text[:start] + text[end:])
    ran = site.run("preview", "--no-open", ok=False)
    assert ran.code == 2
    assert "newsletter.from" in ran.err


@pytest.mark.parametrize("command", ["report", "release", "skip"])
def test_a_number_that_no_issue_can_have_is_said_in_a_sentence(
    site: LiveSite, command: str
) -> None:
    site.publish(BEFORE)
    ran = site.run(command, "99999999999999999999", ok=False)
    assert ran.code in (1, 2)
    assert ran.err


def test_a_backup_is_not_put_where_it_would_be_served(site: LiveSite) -> None:
    site.publish(BEFORE)
    ran = site.run("ledger", "backup", "public/x.db", ok=False)
    assert ran.code == 1
    assert "feeds.path" in ran.err


def test_a_missing_password_holds_nothing(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "s", transport="smtp://ada@mail.example.com")
    site.post("next.md", title="Next", date="2026-03-02 08:00")
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code == 1
    assert "PUBLISHER_SMTP_PASSWORD" in ran.err
    assert site.json("status")["held"] == []
    assert site.json("report", "1")["counts"] == {"queued": 1}


def test_the_version_is_printed_by_itself(site: LiveSite) -> None:
    assert site.run("--version").out.strip()


def test_an_existing_gitignore_keeps_its_lines_and_gets_those_it_lacks(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "s")
    blog = site.root / "blog"
    blog.mkdir()
    (blog / ".gitignore").write_text("/_site/\n/public/")
    site.run("init", "blog")
    lines = (blog / ".gitignore").read_text().splitlines()
    assert lines == ["/_site/", "/public/", "/outbox/", "/state/"]
