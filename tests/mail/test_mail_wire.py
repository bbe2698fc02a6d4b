"""What a talk over a wire waits for, and how often it asks."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest

from publisher.mail.replies import Unsent
from publisher.mail.talk import through
from publisher.mail.wire import Wire


class Turning(socket.socket):
    """A socket whose TLS has something else to do first: ``raises`` are raised before it goes on.

    (OpenSSL asks for this when keys are changed in the middle of a conversation.)
    """

    raises: list[OSError]

    def send(self, data: Any, *_: object) -> int:
        if self.raises:
            raise self.raises.pop(0)
        return super().send(data)

    def recv(self, most: int, *_: object) -> bytes:
        if self.raises:
            raise self.raises.pop(0)
        return super().recv(most)


@pytest.fixture
def ends() -> Iterator[tuple[Turning, socket.socket]]:
    ours, theirs = socket.socketpair()
    turning = Turning(fileno=ours.detach())
    turning.raises = []
    with turning, theirs:
        yield turning, theirs


def test_a_write_waits_to_read_where_tls_has_to_and_sends_all_once(
    ends: tuple[Turning, socket.socket],
) -> None:
    sock, theirs = ends
    sock.raises = [ssl.SSLWantReadError(), ssl.SSLWantWriteError()]
    talk = Wire(sock, time.monotonic).write(b"MAIL\r\n", 3.0)
    assert next(talk) == (sock.fileno(), select.POLLIN, 3.0)
    assert talk.send(True) == (sock.fileno(), select.POLLOUT, 3.0)
    with pytest.raises(StopIteration):
        talk.send(True)
    assert theirs.recv(100) == b"MAIL\r\n"


def test_a_write_that_waits_in_vain_says_what_was_taken(
    ends: tuple[Turning, socket.socket],
) -> None:
    sock, _ = ends
    talk = Wire(sock, time.monotonic).write(b"x" * 10_000_000, 3.0)
    assert next(talk) == (sock.fileno(), select.POLLOUT, 3.0)
    with pytest.raises(Unsent, match="nothing was taken for 3 s") as caught:
        talk.send(False)
    assert 0 < caught.value.taken < 10_000_000


def test_a_reply_waits_to_write_where_tls_has_to(ends: tuple[Turning, socket.socket]) -> None:
    sock, theirs = ends
    sock.raises = [ssl.SSLWantWriteError(), ssl.SSLWantReadError()]
    theirs.send(b"250 ok\r\n")
    talk = Wire(sock, lambda: 0.0).reply(3.0)
    assert next(talk) == (sock.fileno(), select.POLLIN, 3.0)
    assert talk.send(True) == (sock.fileno(), select.POLLOUT, 3.0)
    assert talk.send(True) == (sock.fileno(), select.POLLIN, 3.0)
    with pytest.raises(StopIteration) as end:
        talk.send(True)
    assert end.value.value.code == 250


def test_a_server_that_dribbles_has_so_long_for_a_reply_and_no_longer(
    ends: tuple[Turning, socket.socket],
) -> None:
    sock, theirs = ends
    now_s = 0.0
    talk = Wire(sock, lambda: now_s).reply(10.0)
    assert next(talk)[2] == 10.0
    for byte in (b"2", b"5", b"0"):
        theirs.send(byte)
        now_s += 3.0
        left_s = talk.send(True)[2]
    assert left_s == 1.0


def test_what_was_said_already_is_not_waited_for(ends: tuple[Turning, socket.socket]) -> None:
    sock, theirs = ends
    theirs.send(b"250 one\r\n250 two\r\n")
    wire = Wire(sock, time.monotonic)
    assert through(wire.reply(5)).text == "one"
    with pytest.raises(StopIteration) as end:
        next(wire.reply(5))
    assert end.value.value.text == "two"
