"""Feed files are replaced whole or not at all, only when they differ, and never litter."""

from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from publisher.domain.errors import OutputUnwritable
from publisher.feeds.write import advice, replace

NOBODY = 65534


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def without_rights() -> Iterator[None]:
    """Run as a user to whom folders can be closed: root ignores their modes."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_missing_file_is_written_and_its_folders_made(tmp_path: Path) -> None:
    path = tmp_path / "public" / "tags" / "tea" / "atom.xml"
    assert replace(path, b"one") is True
    assert path.read_bytes() == b"one"
    assert entries(path.parent) == ["atom.xml"]


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    path = tmp_path / "atom.xml"
    replace(path, b"one")
    before = path.stat()
    assert replace(path, b"one") is False
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


@pytest.mark.parametrize("other", [b"two", b"longer", b""])
def test_other_bytes_replace_the_file(tmp_path: Path, other: bytes) -> None:
    path = tmp_path / "atom.xml"
    replace(path, b"one")
    assert replace(path, other) is True
    assert path.read_bytes() == other


def test_a_reader_that_has_the_old_file_open_keeps_it_whole(tmp_path: Path) -> None:
    path = tmp_path / "atom.xml"
    replace(path, b"one")
    with path.open("rb") as reader:
        replace(path, b"two")
        assert reader.read() == b"one"


def test_a_deleted_file_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "atom.xml"
    replace(path, b"one")
    path.unlink()
    assert replace(path, b"one") is True


def test_any_web_server_can_read_what_is_written_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        replace(tmp_path / "public" / "tags" / "atom.xml", b"one")
    finally:
        os.umask(before)
    modes = [
        stat.S_IMODE((tmp_path / name).stat().st_mode)
        for name in ("public", "public/tags", "public/tags/atom.xml")
    ]
    assert modes == [0o755, 0o755, 0o644]


@pytest.mark.parametrize("data", [b"one", b"keep"])
def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "secret").write_bytes(b"keep")
    (tmp_path / "atom.xml").symlink_to("secret")
    assert replace(tmp_path / "atom.xml", data) is True
    assert not (tmp_path / "atom.xml").is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"keep"


def test_a_pipe_in_its_place_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "atom.xml")
    program = (
        "import pathlib, sys; from publisher.feeds.write import replace\n"
        "replace(pathlib.Path(sys.argv[1]), b'')\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "atom.xml"], timeout=60, check=True)
    assert (tmp_path / "atom.xml").is_file()


@pytest.mark.parametrize("same", [True, False])
def test_what_a_killed_process_left_is_taken_away(tmp_path: Path, same: bool) -> None:
    program = (
        "import os, sys, pathlib, publisher.feeds.write as write\n"
        "write.os.replace = lambda *_: os._exit(9)\n"
        "write.replace(pathlib.Path(sys.argv[1]), b'two')\n"
    )
    path = tmp_path / "atom.xml"
    replace(path, b"one")
    run = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert run.returncode == 9
    assert path.read_bytes() == b"one"
    assert len(entries(tmp_path)) == 2
    replace(path, b"one" if same else b"three")
    assert entries(tmp_path) == ["atom.xml"]


def test_a_file_in_the_making_is_hidden_and_closed_to_others(tmp_path: Path) -> None:
    program = (
        "import os, sys, pathlib, publisher.feeds.write as write\n"
        "write.os.fsync = lambda _: os._exit(9)\n"
        "write.replace(pathlib.Path(sys.argv[1]), b'two')\n"
    )
    subprocess.run([sys.executable, "-c", program, tmp_path / "atom.xml"], check=False)
    (left,) = tmp_path.iterdir()
    assert left.name.startswith(".")
    assert stat.S_IMODE(left.stat().st_mode) == 0o600


def test_a_folder_in_its_place_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "atom.xml" / "mine").mkdir(parents=True)
    with pytest.raises(OutputUnwritable, match=r"atom\.xml: .* a folder is in its place"):
        replace(tmp_path / "atom.xml", b"one")
    assert entries(tmp_path) == ["atom.xml"]
    assert entries(tmp_path / "atom.xml") == ["mine"]


def test_a_file_in_place_of_its_folder_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "public").write_bytes(b"mine")
    with pytest.raises(OutputUnwritable, match="a file is where a folder"):
        replace(tmp_path / "public" / "tags" / "atom.xml", b"one")
    assert (tmp_path / "public").read_bytes() == b"mine"


@pytest.mark.parametrize("held", [None, b"one"])
def test_a_closed_folder_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bytes | None
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    path = Path("public", "atom.xml")
    path.parent.mkdir()
    if held is not None:
        path.write_bytes(held)
    path.parent.chmod(0o555)
    with (
        without_rights(),
        pytest.raises(OutputUnwritable, match=r"public/atom\.xml: .* not allowed"),
    ):
        replace(path, b"two")
    path.parent.chmod(0o755)
    assert entries(path.parent) == ([] if held is None else ["atom.xml"])


def test_a_closed_folder_that_needs_no_change_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    replace(Path("public", "atom.xml"), b"one")
    Path("public").chmod(0o555)
    with without_rights():
        assert replace(Path("public", "atom.xml"), b"one") is False
    Path("public").chmod(0o755)


def test_a_write_that_breaks_off_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "atom.xml"
    replace(path, b"one")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OutputUnwritable, match=r"atom\.xml: .* larger than is allowed"):
            replace(path, b"x" * 5000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"one"
    assert entries(tmp_path) == ["atom.xml"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full: make room"),
        (errno.EROFS, "the disk is read-only"),
        (errno.EDQUOT, "quota"),
        (errno.EIO, "input/output error"),
    ],
)
def test_a_fault_is_told_in_words_that_help(code: int, words: str) -> None:
    assert words in advice(OSError(code, os.strerror(code)))


def test_a_path_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(OutputUnwritable, match="too long"):
        replace(tmp_path / ("x" * 300), b"one")
