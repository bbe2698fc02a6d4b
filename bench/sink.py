"""Postfix's ``smtp-sink`` to mail into, its ``smtp-source`` to be measured beside, and what can be
put in between: a long way, or TLS."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SENDER, RECIPIENT = "n@bench.example.com", "u@example.org"
BACKLOG = "1024"


def program(name: str) -> str:
    """Where a program of Debian's postfix package is."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        sys.exit(f"{name} is needed: apt-get install postfix")
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def sink(*options: str) -> Iterator[int]:
    """The port of an ``smtp-sink`` that takes everything, unless ``options`` say other."""
    port = free_port()
    command = [program("smtp-sink"), *options]
    if os.getuid() == 0:
        command += ["-u", "nobody"]
    with running([*command, f"127.0.0.1:{port}", BACKLOG], port):
        yield port


@contextmanager
def between(kind: str, port: int, *arguments: str) -> Iterator[int]:
    """The port of a process in front of ``port``: see ``bench/between.py``."""
    own = free_port()
    script = str(Path(__file__).with_name("between.py"))
    with running([sys.executable, script, kind, str(own), str(port), *arguments], own):
        yield own


@contextmanager
def running(command: list[str], port: int) -> Iterator[None]:
    """A server, from when it answers until the block ends."""
    process = subprocess.Popen(command)
    try:
        _await_answer(port)
        yield
    finally:
        process.terminate()
        process.wait(10)


def _await_answer(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.02)
        else:
            return


def source_rate(port: int, messages: int, size: int) -> float:
    """Messages a second of ``smtp-source`` with ten sessions that are kept open."""
    command = [
        program("smtp-source"), "-s", "10", "-d", "-l", str(size), "-m", str(messages),
        "-f", SENDER, "-t", RECIPIENT, f"127.0.0.1:{port}",
    ]  # fmt: skip
    began = time.monotonic()
    subprocess.run(command, check=True)
    return messages / (time.monotonic() - began)
