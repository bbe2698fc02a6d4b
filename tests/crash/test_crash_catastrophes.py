"""What else can happen to a site while it mails: disks, clocks, damage, and a second daemon."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from livesite import ENVIRONMENT, LiveSite
from scripted_smtp import Act, ScriptedSmtp

from crash import leaping
from crash.kills import issues, wait_for
from crash.power import LEDGER
from crash.stage import stage
from crash.walk import Tally, by_chance, crash

DAY_S, HOUR_S = 86_400, 3_600


# The disk.


def test_a_disk_that_is_full_for_a_moment_repeats_nothing_and_loses_nothing(
    tmp_path: Path,
) -> None:
    tally = Tally()
    with stage("smtp", tmp_path / "smtp") as there:
        for share in (0.2, 0.5, 0.8):
            moment = there.moment("before commit", share)
            tally += crash(there, tmp_path / "site", [moment], trouble="full for once")
    assert tally.broken == []
    assert tally.kills >= 2


@pytest.mark.system
@pytest.mark.parametrize("name", ["smtp", "maildir"])
@pytest.mark.parametrize(("trouble", "stride"), [("full for once", 17), ("full for good", 97)])
def test_a_disk_that_is_full_from_any_moment_on(
    name: str, trouble: str, stride: int, tmp_path: Path
) -> None:
    tally = Tally()
    with stage(name, tmp_path / name) as there:
        for moment in range(3, len(there.trail), stride):
            tally += crash(there, tmp_path / "site", [moment], trouble=trouble)
    assert tally.broken == []
    assert tally.kills >= 5


@contextmanager
def small_disk(at: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of that size, in memory. Only root can have one, as for the packages."""
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "--lazy", at], check=True)


@pytest.mark.system
@pytest.mark.parametrize("left_kb", [0, 12, 40, 80, 160, 320])
def test_a_real_disk_that_is_full_repeats_nothing_and_loses_nothing(
    left_kb: int, tmp_path: Path
) -> None:
    people = [f"reader-{number}@example.com" for number in range(40)]
    with small_disk(tmp_path / "disk", 4096) as disk, ScriptedSmtp() as server:
        site = mailing(disk / "site", server, people)
        ballast = disk / "ballast"
        left = free(disk) - left_kb * 1024
        ballast.write_bytes(bytes(max(0, left)))
        ran = site.run("publish", ok=False)
        assert ran.code in (0, 1)
        assert ran.code == 0 or ran.err.strip()
        ballast.unlink()
        site.run("publish")
        assert_mailed_but_for_the_unknown(site, server, people)


@pytest.mark.system
def test_a_ledger_on_a_disk_that_is_read_only_is_said_and_goes_on_when_it_is_not(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk", 8192) as disk, ScriptedSmtp() as server:
        site = mailing(disk / "site", server, ["ada@example.com"])
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        ran = site.run("publish", ok=False)
        assert ran.code == 1
        assert "state/publisher.db" in ran.err
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        site.run("publish")
        assert_mailed_once(site, server, ["ada@example.com"])


def free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


# The ledger.


@pytest.mark.parametrize("end", ["", "-wal"])
def test_a_ledger_with_flipped_bytes_never_ends_in_a_traceback(end: str, tmp_path: Path) -> None:
    """Where pages lead elsewhere, it says so; in what people wrote nobody can see it."""
    with stage("smtp", tmp_path / "smtp") as there:
        site = there.copy(tmp_path / "site")
        there.nest.run(site.root, *there.arguments, last=there.moment("after send"))
        file = site.root / f"{LEDGER}{end}"
        whole = {path: path.read_bytes() for path in file.parent.glob("publisher.db*")}
        codes: Counter[int] = Counter()
        for seed in range(4):
            for path, data in whole.items():
                path.write_bytes(data)
            file.write_bytes(damaged(whole[file], seed))
            for command in (("status",), ("publish", "--at", "2026-03-02T09:00:00Z")):
                flight = there.nest.run(site.root, *command)
                codes[flight.code] += 1
                assert flight.code in (0, 1, 2), (seed, command, flight)
                assert "Traceback" not in flight.err, (seed, command, flight.err)
                assert flight.code == 0 or flight.err.strip(), (seed, command)
    assert codes[1]


def damaged(data: bytes, seed: int) -> bytes:
    """Bytes flipped in the heads of pages, and in the file's own."""
    chance = random.Random(seed)
    changed = bytearray(data)
    for _ in range(6):
        page = chance.randrange(0, len(data), 4096) if seed % 2 else 0
        changed[min(len(data) - 1, page + chance.randrange(100 if page == 0 else 12))] ^= 0xFF
    return bytes(changed)


def test_a_ledger_that_another_program_keeps_locked_is_waited_for(tmp_path: Path) -> None:
    people = [f"reader-{number}@example.com" for number in range(30)]
    with ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.01)}) as server:
        site = mailing(tmp_path / "site", server, people)
        process = site.start("publish")
        wait_for(lambda: len(server.arrived) >= 4)
        with locked(site):
            time.sleep(1)
            assert len(server.arrived) < 20
        assert process.wait(30) == 0
        assert_mailed_once(site, server, people)


@pytest.mark.system
def test_a_ledger_that_stays_locked_ends_the_publish_and_the_next_goes_on(tmp_path: Path) -> None:
    people = [f"reader-{number}@example.com" for number in range(30)]
    with ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.01)}) as server:
        site = mailing(tmp_path / "site", server, people)
        process = site.start("publish")
        wait_for(lambda: len(server.arrived) >= 4)
        with locked(site):
            assert process.wait(90) == 1
        site.run("publish")
        assert_mailed_but_for_the_unknown(site, server, people)


@contextmanager
def locked(site: LiveSite) -> Iterator[None]:
    """Another program writes to the ledger, and does not come to an end."""
    with closing(sqlite3.connect(site.root / LEDGER, isolation_level=None, timeout=30)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


# The clock.


def test_a_restart_by_a_clock_that_is_wrong_repeats_nothing(tmp_path: Path) -> None:
    with stage("smtp", tmp_path / "smtp") as there:
        tally = by_chance(there, tmp_path / "site", 21, times=2, also="behind")
        tally += by_chance(there, tmp_path / "site", 22, times=2, also="ahead")
    assert tally.broken == []
    assert tally.kills >= 3


LEAPS = {
    "suspended for an hour": (HOUR_S, HOUR_S),
    "a day back": (-DAY_S, 0),
    "three hours on": (3 * HOUR_S, 0),
    "a minute back": (-60, 0),
}


@pytest.mark.parametrize("leap", ["suspended for an hour", "a day back"])
def test_a_daemon_whose_clock_leaps_while_it_mails_repeats_nothing(
    leap: str, tmp_path: Path
) -> None:
    mails_through(leap, tmp_path)


@pytest.mark.system
@pytest.mark.parametrize("leap", ["three hours on", "a minute back"])
def test_so_it_is_wherever_the_clock_leaps(leap: str, tmp_path: Path) -> None:
    mails_through(leap, tmp_path)


def mails_through(leap: str, root: Path) -> None:
    """Stop a daemon while it mails, have its clocks leap, and let it go on to the end."""
    people = [f"reader-{number}@example.com" for number in range(40)]
    wall_s, boot_s = LEAPS[leap]
    with ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.02)}) as server:
        site = mailing(root / "site", server, people)
        clock = root / "clock"
        clock.write_text("0 0")
        with leaping_daemon(site, clock) as daemon:
            wait_for(lambda: len(server.arrived) >= 10)
            daemon.send_signal(signal.SIGSTOP)
            time.sleep(0.2)  # threads of its may run on for a moment
            clock.write_text(f"{wall_s} {boot_s}")
            daemon.send_signal(signal.SIGCONT)
            wait_for(lambda: daemon.poll() is not None or issues(site)[0]["state"] == "done")
            assert daemon.poll() is None, site.log()
            (site.root / "content" / "go.md").touch()
            wait_for(lambda: abs(last_pass(site) - time.time() - wall_s) < 50)
            daemon.send_signal(signal.SIGTERM)
            assert daemon.wait(20) == 0
        assert_mailed_once(site, server, people)


def last_pass(site: LiveSite) -> float:
    found = site.run("--json", "status", ok=False).document["last_pass"]
    return datetime.fromisoformat(found).timestamp()


@contextmanager
def leaping_daemon(site: LiveSite, clock: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (site.root / "daemon.log").open("a") as log:
        process = subprocess.Popen(
            [sys.executable, leaping.__file__, str(clock), "run"],
            cwd=site.root, env=ENVIRONMENT, stderr=log,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


# Two of them.


def test_of_two_daemons_that_start_at_once_one_runs_and_the_other_names_it(tmp_path: Path) -> None:
    people = [f"reader-{number}@example.com" for number in range(20)]
    with ScriptedSmtp() as server:
        site = mailing(tmp_path / "site", server, people)
        both = [site.start("run", stderr=subprocess.PIPE) for _ in range(2)]
        wait_for(lambda: any(one.poll() is not None for one in both))
        [loser] = [one for one in both if one.poll() is not None]
        [winner] = [one for one in both if one is not loser]
        assert loser.returncode == 1
        assert f"process {winner.pid} " in loser.communicate()[1].decode()
        wait_for(lambda: issues(site) and issues(site)[0]["state"] == "done")
        winner.send_signal(signal.SIGTERM)
        winner.communicate(timeout=20)
        assert winner.returncode == 0
        assert_mailed_once(site, server, people)


def mailing(root: Path, server: ScriptedSmtp, people: list[str]) -> LiveSite:
    """A site that mails a post to these people at its next pass, over two connections."""
    site = LiveSite(
        root,
        transport=f"smtp://127.0.0.1:{server.port}?tls=none",
        newsletter="  settle: 0s",
        delivery="  connections: 2",
    )
    site.post("old.md", title="Old", date="2026-01-05")
    site.subscribe(*people)
    site.run("publish")
    now = datetime.now(UTC) - timedelta(seconds=10)
    site.post("go.md", title="Go", date=f"{now:%Y-%m-%dT%H:%M:%SZ}")
    return site


def recipients(server: ScriptedSmtp) -> Counter[str]:
    return Counter(mail.recipient for mail in server.arrived)


def assert_mailed_once(site: LiveSite, server: ScriptedSmtp, people: list[str]) -> None:
    assert recipients(server) == Counter(people)
    assert issues(site)[0]["counts"] == {"accepted": len(people)}
    assert site.run("ledger", "verify").code == 0


def assert_mailed_but_for_the_unknown(
    site: LiveSite, server: ScriptedSmtp, people: list[str]
) -> None:
    """As after a crash: at most one unknown for each connection, and nobody twice."""
    counts = issues(site)[0]["counts"]
    assert counts["accepted"] + counts.get("unknown", 0) == len(people)
    assert counts.get("unknown", 0) <= 2
    assert max(recipients(server).values()) == 1
    assert site.run("ledger", "verify").code == 0
