"""Beside Hugo: generated blogs of 10 to 10,000 posts, both as whole processes, in one run.

Hugo (Debian's, ``apt-get install hugo``) makes what we make and nothing else: three feeds of the
newest twenty posts; its pages, taxonomies and sitemap are off. Its watch mode is
``hugo server --renderToDisk --disableFastRender``, because ``hugo --watch`` 0.111 leaves the home
page's feeds as they are when a post is added.
"""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.blog import make_blog, write_post
from bench.mailing import Cost, run
from bench.sink import free_port

SIZES = (10, 100, 1_000, 10_000)
WATCHED = (100, 10_000)
RUNS = 3
SAVES = 15
FEEDS = ("atom.xml", "rss.xml", "feed.json")
PUBLISH = (sys.executable, "-m", "publisher", "publish")

_CONFIG = """\
baseURL = "https://bench.example.com/"
title = "Bench"
disableKinds = ["taxonomy", "term", "section", "sitemap", "robotsTXT", "404"]
[outputs]
home = ["RSS", "ATOM", "JSON"]
[outputFormats.RSS]
baseName = "rss"
[outputFormats.ATOM]
mediaType = "application/atom+xml"
baseName = "atom"
[outputFormats.JSON]
baseName = "feed"
[mediaTypes."application/atom+xml"]
suffixes = ["xml"]
[[cascade]]
[cascade._target]
kind = "page"
[cascade._build]
render = "never"
list = "always"
"""
_RSS = """\
<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>{{ .Site.Title }}</title><link>{{ .Permalink }}</link><description>b</description>
{{ range first 20 .Site.RegularPages }}<item><title>{{ .Title }}</title>
<link>{{ .Permalink }}</link><guid>{{ .Permalink }}</guid>
<pubDate>{{ .Date.Format "Mon, 02 Jan 2006 15:04:05 -0700" }}</pubDate>
<description>{{ .Summary | html }}</description>
<content:encoded>{{ .Content | html }}</content:encoded></item>{{ end }}</channel></rss>
"""
_ATOM = """\
<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>{{ .Site.Title }}</title><id>{{ .Permalink }}</id>
{{ range first 20 .Site.RegularPages }}<entry><title>{{ .Title }}</title>
<link href="{{ .Permalink }}"/><id>{{ .Permalink }}</id>
<updated>{{ .Date.Format "2006-01-02T15:04:05Z07:00" }}</updated>
<summary>{{ .Summary | html }}</summary>
<content type="html">{{ .Content | html }}</content></entry>{{ end }}</feed>
"""
_JSON = """\
{"version": "https://jsonfeed.org/version/1.1", "title": {{ .Site.Title | jsonify }}, "items": [
{{ range $at, $page := first 20 .Site.RegularPages }}{{ if $at }},{{ end }}
{"id": {{ .Permalink | jsonify }}, "url": {{ .Permalink | jsonify }},
"title": {{ .Title | jsonify }}, "summary": {{ .Summary | plainify | jsonify }},
"date_published": {{ .Date.Format "2006-01-02T15:04:05Z07:00" | jsonify }},
"content_html": {{ .Content | jsonify }}}{{ end }}]}
"""

#: What a pass of a running daemon costs when nothing is to be done: the tick, and the rescan.
_IDLE = """
import gc, os, sys, time
from pathlib import Path
from publisher.bootstrap import Edge, open_site
with open_site(Path("config.yaml"), Edge(environ=os.environ)) as site:
    site.act("daemon")
    policy, passes = site.policy(settle=True), site.publisher
    scan = site.folder.scan(site.edge.now())
    for _ in range(2):
        passes.run_pass(site.edge.now(), policy, scan)
    gc.freeze()
    def cost(work, times):
        began = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - began) / times * 1000
    tick = cost(lambda: passes.run_pass(site.edge.now(), policy, scan), 50)
    def rescan():
        passes.run_pass(site.edge.now(), policy, site.folder.scan(site.edge.now()))
    print(tick, cost(rescan, 10))
"""


def measure() -> str:
    if shutil.which("hugo") is None:
        sys.exit("hugo is needed: apt-get install hugo")
    return "\n".join([_processes(), _watching()])


def _processes() -> str:
    head = (
        f"## Beside Hugo, whole processes (three feeds of 20, taxonomies and archives off; "
        f"median of {RUNS}; wall s / CPU s)\n\n"
        "| posts | Hugo cold | ours, nothing cached | ratio | Hugo again | ours, nothing changed "
        "| ratio | ours, one new post | Hugo MiB | our MiB, cold |\n"
        "|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
    )
    return head + "\n".join(map(_row, SIZES)) + "\n"


def _row(posts: int) -> str:
    with _blogs(posts) as (ours, theirs):
        run(ours, *PUBLISH)  # so that both find their programs in memory
        run(theirs, "hugo", "--quiet")
        pairs = [(_cold(theirs, "hugo", "--quiet"), _cold(ours, *PUBLISH)) for _ in range(RUNS)]
        again = [(run(theirs, "hugo", "--quiet"), run(ours, *PUBLISH)) for _ in range(RUNS)]
        new = [_one_more(ours, number) for number in range(RUNS)]
    hugo_cold, our_cold = zip(*pairs, strict=True)
    hugo_again, our_again = zip(*again, strict=True)
    cold, idle = (_ratio(our_cold, hugo_cold), _ratio(our_again, hugo_again))
    return (
        f"| {posts:,} | {_shown(hugo_cold)} | {_shown(our_cold)} | {cold:.2f} "
        f"| {_shown(hugo_again)} | {_shown(our_again)} | {idle:.2f} | {_shown(new)} "
        f"| {max(one.peak_mib for one in hugo_cold):.0f} "
        f"| {max(one.peak_mib for one in our_cold):.0f} |"
    )


def _ratio(ours: Sequence[Cost], theirs: Sequence[Cost]) -> float:
    """The median over pairs that were measured one right after the other."""
    return statistics.median(
        mine.wall_s / other.wall_s for mine, other in zip(ours, theirs, strict=True)
    )


def _shown(costs: Sequence[Cost]) -> str:
    wall = statistics.median(one.wall_s for one in costs)
    return f"{wall:.2f} / {statistics.median(one.cpu_s for one in costs):.2f}"


def _cold(root: Path, *command: str) -> Cost:
    for made in ("state", "public", "outbox", "resources", ".hugo_build.lock"):
        subprocess.run(["rm", "-rf", made], cwd=root, check=True)
    return run(root, *command)


def _one_more(root: Path, number: int) -> Cost:
    write_post(root / f"content/new/2026-01-{number + 1:02}-new-{number}.md", 50_000 + number, {})
    return run(root, *PUBLISH)


@contextmanager
def _blogs(posts: int) -> Iterator[tuple[Path, Path]]:
    """One blog twice: for us, and for Hugo, which reads dates in front matter only."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder, "ours"), Path(folder, "theirs")
        make_blog(ours, posts, port=free_port())
        with (ours / "config.yaml").open("a") as config:
            config.write("feeds:\n  taxonomies: []\n  archive_entries: off\n")
        shutil.copytree(ours / "content", theirs / "content")
        for path in (theirs / "content").rglob("*.md"):
            text = path.read_text()
            path.write_text(text.replace("---\n", f"---\ndate: {path.name[:10]}\n", 1))
        (theirs / "layouts").mkdir()
        (theirs / "config.toml").write_text(_CONFIG)
        for name, text in (("rss.xml", _RSS), ("atom.xml", _ATOM), ("json", _JSON)):
            (theirs / f"layouts/index.{name}").write_text(text)
        time.sleep(2.1)  # what was written a moment ago is read again, by rule
        yield ours, theirs


# Running.


def _watching() -> str:
    rows = []
    for posts in WATCHED:
        with _blogs(posts) as (ours, theirs):
            tick, rescan = _idle(ours)
            mine = _saves(ours, (sys.executable, "-m", "publisher", "run"), "ready")
            port = str(free_port())
            command = ("hugo", "server", "--renderToDisk", "--disableFastRender", "--port", port)
            other = _saves(theirs, command, "Web Server is available")
        rows.append(
            f"| {posts:,} | {tick:.1f} | {rescan:.1f} | {statistics.median(mine):.0f} "
            f"| {max(mine):.0f} | {statistics.median(other):.0f} |"
        )
    head = (
        f"## Beside Hugo, running ({SAVES} posts saved; ms)\n\n"
        "| posts | our pass with nothing due, CPU | the same with the folder read again, CPU "
        "| save to our three feeds on disk | largest | save to Hugo's |\n"
        "|---:|---:|---:|---:|---:|---:|\n"
    )
    return head + "\n".join(rows) + "\n"


def _idle(root: Path) -> tuple[float, float]:
    run(root, *PUBLISH)
    run(root, sys.executable, "-c", _IDLE)
    tick, rescan = (root / "said").read_text().split()[-2:]
    return float(tick), float(rescan)


def _saves(root: Path, command: Sequence[str], ready: str) -> list[float]:
    """Milliseconds from the rename that saves a new post until all feeds on disk have it."""
    with (root / "log").open("w") as log:
        watcher = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
        try:
            _await(lambda: ready in (root / "log").read_text(), 120)
            time.sleep(5)
            return [_saved(root, number) for number in range(SAVES)]
        finally:
            watcher.send_signal(signal.SIGTERM)
            watcher.wait(30)


def _saved(root: Path, number: int) -> float:
    title = f"Saved {number}x"
    draft = root / "saved.md"
    write_post(draft, number, {"title": title, "date": f"2026-02-{number + 1:02}"})
    place = root / "content" / "2025" / f"2026-02-{number + 1:02}-saved.md"
    place.parent.mkdir(parents=True, exist_ok=True)
    began = time.time()
    os.replace(draft, place)
    needle = title.encode()
    public = root / "public"
    _await(lambda: all(needle in _bytes(public / name) for name in FEEDS), 60)
    newest = max((public / name).stat().st_mtime for name in FEEDS)
    time.sleep(1.0)
    return (newest - began) * 1000


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _await(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the benchmark waited in vain")
        time.sleep(0.002)
