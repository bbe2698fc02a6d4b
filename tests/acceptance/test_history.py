"""What becomes of archives, tombstones and the page of feeds as a writer works on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from feedcheck import faults
from livesite import ENVIRONMENT, LiveSite

SMALL = "feeds: {entries: 3, archive_entries: 4, formats: [atom, rss]}"
GONE = b"<at:deleted-entry"


@pytest.fixture
def site(make_site: Callable[..., LiveSite]) -> LiveSite:
    """Twelve posts: nine of them in three archives, of which the last one is open."""
    site = make_site(more=SMALL)
    written(site)
    site.publish("2026-02-01T12:00:00Z")
    return site


def written(site: LiveSite) -> None:
    for day in range(1, 13):
        site.post(f"p{day}.md", f"Day *{day}*.", title=f"Day {day}", date=f"2026-01-{day:02}")


def changed(did: dict) -> list[str]:
    return [feed["path"].removeprefix("public/") for feed in did["feeds"] if feed["changed"]]


def test_an_edit_of_an_archived_post_rewrites_its_archive_alone(site: LiveSite) -> None:
    site.post("p2.md", "Day two, at last.", title="Day 2", date="2026-01-02")
    did = site.publish("2026-02-02T12:00:00Z")
    assert changed(did) == ["archive/1/atom.xml", "archive/1/rss.xml"]
    assert b"Day two, at last." in site.feeds()["archive/1/atom.xml"]


def test_an_archived_post_that_can_no_longer_be_read_stays_as_it_was(site: LiveSite) -> None:
    before = site.feeds()
    site.post("p2.md", "x" * 2_000_001, title="Day 2", date="2026-01-02")
    did = site.publish("2026-02-02T12:00:00Z")
    assert [one["path"] for one in did["problems"]] == ["content/p2.md"]
    assert site.feeds() == before


def test_a_new_post_changes_the_current_feed_and_one_archive(site: LiveSite) -> None:
    site.post("p13.md", title="Day 13", date="2026-01-13")
    did = site.publish("2026-02-02T12:00:00Z")
    assert changed(did) == ["atom.xml", "rss.xml", "archive/3/atom.xml", "archive/3/rss.xml"]


def test_a_withdrawn_post_leaves_its_archive_and_a_tombstone_for_thirty_days(
    site: LiveSite,
) -> None:
    (site.root / "content/p2.md").unlink()
    did = site.publish("2026-02-02T12:00:00Z")
    assert changed(did) == ["atom.xml", "rss.xml", "archive/1/atom.xml", "archive/1/rss.xml"]
    feeds = site.feeds()
    assert b'ref="tag:shore.example.com,2020-01-01:content/p2"' in feeds["atom.xml"]
    assert b'when="2026-02-02T12:00:00Z"/>' in feeds["atom.xml"]
    assert b"content/p2<" not in feeds["archive/1/atom.xml"]
    assert [faults(feeds[f"{kind}.xml"], kind) for kind in ("atom", "rss")] == [[], []]
    assert faults(feeds["archive/1/atom.xml"], "atom") == []
    assert GONE in still(site, "2026-03-04T11:59:00Z")
    assert GONE not in still(site, "2026-03-04T12:00:00Z")


def test_a_post_that_comes_back_takes_its_tombstone_away(site: LiveSite) -> None:
    path = site.root / "content/p11.md"
    text = path.read_text()
    path.unlink()
    assert GONE in still(site, "2026-02-02T12:00:00Z")
    path.write_text(text)
    feed = still(site, "2026-02-03T12:00:00Z")
    assert GONE not in feed
    assert b"content/p11<" in feed


def still(site: LiveSite, at: str) -> bytes:
    site.publish(at)
    return site.feeds()["atom.xml"]


def test_archives_can_be_switched_off_and_adopted_later(
    make_site: Callable[..., LiveSite],
) -> None:
    site = make_site(more="feeds: {entries: 3, archive_entries: off}")
    written(site)
    site.publish("2026-02-01T12:00:00Z")
    assert not (site.root / "public/archive").exists()
    config = site.root / "config.yaml"
    config.write_text(config.read_text().replace("archive_entries: off", "archive_entries: 4"))
    site.publish("2026-02-01T13:00:00Z")
    assert sorted(os.listdir(site.root / "public/archive")) == ["1", "2", "3"]


def test_the_page_of_the_feeds_is_put_up_again_and_another_one_is_left_alone(
    site: LiveSite,
) -> None:
    page, style = site.root / "public/feeds.html", site.root / "public/feed.css"
    assert b"https://shore.example.com/atom.xml" in page.read_bytes()
    style.unlink()
    page.write_text("A page of the site's own.")
    site.publish("2026-02-02T12:00:00Z")
    assert page.read_text() == "A page of the site's own."
    assert style.exists()


def test_two_posts_of_one_url_are_told_of_each_other(site: LiveSite) -> None:
    site.post("p13.md", title="Again", date="2026-01-13", permalink="/2026/01/p1/")
    warned = site.publish("2026-02-02T12:00:00Z")["warnings"]
    assert [one["path"] for one in warned] == ["content/p13.md"]
    assert "is the URL of content/p1.md too" in warned[0]["message"]


@pytest.mark.parametrize("place", ["Asia/Kolkata", "America/St_Johns"])
def test_another_process_zone_and_locale_give_the_same_bytes(
    site: LiveSite, tmp_path: Path, place: str
) -> None:
    other = LiveSite(tmp_path / "other", more=SMALL)
    written(other)
    surroundings = {"TZ": place, "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "7"}
    subprocess.run(
        [sys.executable, "-m", "publisher", "publish", "--at", "2026-02-01T12:00:00Z"],
        cwd=other.root, env={**ENVIRONMENT, **surroundings}, check=True, capture_output=True,
    )  # fmt: skip
    assert other.feeds() == site.feeds()
