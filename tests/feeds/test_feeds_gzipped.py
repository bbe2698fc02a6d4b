"""A ``.gz`` file beside a feed is always of the bytes that the feed has, or is not there."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from publisher.domain.errors import OutputUnwritable
from publisher.feeds.gzipped import pair
from publisher.feeds.write import replace


def test_it_holds_the_same_bytes_at_the_same_time_and_for_all_to_read(tmp_path: Path) -> None:
    path, packed = tmp_path / "atom.xml", tmp_path / "atom.xml.gz"
    replace(path, b"tide " * 99)
    assert pair(path)
    assert gzip.decompress(packed.read_bytes()) == b"tide " * 99
    assert packed.stat().st_mtime_ns == path.stat().st_mtime_ns
    assert packed.stat().st_mode & 0o777 == 0o644
    assert sorted(one.name for one in tmp_path.iterdir()) == ["atom.xml", "atom.xml.gz"]


def test_it_is_made_once_and_the_same_from_the_same(tmp_path: Path) -> None:
    path, packed = tmp_path / "atom.xml", tmp_path / "atom.xml.gz"
    replace(path, b"tide")
    pair(path)
    before = packed.stat().st_ino, packed.read_bytes()
    assert not pair(path)
    assert packed.stat().st_ino == before[0]
    packed.unlink()
    assert pair(path)
    assert packed.read_bytes() == before[1]


def test_the_old_one_is_gone_before_there_are_new_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, packed = tmp_path / "atom.xml", tmp_path / "atom.xml.gz"
    replace(path, b"old")
    pair(path)
    stood = []
    move = os.replace

    def watched(new: Path, old: Path) -> None:
        stood.append(packed.exists())
        move(new, old)

    monkeypatch.setattr(os, "replace", watched)
    replace(path, b"new")
    assert stood == [False]
    pair(path)
    assert gzip.decompress(packed.read_bytes()) == b"new"


def test_one_of_other_bytes_is_made_anew(tmp_path: Path) -> None:
    path, packed = tmp_path / "atom.xml", tmp_path / "atom.xml.gz"
    replace(path, b"tide")
    packed.write_bytes(gzip.compress(b"of another day"))
    assert pair(path)
    assert gzip.decompress(packed.read_bytes()) == b"tide"


def test_what_can_t_be_written_is_said_in_a_line(tmp_path: Path) -> None:
    replace(tmp_path / "atom.xml", b"tide")
    (tmp_path / "atom.xml.gz").mkdir()
    with pytest.raises(OutputUnwritable, match=r"atom\.xml\.gz: can't be written: a folder is in"):
        pair(tmp_path / "atom.xml")
