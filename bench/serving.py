"""How fast are feeds served? `publisher run` beside one nginx worker, and polls while it publishes.

Both serve the same folder of a blog of 1,000 posts; wrk asks with 32 connections, in turns, for
200 and for 304. Then pollers ask a thousand times a second for a minute, most of them with what
they were told last, while posts are published and mailed. Needs Debian's nginx and wrk.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from bench.blog import make_blog, write_post
from bench.instant import _await, _free, _run

POSTS = 1000
ROUNDS = 3
SECONDS = 4
POLLS_A_SECOND = 1000
POLLING_S = 60
POLLERS = 50

NGINX = """\
worker_processes 1; daemon off; pid {root}/nginx.pid; error_log {root}/nginx.log;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000;
    types {{ application/atom+xml xml; }}
    server {{ listen 127.0.0.1:{port}; root {root}/public; }}
}}
"""


def measure() -> str:
    if missing := [name for name in ("nginx", "wrk") if not _program(name)]:
        sys.exit(f"this benchmark needs {' and '.join(missing)}: apt-get install nginx wrk")
    with tempfile.TemporaryDirectory() as folder:
        root, ours, theirs = Path(folder), _free(), _free()
        make_blog(root, POSTS, port=ours)
        for number in range(3):
            _run(root, "subscribers", "add", f"reader{number}@example.org")
        _run(root, "publish")
        with daemon(root) as publisher, nginx(root, theirs) as worker:
            rates = _rates({"publisher run": (publisher, ours), "nginx": (worker, theirs)})
            story = asyncio.run(poll(root, ours, POLLING_S, POLLS_A_SECOND))
    size = len(next(iter(story.versions.values()))) // 1024
    return f"{_table(rates, size)}\n{_story(story)}"


# Rates.

Rate = tuple[float, float]


def _rates(servers: dict[str, tuple[int, int]]) -> dict[tuple[str, int], Rate]:
    """Answers a second, and a second of the server's CPU, by server and status."""
    taken: dict[tuple[str, int], list[Rate]] = {}
    for _ in range(ROUNDS):
        for name, (pid, port) in servers.items():
            for status in (200, 304):
                taken.setdefault((name, status), []).append(_rate(pid, port, status))
    return {
        case: (statistics.median(wall for wall, _ in runs), statistics.median(c for _, c in runs))
        for case, runs in taken.items()
    }


def _rate(pid: int, port: int, status: int) -> Rate:
    url = f"http://127.0.0.1:{port}/atom.xml"
    with urllib.request.urlopen(url) as answer:
        etag = answer.headers["ETag"]
    asked = ["-H", f"If-None-Match: {etag}"] if status == 304 else []
    before = _cpu_s(pid)
    done = subprocess.run(
        ["wrk", "-t1", "-c32", f"-d{SECONDS}s", *asked, url],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout)
    requests = int(re.search(r"(\d+) requests in", done.stdout)[1])  # type: ignore[index]
    return requests / SECONDS, requests / (_cpu_s(pid) - before)


def _cpu_s(pid: int) -> float:
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def _table(rates: dict[tuple[str, int], Rate], size: int) -> str:
    lines = [
        f"## Serving feeds (a feed of {size} KiB, 32 connections, median of {ROUNDS} turns)\n",
        "| answer | publisher run /s | one nginx worker /s | ratio | ratio by CPU time | wanted |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for status in (200, 304):
        (ours, our_cpu), (theirs, their_cpu) = (
            rates["publisher run", status],
            rates["nginx", status],
        )
        lines.append(
            f"| {status} | {ours:,.0f} | {theirs:,.0f} | {ours / theirs:.2f} "
            f"| {our_cpu / their_cpu:.2f} | ≥ 0.25 |"
        )
    return "\n".join(lines) + "\n"


# Polls while it publishes.


@dataclass(kw_only=True, slots=True)
class Story:
    """What pollers saw. ``versions``: the bytes under each ETag; ``late``: ms from new bytes on
    the disk to the first poller that had them."""

    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    versions: dict[bytes, bytes] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    seconds: float = 0.0


async def poll(root: Path, port: int, seconds: float, per_second: int) -> Story:
    """Poll the Atom feed, most times conditionally, while posts are published one by one.

    Every answer is checked: whole by length and by hash, a 304 only for what is on the disk.
    """
    story, begun = Story(), time.monotonic()
    writer = asyncio.create_task(_publish(root, story, begun + seconds))
    gap = POLLERS / per_second
    await asyncio.gather(
        *(_poller(port, story, begun, seconds, gap, number) for number in range(POLLERS))
    )
    await writer
    story.seconds = time.monotonic() - begun
    return story


async def _publish(root: Path, story: Story, end: float) -> None:
    """A post every second; then look how long the new bytes took from the disk to a poller."""
    path, number = root / "public/atom.xml", 0
    while time.monotonic() < end - 2:
        number += 1
        before = path.stat().st_mtime_ns
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 1))
        write_post(root / f"content/polled/{number}.md", number, {"date": now})
        while path.stat().st_mtime_ns == before and time.monotonic() < end - 1:
            await asyncio.sleep(0.001)
        etag, written = _etag(path.read_bytes()), path.stat().st_mtime
        while etag not in story.versions and time.monotonic() < end:
            await asyncio.sleep(0.001)
        if etag in story.versions:
            story.late.append((time.time() - written) * 1000)
        await asyncio.sleep(1)


async def _poller(
    port: int, story: Story, begun: float, seconds: float, gap: float, number: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    known, turn = b"", 0
    await asyncio.sleep(gap * number / POLLERS)
    while time.monotonic() < begun + seconds:
        asked = known if turn % 10 else b""  # nine of ten say what they have
        turn += 1
        started = time.monotonic()
        condition = b"If-None-Match: " + asked + b"\r\n" if asked else b""
        writer.write(b"GET /atom.xml HTTP/1.1\r\nHost: bench\r\n" + condition + b"\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        body = await reader.readexactly(int(_header(head, b"content-length") or 0))
        story.took.append((time.monotonic() - started) * 1000)
        known = _check(story, head, body, asked)
        await asyncio.sleep(max(0.0, begun + gap * (turn + number / POLLERS) - time.monotonic()))
    writer.close()


def _check(story: Story, head: bytes, body: bytes, asked: bytes) -> bytes:
    status, etag = int(head[9:12]), _header(head, b"etag")
    story.statuses[status] += 1
    if status == 200 and _etag(body) == etag:
        story.versions[etag] = body
    elif status != 304 or etag != asked or body:
        story.wrong.append(f"{status} {etag!r} for {asked!r} with {len(body)} bytes")
    return etag


def _header(head: bytes, name: bytes) -> bytes:
    found = re.search(rb"\r\n" + name + rb": ([^\r]*)\r\n", head)
    return found[1] if found else b""


def _etag(body: bytes) -> bytes:
    return b'"%s"' % blake2b(body, digest_size=12).hexdigest().encode()


def _story(story: Story) -> str:
    answers = sum(story.statuses.values())
    took = sorted(story.took)
    shares = ", ".join(f"{count:,} × {status}" for status, count in sorted(story.statuses.items()))
    return (
        f"Polled {answers / story.seconds:,.0f} times a second for {story.seconds:.0f} s by "
        f"{POLLERS} clients while {len(story.late)} posts were published and mailed: {shares}; "
        f"{len(story.wrong)} wrong answers (torn, or 304 for what had changed). An answer took "
        f"{statistics.median(took):.1f} ms at the median, {took[len(took) * 99 // 100]:.1f} at the "
        f"99th percentile. New bytes were answered {statistics.median(story.late):.1f} ms after "
        f"they were on the disk at the median, {max(story.late):.1f} at most.\n"
    )


# The servers.


@contextmanager
def daemon(root: Path) -> Iterator[int]:
    with (root / "log").open("w") as log:
        run = subprocess.Popen([sys.executable, "-m", "publisher", "run"], cwd=root, stderr=log)
        try:
            _await(lambda: "ready" in (root / "log").read_text(), 60)
            time.sleep(3)
            yield run.pid
        finally:
            run.send_signal(signal.SIGTERM)
            run.wait(30)


@contextmanager
def nginx(root: Path, port: int) -> Iterator[int]:
    """One worker; its process id."""
    config = root / "nginx.conf"
    config.write_text(NGINX.format(root=root, port=port))
    root.chmod(0o755)  # the worker is nobody's
    master = subprocess.Popen([_program("nginx") or "", "-c", str(config)])
    children = Path(f"/proc/{master.pid}/task/{master.pid}/children")
    try:
        _await(_answers(port), 10)
        yield int(children.read_text().split()[0])
    finally:
        master.terminate()
        master.wait(10)


def _answers(port: int) -> Callable[[], bool]:
    def answers() -> bool:
        with suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/atom.xml").close()
            return True
        return False

    return answers


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")
