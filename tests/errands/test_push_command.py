"""A command of the operator's own: what it is given, what is kept of it, and how it is ended."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.domain.errand import Answer
from publisher.push.command import run

PATH = {"PATH": os.environ["PATH"]}


def python(code: str, folder: Path, given: bytes = b"", timeout_s: float = 20.0) -> Answer:
    return run(
        [sys.executable, "-c", code], given, folder=folder, environment=PATH, timeout_s=timeout_s
    )


def is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody waits for counts as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def wait_for(found: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not found():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_reads_what_it_is_given_in_the_folder_and_environment_that_are_said(
    tmp_path: Path,
) -> None:
    code = "import os, sys; print(len(sys.stdin.read()), os.getcwd(), sorted(os.environ))"
    answer = python(code, tmp_path, given=b"x" * 1_000_000)
    assert answer.done
    assert answer.reply.startswith(f"1000000 {tmp_path}")
    assert "'PATH'" in answer.reply
    assert "PUBLISHER" not in answer.reply
    assert "HOME" not in answer.reply


def test_the_words_are_handed_over_as_they_are(tmp_path: Path) -> None:
    answer = run(
        ["printf", "%s", "a b; $HOME *"], b"", folder=tmp_path, environment=PATH, timeout_s=20
    )
    assert answer == Answer(done=True, reply="a b; $HOME *")


def test_the_last_line_of_either_output_is_kept(tmp_path: Path) -> None:
    code = "import sys; print('first'); sys.stdout.flush(); sys.stderr.write('\\x1b[1mlast\\n\\n')"
    assert python(code, tmp_path).reply == "�[1mlast"


def test_output_without_an_end_takes_no_room(tmp_path: Path) -> None:
    code = "import sys\nfor _ in range(200): sys.stdout.write('x' * 1000_000)\nprint('\\ndone')"
    assert python(code, tmp_path) == Answer(done=True, reply="done")
    assert len(python("print('x' * 100_000)", tmp_path).reply) == 200


def test_a_failure_says_how_it_ended(tmp_path: Path) -> None:
    assert python("import sys; print('no'); sys.exit(3)", tmp_path) == Answer(
        done=False, reply="exit 3: no"
    )
    assert python("import os; os.abort()", tmp_path) == Answer(done=False, reply="exit -6")


@pytest.mark.parametrize("words", [["no-such-command-anywhere"], ["./data"], ["/"]])
def test_what_can_not_be_run_is_said(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no program")
    (tmp_path / "data").chmod(0o644)
    answer = run(words, b"", folder=tmp_path, environment=PATH, timeout_s=20)
    assert not answer.done
    assert answer.reply.startswith("can't be run: ")


STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
with open("pids", "w") as pids:
    pids.write(f"{os.getpid()} {child.pid}")
os.rename("pids", "written")
time.sleep(60)
"""


def pids(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "written").read_text().split()]


def test_at_the_end_of_its_time_all_that_it_started_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("publisher.push.command.GRACE_S", 0.1)
    answer = python(STUBBORN, tmp_path, timeout_s=2)
    assert answer == Answer(done=False, reply="not done in 2 s: killed")
    wait_for(lambda: all(is_gone(pid) for pid in pids(tmp_path)))


def test_one_that_is_stopped_is_ended_at_once(tmp_path: Path) -> None:
    stopped = threading.Event()
    answers: list[Answer] = []

    def work() -> None:
        code = STUBBORN.replace("SIG_IGN", "SIG_DFL")
        answers.append(
            run(
                [sys.executable, "-c", code], b"", folder=tmp_path, environment=PATH,
                timeout_s=60, stopped=stopped.is_set,
            )
        )  # fmt: skip

    thread = threading.Thread(target=work)
    thread.start()
    wait_for((tmp_path / "written").exists)
    stopped.set()
    thread.join(10)
    assert answers == [Answer(done=False, reply="stopped with the publisher: killed")]
    wait_for(lambda: all(is_gone(pid) for pid in pids(tmp_path)))


def test_what_it_leaves_running_holds_nobody_up(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(5)'])\n"
        "print('left')"
    )
    began_s = time.monotonic()
    assert python(code, tmp_path) == Answer(done=True, reply="left")
    assert time.monotonic() - began_s < 4
