"""The server in its thread: it begins, says why it can't, and ends within seconds."""

import asyncio
import signal
import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
from leavers import Audience
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from publisher.web.app import create_app
from publisher.web.pages import Pages
from publisher.web.server import ListenRefused, Server


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the scheme and the peer that the server believes in."""
    request = Request(scope, receive)
    peer = request.client.host if request.client else ""
    response: Response = PlainTextResponse(f"{request.url.scheme} {peer}")
    await response(scope, receive, send)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(echo, "127.0.0.1", 0)
    yield server
    server.stop()


def test_any_free_port_is_told_and_answers(server: Server) -> None:
    port = server.start()
    assert port > 0
    assert server.alive
    assert httpx2.get(f"http://127.0.0.1:{port}/").status_code == 200


def test_a_port_that_is_taken_is_one_clear_line(server: Server) -> None:
    port = server.start()
    rival = Server(echo, "127.0.0.1", port)
    with pytest.raises(ListenRefused) as refused:
        rival.start()
    assert str(refused.value) == (
        f"127.0.0.1:{port}: can't listen: another program listens there already: "
        "stop it, or change web.listen"
    )
    assert not rival.alive
    rival.stop()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_this_machine_has_not_is_one_clear_line(host: str) -> None:
    with pytest.raises(ListenRefused, match="can't listen") as refused:
        Server(echo, host, 0).start()
    assert "\n" not in str(refused.value)


def test_it_listens_on_ipv6_too() -> None:
    server = Server(echo, "::1", 0)
    port = server.start()
    try:
        assert httpx2.get(f"http://[::1]:{port}/").status_code == 200
    finally:
        server.stop()


def test_it_ends_within_seconds_and_frees_its_port(server: Server) -> None:
    port = server.start()
    begun = time.monotonic()
    server.stop()
    assert time.monotonic() - begun < 3
    assert not server.alive
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_connections_that_say_nothing_don_t_keep_it(server: Server) -> None:
    port = server.start()
    with (
        socket.create_connection(("127.0.0.1", port)) as idle,
        socket.create_connection(("127.0.0.1", port)) as half,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}") as kept_alive,
    ):
        half.sendall(b"POST /u/x HTTP/1.1\r\nHost: x\r\nContent-Le")
        assert kept_alive.get("/").status_code == 200
        begun = time.monotonic()
        server.stop()
        assert time.monotonic() - begun < 4
        assert not server.alive
        assert idle.recv(1) == b""


def test_a_request_in_flight_is_answered_before_it_ends() -> None:
    entered = threading.Event()

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        entered.set()
        while not stopping.is_set():
            await asyncio.sleep(0.01)
        await PlainTextResponse("done")(scope, receive, send)

    stopping = threading.Event()
    server = Server(slow, "127.0.0.1", 0)
    port = server.start()
    answers: list[str] = []
    asking = threading.Thread(
        target=lambda: answers.append(httpx2.get(f"http://127.0.0.1:{port}/").text)
    )
    asking.start()
    assert entered.wait(5)
    threading.Timer(0.2, stopping.set).start()
    server.stop()
    asking.join(5)
    assert answers == ["done"]


def test_stopping_what_was_never_started_is_no_fault() -> None:
    Server(echo, "127.0.0.1", 0).stop()


def test_signals_stay_with_the_daemon(server: Server) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    server.start()
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_work_that_blocks_keeps_nobody_waiting(audience: Audience, pages: Pages) -> None:
    entered, leave = threading.Event(), threading.Event()

    def unsubscribe(subscriber_id: int) -> None:
        entered.set()
        leave.wait(10)

    app = create_app(
        unsubscribe=unsubscribe, tokens_read=int, healthy=audience.healthy, pages=pages
    )
    server = Server(app, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.start()}"
    leaving = threading.Thread(target=httpx2.post, args=(f"{url}/u/7",))
    try:
        leaving.start()
        assert entered.wait(5)
        assert httpx2.get(f"{url}/healthz").status_code == 200
        assert leaving.is_alive()
    finally:
        leave.set()
        leaving.join(5)
        server.stop()
