"""What a client may not do: send a head without end, send one for ever, or take no answer."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from publisher.web.guard import LARGEST_HEAD
from publisher.web.server import Server

STALL_S = 1.0
MUCH = b"x" * 8_000_000


async def answers(scope: Scope, receive: Receive, send: Send) -> None:
    body = MUCH if scope["path"] == "/much" else b"here"
    await PlainTextResponse(body)(scope, receive, send)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = Server(answers, "127.0.0.1", 0, stall_s=STALL_S)
    yield server.start()
    server.stop()


def ended(connection: socket.socket) -> bool:
    """Whether the other side ends a connection within seconds."""
    connection.settimeout(STALL_S + 4)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_client_that_says_nothing_is_not_waited_for(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as silent:
        assert ended(silent)


def ends_it(slow: socket.socket) -> bool:
    """Whether the other side ends a connection on which a byte comes now and then."""
    end = time.monotonic() + STALL_S + 5
    try:
        while time.monotonic() < end:
            slow.sendall(b"X")
            time.sleep(0.05)
    except (ConnectionResetError, BrokenPipeError):
        return True
    return False


def test_nor_is_one_that_sends_its_head_byte_by_byte(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\n")
        assert ends_it(slow)


def test_nor_one_that_does_so_in_its_second_request(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert slow.recv(1000).startswith(b"HTTP/1.1 200")
        assert ends_it(slow)


def test_one_that_takes_nothing_of_its_answer_is_let_go(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as deaf:
        deaf.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(STALL_S + 2.5)
        taken = 0
        try:
            while piece := deaf.recv(1_000_000):
                taken += len(piece)
        except ConnectionResetError:
            pass
        assert taken < len(MUCH)


def test_one_that_takes_it_slowly_gets_it_all(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        taken = 0
        while piece := slow.recv(400_000):
            taken += len(piece)
            time.sleep(0.1 if taken < len(MUCH) / 2 else 0)
        assert taken > len(MUCH)


def test_a_head_without_end_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as endless:
        endless.sendall(b"GET / HTTP/1.1\r\n" + b"X-Long: 1234\r\n" * (LARGEST_HEAD // 10))
        endless.settimeout(5)
        assert endless.recv(1000).startswith(b"HTTP/1.1 431 ")


def test_a_long_one_that_ends_is_taken_and_so_are_many(port: int) -> None:
    request = b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 8000 + b"\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.settimeout(5)
        for _ in range(6):
            client.sendall(request[:5000])
            time.sleep(0.01)
            client.sendall(request[5000:])
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
