"""What a person asks of a daemon that is mailing is done within a second."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from liveday import PATIENCE_S, LiveDay, date, live, soon, wait_for
from livesite import LiveSite
from scripted_smtp import Act, ScriptedSmtp, close

SETTINGS = "  settle: 200ms\n  max_posts_per_hour: 100"
WITHIN_S = 1.0

PEOPLE = [f"reader-{number}@example.com" for number in range(60)]


class SlowServer(ScriptedSmtp):
    """Takes its time for each message, notes when each came, and never answers the fifth."""

    def __init__(self) -> None:
        self.came_s: list[float] = []
        super().__init__({"dot": self._answer})

    def _answer(self, _: str) -> Act:
        self.came_s.append(time.monotonic())
        return close() if len(self.came_s) == 5 else Act(say=b"250 2.0.0 ok\r\n", wait_s=0.05)

    def since(self, moment_s: float) -> list[float]:
        """How long after that moment messages came."""
        return [came_s - moment_s for came_s in list(self.came_s) if came_s > moment_s]


def asked(day: LiveDay, *words: str) -> float:
    """Ask for something; when the command had returned."""
    day.site.run(*words)
    return time.monotonic()


def assert_still(server: SlowServer, since_s: float, ask: Callable[[], dict[str, int]]) -> None:
    """Nothing begins later than a second after, though there is more; nothing stays in flight."""
    time.sleep(max(0.0, since_s + WITHIN_S + 0.5 - time.monotonic()))
    assert max(server.since(since_s), default=0.0) < WITHIN_S
    assert "sending" not in ask()


@pytest.mark.system
def test_pause_release_cancel_and_resolve_while_it_mails(tmp_path: Path) -> None:
    with SlowServer() as server:
        site = LiveSite(
            tmp_path / "site",
            transport=f"smtp://127.0.0.1:{server.port}?tls=none",
            newsletter=SETTINGS,
            delivery="  connections: 2",
        )
        site.post("old.md", title="Old", date="2026-01-05")
        site.subscribe(*PEOPLE)
        site.run("publish")
        site.post("tide.md", title="Tide", date=date(soon(-60)))

        def counts(issue: str) -> dict[str, int]:
            found: dict[str, int] = site.json("report", issue)["counts"]
            return found

        with live(site) as day:
            wait_for(lambda: len(server.came_s) > 10)
            paused_s = asked(day, "issue", "pause", "1")
            assert_still(server, paused_s, lambda: counts("1"))
            assert counts("1")["queued"] > 10
            assert counts("1")["unknown"] == 1

            released_s = asked(day, "release", "1")
            wait_for(lambda: server.since(released_s))
            assert min(server.since(released_s)) < 2 * WITHIN_S
            watched = site.run("status", "--watch").out
            assert f"issue 1 done: «Tide» to {len(PEOPLE)} (59 accepted, 1 unknown)" in watched

            resolved_s = asked(day, "resolve", "1", "--unknown", "resend")
            wait_for(lambda: server.since(resolved_s), PATIENCE_S)
            assert min(server.since(resolved_s)) < 2 * WITHIN_S
            wait_for(lambda: counts("1") == {"accepted": len(PEOPLE)})

            site.post("fog.md", title="Fog", date=date(soon(-60)))
            before = len(server.came_s)
            wait_for(lambda: len(server.came_s) > before + 10)
            cancelled_s = asked(day, "issue", "cancel", "2")
            assert_still(server, cancelled_s, lambda: counts("2"))
            assert set(counts("2")) == {"accepted", "cancelled"}
            assert counts("2")["cancelled"] > 10
    got = Counter(mail.recipient for mail in server.accepted)
    assert set(got) == set(PEOPLE)
    assert len(server.accepted) == len(PEOPLE) + counts("2")["accepted"]
