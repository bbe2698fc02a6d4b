"""The secret's file: made once with care, read with care, never replaced."""

import os
import threading
from pathlib import Path

import pytest

from publisher.audience.secret import SecretUnusable, load, load_or_make


def random() -> bytes:
    return os.urandom(32)


def test_the_first_run_makes_a_secret_and_the_next_one_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secret"
    secrets, made = load_or_make(path, random)
    assert made
    assert len(secrets) == 1
    assert load_or_make(path, lambda: pytest.fail("made twice")) == (secrets, False)


def test_the_file_is_its_owner_s_alone_and_so_is_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "state" / "secret"
    before = os.umask(0)
    try:
        load_or_make(path, random)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_what_was_made_is_written_in_letters_a_person_can_copy(tmp_path: Path) -> None:
    secrets, _ = load_or_make(tmp_path / "secret", lambda: bytes(range(16)))
    assert secrets == (b"000102030405060708090a0b0c0d0e0f",)
    assert (tmp_path / "secret").read_bytes() == secrets[0] + b"\n"


def test_several_lines_are_several_secrets(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("the-new-secret-of-2026\nthe-old-secret-of-2025\n")
    path.chmod(0o600)
    assert load(path) == (b"the-new-secret-of-2026", b"the-old-secret-of-2025")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666])
def test_a_secret_that_others_may_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "secret"
    path.write_text("a-secret-of-the-tests\n")
    path.chmod(mode)
    with pytest.raises(SecretUnusable, match="chmod 600"):
        load_or_make(path, random)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no secret"),
        (b"\n\n", "no secret"),
        (b"short\n", "at least 16"),
        (b"\xff\xfe" * 20, "not text"),
        (b"x" * 70_000, "too large"),
    ],
)
def test_a_file_without_a_usable_secret_is_refused_and_kept(
    tmp_path: Path, data: bytes, said: str
) -> None:
    path = tmp_path / "secret"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(SecretUnusable, match=said) as refused:
        load_or_make(path, random)
    assert str(refused.value).startswith(f"{path}: ")
    assert path.read_bytes() == data


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SecretUnusable, match="no such file") as refused:
        load(tmp_path / "nowhere" / "secret")
    assert isinstance(refused.value.__cause__, FileNotFoundError)


def test_a_folder_that_can_t_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    with pytest.raises(SecretUnusable, match="secret"):
        load_or_make(tmp_path / "state" / "secret", random)


def test_a_secret_is_a_file_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    with pytest.raises(SecretUnusable, match="directory"):
        load_or_make(tmp_path / "secret", random)


def test_of_two_that_make_it_at_once_both_use_the_one_that_stands(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    rival = b"the-secret-of-the-other-one"

    def beaten() -> bytes:
        path.write_bytes(rival)
        path.chmod(0o600)
        return os.urandom(32)

    assert load_or_make(path, beaten) == ((rival,), False)
    assert path.read_bytes() == rival
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret"]


def test_readers_never_see_half_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    seen: list[tuple[bytes, ...]] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            if path.exists():
                seen.append(load(path))

    reader = threading.Thread(target=read)
    reader.start()
    secrets, _ = load_or_make(path, random)
    while not seen:
        pass
    stop.set()
    reader.join()
    assert set(seen) == {secrets}
