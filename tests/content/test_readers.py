"""Reading on all cores: what readers bring is what this process would have read."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.content import folder as folder_module
from publisher.content import readers as readers_module
from publisher.content.folder import Folder
from publisher.content.kept import Kept, ScanCache
from publisher.content.readers import Readers
from publisher.content.rules import PostRules

RULES = PostRules(site_url="https://example.com", content_path="content")
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
POSTS = 60


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A few posts of every kind, that are taken for many."""
    monkeypatch.setattr(readers_module, "WORTH_A_READER", 20)
    monkeypatch.setattr(folder_module, "WORTH_A_READER", 20)
    monkeypatch.setattr(readers_module, "SHARE", 5)
    (tmp_path / "content").mkdir()
    for number in range(POSTS):
        text = f"---\ntitle: Post {number}\ndate: 2026-02-01\ntags: [a, b]\n---\nBody {number}.\n"
        if number % 7 == 0:
            text = f"---\ntitle: [{number}\n---\n"
        if number % 7 == 1:
            text = f"---\ntitle: Draft {number}\ndraft: true\n---\n"
        path = tmp_path / f"content/{number:02}.md"
        path.write_text(text)
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    return tmp_path


def folder(root: Path) -> Folder:
    return Folder(root, RULES, lambda _: None, cache=ScanCache(root / "scan.cache", "1"))


def read_by_others(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files readers brought, as they are taken."""
    numbers: list[int] = []
    read = Readers.read

    def counted(self: Readers) -> dict[str, Kept]:
        found = read(self)
        numbers.append(len(found))
        return found

    monkeypatch.setattr(Readers, "read", counted)
    return numbers


def test_a_scan_with_readers_finds_what_a_scan_without_finds(
    blog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = read_by_others(monkeypatch)
    one = folder(blog)
    one.begin(cores=3)
    assert one._readers
    for thread in one._readers._threads:
        thread.join(30)
    assert one.scan(NOW) == Folder(blog, RULES).scan(NOW)
    drafts = len(range(1, POSTS, 7))
    assert numbers == [POSTS - drafts], "drafts without a date are read here"


def test_what_changes_after_a_reader_read_it_is_read_again(blog: Path) -> None:
    one = folder(blog)
    one.begin(cores=2)
    assert one._readers
    for thread in one._readers._threads:
        thread.join(30)
    (blog / "content/05.md").write_text("---\ntitle: New\ndate: 2026-02-01\n---\n")
    (blog / "content/09.md").unlink()
    assert one.scan(NOW) == Folder(blog, RULES).scan(NOW)


def test_a_reader_that_cannot_start_or_dies_costs_time_and_nothing_else(
    blog: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for boot in ("raise SystemExit", "import time; time.sleep(0.2); raise SystemExit"):
        monkeypatch.setattr(readers_module, "_BOOT", boot)
        one = folder(blog)
        one.begin(cores=2)
        assert one.scan(NOW) == Folder(blog, RULES).scan(NOW)
        (blog / "scan.cache").unlink()
    monkeypatch.setattr(readers_module.sys, "executable", "/nowhere/python")
    one = folder(blog)
    one.begin(cores=2)
    time.sleep(0.05)
    assert one.scan(NOW) == Folder(blog, RULES).scan(NOW)


def test_readers_are_begun_only_where_nothing_is_known_of_much(blog: Path) -> None:
    folder(blog).scan(NOW)
    known = folder(blog)
    known.begin(cores=2)
    assert known._readers is None
    (blog / "scan.cache").unlink()
    for cores, posts in ((1, POSTS), (2, 10)):
        for path in sorted((blog / "content").iterdir())[posts:]:
            path.unlink()
        few = folder(blog)
        few.begin(cores)
        assert few._readers is None
