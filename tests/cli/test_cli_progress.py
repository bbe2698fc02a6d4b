"""publish tells how its delivery goes: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from livesite import ENVIRONMENT, LiveSite
from scripted_smtp import Act, ScriptedSmtp

from publisher.cli import progress

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
MANY, FEW = 60, 20


@pytest.fixture
def server() -> Iterator[ScriptedSmtp]:
    """One that takes two seconds for sixty."""
    with ScriptedSmtp({"dot": Act(say=b"250 2.0.0 ok\r\n", wait_s=0.035)}) as slow:
        yield slow


def due(tmp_path: Path, server: ScriptedSmtp, people: int, delivery: str = "") -> LiveSite:
    site = LiveSite(
        tmp_path / "site",
        transport=f"smtp://127.0.0.1:{server.port}?tls=none",
        delivery=f"  connections: 1\n{delivery}",
    )
    site.post("next.md", title="Next", date="2026-03-02 08:00")
    site.subscribe(*(f"reader-{number}@example.com" for number in range(people)))
    site.publish(BEFORE)
    return site


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds are long for a test."""
    for constant in ("LOOK_S", "EVERY_S"):
        monkeypatch.setattr(progress, constant, 0.1)
    monkeypatch.setattr("publisher.cli.pace.SOON_S", 0.3)


@pytest.mark.usefixtures("often")
def test_off_a_terminal_lines_tell_how_long_it_takes_and_what_limits_it(
    tmp_path: Path, server: ScriptedSmtp
) -> None:
    site = due(tmp_path, server, MANY)
    ran = site.run("publish", "--at", AFTER)
    told = re.findall(
        r"^mails: (\d+) of 60, ([\d.]+)/s, \d+ s left \((.+)\)$", ran.err, re.MULTILINE
    )
    assert len(told) > 3, ran.err
    assert [int(done) for done, _, _ in told] == sorted(int(done) for done, _, _ in told)
    assert {limit for _, _, limit in told[3:]} == {progress.LIMITS["relay"]}
    assert 5 < float(told[-1][1]) < 40


@pytest.mark.usefixtures("often")
def test_a_rate_that_is_set_is_what_limits(tmp_path: Path, server: ScriptedSmtp) -> None:
    site = due(tmp_path, server, 52, delivery="  rate: 20/s")
    ran = site.run("publish", "--at", AFTER)
    assert f"({progress.LIMITS['rate']})" in ran.err


@pytest.mark.usefixtures("often")
def test_a_handful_is_not_worth_a_word(tmp_path: Path, server: ScriptedSmtp) -> None:
    assert "of 20" not in due(tmp_path, server, FEW).run("publish", "--at", AFTER).err


@pytest.mark.usefixtures("often")
def test_deferred_ones_are_said_apart(tmp_path: Path, server: ScriptedSmtp) -> None:
    server.script["RCPT"] = ["451 4.2.0 later"] * 5 + ["250 ok"]
    ran = due(tmp_path, server, MANY).run("publish", "--at", AFTER)
    assert "left" in ran.err
    assert ", 5 deferred" in ran.err


def test_on_a_terminal_there_is_a_bar(tmp_path: Path, server: ScriptedSmtp) -> None:
    site = due(tmp_path, server, MANY)
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "publisher", "publish", "--at", AFTER],
        cwd=site.root, env={**ENVIRONMENT, "TERM": "xterm", "COLUMNS": "140"},
        stdout=subprocess.PIPE, stderr=theirs,
    ) as publishing:  # fmt: skip
        os.close(theirs)
        shown = b"".join(read(ours)).decode()
        assert publishing.wait(30) == 0
    os.close(ours)
    assert "━" in shown
    assert re.search(r"\d+/60", shown)


def read(terminal: int) -> Iterator[bytes]:
    """All that is written to it until nobody can any more, which Linux calls an error."""
    with suppress(OSError):
        while data := os.read(terminal, 65536):
            yield data
