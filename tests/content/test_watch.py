"""Watching: what is told, how soon, and what a folder may do meanwhile."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
import watchfiles

import publisher.content.watch as watch_module
from publisher.content import checkout
from publisher.content.checkout import index_lock, wait_until_at_rest
from publisher.content.watch import watch

SOON_S = 5.0
STILL_S = 0.15
NEVER_S = 1000.0


class Calls:
    """Counts what it is told, and lets a test wait for more."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.count = 0

    def __call__(self) -> None:
        with self._changed:
            self.count += 1
            self._changed.notify_all()

    def reach(self, count: int, within_s: float = SOON_S) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.count >= count, within_s)

    def settle(self) -> int:
        """The count once it has stood still for a while."""
        while self.reach((before := self.count) + 1, STILL_S):
            continue
        return before


@contextmanager
def watching(
    root: Path, *, rescan_s: float = NEVER_S, polling: bool = False, apart: Sequence[Path] = ()
) -> Iterator[Calls]:
    calls, stop = Calls(), threading.Event()
    thread = threading.Thread(
        target=lambda: watch(
            root, calls, stop, rescan_s=rescan_s, force_polling=polling, apart=apart
        )
    )
    thread.start()
    try:
        yield calls
    finally:
        stop.set()
        thread.join(SOON_S)
    assert not thread.is_alive()


def told_of(calls: Calls, change: Callable[[], object]) -> bool:
    before = calls.settle()
    change()
    return calls.reach(before + 1)


@pytest.fixture(autouse=True)
def short_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_module, "TICK_S", 0.1)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "deep").mkdir(parents=True)
    return folder


def test_it_says_so_once_when_it_begins_to_watch(content: Path) -> None:
    with watching(content) as calls:
        assert calls.reach(1)
        assert calls.settle() == 1


def test_every_kind_of_change_is_told(content: Path) -> None:
    new, post = content / "new", content / "deep/post.md"
    with watching(content) as calls:
        assert calls.reach(1)
        assert told_of(calls, lambda: post.write_text("a"))
        assert told_of(calls, lambda: (new.write_text("b"), os.replace(new, post)))
        assert told_of(calls, lambda: post.rename(content / "other.md"))
        assert told_of(calls, lambda: (content / "sub").mkdir())
        assert told_of(calls, lambda: (content / "sub/a.md").write_text("a"))
        assert told_of(calls, lambda: shutil.rmtree(content / "sub"))


def test_a_change_is_told_within_a_tenth_of_a_second(content: Path) -> None:
    with watching(content) as calls:
        assert calls.reach(1)
        delays = []
        for number in range(3):
            before = calls.settle()
            began = time.monotonic()
            (content / f"{number}.md").write_text("a")
            assert calls.reach(before + 1)
            delays.append(time.monotonic() - began)
    assert min(delays) < 0.1


def test_many_changes_at_once_are_few_calls(content: Path) -> None:
    with watching(content) as calls:
        assert calls.reach(1)
        before = calls.settle()
        for number in range(200):
            (content / f"{number}.md").write_text("a")
        assert calls.settle() - before <= 20


def test_what_can_t_be_a_post_is_not_told(content: Path) -> None:
    (content / ".git").mkdir()
    with watching(content) as calls:
        assert calls.reach(1)
        before = calls.settle()
        for name in (".git/index", ".a.md.swp", "a.md~", "~lock"):
            (content / name).write_text("x")
        assert calls.settle() == before


def test_what_the_program_writes_itself_is_not_told(content: Path) -> None:
    for name in ("state", "statements"):
        (content / name).mkdir()
    with watching(content, apart=[content / "state"]) as calls:
        assert calls.reach(1)
        before = calls.settle()
        (content / "state" / "publisher.db").write_text("x")
        assert calls.settle() == before
        assert told_of(calls, lambda: (content / "statements" / "a.md").write_text("a"))


def test_the_folder_is_looked_at_again_from_time_to_time(content: Path) -> None:
    with watching(content, rescan_s=0.1) as calls:
        assert calls.reach(5)


def test_noise_does_not_put_off_the_rescan(content: Path) -> None:
    quiet = threading.Event()

    def noise() -> None:
        while not quiet.wait(0.02):
            (content / ".noise").write_text("x")

    with watching(content, rescan_s=2.0) as calls:
        assert calls.reach(1)
        thread = threading.Thread(target=noise)
        thread.start()
        try:
            assert calls.reach(3)
        finally:
            quiet.set()
            thread.join()


def test_a_missing_folder_is_watched_from_when_it_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    with watching(folder) as calls:
        assert not calls.reach(1, STILL_S)
        folder.mkdir()
        assert calls.reach(1)
        assert told_of(calls, lambda: (folder / "a.md").write_text("a"))


def test_a_folder_that_is_replaced_is_watched_anew(content: Path, tmp_path: Path) -> None:
    with watching(content) as calls:
        assert calls.reach(1)
        other = tmp_path / "other"
        other.mkdir()
        content.rename(tmp_path / "old")
        other.rename(content)
        assert calls.reach(2)
        calls.settle()
        assert told_of(calls, lambda: (content / "a.md").write_text("a"))


def test_a_folder_that_goes_is_told_and_waited_for(content: Path) -> None:
    with watching(content) as calls:
        assert calls.reach(1)
        assert told_of(calls, lambda: shutil.rmtree(content))
        calls.settle()
        assert told_of(calls, content.mkdir)


def test_where_there_are_no_events_every_file_is_looked_at(content: Path) -> None:
    with watching(content, polling=True) as calls:
        assert calls.reach(1)
        assert told_of(calls, lambda: (content / "a.md").write_text("a"))


def test_where_the_system_refuses_events_it_polls(
    content: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, ways = watchfiles.watch, []

    def refusing(*places: Path, force_polling: bool, **rest: object) -> object:
        ways.append(force_polling)
        if not force_polling:
            raise OSError(28, "OS file watch limit reached.")
        return real(*places, force_polling=True, **rest)  # type: ignore[call-overload]

    monkeypatch.setattr(watchfiles, "watch", refusing)
    with watching(content) as calls:
        assert calls.reach(1)
        assert told_of(calls, lambda: (content / "a.md").write_text("a"))
    assert ways == [False, True]


# Git.


def test_a_change_is_told_when_git_has_let_go(content: Path, tmp_path: Path) -> None:
    git = tmp_path / ".git"
    git.mkdir()
    with watching(content) as calls:
        assert calls.reach(1)
        before = calls.settle()
        (git / "index.lock").touch()
        (content / "a.md").write_text("a")
        assert not calls.reach(before + 1, 0.3)
        (git / "index.lock").unlink()
        assert calls.reach(before + 1)


def test_a_change_is_not_told_after_stop(content: Path, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    with watching(content) as calls:
        assert calls.reach(1)
        before = calls.settle()
        (tmp_path / ".git/index.lock").touch()
        (content / "a.md").write_text("a")
        assert not calls.reach(before + 1, 0.3)
    assert calls.count == before


def test_a_lock_that_stays_is_waited_for_once(
    content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkout, "PATIENCE_S", 0.4)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/index.lock").touch()
    with watching(content) as calls:
        assert calls.reach(1)
        before = calls.settle()
        began = time.monotonic()
        (content / "a.md").write_text("a")
        assert calls.reach(before + 1)
        assert time.monotonic() - began < 0.4


def test_the_lock_is_that_of_the_checkout_around_the_folder(tmp_path: Path) -> None:
    posts = tmp_path / "site/content/posts"
    posts.mkdir(parents=True)
    assert index_lock(posts) is None or not index_lock(posts).is_relative_to(tmp_path)
    (tmp_path / "site/.git").mkdir()
    assert index_lock(posts) == tmp_path / "site/.git/index.lock"
    (tmp_path / "site/content/.git").write_text("gitdir: ../../main/.git/worktrees/w\n")
    assert index_lock(posts) == tmp_path / "site/content/../../main/.git/worktrees/w/index.lock"
    (tmp_path / "site/content/.git").write_text(f"gitdir: {tmp_path}/elsewhere\n")
    assert index_lock(posts) == tmp_path / "elsewhere/index.lock"
    (tmp_path / "site/content/.git").write_text("nonsense")
    assert index_lock(posts) is None


def test_waiting_for_git_ends_when_it_is_given_up(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/index.lock").touch()
    waits: list[float] = []
    assert not wait_until_at_rest(tmp_path, lambda seconds: bool(waits.append(seconds)))
    assert sum(waits) == pytest.approx(checkout.PATIENCE_S)
    assert not wait_until_at_rest(tmp_path, lambda _: True)
    (tmp_path / ".git/index.lock").unlink()
    assert wait_until_at_rest(tmp_path, lambda _: True)
