"""HTTP to others: what counts as done, where redirects lead, and that nothing lasts or grows."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs

import pytest
import trustme
from actor import Actor, status

from publisher.domain.errand import Answer
from publisher.push.http import post, status_of
from publisher.push.hub import ping

TYPE = "application/json"


def tell(url: str, timeout_s: float = 10, trust: ssl.SSLContext | None = None) -> Answer:
    return post(url, b"{}", TYPE, timeout_s=timeout_s, trust=trust)


def test_a_hub_is_told_the_feed_in_a_form(actor: Actor) -> None:
    actor.acts["/"] = status(204)
    answer = ping(actor.url("/"), "https://example.com/tags/%C3%A9t%C3%A9/atom.xml")
    assert answer == Answer(done=True, reply="HTTP 204")
    [(method, _, head, body)] = actor.got
    assert (method, head["Content-Type"]) == ("POST", "application/x-www-form-urlencoded")
    topic = ["https://example.com/tags/%C3%A9t%C3%A9/atom.xml"]
    assert parse_qs(body.decode()) == {
        "hub.mode": ["publish"], "hub.url": topic, "hub.topic": topic,
    }  # fmt: skip


@pytest.mark.parametrize("code", [200, 201, 202, 204, 303])
def test_what_was_taken_is_done(code: int, actor: Actor) -> None:
    actor.acts["/"] = status(code, Location="/elsewhere")
    assert tell(actor.url("/")) == Answer(done=True, reply=f"HTTP {code}")
    assert len(actor.got) == 1


@pytest.mark.parametrize(
    ("code", "reached"), [(400, True), (404, True), (410, True), (429, False), (503, False)]
)
def test_what_was_refused_is_not_and_who_is_busy_is_left_alone(
    code: int, reached: bool, actor: Actor
) -> None:
    actor.acts["/"] = status(code)
    assert tell(actor.url("/")) == Answer(done=False, reply=f"HTTP {code}", reached=reached)


@pytest.mark.parametrize("code", [301, 302, 307, 308])
def test_a_post_stays_one_when_it_is_sent_on_at_the_same_host(code: int, actor: Actor) -> None:
    actor.acts |= {"/old": status(code, Location="/new"), "/new": status(200)}
    assert tell(actor.url("/old")).done
    assert [(method, path, body) for method, path, _, body in actor.got] == [
        ("POST", "/old", b"{}"),
        ("POST", "/new", b"{}"),
    ]


def test_a_post_is_not_sent_on_to_another_host(actor: Actor) -> None:
    actor.acts |= {
        "/old": status(307, Location=actor.url("/new", host="localhost")),
        "/new": status(200),
    }
    answer = tell(actor.url("/old"))
    assert answer == Answer(done=False, reply="HTTP 307: a redirect that is not followed")
    assert len(actor.got) == 1


def test_a_page_may_be_anywhere(actor: Actor) -> None:
    actor.acts |= {
        "/old": status(301, Location=actor.url("/new", host="localhost")),
        "/new": status(200),
    }
    assert status_of(actor.url("/old"), timeout_s=10) == 200


def test_a_redirect_to_a_file_or_in_a_circle_ends(actor: Actor) -> None:
    actor.acts |= {
        "/file": status(302, Location="file:///etc/passwd"),
        "/round": status(302, Location="/round"),
    }
    assert status_of(actor.url("/file"), timeout_s=10) == 302
    assert status_of(actor.url("/round"), timeout_s=10) == 302
    assert len(actor.got) == 1 + 5


def endless(answer: BaseHTTPRequestHandler) -> None:
    """A body without an end."""
    answer.send_response(200)
    answer.end_headers()
    while not answer.server.over.is_set():
        answer.wfile.write(b"x" * 65536)


def dripping(answer: BaseHTTPRequestHandler) -> None:
    """A head without an end, a byte at a time."""
    answer.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
    while not answer.server.over.wait(0.02):
        answer.wfile.write(b"x")


def silent(answer: BaseHTTPRequestHandler) -> None:
    answer.server.over.wait(10)


def test_an_answer_without_an_end_is_taken_by_its_status(actor: Actor) -> None:
    actor.acts["/"] = endless
    assert tell(actor.url("/")).done


@pytest.mark.parametrize("act", [dripping, silent])
def test_who_takes_too_long_is_left(act: object, actor: Actor) -> None:
    actor.acts["/"] = act
    began_s = time.monotonic()
    answer = tell(actor.url("/"), timeout_s=0.3)
    assert time.monotonic() - began_s < 5
    assert answer == Answer(done=False, reply="no answer in time", reached=False)


def test_nobody_there_is_said_without_the_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    answer = tell(f"http://127.0.0.1:{port}/secret?token=secret")
    assert answer == Answer(done=False, reply="can't be reached: connection refused", reached=False)


def test_no_answer_repeats_the_address(actor: Actor) -> None:
    actor.acts["/secret"] = lambda answer: answer.wfile.write(b"secret nonsense\r\n\r\n")
    reply = tell(actor.url("/secret")).reply
    assert reply == "no answer that is HTTP (BadStatusLine)"


@contextmanager
def with_tls(actor: Actor, name: str) -> Iterator[trustme.CA]:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    actor.socket = context.wrap_socket(actor.socket, server_side=True)
    yield authority


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_certificate_is_verified(actor: Actor) -> None:
    actor.acts["/"] = status(200)
    with with_tls(actor, "localhost") as authority:
        url = f"https://localhost:{actor.server_port}/"
        assert tell(url, trust=trusting(authority)).done
        answer = tell(url)
        assert not answer.done
        assert answer.reply.startswith("its certificate is not to be trusted: ")


def test_a_certificate_of_another_name_is_refused(actor: Actor) -> None:
    actor.acts["/"] = status(200)
    with with_tls(actor, "example.net") as authority:
        answer = tell(f"https://localhost:{actor.server_port}/", trust=trusting(authority))
        assert not answer.done
        assert "not to be trusted" in answer.reply


def test_nothing_goes_from_https_to_http(actor: Actor) -> None:
    actor.acts["/"] = status(307, Location=f"http://localhost:{actor.server_port}/")
    with with_tls(actor, "localhost") as authority:
        url = f"https://localhost:{actor.server_port}/"
        assert status_of(url, timeout_s=10, trust=trusting(authority)) == 307
        assert len(actor.got) == 1


def test_a_handshake_that_never_ends_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        began_s = time.monotonic()
        answer = tell(f"https://127.0.0.1:{mute.getsockname()[1]}/", timeout_s=0.3)
    assert time.monotonic() - began_s < 5
    assert answer.reply == "no answer in time"
