"""A blog of a thousand posts is adopted, and lives through all that a writer does to it.

One long story rather than many short ones: each step stands on what the ones before left.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest
from feedcheck import faults
from livesite import LiveSite

PEOPLE = ("ada@example.com", "grace@example.org", "reader@example.net")


@pytest.fixture
def site(make_site: Callable[..., LiveSite]) -> LiveSite:
    """A thousand posts, dated 2020 to 2022, in folders by year."""
    site = make_site()
    for number in range(1000):
        year, month, day = 2020 + number // 336, number // 28 % 12 + 1, number % 28 + 1
        site.post(
            f"{year}/{year}-{month:02}-{day:02}-note-{number}.md",
            f"Note {number} says *little*, but says it.\n\nA second paragraph.",
            title=f"Note {number}",
            tags=f"[tides, number-{number % 7}]",
        )
    site.subscribe(*PEOPLE)
    return site


def test_nobody_is_mailed_twice_and_nothing_is_lost(site: LiveSite) -> None:
    adopted(site)
    fresh = published_and_mailed_once(site)
    fresh = edited(site)
    renamed_in_one_pass(site)
    renamed_over_two_passes(site)
    copied(site)
    unpublished_and_republished(site)
    feeds_deleted(site)
    folder_emptied(site)
    old_draft_flipped(site)
    assert fresh


def mailed(site: LiveSite) -> int:
    return len(site.messages())


def adopted(site: LiveSite) -> None:
    did = site.publish("2026-02-01T12:00:00Z")
    assert (did["adopted"], did["published"], did["issues"]) == (1000, [], [])
    assert mailed(site) == 0
    assert not any(faults(site.feeds()[name], kind) for name, kind in FEEDS)
    assert all(feed["entries"] == 20 for feed in did["feeds"] if "/" not in feed["path"][7:])


FEEDS = (("atom.xml", "atom"), ("rss.xml", "rss"), ("feed.json", "json"))


def published_and_mailed_once(site: LiveSite) -> bool:
    site.post("2026/fresh.md", title="Fresh", date="2026-02-02 08:00", tags="[tides]")
    did = site.publish("2026-02-02T12:00:00Z")
    assert [one["path"] for one in did["published"]] == ["content/2026/fresh.md"]
    assert did["deliveries"] == {"accepted": 3}
    before = site.feeds()
    again = site.publish("2026-02-02T12:01:00Z")
    assert (again["published"], again["deliveries"]) == ([], {})
    assert not any(feed["changed"] for feed in again["feeds"])
    assert site.feeds() == before
    return mailed(site) == 3


def edited(site: LiveSite) -> bool:
    site.post("2026/fresh.md", "Now with more words.", title="Fresh!", date="2026-02-02 08:00")
    did = site.publish("2026-02-03T12:00:00Z")
    assert [one["path"] for one in did["revised"]] == ["content/2026/fresh.md"]
    assert b"2026-02-03T12:00:00" in site.feeds()["atom.xml"]
    return mailed(site) == 3


def entry_ids(site: LiveSite) -> list[bytes]:
    lines = site.feeds()["atom.xml"].splitlines()
    return [line.strip() for line in lines if line.startswith(b"    <id>")]


def renamed_in_one_pass(site: LiveSite) -> None:
    ids = entry_ids(site)
    (site.root / "content/2026/fresh.md").rename(site.root / "content/2026/newer-name.md")
    did = site.publish("2026-02-04T12:00:00Z")
    assert did["renamed"] == [
        {"path": "content/2026/newer-name.md", "from": "content/2026/fresh.md"}
    ]
    assert (did["published"], did["withdrawn"], mailed(site)) == ([], [], 3)
    assert entry_ids(site) == ids


def renamed_over_two_passes(site: LiveSite) -> None:
    ids = entry_ids(site)
    away = site.root / "away.md"
    (site.root / "content/2026/newer-name.md").rename(away)
    gone = site.publish("2026-02-05T12:00:00Z")
    assert [one["path"] for one in gone["withdrawn"]] == ["content/2026/newer-name.md"]
    away.rename(site.root / "content/2026/third-name.md")
    back = site.publish("2026-02-05T13:00:00Z")
    assert [one["path"] for one in back["renamed"]] == ["content/2026/third-name.md"]
    assert (back["published"], mailed(site)) == ([], 3)
    assert entry_ids(site) == ids


def copied(site: LiveSite) -> None:
    original = site.root / "content/2026/third-name.md"
    copy = site.root / "content/2026/copy.md"
    shutil.copy(original, copy)
    did = site.publish("2026-02-06T12:00:00Z")
    [problem] = did["problems"]
    assert problem["path"] == "content/2026/copy.md"
    assert "a copy of content/2026/third-name.md" in problem["message"]
    assert (did["published"], mailed(site)) == ([], 3)
    copy.unlink()


def unpublished_and_republished(site: LiveSite) -> None:
    path = site.root / "content/2026/third-name.md"
    text = path.read_text()
    path.write_text(text.replace("title:", "draft: true\ntitle:"))
    did = site.publish("2026-02-07T12:00:00Z")
    assert [one["path"] for one in did["withdrawn"]] == ["content/2026/third-name.md"]
    path.write_text(text)
    did = site.publish("2026-02-08T12:00:00Z")
    assert [one["path"] for one in did["restored"]] == ["content/2026/third-name.md"]
    assert (did["published"], mailed(site)) == ([], 3)


def feeds_deleted(site: LiveSite) -> None:
    before = site.feeds()
    shutil.rmtree(site.root / "public")
    did = site.publish("2026-02-09T12:00:00Z")
    assert all(feed["changed"] for feed in did["feeds"])
    assert site.feeds() == before
    assert mailed(site) == 3


def folder_emptied(site: LiveSite) -> None:
    before = site.feeds()
    content, away = site.root / "content", site.root / "elsewhere"
    content.rename(away)
    missing = site.publish("2026-02-10T12:00:00Z")
    assert (missing["withdrawn"], len(missing["problems"])) == ([], 1)
    content.mkdir()
    empty = site.publish("2026-02-10T13:00:00Z")
    assert empty["withdrawn"] == []
    assert "publisher publish --withdraw" in empty["problems"][0]["message"]
    content.rmdir()
    away.rename(content)
    back = site.publish("2026-02-10T14:00:00Z")
    assert (back["published"], back["problems"], mailed(site)) == ([], [], 3)
    assert site.feeds() == before


def old_draft_flipped(site: LiveSite) -> None:
    site.post("2026/slow.md", title="Slow", date="2026-01-20", draft="true")
    assert site.publish("2026-02-10T15:00:00Z")["published"] == []
    site.post("2026/slow.md", title="Slow", date="2026-01-20")
    did = site.publish("2026-02-10T16:00:00Z")
    assert [one["path"] for one in did["published"]] == ["content/2026/slow.md"]
    assert (did["held"], mailed(site)) == ([], 6)
