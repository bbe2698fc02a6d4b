"""What a pass costs as a blog grows: 10, 100, 1,000 and 10,000 posts, whole processes.

The reference, in the same run, is what anybody would write first: a script that reads every file,
parses its front matter with PyYAML's C loader, renders the newest twenty posts with
Python-Markdown and writes Atom and RSS with feedgen.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.blog import make_blog, write_post

SIZES = (10, 100, 1_000, 10_000)
RUNS = 3

NAIVE = """
import pathlib, yaml, markdown
from datetime import datetime, UTC
from feedgen.feed import FeedGenerator
posts = []
for path in pathlib.Path("content").rglob("*.md"):
    head, body = path.read_text().split("---\\n", 2)[1:]
    posts.append((path.name[:10], yaml.load(head, Loader=yaml.CSafeLoader), body))
posts.sort(key=lambda post: post[0], reverse=True)
feed = FeedGenerator()
feed.id("tag:bench"); feed.title("Bench"); feed.description("b"); feed.author(name="Ada")
feed.link(href="https://bench.example.com")
feed.updated(datetime(2026, 1, 1, tzinfo=UTC))
for day, head, body in posts[:20]:
    entry = feed.add_entry(order="append")
    entry.id(head["title"]); entry.title(head["title"])
    entry.link(href="https://bench.example.com/" + day)
    entry.updated(datetime.fromisoformat(day + "T00:00:00+00:00"))
    html = markdown.markdown(body, extensions=["extra", "codehilite", "sane_lists"])
    entry.content(html, type="html")
feed.atom_file("naive-atom.xml"); feed.rss_file("naive-rss.xml")
"""


def measure() -> str:
    rows = [_row(size) for size in SIZES]
    return "\n".join(
        [
            "## What a pass costs as a blog grows (whole processes, median of 3)\n",
            "| posts | naive script s | first pass s | ratio | nothing to do s | ratio "
            "| one new post s | peak MiB, first pass |",
            "|---:|---:|---:|---:|---:|---:|---:|---:|",
            *rows,
            "",
        ]
    )


def _row(size: int) -> str:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make_blog(root, size)
        naive = statistics.median(_time(root, "-c", NAIVE)[0] for _ in range(RUNS))
        first, peak = _first(root)
        idle = statistics.median(_publish(root)[0] for _ in range(RUNS))
        new = statistics.median(_one_more(root, number) for number in range(RUNS))
    return (
        f"| {size:,} | {naive:.2f} | {first:.2f} | {first / naive:.2f} "
        f"| {idle:.2f} | {idle / naive:.2f} | {new:.2f} | {peak:.0f} |"
    )


def _first(root: Path) -> tuple[float, float]:
    """Nothing made and nothing cached, each time."""
    runs = []
    for _ in range(RUNS):
        subprocess.run(["rm", "-rf", "state", "public", "outbox"], cwd=root, check=True)
        runs.append(_publish(root))
    return statistics.median(s for s, _ in runs), max(mib for _, mib in runs)


def _one_more(root: Path, number: int) -> float:
    name = root / f"content/new/2026-01-{number + 1:02}-new-{number}.md"
    write_post(name, 50_000 + number, {})
    return _publish(root)[0]


def _publish(root: Path) -> tuple[float, float]:
    return _time(root, "-m", "publisher", "publish")


def _time(root: Path, *arguments: str) -> tuple[float, float]:
    """Seconds, and MiB of the largest process at its peak."""
    started = time.monotonic()
    child = subprocess.Popen(
        [sys.executable, *arguments], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{arguments[:3]} failed with {child.returncode}")
    return time.monotonic() - started, usage.ru_maxrss / 1024
