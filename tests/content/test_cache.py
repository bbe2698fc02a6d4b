from __future__ import annotations

import os
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.content import cache as cache_module
from publisher.content.cache import RenderCache
from publisher.content.job import Job
from publisher.domain.finding import Finding
from publisher.domain.post import Rendered

JOB = Job(
    path="content/tide.md", body="Low tide \ud800", body_line=5, is_html=False,
    url="https://ada.example.com/tide/", key="tide", summary=None, destination="feed",
)  # fmt: skip
RENDERED = Rendered(
    html="<p>Low tide</p>",
    excerpt_html=None,
    excerpt_text="Low tide",
    warnings=(Finding(path="content/tide.md", line=7, message="é"),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "cache.db"


def kept(path: Path | None, job: Job = JOB) -> Rendered | None:
    cache = RenderCache(path)
    try:
        return cache.get(job)
    finally:
        cache.close()


def filled(path: Path) -> None:
    cache = RenderCache(path)
    cache.put(JOB, RENDERED)
    cache.close()


def test_what_was_kept_is_found_by_the_next_process(path: Path) -> None:
    filled(path)
    assert kept(path) == RENDERED


@pytest.mark.parametrize(
    "other",
    [
        replace(JOB, body="High tide"),
        replace(JOB, url="https://ada.example.com/t/"),
        replace(JOB, destination="mail"),
        replace(JOB, key="other"),
        replace(JOB, summary=""),
        replace(JOB, is_html=True),
        replace(JOB, body_line=6),
        replace(JOB, path="content/other.md"),
    ],
)
def test_another_job_is_not_found(path: Path, other: Job) -> None:
    filled(path)
    assert kept(path, other) is None


def test_another_version_of_the_renderer_finds_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(path)
    monkeypatch.setattr(cache_module, "_renderer", lambda: b"another")
    assert kept(path) is None


def test_without_a_file_it_keeps_in_memory() -> None:
    cache = RenderCache(None)
    cache.put(JOB, RENDERED)
    assert cache.get(JOB) == RENDERED
    cache.close()


def test_only_its_owner_can_read_the_file(path: Path) -> None:
    filled(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("junk", [b"not a database at all" * 500, b"SQLite format 3\0" + b"x" * 9])
def test_a_file_that_is_no_database_is_begun_anew(path: Path, junk: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(junk)
    assert kept(path) is None
    filled(path)
    assert kept(path) == RENDERED


def test_a_file_damaged_in_its_middle_costs_time_and_nothing_else(path: Path) -> None:
    filled(path)
    data = path.read_bytes()
    path.write_bytes(data[:4096] + os.urandom(len(data) - 4096))
    kept(path)
    filled(path)
    assert kept(path) == RENDERED


def test_a_value_that_can_not_be_read_is_not_there(path: Path) -> None:
    filled(path)
    with sqlite3.connect(path) as database:
        database.execute("UPDATE rendered SET value = x'00'")
    database.close()
    assert kept(path) is None


def test_a_file_damaged_while_it_is_open_is_replaced(path: Path) -> None:
    cache = RenderCache(path)
    for number in range(200):
        cache.put(replace(JOB, key=str(number)), RENDERED)
    cache.close()
    cache = RenderCache(path)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    for number in range(200):
        cache.get(replace(JOB, key=str(number)))
        cache.put(replace(JOB, key=str(number)), RENDERED)
    assert cache.get(replace(JOB, key="199")) == RENDERED
    cache.close()


def test_a_place_that_can_not_be_written_is_a_cache_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "cache.db", tmp_path, Path("/proc/cache.db")):
        cache = RenderCache(place)
        cache.put(JOB, RENDERED)
        assert cache.get(JOB) == RENDERED
        cache.close()


def test_a_file_that_another_process_has_locked_is_left_alone(path: Path) -> None:
    filled(path)
    cache = RenderCache(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    cache.put(replace(JOB, key="other"), RENDERED)
    other.execute("ROLLBACK")
    other.close()
    assert cache.get(JOB) == RENDERED
    assert cache.get(replace(JOB, key="other")) is None
    cache.close()


def test_it_stays_within_its_size(path: Path) -> None:
    cache = RenderCache(path, largest_bytes=200_000)
    for number in range(300):
        body = os.urandom(1500).hex()
        cache.put(replace(JOB, key=str(number)), replace(RENDERED, html=body))
    assert cache.get(replace(JOB, key="299"))
    assert not cache.get(replace(JOB, key="0"))
    cache.close()
    assert path.stat().st_size < 400_000
