"""What one process read of the content folder, and another need not read again."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content import folder as folder_module
from publisher.content.folder import Folder
from publisher.content.kept import ScanCache, kept
from publisher.content.parse import Parsed, parse
from publisher.content.rules import PostRules
from publisher.domain.finding import Finding
from publisher.domain.post import Scan

RULES = PostRules(site_url="https://example.com", content_path="content")
NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
LONG_AGO_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()

RICH = """---
title: "All: of it"
date: 2026-03-01 09:30:15.25 +05:30
updated: 2026-03-02
expiryDate: 2027-01-01
id: rich
guid: b
authors: [{name: Ada, email: ada@example.com, url: /ada}, Grace]
tags: [one, two]
categories: {name: deep}
summary: A *short* one
lang: en_GB
image: {src: /a.png, alt: An image}
newsletter: no
draft: no
---
Body.
"""


class Site:
    """A folder whose clock stands long after its files were written, unless a test says other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.wall_s = os.stat(root).st_ctime + 3600
        self.cache = ScanCache(root / "scan.cache", "1")

    def write(self, name: str, text: str = "---\ntitle: A\ndate: 2026-03-01\n---\nBody.\n") -> Path:
        path = self.root / "content" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        os.utime(path, (LONG_AGO_S, LONG_AGO_S))
        return path

    def folder(self, rules: PostRules = RULES, cache: ScanCache | None = None) -> Folder:
        return Folder(
            self.root, rules, lambda _: None, cache=cache or self.cache, wall_s=lambda: self.wall_s
        )

    def scan(self, rules: PostRules = RULES) -> Scan:
        """By a process of its own; what it finds is what one finds that has no cache."""
        found = self.folder(rules).scan(NOW)
        assert found == Folder(self.root, rules, lambda _: None).scan(NOW)
        return found


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that processes with a cache read."""
    seen: list[str] = []
    read = Folder._read

    def counted(self: Folder, path: str) -> tuple[bytes, os.stat_result]:
        if self._cache is not None:
            seen.append(path.removeprefix("content/"))
        return read(self, path)

    monkeypatch.setattr(Folder, "_read", counted)
    return seen


def test_a_second_process_reads_nothing_that_is_as_it_was(site: Site, reads: list[str]) -> None:
    site.write("a.md")
    site.write("broken.md", "---\ntitle: [\n---\n")
    site.scan()
    reads.clear()
    site.scan()
    assert reads == []


def test_only_what_changed_is_read(site: Site, reads: list[str]) -> None:
    for name in ("a.md", "b.md", "c.md"):
        site.write(name)
    site.scan()
    site.write("b.md", "---\ntitle: B\ndate: 2026-03-01\n---\n")
    (site.root / "content/c.md").unlink()
    site.write("d.md")
    reads.clear()
    assert [post.title for post in site.scan().posts] == ["A", "B", "A"]
    assert sorted(reads) == ["b.md", "d.md"]


def test_an_edit_of_the_same_size_and_time_is_seen(site: Site) -> None:
    path = site.write("a.md")
    site.scan()
    path.write_text(path.read_text().replace("A", "B"))
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    assert [post.title for post in site.scan().posts] == ["B"]


def test_a_file_put_in_the_place_of_another_is_seen(site: Site) -> None:
    path = site.write("a.md")
    site.scan()
    other = site.write("b.md", path.read_text().replace("A", "B"))
    os.replace(other, path)
    os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    assert [post.title for post in site.scan().posts] == ["B"]


def test_a_touched_file_is_read_again_and_is_the_same_post(site: Site, reads: list[str]) -> None:
    path = site.write("a.md")
    before = site.scan().posts[0]
    os.utime(path, (LONG_AGO_S + 5, LONG_AGO_S + 5))
    reads.clear()
    after = site.scan().posts[0]
    assert reads == ["a.md"]
    assert replace(after, saved_at=before.saved_at) == before


def test_a_file_changed_just_before_it_was_read_is_not_trusted(
    site: Site, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may change again within the same tick of the file system's clock."""
    path = site.write("a.md")
    site.wall_s = path.stat().st_ctime + 1.9
    site.scan()
    reads.clear()
    site.scan()
    assert reads == ["a.md"]
    site.wall_s += 0.2
    site.scan()
    reads.clear()
    monkeypatch.setattr(folder_module, "parse", None)
    site.folder().scan(NOW)
    assert reads == []


def test_other_rules_and_other_versions_trust_nothing(site: Site, reads: list[str]) -> None:
    site.write("a.md")
    site.scan()
    for again in (
        lambda: site.scan(replace(RULES, permalink="/:title/")),
        lambda: site.folder(cache=ScanCache(site.root / "scan.cache", "2")).scan(NOW),
    ):
        reads.clear()
        again()
        assert reads == ["a.md"]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_costs_time_and_nothing_else(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    site = Site(tmp_path_factory.mktemp("site"))
    site.write("a.md", RICH)
    site.scan()
    path = site.root / "scan.cache"
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    path.write_bytes(whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
    assert len(site.scan().posts) == 1


def test_a_place_that_cannot_be_written_costs_nothing_else(site: Site) -> None:
    site.write("a.md")
    cache = ScanCache(site.root / "missing" / "scan.cache", "1")
    assert len(site.folder(cache=cache).scan(NOW).posts) == 1


def test_only_its_owner_can_read_it(site: Site) -> None:
    site.write("draft.md")
    site.scan()
    assert (site.root / "scan.cache").stat().st_mode & 0o777 == 0o600


def test_all_that_a_post_can_be_comes_back_the_same() -> None:
    parsed = parse(RICH.encode(), "content/rich.md", RULES, saved_at=NOW)
    assert isinstance(parsed, Parsed)
    warning = Finding(path="content/rich.md", line=3, message="so")
    post = replace(parsed.post, warnings=(warning,))
    packed = kept((0, 0, 0, 0), post.source_hash, post)
    assert packed is not None
    later = NOW + timedelta(days=1)
    again = packed.result("content/rich.md", later)
    assert again == replace(post, saved_at=later)
    assert repr(again) == repr(replace(post, saved_at=later))


def test_a_draft_dated_by_the_moment_it_was_read_is_not_kept(site: Site) -> None:
    site.write("draft.md", "---\ntitle: A\ndraft: true\n---\n")
    site.scan()
    first = site.cache.load(RULES)
    assert first == {}


def test_a_post_with_recordings_is_not_kept(site: Site) -> None:
    site.write("a.md", "---\ntitle: A\ndate: 2026-03-01\nenclosure: /a.mp3\n---\n")
    site.scan()
    assert site.cache.load(RULES) == {}, "their length is that of another file"


def test_a_hundredth_of_changes_is_not_worth_writing(site: Site, reads: list[str]) -> None:
    for number in range(200):
        site.write(f"{number}.md", f"---\ntitle: P{number}\ndate: 2026-03-01\n---\n")
    site.scan()
    before = (site.root / "scan.cache").stat().st_ino
    site.write("1.md", "---\ntitle: Other\ndate: 2026-03-01\n---\n")
    site.scan()
    assert (site.root / "scan.cache").stat().st_ino == before


# The mark of a folder.


def test_the_mark_is_the_same_until_something_changes(site: Site) -> None:
    path = site.write("a.md")
    marks = [site.folder().mark(), site.folder().mark()]
    assert marks[0] == marks[1] is not None
    for change in (
        lambda: path.write_text(path.read_text()),
        lambda: site.write("b.md"),
        lambda: os.replace(site.root / "content/b.md", site.root / "content/c.md"),
        lambda: (site.root / "content/c.md").unlink(),
    ):
        change()
        marks.append(site.folder().mark())
    assert None not in marks
    assert len(set(marks)) == 4, "after the last change it is as after the first"


def test_there_is_no_mark_of_a_folder_that_may_change_unseen(site: Site) -> None:
    path = site.write("a.md")
    site.wall_s = path.stat().st_ctime + 1
    assert site.folder().mark() is None


def test_there_is_no_mark_of_a_folder_that_is_missing(site: Site) -> None:
    assert site.folder().mark() is None
