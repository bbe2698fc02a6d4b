"""plan and publish: what they print, and what they exit with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from livesite import LiveSite

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"

#: design.md, section 6: what ``publish --json`` prints.
DID = {"published", "revised", "withdrawn", "renamed", "adopted", "issues", "deliveries", "feeds"}
STANDS = {"scheduled", "held", "drafts", "problems", "warnings"}


def test_publish_prints_one_document_with_every_list(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    did = site.publish(BEFORE)
    assert set(did) >= DID | STANDS
    assert did["adopted"] == 1
    assert did["scheduled"] == [
        {
            "path": "content/next.md",
            "url": "https://shore.example.com/2026/03/next/",
            "due": "2026-03-02T08:00:00Z",
        }
    ]
    did = site.publish(AFTER)
    assert did["issues"] == [{"id": 1, "subject": "Next", "audience": 1}]
    assert did["deliveries"] == {"accepted": 1}
    assert {
        "path": "public/tags/tides/rss.xml",
        "format": "rss",
        "entries": 1,
        "changed": True,
    } in did["feeds"]


def test_plan_says_what_publish_will_do_and_writes_nothing(site: LiveSite) -> None:
    site.subscribe("ada@example.com", "grace@example.org")
    site.publish(BEFORE)
    before = files(site.root)
    seen = site.json("plan", "--at", AFTER)
    assert [one["path"] for one in seen["published"]] == ["content/next.md"]
    assert seen["issues"] == [
        {"path": "content/next.md", "audience": 2, "action": "start", "reason": None}
    ]
    assert files(site.root) == before
    did = site.publish(AFTER)
    assert did["published"] == seen["published"]


def test_plan_on_a_site_that_never_ran_makes_no_ledger(site: LiveSite) -> None:
    seen = site.json("plan")
    assert seen["adopted"] == 2
    assert not (site.root / "state").exists()


def test_a_second_pass_changes_not_one_byte(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(AFTER)
    before = files(site.root, but="state")
    again = site.publish(AFTER)
    assert (again["published"], again["deliveries"]) == ([], {})
    assert not any(feed["changed"] for feed in again["feeds"])
    assert files(site.root, but="state") == before


def test_a_bad_post_is_said_and_stops_no_other(site: LiveSite) -> None:
    site.publish(BEFORE)
    site.post("bad.md", title="Bad", date="2026-02-30")
    ran = site.run("publish", "--at", AFTER)
    assert "content/bad.md:3: " in ran.err
    assert "published: content/next.md" in ran.out
    strict = site.run("publish", "--at", AFTER, "--strict", ok=False)
    assert strict.code == 1


def test_a_feed_that_cant_be_written_is_a_fault_and_mail_goes_out(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    (site.root / "public/atom.xml").unlink()
    (site.root / "public/atom.xml").mkdir()
    ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code == 1
    assert "public/atom.xml: can't be written: a folder is in its place" in ran.err
    assert len(site.messages()) == 1
    assert b"Next" in (site.root / "public/rss.xml").read_bytes()


def test_a_time_that_lies_ahead_needs_yes(site: LiveSite) -> None:
    refused = site.run("publish", "--at", "2090-01-01T00:00:00Z", ok=False)
    assert refused.code == 2
    assert "--yes" in refused.err
    site.run("publish", "--at", "2090-01-01T00:00:00Z", "--yes")


@pytest.mark.parametrize("text", ["tomorrow", "2026-01-01", "2026-01-01T10:00:00"])
def test_a_time_without_zone_is_a_usage_error(site: LiveSite, text: str) -> None:
    ran = site.run("plan", "--at", text, ok=False)
    assert ran.code == 2
    assert "2026-02-19T12:00:00Z" in ran.err


def test_withdraw_confirms_that_posts_are_gone(site: LiveSite) -> None:
    for number in range(8):
        site.post(f"many-{number}.md", title=f"Many {number}", date=f"2025-01-0{number + 1}")
    site.publish(BEFORE)
    for path in (site.root / "content").glob("many-*.md"):
        path.unlink()
    doubted = site.publish(BEFORE)
    assert doubted["withdrawn"] == []
    assert "8 of 9 live posts" in doubted["problems"][0]["message"]
    confirmed = site.publish(BEFORE, "--withdraw")
    assert len(confirmed["withdrawn"]) == 8


def test_without_a_terminal_no_line_is_wrapped_or_coloured(site: LiveSite) -> None:
    name = "a-" + "very-" * 40 + "long-name.md"
    site.post(name, title="x", date="2026-02-30")
    ran = site.run("plan")
    assert any(name in line and "2026-02-30" in line for line in ran.err.splitlines())
    assert "\x1b[" not in ran.out + ran.err


def files(root: Path, but: str = "-") -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and but not in path.parts and path.suffix not in {".db-wal", ".db-shm"}
    }


def test_shared_options_may_stand_before_or_after(site: LiveSite) -> None:
    before = site.run("--json", "--config", "config.yaml", "plan")
    after = site.run("plan", "--config=config.yaml", "--json")
    assert json.loads(before.out) == json.loads(after.out)


def test_a_warning_stands_as_long_as_its_cause_though_nothing_is_made_anew(site: LiveSite) -> None:
    site.post("odd.md", "A form:\n\n<form><input></form>\n", title="Odd", date="2026-01-06")
    first = site.publish(BEFORE)["warnings"]
    assert [one["path"] for one in first] == ["content/odd.md"]
    assert site.publish(BEFORE)["warnings"] == first
    site.post("odd.md", "No form.", title="Odd", date="2026-01-06")
    assert site.publish(BEFORE)["warnings"] == []


@pytest.mark.parametrize("damage", ["", "{", "[1]", '{"made": 3, "warned": {}}', "\x00"])
def test_damaged_notes_cost_work_and_nothing_else(site: LiveSite, damage: str) -> None:
    site.publish(BEFORE)
    before = site.feeds()
    (site.root / "state/notes.json").write_text(damage)
    again = site.publish(BEFORE)
    assert not any(feed["changed"] for feed in again["feeds"])
    assert site.feeds() == before
