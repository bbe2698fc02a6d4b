"""Takes a small blog over and publishes it, as a person would, and reads what came of it.

Each blog is a folder ``GENERATOR/blog`` with what the survey of real posts counts for that
generator. ``GENERATOR/golden`` holds what was looked at, line by line: the three feeds of the site
and ``told.txt``, what ``publish`` says. To look at it anew: ``python blogrun.py`` writes the golden
files, and Git shows what differs.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from publisher.adopt.takeover import take_over
from publisher.bootstrap import Edge, trial_scan
from publisher.cli.app import run
from publisher.domain.post import Post, Scan

HERE = Path(__file__).parent
GENERATORS = ("jekyll", "hugo", "zola", "eleventy", "astro", "docusaurus", "pelican")
FILES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
TOLD = "told.txt"
AT = "2026-03-01T00:00:00Z"
TODAY = date(2026, 3, 1)  # the day that the feeds' own ids are made of


@dataclass(frozen=True, kw_only=True, slots=True)
class Blog:
    """A blog that was adopted: its posts by URL, its site's feeds by format, what was said."""

    generator: str
    public: Path
    posts: dict[str, Post]
    feeds: dict[str, bytes]
    told: str

    @property
    def items(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.feeds["json"])["items"]
        return found


def publish(generator: str, root: Path) -> Blog:
    """Take a copy of a blog over in its own folder, and publish it as of ``AT``."""
    shutil.copytree(HERE / generator / "blog", root)
    config = root / "config.yaml"

    def scan(text: str) -> Scan:
        return trial_scan(text, config, Edge(environ={}))

    take_over(root, root, TODAY, scan)
    with contextlib.chdir(root):
        told = _run("publish", "--at", AT)
    public = root / "public"
    return Blog(
        generator=generator,
        public=public,
        posts={post.url: post for post in scan(config.read_text()).posts},
        feeds={format_: (public / name).read_bytes() for format_, name in FILES.items()},
        told=told,
    )


def _run(*arguments: str) -> str:
    """What a command that ends well says, results first."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(arguments)
    assert code == 0, (code, out.getvalue(), err.getvalue())
    return out.getvalue() + err.getvalue()


def _write_golden() -> None:
    for generator in GENERATORS:
        with tempfile.TemporaryDirectory() as folder:
            blog = publish(generator, Path(folder) / "site")
        golden = HERE / generator / "golden"
        golden.mkdir(exist_ok=True)
        for format_, name in FILES.items():
            (golden / name).write_bytes(blog.feeds[format_])
        (golden / TOLD).write_text(blog.told, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(_write_golden())
