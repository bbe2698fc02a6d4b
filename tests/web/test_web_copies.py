"""Copies of feed files: which are served, when they are read anew, and what memory they take."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.feeds.write import replace
from publisher.web.copies import Copies
from publisher.web.sent import Copy, read_through

DAY = datetime(2026, 3, 2, 8, tzinfo=UTC)


def atom(updated: str = "2026-03-02T08:00:00+00:00", more: str = "") -> bytes:
    entry = "<entry><updated>2027-01-01T00:00:00Z</updated></entry>"
    return f"<feed><updated>{updated}</updated>{entry}{more}</feed>".encode()


def copies(root: Path, *names: str, **bounds: int) -> Copies:
    made = Copies(root, ("/feeds", ""), lambda name: f"<{name}>", **bounds)
    made.refresh(names)
    return made


def loaded(made: Copies, name: str) -> Copy:
    copy = made.load(name)
    assert copy is not None
    return copy


def test_only_named_files_are_served_below_each_base(tmp_path: Path) -> None:
    for name in ("atom.xml", "tags/fog/rss.xml", "secret.xml"):
        replace(tmp_path / name, atom())
    made = copies(tmp_path, "atom.xml", "tags/fog/rss.xml")
    assert made.place("/feeds/atom.xml") == made.place("/atom.xml") == "atom.xml"
    assert made.place("/feeds/tags/fog/rss.xml") == "tags/fog/rss.xml"
    assert loaded(made, "tags/fog/rss.xml").plain.body == atom()
    for path in ("/secret.xml", "/feeds/", "/feeds", "/", "", "/../atom.xml", "//atom.xml"):
        assert made.place(path) is None
    assert made.load("secret.xml") is None


@pytest.mark.parametrize(
    "name",
    ["../atom.xml", "/etc/hosts.xml", "a/../../b.xml", ".new.xml", ".git/x.json", "a//b.xml",
     "notes.txt", "atom.xml.gz", "post.md", ""],
)  # fmt: skip
def test_a_name_that_no_feed_has_is_not_taken(tmp_path: Path, name: str) -> None:
    made = copies(tmp_path / "public", name)
    assert made.place(f"/feeds/{name}") is None
    assert made.load(name) is None


def test_a_link_or_a_folder_or_a_pipe_is_no_feed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "atom.xml").symlink_to(tmp_path / "secret")
    (tmp_path / "rss.xml").mkdir()
    os.mkfifo(tmp_path / "feed.json")
    made = copies(tmp_path, "atom.xml", "rss.xml", "feed.json")
    assert [made.load(name) for name in ("atom.xml", "rss.xml", "feed.json")] == [None] * 3


def test_a_replaced_file_is_new_as_soon_as_it_is_told(tmp_path: Path) -> None:
    replace(tmp_path / "atom.xml", atom())
    made = copies(tmp_path, "atom.xml")
    old = loaded(made, "atom.xml")
    replace(tmp_path / "atom.xml", atom(more="!"))
    assert made.ready("atom.xml") is old
    made.refresh([])
    new = made.ready("atom.xml")
    assert new is not None
    assert new.plain.body == atom(more="!")
    assert new.gzip is not None
    assert gzip.decompress(new.gzip.body or b"") == atom(more="!")
    assert len({old.plain.etag, new.plain.etag, new.gzip.etag}) == 3


def test_what_is_as_it_was_is_not_read_again(tmp_path: Path) -> None:
    replace(tmp_path / "atom.xml", atom())
    made = copies(tmp_path, "atom.xml")
    first = loaded(made, "atom.xml")
    made.refresh(["atom.xml"])
    assert made.ready("atom.xml") is first


def test_the_same_bytes_have_the_same_tag_in_another_process_s_file(tmp_path: Path) -> None:
    tags = set()
    for folder in ("one", "two"):
        replace(tmp_path / folder / "atom.xml", atom())
        tags.add(loaded(copies(tmp_path / folder, "atom.xml"), "atom.xml").plain.etag)
    assert len(tags) == 1


def test_a_file_that_is_gone_is_no_longer_served_and_comes_back(tmp_path: Path) -> None:
    replace(tmp_path / "atom.xml", atom())
    made = copies(tmp_path, "atom.xml")
    loaded(made, "atom.xml")
    (tmp_path / "atom.xml").unlink()
    made.refresh([])
    assert made.ready("atom.xml") is made.load("atom.xml") is None
    replace(tmp_path / "atom.xml", atom())
    assert loaded(made, "atom.xml").plain.body == atom()


def test_memory_is_bounded_and_the_oldest_copy_goes_first(tmp_path: Path) -> None:
    names = [f"archive/{number}/atom.xml" for number in range(4)]
    for name in names:
        replace(tmp_path / name, atom(more=os.urandom(500).hex()))
    size = loaded(copies(tmp_path, *names), names[0]).bytes_kept
    made = copies(tmp_path, *names, most_bytes=3 * size + 100)
    for name in names:
        loaded(made, name)
    assert [made.ready(name) is not None for name in names] == [False, True, True, True]
    assert loaded(made, names[0]).plain.body


def test_a_large_file_is_not_kept_and_has_the_same_validators(tmp_path: Path) -> None:
    replace(tmp_path / "atom.xml", atom(more="x" * 5000))
    whole = loaded(copies(tmp_path, "atom.xml"), "atom.xml")
    large = loaded(copies(tmp_path, "atom.xml", largest=100), "atom.xml")
    assert (large.plain.body, large.gzip, large.bytes_kept) == (None, None, 0)
    assert large.plain.headers == whole.plain.headers
    assert b"".join(read_through(large) or ()) == whole.plain.body
    replace(tmp_path / "atom.xml", atom())
    assert read_through(large) is None
    (tmp_path / "atom.xml").unlink()
    assert read_through(large) is None


DATED = [
    ("atom.xml", atom()),
    ("rss.xml", b"<rss><lastBuildDate>Mon, 02 Mar 2026 08:00:00 GMT</lastBuildDate></rss>"),
    ("feed.json", b'{"items": [{"date_published": "2026-02-01T00:00:00Z"}, '
                  b'{"date_published": "2026-02-02T00:00:00Z", '
                  b'"date_modified": "2026-03-02T09:00:00.250+01:00"}]}'),
]  # fmt: skip


@pytest.mark.parametrize(("name", "data"), DATED)
def test_the_date_is_that_of_the_newest_entry(tmp_path: Path, name: str, data: bytes) -> None:
    replace(tmp_path / name, data)
    copy = loaded(copies(tmp_path, name), name)
    assert copy.modified == DAY
    assert (b"last-modified", b"Mon, 02 Mar 2026 08:00:00 GMT") in copy.plain.unchanged


@pytest.mark.parametrize("data", [b"<feed/>", atom("no date"), atom("2026-99-99"), b""])
def test_a_feed_that_says_no_date_has_none(tmp_path: Path, data: bytes) -> None:
    replace(tmp_path / "atom.xml", data)
    copy = loaded(copies(tmp_path, "atom.xml"), "atom.xml")
    assert copy.modified is None
    assert b"last-modified" not in dict(copy.plain.headers)


def written(path: Path, data: bytes, at: datetime) -> None:
    replace(path, data)
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_bytes_that_change_under_an_old_date_take_the_file_s(tmp_path: Path) -> None:
    """Else who asks by date alone would be told that nothing changed."""
    path, made = tmp_path / "atom.xml", copies(tmp_path, "atom.xml")
    written(path, atom(), DAY.replace(minute=1))
    assert loaded(made, "atom.xml").modified == DAY
    written(path, atom(more="a tag"), DAY.replace(minute=2))
    made.refresh([])
    assert loaded(made, "atom.xml").modified == DAY.replace(minute=2)
    written(path, atom(more="within the same second"), DAY.replace(minute=2, microsecond=9))
    made.refresh([])
    assert loaded(made, "atom.xml").modified is None
    written(path, atom("2026-03-02T08:05:00Z"), DAY.replace(minute=5))
    made.refresh([])
    assert loaded(made, "atom.xml").modified == DAY.replace(minute=5)


def test_a_date_is_never_ahead_of_the_file_s(tmp_path: Path) -> None:
    written(tmp_path / "atom.xml", atom("2030-01-01T00:00:00Z"), DAY)
    assert loaded(copies(tmp_path, "atom.xml"), "atom.xml").modified == DAY


def test_other_files_of_the_feeds_say_what_they_are(tmp_path: Path) -> None:
    for name in ("feeds.html", "feed.css"):
        replace(tmp_path / name, b"x")
    made = copies(tmp_path, "feeds.html", "feed.css")
    page, style = (dict(loaded(made, name).plain.headers) for name in ("feeds.html", "feed.css"))
    assert page[b"content-type"] == b"text/html; charset=utf-8"
    assert b"default-src 'none'" in page[b"content-security-policy"]
    assert style[b"content-type"] == b"text/css; charset=utf-8"
