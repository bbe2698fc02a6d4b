"""How late is a post? From its instant to the site's feeds on disk, and to its first mail.

A daemon on a site of 1,000 posts; ten posts due at ten different seconds, and an eleventh due at
the same instant as the tenth. Mail goes over SMTP to a server in this process. The reference is
a timer of APScheduler's alone: how late a due job starts when there is nothing to do.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.blog import make_blog, write_post

POSTS = 1000
DUE = 10
FEEDS = ("atom.xml", "rss.xml", "feed.json")


def measure() -> str:
    with tempfile.TemporaryDirectory() as folder, Relay() as relay:
        root = Path(folder)
        make_blog(root, POSTS, transport=f"smtp://127.0.0.1:{relay.port}?tls=none", port=_free())
        _run(root, "subscribers", "add", "grace@example.org")
        _run(root, "publish")
        return _daemon_run(root, relay)


def _daemon_run(root: Path, relay: Relay) -> str:
    with (root / "log").open("w") as log:
        daemon = subprocess.Popen([sys.executable, "-m", "publisher", "run"], cwd=root, stderr=log)
        try:
            _await(lambda: "ready" in (root / "log").read_text(), 60)
            time.sleep(5)
            instants = _schedule(root)
            late = _watch_feeds(root, instants)
            _await(lambda: len(relay.accepted) >= DUE + 1, 30)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait(30)
    mails = [
        (relay.accepted[f"Due {number}"] - instant.timestamp()) * 1000
        for number, instant in enumerate(instants)
    ]
    return _table(late, mails, _timer_alone())


def _schedule(root: Path) -> list[datetime]:
    """Eleven posts, the last two due together; saved before the first is due."""
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=8)
    instants = [start + timedelta(seconds=2 * number) for number in range(DUE)]
    instants.append(instants[-1])
    for number, instant in enumerate(instants):
        keys = {"title": f"Due {number}", "date": instant.strftime("%Y-%m-%dT%H:%M:%SZ")}
        write_post(root / f"content/due/due-{number}.md", number, keys)
    return instants


def _watch_feeds(root: Path, instants: Sequence[datetime]) -> list[float]:
    """Milliseconds from each instant to the last of the three feeds that has its post."""
    late = []
    for number, instant in enumerate(instants):
        title = f"Due {number}<".encode()
        _await(lambda title=title: title in (root / "public/atom.xml").read_bytes(), 30)
        _await(lambda n=number: f'"Due {n}"' in (root / "public/feed.json").read_text(), 30)
        newest = max((root / "public" / name).stat().st_mtime_ns for name in FEEDS)
        late.append(newest / 1e6 - instant.timestamp() * 1000)
    return late


def _table(feeds: Sequence[float], mails: Sequence[float], timer: Sequence[float]) -> str:
    rows = (
        ("the site's three feeds on disk", feeds, 50),
        ("first mail accepted by an SMTP server", mails, 150),
        ("reference: an empty APScheduler job starts", timer, None),
    )
    lines = [
        f"## From an instant to its effect ({POSTS:,} posts, {len(feeds)} due)\n",
        "| ms after the instant | median | largest | wanted |",
        "|---|---:|---:|---:|",
    ]
    for name, values, wanted in rows:
        limit = "" if wanted is None else f"≤ {wanted}"
        lines.append(f"| {name} | {statistics.median(values):.1f} | {max(values):.1f} | {limit} |")
    return "\n".join(lines) + "\n"


def _timer_alone() -> list[float]:
    from apscheduler.schedulers.background import BackgroundScheduler

    late: list[float] = []
    scheduler = BackgroundScheduler(timezone=UTC)
    scheduler.start()
    for number in range(DUE):
        at = datetime.now(UTC) + timedelta(seconds=0.3 + 0.1 * number)
        scheduler.add_job(
            lambda at=at: late.append((time.time() - at.timestamp()) * 1000), "date", run_date=at
        )
    _await(lambda: len(late) == DUE, 10)
    scheduler.shutdown()
    return late


class Relay:
    """An SMTP server that accepts everything and notes when, by subject."""

    def __init__(self) -> None:
        self.accepted: dict[str, float] = {}
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Relay:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        with sock, sock.makefile("rb") as lines:
            sock.sendall(b"220 bench\r\n")
            for line in lines:
                verb = line[:4].upper()
                if verb == b"EHLO":
                    sock.sendall(b"250-bench\r\n250 PIPELINING\r\n")
                elif verb == b"DATA":
                    sock.sendall(b"354 go on\r\n")
                    self._take(sock, lines)
                elif verb == b"QUIT":
                    sock.sendall(b"221 bye\r\n")
                    return
                else:
                    sock.sendall(b"250 ok\r\n")

    def _take(self, sock: socket.socket, lines: object) -> None:
        subject = ""
        for line in lines:  # type: ignore[attr-defined]
            if line.startswith(b"Subject: ") and not subject:
                subject = line[9:].decode().strip()
            if line == b".\r\n":
                break
        self.accepted.setdefault(subject, time.time())
        sock.sendall(b"250 accepted\r\n")


def _run(root: Path, *arguments: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "publisher", *arguments],
        cwd=root, check=True, stdout=subprocess.DEVNULL, env={**os.environ},
    )  # fmt: skip


def _await(condition: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > deadline:
            raise TimeoutError("the benchmark waited in vain")
        time.sleep(0.002)


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
