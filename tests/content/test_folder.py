"""The content folder: which files are read, what is remembered, and what can't be read."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.content import folder as folder_module
from publisher.content.folder import GAP_S, Changed, Folder
from publisher.content.parse import LARGEST_FILE
from publisher.content.rules import PostRules
from publisher.domain.post import Post, Scan

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def rules(content_path: str = "content", *, ignore: tuple[str, ...] = ()) -> PostRules:
    return PostRules(site_url="https://example.com", content_path=content_path, ignore=ignore)


def source(title: str = "A", body: str = "Body.") -> str:
    return f"---\ntitle: {title}\ndate: 2026-03-01\n---\n{body}\n"


def write(root: Path, path: str, text: str | None = None, at: datetime = LONG_AGO) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source() if text is None else text, encoding="utf-8")
    touch(file, at)
    return file


def touch(file: Path, at: datetime) -> None:
    os.utime(file, (at.timestamp(), at.timestamp()))


def paths(scan: Scan) -> list[str]:
    assert scan.unreadable is None
    return [post.path for post in scan.posts]


def found(root: Path, *, ignore: tuple[str, ...] = ()) -> list[str]:
    scan = Folder(root, rules(ignore=ignore)).scan()
    assert not scan.broken
    return [path.removeprefix("content/") for path in paths(scan)]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all files that a folder parses, as it does."""
    seen: list[str] = []
    parse = folder_module.parse

    def counted(data: bytes, path: str, *rest: object, **named: object) -> object:
        seen.append(path)
        return parse(data, path, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(folder_module, "parse", counted)
    return seen


# Which files.


def test_posts_are_files_of_four_kinds_at_any_depth_sorted_by_path(tmp_path: Path) -> None:
    for name in ("b.md", "a.markdown", "c/d.mdx", "c/e/f.html", "G.MD"):
        write(tmp_path, f"content/{name}")
    for name in ("x.txt", "y.md~", "z.md.swp", "image.png", "md", "notes.htm"):
        write(tmp_path, f"content/{name}")
    assert found(tmp_path) == ["G.MD", "a.markdown", "b.md", "c/d.mdx", "c/e/f.html"]


def test_names_of_editors_and_of_repositories_are_passed_over(tmp_path: Path) -> None:
    for name in (".hidden.md", "~lock.md", "_index.md", "README.md", "README.de.md", "LICENSE.md",
                 "CONTRIBUTING.html", ".git/a.md", "_site/a.md", "~x/a.md"):  # fmt: skip
        write(tmp_path, f"content/{name}")
    for name in ("readme-first.md", "a_b.md", "a~b.md", "the-LICENSE.md"):
        write(tmp_path, f"content/{name}")
    assert found(tmp_path) == ["a_b.md", "a~b.md", "readme-first.md", "the-LICENSE.md"]


def test_jekyll_s_posts_are_read_and_its_drafts_are_drafts(tmp_path: Path) -> None:
    write(tmp_path, "content/_posts/2026-03-01-a.md")
    write(tmp_path, "content/work/_drafts/b.md", "---\ntitle: B\n---\n")
    scan = Folder(tmp_path, rules()).scan()
    assert [(post.path, post.published) for post in scan.posts] == [
        ("content/_posts/2026-03-01-a.md", True),
        ("content/work/_drafts/b.md", False),
    ]


@pytest.mark.parametrize(
    ("globs", "left"),
    [
        ((), ["a.md", "drafts/b.md", "x/a.md", "x/y/c.md"]),
        (("a.md",), ["drafts/b.md", "x/y/c.md"]),
        (("/a.md",), ["drafts/b.md", "x/a.md", "x/y/c.md"]),
        (("content/a.md",), ["drafts/b.md", "x/a.md", "x/y/c.md"]),
        (("drafts",), ["a.md", "x/a.md", "x/y/c.md"]),
        (("drafts/",), ["a.md", "x/a.md", "x/y/c.md"]),
        (("drafts/**",), ["a.md", "x/a.md", "x/y/c.md"]),
        (("x/*",), ["a.md", "drafts/b.md"]),
        (("x/*.md",), ["a.md", "drafts/b.md", "x/y/c.md"]),
        (("**/a.md",), ["drafts/b.md", "x/y/c.md"]),
        (("x?a.md",), ["a.md", "drafts/b.md", "x/a.md", "x/y/c.md"]),
        (("x/?.md",), ["a.md", "drafts/b.md", "x/y/c.md"]),
        (("**/x?a.md",), ["a.md", "drafts/b.md", "x/a.md", "x/y/c.md"]),
        (("x/**/c.md", "?.mdx"), ["a.md", "drafts/b.md", "x/a.md"]),
        (("[bc].md",), ["a.md", "x/a.md"]),
        (("[!a].md",), ["a.md", "x/a.md"]),
        (("[", "(", " ", "/"), ["a.md", "drafts/b.md", "x/a.md", "x/y/c.md"]),
        (("**",), []),
    ],
)
def test_a_glob_of_the_configuration_keeps_files_out(
    tmp_path: Path, globs: tuple[str, ...], left: list[str]
) -> None:
    for name in ("a.md", "drafts/b.md", "x/a.md", "x/y/c.md"):
        write(tmp_path, f"content/{name}")
    assert found(tmp_path, ignore=globs) == left


def test_what_a_symlink_takes_outside_is_not_read(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md")
    outside = write(tmp_path, "elsewhere/secret.md")
    (tmp_path / "content/file.md").symlink_to(outside)
    (tmp_path / "content/folder").symlink_to(outside.parent)
    (tmp_path / "content/up").symlink_to(tmp_path)
    (tmp_path / "content/gone.md").symlink_to(tmp_path / "nowhere.md")
    (tmp_path / "content-too").mkdir()
    (tmp_path / "content/too").symlink_to(tmp_path / "content-too")
    assert found(tmp_path) == ["a.md"]


def test_a_symlink_inside_gives_no_post_a_second_path(tmp_path: Path) -> None:
    write(tmp_path, "content/2026/a.md")
    (tmp_path / "content/b.md").symlink_to(tmp_path / "content/2026/a.md")
    (tmp_path / "content/latest").symlink_to(tmp_path / "content/2026")
    (tmp_path / "content/2026/loop").symlink_to(tmp_path / "content")
    assert found(tmp_path) == ["2026/a.md"]


def test_a_symlink_to_a_place_that_is_passed_over_is_read(tmp_path: Path) -> None:
    write(tmp_path, "content/_archive/a.md")
    write(tmp_path, "content/.store/b.txt")
    (tmp_path / "content/old").symlink_to(tmp_path / "content/_archive")
    (tmp_path / "content/b.md").symlink_to(tmp_path / "content/.store/b.txt")
    (tmp_path / "content/_archive/loop").symlink_to(tmp_path / "content/_archive")
    assert found(tmp_path) == ["b.md", "old/a.md"]


def test_the_content_folder_may_be_a_symlink_or_the_site_itself(tmp_path: Path) -> None:
    write(tmp_path, "real/a.md")
    (tmp_path / "content").symlink_to(tmp_path / "real")
    assert paths(Folder(tmp_path, rules()).scan()) == ["content/a.md"]
    assert paths(Folder(tmp_path / "real", rules(".")).scan()) == ["a.md"]
    for spelling in ("./content/", "content/", "x/../content"):
        assert paths(Folder(tmp_path, rules(spelling)).scan()) == ["content/a.md"]


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md")
    os.mkfifo(tmp_path / "content/pipe.md")
    (tmp_path / "content/folder.md").mkdir()
    assert found(tmp_path) == ["a.md"]


# What can't be read.


def test_a_missing_folder_is_no_empty_one(tmp_path: Path) -> None:
    scan = Folder(tmp_path, rules()).scan()
    assert str(scan.unreadable) == (
        "content: the content folder is missing; make it, or correct content.path"
    )
    assert not scan.posts
    write(tmp_path, "content")
    assert str(Folder(tmp_path, rules()).scan().unreadable) == (
        "content: content.path is not a folder; correct it"
    )


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    assert Folder(tmp_path, rules()).scan() == Scan()


def test_one_broken_file_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md")
    write(tmp_path, "content/b.md", "no front matter")
    write(tmp_path, "content/c.md", "x" * (LARGEST_FILE + 1))
    scan = Folder(tmp_path, rules()).scan()
    assert paths(scan) == ["content/a.md"]
    assert [broken.path for broken in scan.broken] == ["content/b.md", "content/c.md"]
    assert "is more than a post may have" in str(scan.broken[1].problems[0])


def test_a_name_that_can_t_be_printed_is_a_problem_on_one_line(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md")
    write(tmp_path, "content/b\nc.md")
    Path(os.fsdecode(bytes(tmp_path / "content") + b"/\xff.md")).write_text(source())
    scan = Folder(tmp_path, rules()).scan()
    assert paths(scan) == ["content/a.md"]
    assert sorted(str(broken.problems[0]) for broken in scan.broken) == [
        "content/b\ufffdc.md: its name can't be printed; rename it",
        "content/\ufffd.md: its name can't be printed; rename it",
    ]


class Denied:
    """Makes the system refuse chosen paths, as it would anyone but root."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.paths: set[str] = set()
        scandir, opener = os.scandir, open

        def guarded_scandir(path: str) -> object:
            self.check(path)
            return scandir(path)

        def guarded_open(path: str, *rest: object, **named: object) -> object:
            self.check(path)
            return opener(path, *rest, **named)  # type: ignore[call-overload]

        monkeypatch.setattr(os, "scandir", guarded_scandir)
        monkeypatch.setattr(folder_module, "open", guarded_open, raising=False)

    def check(self, path: str) -> None:
        if str(path) in self.paths:
            raise PermissionError(13, "Permission denied", path)


@pytest.fixture
def denied(monkeypatch: pytest.MonkeyPatch) -> Denied:
    return Denied(monkeypatch)


def test_a_file_that_may_not_be_read_is_broken_and_comes_back(
    tmp_path: Path, denied: Denied
) -> None:
    write(tmp_path, "content/a.md")
    file = write(tmp_path, "content/b.md")
    folder = Folder(tmp_path, rules())
    denied.paths.add(str(file))
    scan = folder.scan()
    assert paths(scan) == ["content/a.md"]
    assert [str(broken.problems[0]) for broken in scan.broken] == [
        "content/b.md: can't be read: Permission denied; allow reading, or ignore it"
    ]
    denied.paths.clear()
    assert paths(folder.scan()) == ["content/a.md", "content/b.md"]


def test_a_folder_that_is_shut_breaks_the_posts_known_inside_and_no_other(
    tmp_path: Path, denied: Denied
) -> None:
    write(tmp_path, "content/a.md")
    write(tmp_path, "content/x/b.md")
    waited: list[float] = []
    folder = Folder(tmp_path, rules(), waited.append)
    folder.scan()
    denied.paths.add(str(tmp_path / "content/x"))
    for _ in range(2):
        scan = folder.scan()
        assert paths(scan) == ["content/a.md"]
        assert [broken.path for broken in scan.broken] == ["content/x/", "content/x/b.md"]
        assert scan.broken[0].problems[0].message.startswith("can't be read: Permission denied")
    denied.paths.clear()
    assert paths(folder.scan()) == ["content/a.md", "content/x/b.md"]
    assert waited == []


def test_a_content_folder_that_is_shut_is_unreadable(tmp_path: Path, denied: Denied) -> None:
    write(tmp_path, "content/a.md")
    denied.paths.add(str(tmp_path / "content"))
    scan = Folder(tmp_path, rules()).scan()
    assert str(scan.unreadable) == (
        "content: the content folder can't be read: Permission denied; allow reading"
    )


def test_a_file_that_vanishes_before_it_is_read_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "content/a.md")
    file = write(tmp_path, "content/b.md")
    walk = folder_module.walk

    def walk_then_delete(*arguments: object) -> object:
        result = walk(*arguments)  # type: ignore[arg-type]
        file.unlink(missing_ok=True)
        return result

    monkeypatch.setattr(folder_module, "walk", walk_then_delete)
    scan = Folder(tmp_path, rules()).scan()
    assert paths(scan) == ["content/a.md"]
    assert not scan.broken


# What is remembered.


def test_a_second_scan_reads_only_what_changed(tmp_path: Path, reads: list[str]) -> None:
    write(tmp_path, "content/a.md")
    write(tmp_path, "content/b.md")
    write(tmp_path, "content/c.md", "broken")
    folder = Folder(tmp_path, rules())
    first = folder.scan()
    assert len(reads) == 3
    assert folder.scan() == first
    assert len(reads) == 3
    write(tmp_path, "content/b.md", source("B"))
    assert [post.title for post in folder.scan().posts] == ["A", "B"]
    assert reads[3:] == ["content/b.md"]


def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md", source("A"))
    folder = Folder(tmp_path, rules())
    folder.scan()
    os.replace(write(tmp_path, "new", source("B")), tmp_path / "content/a.md")
    assert [post.title for post in folder.scan().posts] == ["B"]


def test_a_file_that_was_just_written_is_not_judged_by_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "content/a.md", source("A"))
    monkeypatch.setattr(folder_module, "stamp", lambda stat: (0, stat.st_size, 0, 0))
    just_now = datetime.now(UTC)
    folder = Folder(tmp_path, rules())
    folder.scan(just_now)
    write(tmp_path, "content/a.md", source("B"))
    assert [post.title for post in folder.scan(just_now).posts] == ["B"]
    later = just_now + timedelta(seconds=10)
    assert [post.title for post in folder.scan(later).posts] == ["B"]
    write(tmp_path, "content/a.md", source("C"))
    assert [post.title for post in folder.scan(later).posts] == ["B"]


def test_a_touched_file_keeps_its_post_and_its_time_of_saving(
    tmp_path: Path, reads: list[str]
) -> None:
    file = write(tmp_path, "content/a.md", at=LONG_AGO)
    folder = Folder(tmp_path, rules())
    [first] = folder.scan(NOW).posts
    touch(file, NOW)
    [second] = folder.scan(NOW + timedelta(hours=1)).posts
    assert second == first
    assert len(reads) == 1


def saved(folder: Folder, now: datetime | None) -> list[datetime | None]:
    return [post.saved_at for post in folder.scan(now).posts]


def test_a_first_scan_takes_the_time_of_saving_from_the_file(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md", at=LONG_AGO)
    write(tmp_path, "content/b.md", at=NOW + timedelta(days=3))
    folder = Folder(tmp_path, rules())
    assert saved(folder, NOW) == [LONG_AGO, NOW]
    assert saved(folder, NOW + timedelta(hours=1)) == [LONG_AGO, NOW]


def test_a_later_scan_takes_the_time_at_which_it_finds_a_change(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md", at=LONG_AGO)
    folder = Folder(tmp_path, rules())
    folder.scan(NOW)
    write(tmp_path, "content/a.md", source("B"), at=LONG_AGO)
    write(tmp_path, "content/b.md", at=LONG_AGO)
    later = NOW + timedelta(hours=1)
    assert saved(folder, later) == [later, later]
    assert saved(folder, later + timedelta(hours=1)) == [later, later]


def test_without_a_time_no_post_says_when_it_was_saved(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md", at=LONG_AGO)
    folder = Folder(tmp_path, rules())
    assert saved(folder, None) == [None]
    assert saved(folder, NOW) == [LONG_AGO]
    assert saved(folder, None) == [None]
    assert saved(folder, NOW + timedelta(hours=1)) == [LONG_AGO]


def test_a_time_that_no_calendar_has_is_that_of_the_scan() -> None:
    stat = os.stat_result((0, 0, 0, 0, 0, 0, 0, 0, 10**14, 0))
    assert folder_module._changed_at(stat, NOW) == NOW


def test_a_file_that_is_away_while_it_is_saved_is_waited_for(tmp_path: Path) -> None:
    file = write(tmp_path, "content/a.md")
    waited: list[float] = []

    def pause(seconds: float) -> None:
        waited.append(seconds)
        write(tmp_path, "content/a.md", source("B"))

    folder = Folder(tmp_path, rules(), pause)
    folder.scan()
    file.unlink()
    assert [post.title for post in folder.scan().posts] == ["B"]
    assert waited == [GAP_S]


def test_a_file_that_is_gone_is_gone_after_a_moment(tmp_path: Path) -> None:
    write(tmp_path, "content/a.md")
    file = write(tmp_path, "content/b.md")
    waited: list[float] = []
    folder = Folder(tmp_path, rules(), waited.append)
    folder.scan()
    file.unlink()
    assert paths(folder.scan()) == ["content/a.md"]
    assert paths(folder.scan()) == ["content/a.md"]
    assert waited == [GAP_S]


# The bytes of a post.


def scanned(root: Path) -> tuple[Folder, Post]:
    folder = Folder(root, rules())
    return folder, folder.scan().posts[0]


def test_the_source_of_a_post_is_its_file_s_bytes(tmp_path: Path) -> None:
    file = write(tmp_path, "content/a.md", "\ufeff" + source().replace("\n", "\r\n"))
    folder, post = scanned(tmp_path)
    assert folder.source(post) == file.read_bytes()


def test_a_source_that_is_no_longer_what_was_scanned_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path, "content/a.md")
    folder, post = scanned(tmp_path)
    file.write_text(source("B"))
    with pytest.raises(Changed, match=r"content/a\.md") as raised:
        folder.source(post)
    assert raised.value.path == "content/a.md"
    file.unlink()
    with pytest.raises(Changed):
        folder.source(post)
