"""The lock: one holder, told by its process id, and gone with it however it ends."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.domain.errors import LedgerUnusable, LockHeld
from publisher.ledger.lock import Lock

HOLDER = """
import subprocess, sys, time
from pathlib import Path
from publisher.ledger.lock import Lock
lock = Lock.acquire(Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "60"], close_fds=False)
print(child.pid, flush=True)
time.sleep(60)
"""


@contextmanager
def another_process(path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A process that has the lock, and a child of its own that inherits what can be."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    child = int(holder.stdout.readline())
    try:
        yield holder, child
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
        os.kill(child, signal.SIGKILL)


def test_a_lock_that_another_process_has_is_refused_at_once_and_names_it(tmp_path: Path) -> None:
    path = tmp_path / "publisher.db.lock"
    with another_process(path) as (holder, _):
        with pytest.raises(LockHeld) as refused:
            Lock.acquire(path, "state/publisher.db")
        assert refused.value.pid == holder.pid
        assert f"state/publisher.db: process {holder.pid} publishes" in str(refused.value)


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_a_lock_is_gone_with_its_process_though_a_child_lives_on(
    end: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "publisher.db.lock"
    with another_process(path) as (holder, child):
        holder.send_signal(end)
        holder.wait()
        os.kill(child, 0)
        with Lock.acquire(path):
            assert path.read_text().split()[0] == str(os.getpid())


def test_a_lock_is_let_go_and_taken_again(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with Lock.acquire(path) as lock:
        with pytest.raises(LockHeld):
            Lock.acquire(path)
        lock.release()
        lock.release()
        Lock.acquire(path).release()
    assert path.read_text() == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_holder_that_has_not_said_who_it_is_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    for said in ("", "who knows\n", "-5\n", "\xff\n"):
        with Lock.acquire(path):
            path.write_text(said)
            with pytest.raises(LockHeld, match="another process") as refused:
                Lock.acquire(path)
            assert refused.value.pid is None


def test_of_many_who_ask_at_once_one_gets_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    got: list[Lock] = []
    refused: list[LockHeld] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        try:
            got.append(Lock.acquire(path))
        except LockHeld as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(refused)) == (1, 7)
    got[0].release()


def test_a_lock_that_can_not_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(LedgerUnusable, match=r"state/publisher\.db: can't open the lock"):
        Lock.acquire(tmp_path / "nowhere" / "lock", "state/publisher.db")
    with pytest.raises(LedgerUnusable, match="can't open the lock"):
        Lock.acquire(tmp_path)
