"""A publish that kills itself at one moment after the other, and the next one, which mends it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import selfkill
from feedcheck import faults
from livesite import ENVIRONMENT, LiveSite

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
PEOPLE = [f"reader-{number}@example.com" for number in range(6)]
FEEDS = (("atom.xml", "atom"), ("rss.xml", "rss"), ("feed.json", "json"))


@dataclass(frozen=True, kw_only=True)
class PublishKilling:
    """Works in copies below ``root``. Every ``stride``-th moment is tried."""

    root: Path
    stride: int

    def run(self) -> int:
        """Kill a publish at each moment, and have it finished by the next; how many there were."""
        ready = self._about_to_publish()
        kills = 0
        for moment in range(1, 10_000, self.stride):
            site = _copy_of(ready, self.root / "killed")
            if not _killed_at(moment, site):
                break
            kills += 1
            _is_finished_by_the_next(site, moment)
        return kills

    def _about_to_publish(self) -> Path:
        site = LiveSite(self.root / "ready")
        site.post("old.md", title="Old", date="2026-01-05")
        site.post("next.md", title="Next", date="2026-03-02 08:00", tags="[tides]")
        site.subscribe(*PEOPLE)
        site.publish(BEFORE)
        return site.root


def _copy_of(root: Path, to: Path) -> LiveSite:
    site = LiveSite(to)
    shutil.rmtree(to)
    shutil.copytree(root, to)
    return site


def _killed_at(moment: int, site: LiveSite) -> bool:
    """Publish, to be killed at that moment; False when there was none."""
    done = subprocess.run(
        [sys.executable, selfkill.__file__, str(moment), "publish", "--at", AFTER],
        cwd=site.root, env=ENVIRONMENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode in (0, -signal.SIGKILL), done
    return done.returncode != 0


def _is_finished_by_the_next(site: LiveSite, moment: int) -> None:
    site.publish(AFTER)
    report = site.json("report", "1")
    assert report["counts"] == {"accepted": len(PEOPLE)}, moment
    assert sorted(message.name for message in site.messages()) == [
        f"i1-s{number}" for number in range(1, len(PEOPLE) + 1)
    ], moment
    feeds = site.feeds()
    assert not any(faults(feeds[name], kind) for name, kind in FEEDS), moment
    assert all(b"Next" in feeds[name] for name, _ in FEEDS), moment
    assert all(b"Next" in data for path, data in feeds.items() if "tides" in path), moment
    assert not any(path.rpartition("/")[2].startswith(".") for path in feeds), moment
    again = site.publish(AFTER)
    assert (again["published"], again["issues"], again["deliveries"]) == ([], [], {}), moment
    assert site.feeds() == feeds, moment
