"""Messages in a folder, each once."""

import mailbox
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.domain.delivery import Outcome, Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.maildir import MaildirConnection, MaildirTransport
from publisher.mail.message import Message


def message(text: str = "hello", name: str = "i1-s1") -> Message:
    return Message(
        sender="news@example.org", recipient="ada@example.com", name=name,
        segments=[b"Subject: hi\r\n", b"\r", b"\n" + text.encode(), b"\r\n.dot\r\n"],
    )  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "site" / "outbox"


@pytest.fixture
def connection(root: Path) -> Iterator[MaildirConnection]:
    connection = MaildirTransport(root).connect()
    yield connection
    connection.close()


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_message_is_written_with_lf_and_without_stuffed_dots(
    connection: MaildirConnection, root: Path
) -> None:
    assert connection.send(message()) == Outcome(verdict=Verdict.ACCEPTED, reply="new/i1-s1")
    assert files(root) == ["new/i1-s1"]
    assert (root / "new/i1-s1").read_bytes() == b"Subject: hi\n\nhello\n.dot\n"


def test_a_mail_program_opens_it(connection: MaildirConnection, root: Path) -> None:
    connection.send(message(name="i1-s1"))
    connection.send(message(name="i1-s2"))
    with_standard_library = mailbox.Maildir(root, create=False)
    assert [found["Subject"] for found in with_standard_library] == ["hi", "hi"]


def test_nobody_else_may_read_it(connection: MaildirConnection, root: Path) -> None:
    connection.send(message())
    for path in (root, *root.rglob("*")):
        expected = 0o700 if path.is_dir() else 0o600
        assert stat.S_IMODE(path.stat().st_mode) == expected, path


def test_a_repeat_replaces_and_never_doubles(connection: MaildirConnection, root: Path) -> None:
    connection.send(message("first"))
    connection.send(message("second"))
    assert files(root) == ["new/i1-s1"]
    assert b"second" in (root / "new/i1-s1").read_bytes()


@pytest.mark.parametrize("flags", ["", ":2,", ":2,S", ":2,RSa"])
def test_a_repeat_replaces_what_a_mail_program_has_moved(
    flags: str, connection: MaildirConnection, root: Path
) -> None:
    connection.send(message("first"))
    connection.send(message("other", name="i1-s11"))
    (root / "new/i1-s1").rename(root / f"cur/i1-s1{flags}")
    outcome = connection.send(message("second"))
    assert outcome.reply == f"cur/i1-s1{flags}"
    assert files(root) == [f"cur/i1-s1{flags}", "new/i1-s11"]
    assert b"second" in (root / f"cur/i1-s1{flags}").read_bytes()


def test_a_move_is_seen_each_time_it_happens(connection: MaildirConnection, root: Path) -> None:
    for number in range(40):
        connection.send(message("first", name=f"i1-s{number}"))
        (root / f"new/i1-s{number}").rename(root / f"cur/i1-s{number}:2,S")
        connection.send(message("second", name=f"i1-s{number}"))
    assert len(files(root)) == 40
    assert not list((root / "new").iterdir())


def test_a_repeat_by_another_connection_replaces_too(root: Path) -> None:
    MaildirTransport(root).connect().send(message("first"))
    MaildirTransport(root).connect().send(message("second"))
    assert files(root) == ["new/i1-s1"]


def test_what_a_killed_process_left_half_written_does_not_stand_in_the_way(
    connection: MaildirConnection, root: Path
) -> None:
    (root / "tmp/i1-s1").write_bytes(b"half")
    assert connection.send(message()).verdict is Verdict.ACCEPTED
    assert files(root) == ["new/i1-s1"]


def test_a_link_in_tmp_is_not_followed(connection: MaildirConnection, root: Path) -> None:
    elsewhere = root.parent / "precious"
    elsewhere.write_bytes(b"precious")
    (root / "tmp/i1-s1").symlink_to(elsewhere)
    assert connection.send(message()).verdict is Verdict.ACCEPTED
    assert elsewhere.read_bytes() == b"precious"
    assert not (root / "new/i1-s1").is_symlink()


@pytest.mark.parametrize("gone", ["tmp", "new", "cur"])
def test_a_folder_that_has_gone_pauses_the_run_and_is_made_again(
    gone: str, connection: MaildirConnection, root: Path
) -> None:
    (root / gone).rmdir()
    outcome = connection.send(message())
    assert (outcome.verdict, outcome.usable) == (Verdict.RETURNED, False)
    assert "No such file or directory" in outcome.reply
    assert files(root) == []
    assert MaildirTransport(root).connect().send(message()).verdict is Verdict.ACCEPTED


def test_a_full_disk_pauses_the_run_and_leaves_no_half_message(
    connection: MaildirConnection, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    outcome = connection.send(message())
    assert outcome.verdict is Verdict.RETURNED
    assert "No space left on device" in outcome.reply
    assert str(root) in outcome.reply
    monkeypatch.undo()
    assert files(root) == []


def test_a_file_in_the_place_of_a_folder_is_told_before_anything_is_begun(root: Path) -> None:
    root.parent.mkdir()
    root.write_bytes(b"")
    with pytest.raises(RelayRefused, match="can't be written") as caught:
        MaildirTransport(root).connect()
    assert not caught.value.temporary


def test_repeating_does_no_harm_and_there_is_nothing_to_keep_alive(
    connection: MaildirConnection,
) -> None:
    assert MaildirTransport.repeatable
    assert connection.alive()
    connection.abort()
    connection.close()
    assert connection.send(message()).verdict is Verdict.ACCEPTED


def test_a_move_within_one_tick_of_the_file_system_s_clock_is_seen(
    connection: MaildirConnection, root: Path
) -> None:
    def keep_time() -> None:
        os.utime(root / "cur", ns=(2**61, 2**61))  # as if no time passed between the changes

    keep_time()
    connection.send(message("first"))
    (root / "new/i1-s1").rename(root / "cur/i1-s1:2,S")
    keep_time()
    assert connection.send(message("second")).reply == "cur/i1-s1:2,S"
