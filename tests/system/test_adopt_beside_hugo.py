"""The URLs of a Hugo blog that was taken over are those of the pages that a real Hugo makes."""

from __future__ import annotations

import re
import shutil
import subprocess
from datetime import UTC, date, datetime
from html import unescape
from pathlib import Path

import pytest

from publisher.adopt.takeover import take_over
from publisher.bootstrap import Edge, trial_scan

pytestmark = pytest.mark.system

#: Names and keys that Hugo changes on the way to a URL, each post with a title of its own.
POSTS = {
    "posts/C++ & More.md": "",
    "posts/a - b.md": "",
    "posts/Été_à la mer.md": "",
    "posts/5.0.0.md": "",
    "posts/user@host.md": "",
    "posts/日本 語.md": "",
    "posts/Sub Folder/Deep.md": "",
    "posts/2026-01-05-My_Bundle/index.md": "",
    "posts/renamed/index.md": "slug: New Slug",
    "posts/slug.md": "slug: Ünï Cödé!",
    "posts/url-a.md": "url: /my/URL",
    "posts/url-b.md": "url: other.html",
    "posts/url-c.md": "url: sub/Dir/",
    "Diary/one.md": "",
    "top.md": "",
}

SETTINGS = {
    "none": "",
    "ugly": "uglyURLs = true",
    "cased": "disablePathToLower = true",
    "unaccented": "removePathAccents = true",
    "names": '[frontmatter]\ndate = [":filename", ":default"]',
    "patterns": '[permalinks]\nposts = "/:year/:monthname/:weekdayname/:slug/"\n'
                'Diary = "/:section/:month/:day/:yearday/:title"',
    "layouts": '[permalinks]\nposts = "/x/:2006/:01/:02/:slugorfilename/"',
}  # fmt: skip


def write(blog: Path, settings: str) -> None:
    for path, line in POSTS.items():
        file = blog / "content" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        title = f"Title: of {path.replace('.md', '')}, no?"
        header = f'title: "{title}"\ndate: 2026-01-05T23:30:00-05:00\n{line}\n'
        file.write_text(f"---\n{header}---\nText.\n", encoding="utf-8")
    site = 'baseURL = "https://example.com/base/"\ntitle = "Sea"\n'
    (blog / "hugo.toml").write_text(f"{site}{settings}\n")


def pages(blog: Path, to: Path) -> set[str]:
    """What Hugo's own feed links to, but for the home page."""
    hugo = shutil.which("hugo")
    assert hugo, "hugo is missing: apt-get install hugo"
    subprocess.run([hugo, "--quiet", "-s", blog, "-d", to], check=True)
    feed = (to / "index.xml").read_text(encoding="utf-8")
    links = {unescape(link) for link in re.findall("<item>.*?<link>([^<]*)", feed, re.DOTALL)}
    return links - {"https://example.com/base/"}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS.keys())
def test_urls_are_those_of_hugo_s_pages(settings: str, tmp_path: Path) -> None:
    blog, site = tmp_path / "blog", tmp_path / "site"
    write(blog, settings)
    edge = Edge(environ={}, at=datetime(2026, 2, 1, tzinfo=UTC))
    done = take_over(
        blog, site, date(2026, 2, 1), lambda text: trial_scan(text, site / "config.yaml", edge)
    )
    assert {post.url for post in done.scan.posts} == pages(blog, tmp_path / "made")
