"""A command of the operator's own, bounded: its time, its output, and what it is told of us.

It runs in a session of its own, so that at the end of its time all that it started is ended too.
No shell is involved, and its environment has nothing of ours but what it is given: our secrets are
in there.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from publisher.domain.errand import Answer

#: How much of the end of its output is kept, and of the last line of that.
TAIL = 4096
LINE = 200

#: How long it has to end by itself once it is told to.
GRACE_S = 2.0
POLL_S = 0.1


def run(
    words: Sequence[str],
    given: bytes,
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout_s: float,
    stopped: Callable[[], bool] = lambda: False,
) -> Answer:
    """Run a command that reads ``given``: done when it ends with 0. ``stopped`` ends it early.

    The reply is the last line that it wrote, to either of its outputs. What it leaves running
    behind it when it ends well is its own affair.
    """
    with tempfile.TemporaryFile() as said:
        said.write(given)
        said.seek(0)
        try:
            process = subprocess.Popen(
                words,
                cwd=folder,
                env=dict(environment),
                stdin=said,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return Answer(done=False, reply=f"can't be run: {reason.lower()}")
    with process:
        tail, ended = _watch(process, time.monotonic() + timeout_s, stopped)
        if not ended:
            _end(process)
    if not ended:
        why = "stopped with the publisher" if stopped() else f"not done in {timeout_s:g} s"
        return Answer(done=False, reply=f"{why}: killed")
    line = _last_line(tail)
    if process.returncode:
        return Answer(done=False, reply=f"exit {process.returncode}: {line}".rstrip(": "))
    return Answer(done=True, reply=line)


def _watch(
    process: subprocess.Popen[bytes], until_s: float, stopped: Callable[[], bool]
) -> tuple[bytes, bool]:
    """The end of its output, and whether it ended in time."""
    output = process.stdout
    assert output is not None
    os.set_blocking(output.fileno(), False)
    tail, is_open = b"", True
    while process.poll() is None:
        if time.monotonic() >= until_s or stopped():
            return tail, False
        if is_open:
            select.select([output], [], [], POLL_S)
            tail, is_open = _read(output, tail)
        else:
            time.sleep(POLL_S)
    return _read(output, tail)[0], True


def _read(output: IO[bytes], tail: bytes) -> tuple[bytes, bool]:
    """What there is to read now, of which the end is kept; whether there may be more."""
    for _ in range(64):  # of one that never stops writing: time is looked at in between
        try:
            piece = os.read(output.fileno(), 1 << 16)
        except BlockingIOError:
            return tail, True
        if not piece:
            return tail, False
        tail = (tail + piece)[-TAIL:]
    return tail, True


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it and all that it started: by SIGTERM and, a little later, by SIGKILL."""
    _signal(process, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _last_line(tail: bytes) -> str:
    """The last line that is not empty, made safe to log."""
    lines = tail.decode("utf-8", "replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return "".join(sign if sign.isprintable() else "�" for sign in last[-LINE:])
