"""What is killed mails nobody twice, forgets nobody, and says what it can't know.

The full form, two thousand subscribers and twenty kills, is in tests/system.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import selfkill
from feedcheck import faults
from killing import Killing
from livesite import ENVIRONMENT, LiveSite

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
PEOPLE = [f"reader-{number}@example.com" for number in range(6)]
FEEDS = (("atom.xml", "atom"), ("rss.xml", "rss"), ("feed.json", "json"))

#: Of the moments at which a publish changes something, every so manieth is tried here.
STRIDE = 17


def test_a_daemon_killed_while_it_mails_leaves_few_unknown_and_none_twice(tmp_path: Path) -> None:
    Killing(root=tmp_path / "site", people=300, kills=5, seed=11).run().must_be_honest()


@pytest.fixture(scope="module")
def about_to_publish(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a post that has just become due."""
    site = LiveSite(tmp_path_factory.mktemp("ready") / "site")
    site.post("old.md", title="Old", date="2026-01-05")
    site.post("next.md", title="Next", date="2026-03-02 08:00", tags="[tides]")
    site.subscribe(*PEOPLE)
    site.publish(BEFORE)
    return site.root


def copy_of(root: Path, to: Path) -> LiveSite:
    site = LiveSite(to)
    shutil.rmtree(to)
    shutil.copytree(root, to)
    return site


def killed_at(moment: int, site: LiveSite) -> bool:
    """Publish, to be killed at that moment; False when there was none."""
    done = subprocess.run(
        [sys.executable, selfkill.__file__, str(moment), "publish", "--at", AFTER],
        cwd=site.root, env=ENVIRONMENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done
    return done.returncode != 0


def test_a_publish_killed_anywhere_is_finished_by_the_next(
    about_to_publish: Path, tmp_path: Path
) -> None:
    kills = 0
    for moment in range(1, 1000, STRIDE):
        site = copy_of(about_to_publish, tmp_path / f"killed-at-{moment}")
        if not killed_at(moment, site):
            break
        kills += 1
        is_finished_by_the_next(site)
    assert kills * STRIDE > 40


def is_finished_by_the_next(site: LiveSite) -> None:
    site.publish(AFTER)
    report = site.json("report", "1")
    assert report["counts"] == {"accepted": len(PEOPLE)}
    assert sorted(message.name for message in site.messages()) == [
        f"i1-s{number}" for number in range(1, len(PEOPLE) + 1)
    ]
    feeds = site.feeds()
    assert not any(faults(feeds[name], kind) for name, kind in FEEDS)
    assert all(b"Next" in feeds[name] for name, _ in FEEDS)
    assert not any(path.rpartition("/")[2].startswith(".") for path in feeds)
    again = site.publish(AFTER)
    assert (again["published"], again["issues"], again["deliveries"]) == ([], [], {})
    assert site.feeds() == feeds
