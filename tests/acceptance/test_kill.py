"""A daemon that is killed mails nobody twice, forgets nobody, and says what it can't know.

The full form, two thousand subscribers and twenty kills, is in tests/system.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from feedcheck import faults
from killing import kill_while_mailing
from livesite import LiveSite

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"


def test_a_daemon_killed_while_it_mails_leaves_few_unknown_and_none_twice(tmp_path: Path) -> None:
    kill_while_mailing(tmp_path / "site", people=400, kills=4, seed=11).must_be_honest()


@pytest.mark.parametrize("after_ms", [150, 300, 450, 600, 750, 900])
def test_a_publish_killed_anywhere_is_finished_by_the_next(
    make_site: Callable[..., LiveSite], after_ms: int
) -> None:
    site = make_site()
    people = [f"reader-{number}@example.com" for number in range(60)]
    site.post("old.md", title="Old", date="2026-01-05")
    site.post("next.md", title="Next", date="2026-03-02 08:00", tags="[tides]")
    site.subscribe(*people)
    site.publish(BEFORE)
    process = site.start("publish", "--at", AFTER)
    time.sleep(after_ms / 1000)
    process.send_signal(signal.SIGKILL)
    process.wait()
    site.publish(AFTER)
    report = site.json("report", "1")
    assert report["counts"] == {"accepted": 60}
    assert len(site.messages()) == 60
    for name, kind in (("atom.xml", "atom"), ("rss.xml", "rss"), ("feed.json", "json")):
        assert faults(site.feeds()[name], kind) == []
        assert b"Next" in site.feeds()[name]
    assert not any(path.startswith(".") for path in site.feeds())
