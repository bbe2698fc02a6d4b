"""kill -9 of a real daemon at random moments, and what has to be true after it."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from livesite import LiveSite
from scripted_smtp import Act, ScriptedSmtp

CONNECTIONS = 4

#: How long the server thinks about a message, so that there is always one in flight.
THINKS_S = 0.008

#: When a daemon is killed: so many messages after its first one, or so many seconds after its
#: start, whether it mails by then or not.
MOST_MESSAGES = 40
LONGEST_S = 0.9


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

    @property
    def unknown(self) -> set[str]:
        return {who for who, state in self.states.items() if state == "unknown"}

    def must_be_honest(self) -> None:
        """Once to everybody, but for the unknown, who are few, and everything adds up."""
        self.must_add_up()
        assert {who for who, times in self.arrived.items() if times > 1} == set()
        settled = {who for who, state in self.states.items() if state == "accepted"}
        assert settled | self.unknown == self.people
        assert settled <= set(self.accepted)
        assert len(self.unknown) <= CONNECTIONS * self.kills

    def must_reach_everybody(self) -> None:
        """With ``on_unknown: resend``: nobody is left out, and only the unknown have it twice."""
        self.must_add_up()
        assert self.counts == {"accepted": self.audience}
        assert set(self.accepted) == self.people
        again = [who for who, times in self.arrived.items() if times > 1]
        assert len(again) <= CONNECTIONS * self.kills

    def must_add_up(self) -> None:
        assert set(self.states) == self.people
        assert self.counts == Counter(self.states.values())
        assert sum(self.counts.values()) == self.audience == len(self.people)


@dataclass(kw_only=True)
class Killing:
    """A site, its relay, and the daemons that are killed one after the other, as ``seed`` says."""

    root: Path
    people: int
    kills: int
    seed: int
    on_unknown: str = "hold"
    chance: random.Random = field(init=False)

    def run(self) -> Aftermath:
        """Mail everybody, killing the daemon again and again."""
        self.chance = random.Random(self.seed)
        addresses = [f"reader-{number}@example.com" for number in range(self.people)]
        with ScriptedSmtp({"dot": self._think}) as server:
            site = self._site(server.port)
            site.subscribe(*addresses)
            site.run("publish")
            site.post("go.md", title="Go", date=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
            for number in range(self.kills):
                self._kill_once(number, site, server)
                self._look(site)
            with site.daemon():
                wait_for(lambda: issues(site) and issues(site)[0]["state"] == "done")
            report = site.json("report", "1")
            return Aftermath(
                people=frozenset(addresses),
                kills=self.kills,
                arrived=Counter(mail.recipient for mail in server.arrived),
                accepted=Counter(mail.recipient for mail in server.accepted),
                states={row["address"]: row["state"] for row in report["deliveries"]},
                counts=report["counts"],
                audience=report["audience"],
            )

    def _site(self, port: int) -> LiveSite:
        return LiveSite(
            self.root,
            transport=f"smtp://127.0.0.1:{port}?tls=none",
            newsletter="  settle: 0s",
            delivery=f"  connections: {CONNECTIONS}\n  on_unknown: {self.on_unknown}",
        )

    def _think(self, _: str) -> Act:
        return Act(say=b"250 2.0.0 ok\r\n", wait_s=self.chance.random() * THINKS_S)

    def _kill_once(self, number: int, site: LiveSite, server: ScriptedSmtp) -> None:
        before, began_s = len(server.arrived), time.monotonic()
        if number % 3 == 2:
            messages, at_s, after_s = MOST_MESSAGES, self.chance.random() * LONGEST_S, 0.0
        else:
            messages, at_s = self.chance.randrange(1, MOST_MESSAGES), 60.0
            after_s = self.chance.random() * 0.02
        with site.daemon() as daemon:
            wait_for(
                lambda: (
                    len(server.arrived) >= before + messages
                    or time.monotonic() >= began_s + at_s
                    or daemon.poll() is not None
                )
            )
            time.sleep(after_s)
            assert daemon.poll() is None, site.log()[-3:]
            daemon.send_signal(signal.SIGKILL)
            daemon.wait()

    def _look(self, site: LiveSite) -> None:
        """Whatever was killed, what the ledger says adds up."""
        for issue in issues(site):
            report = site.json("report", str(issue["id"]))
            assert sum(report["counts"].values()) == report["audience"]
            assert report["counts"].get("sending", 0) <= CONNECTIONS


def issues(site: LiveSite) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.run("--json", "status", ok=False).document["issues"]
    return found


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.002)
