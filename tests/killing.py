"""kill -9 of a real daemon at random moments while it mails, and what has to be true after it."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from livesite import LiveSite
from scripted_smtp import ScriptedSmtp

CONNECTIONS = 4


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """How things stand when the last daemon came to its end in peace."""

    people: frozenset[str]
    kills: int
    arrived: Counter[str]
    accepted: Counter[str]
    states: dict[str, str]
    counts: dict[str, int]
    audience: int

    def must_be_honest(self) -> None:
        """Once to everybody, but for the unknown, who are few, and everything adds up."""
        unknown = {who for who, state in self.states.items() if state == "unknown"}
        assert set(self.states) == self.people
        assert {who for who, times in self.arrived.items() if times > 1} == set()
        settled = {who for who, state in self.states.items() if state == "accepted"}
        assert settled | unknown == self.people
        assert settled <= set(self.accepted)
        assert len(unknown) <= CONNECTIONS * self.kills
        assert sum(self.counts.values()) == self.audience == len(self.people)


def kill_while_mailing(root: Path, *, people: int, kills: int, seed: int) -> Aftermath:
    """Mail ``people`` subscribers over SMTP, killing the daemon ``kills`` times meanwhile."""
    chance = random.Random(seed)
    with ScriptedSmtp() as server:
        site = LiveSite(
            root,
            transport=f"smtp://127.0.0.1:{server.port}?tls=none",
            newsletter="  settle: 0s",
            delivery=f"  connections: {CONNECTIONS}",
        )
        addresses = [f"reader-{number}@example.com" for number in range(people)]
        site.subscribe(*addresses)
        site.run("publish")
        site.post("go.md", title="Go", date=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        for _ in range(kills):
            _kill_once(site, server, chance)
        with site.daemon():
            _await(lambda: [one["state"] for one in site.json("status")["issues"]] == ["done"])
        report = site.json("report", "1")
        return Aftermath(
            people=frozenset(addresses),
            kills=kills,
            arrived=Counter(mail.recipient for mail in server.arrived),
            accepted=Counter(mail.recipient for mail in server.accepted),
            states={row["address"]: row["state"] for row in report["deliveries"]},
            counts=report["counts"],
            audience=report["audience"],
        )


def _kill_once(site: LiveSite, server: ScriptedSmtp, chance: random.Random) -> None:
    """Start a daemon and, once it mails, kill it within a few milliseconds."""
    before = len(server.accepted)
    with site.daemon() as daemon:
        _await(lambda: len(server.accepted) > before or daemon.poll() is not None)
        assert daemon.poll() is None, site.log()[-3:]
        time.sleep(chance.random() * 0.04)
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()


def _await(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.003)
