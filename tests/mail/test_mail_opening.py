"""Opening a conversation: what a relay can do before there is any message."""

import socket
import ssl
from base64 import b64encode

import pytest
from scripted_smtp import (
    FEATURES,
    Script,
    ScriptedSmtp,
    close,
    drip,
    flood,
    hang,
    late,
    raw,
    reset,
)

from publisher.domain.delivery import Outcome, Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.connection import SmtpConnection
from publisher.mail.message import Message
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import SmtpTarget, Tls

PASSWORD = "correct horse"
LOGIN = (*FEATURES, "AUTH PLAIN LOGIN")

HELLO = Message(
    sender="news@example.org", recipient="ada@example.com", segments=[b"Subject: hi\r\n"], name="m"
)


def connect(
    server: ScriptedSmtp,
    *,
    tls: Tls = Tls.NONE,
    user: str | None = None,
    password: str | None = PASSWORD,
    context: ssl.SSLContext | None = None,
    timeout_s: float = 5.0,
) -> SmtpConnection:
    target = SmtpTarget(host="127.0.0.1", port=server.port, user=user, tls=tls)
    return SmtpTransport(
        target, password=password, hello="me.example.org", timeout_s=timeout_s, tls_context=context
    ).connect()


REFUSALS: list[tuple[Script, bool, str]] = [
    ({"greeting": "554 5.7.1 go away"}, False, "refused at greeting: 554 5.7.1 go away"),
    ({"greeting": "421 too many"}, True, "refused at greeting: 421 too many"),
    ({"greeting": "450 not now"}, True, "450 not now"),
    ({"greeting": close()}, True, "the server closed the connection"),
    ({"greeting": reset()}, True, "reset"),
    ({"greeting": raw(b"* OK IMAP4rev1 ready\r\n")}, False, "can't be understood: '* OK IMAP4"),
    ({"greeting": raw(b"220", "close")}, True, "in the middle of its reply '220'"),
    ({"greeting": flood(b"x")}, False, "can't be understood"),
    ({"greeting": flood(b"220-welcome\r\n")}, False, "has no end"),
    ({"greeting": "354 what"}, True, "out of turn at greeting"),
    ({"EHLO": "550 no"}, False, "refused at EHLO: 550 no"),
    ({"EHLO": "421 no"}, True, "refused at EHLO: 421 no"),
    ({"EHLO": close()}, True, "closed"),
]


@pytest.mark.parametrize(("script", "temporary", "said"), REFUSALS, ids=str)
def test_a_relay_that_refuses_us_is_told_apart_from_one_that_is_away(
    script: Script, temporary: bool, said: str
) -> None:
    with ScriptedSmtp(script) as server, pytest.raises(RelayRefused) as caught:
        connect(server)
    assert caught.value.temporary is temporary
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"127.0.0.1:{server.port}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("step", ["greeting", "EHLO"])
def test_a_relay_that_says_nothing_is_away(step: str) -> None:
    with ScriptedSmtp({step: hang()}) as server, pytest.raises(RelayRefused) as caught:
        connect(server, timeout_s=0.2)
    assert caught.value.temporary
    assert "no answer within 0.2 s" in str(caught.value)


def test_a_greeting_may_come_late_in_pieces_and_in_many_lines() -> None:
    script: Script = {
        "greeting": drip("220-one\r\n220-two\r\n220 three"), "EHLO": late(0.1, "250 plain")
    }  # fmt: skip
    with ScriptedSmtp(script) as server:
        connection = connect(server)
        assert connection.send(HELLO).verdict is Verdict.ACCEPTED
        connection.close()


def test_a_port_where_nobody_listens_is_away() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        target = SmtpTarget(host="127.0.0.1", port=unused.getsockname()[1], user=None, tls=Tls.NONE)
        with pytest.raises(RelayRefused, match="no connection: Connection refused") as caught:
            SmtpTransport(target, password=None, hello="me.example.org").connect()
    assert caught.value.temporary


def test_a_host_that_does_not_exist_is_away() -> None:
    target = SmtpTarget(host="no-such-host.invalid", port=587, user=None, tls=Tls.STARTTLS)
    with pytest.raises(RelayRefused, match="the host was not found") as caught:
        SmtpTransport(target, password=None, hello="me.example.org").connect()
    assert caught.value.temporary


def test_no_tls_is_refused_when_the_name_leads_to_another_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from publisher.mail.wire import Wire

    monkeypatch.setattr(Wire, "peer", lambda self: "192.0.2.1")
    with (
        ScriptedSmtp() as server,
        pytest.raises(RelayRefused, match="for loopback only") as caught,
    ):
        connect(server)
    assert not caught.value.temporary


@pytest.mark.parametrize("hello", ["", "me example", "me\r\nRSET", "mé.example", "a>b"])
def test_a_name_that_can_not_be_said_at_ehlo_is_a_bug(hello: str) -> None:
    target = SmtpTarget(host="127.0.0.1", port=25, user=None, tls=Tls.NONE)
    with pytest.raises(ValueError, match="EHLO"):
        SmtpTransport(target, password=None, hello=hello)


# STARTTLS


def test_a_server_without_starttls_gets_nothing_from_us() -> None:
    with ScriptedSmtp() as server, pytest.raises(RelayRefused) as caught:
        connect(server, tls=Tls.STARTTLS, user="ada")
    assert not caught.value.temporary
    assert "offers no STARTTLS" in str(caught.value)
    assert server.commands == ["EHLO me.example.org"]


@pytest.mark.parametrize(
    ("script", "temporary"),
    [
        ({"STARTTLS": "454 not now"}, True),
        ({"STARTTLS": "502 no"}, False),
        ({"STARTTLS": close()}, True),
        ({"STARTTLS": close("220 go")}, True),
        ({"STARTTLS": reset("220 go")}, True),
        ({"STARTTLS": raw(b"220 go\r\nthis is no TLS\r\n", "hang")}, False),
        ({"STARTTLS": hang("220 go")}, True),
    ],
    ids=str,
)
def test_starttls_that_fails_is_a_refusal(
    script: Script, temporary: bool, local_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    with ScriptedSmtp(script, tls=local_server) as server, pytest.raises(RelayRefused) as caught:
        connect(server, tls=Tls.STARTTLS, context=trusting, timeout_s=0.3)
    assert caught.value.temporary is temporary


def test_what_was_said_before_tls_is_not_taken_as_said_under_it(
    local_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    injected = raw(b"220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n")
    with (
        ScriptedSmtp({"STARTTLS": injected}, tls=local_server) as server,
        pytest.raises(RelayRefused, match="between its answer and TLS"),
    ):
        connect(server, tls=Tls.STARTTLS, context=trusting)


def test_what_was_offered_in_the_open_counts_no_more_under_tls(
    local_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    ehlo = ["250-open\r\n250-STARTTLS\r\n250 PIPELINING", "250 secret"]
    with ScriptedSmtp({"EHLO": ehlo, "MAIL": "550 no"}, tls=local_server) as server:
        connection = connect(server, tls=Tls.STARTTLS, context=trusting)
        connection.send(HELLO)
        connection.close()
    assert server.commands[-2:] == ["MAIL FROM:<news@example.org>", "QUIT"]  # no RCPT, no SIZE


# Under TLS the line between deferred and unknown is the same.

HUGE = b"Subject: huge\r\n\r\n" + (b"x" * 78 + b"\r\n") * 250_000


@pytest.mark.parametrize(
    ("script", "data", "outcome"),
    [
        ({}, b"Subject: hi\r\n", Outcome(verdict=Verdict.ACCEPTED, reply="250 2.0.0 ok: queued")),
        ({"dot": close()}, b"Subject: hi\r\n",
         Outcome(verdict=Verdict.UNKNOWN, usable=False,
                 reply="the server closed the connection, after the whole message was sent")),
        ({"dot": reset("250 ok")}, b"Subject: hi\r\n",
         Outcome(verdict=Verdict.ACCEPTED, reply="250 ok")),
        ({"body": close("421 4.4.2 slow", after_bytes=70_000)}, HUGE,
         Outcome(verdict=Verdict.DEFERRED, reply="421 4.4.2 slow", usable=False, busy=True)),
        ({"body": hang()}, HUGE,
         Outcome(verdict=Verdict.DEFERRED, usable=False,
                 reply="nothing was taken for 1 s at dot")),
    ],
    ids=["taken", "lost", "taken and lost", "cut short", "stuck"],
)  # fmt: skip
def test_under_tls_a_lost_connection_is_judged_alike(
    script: Script,
    data: bytes,
    outcome: Outcome,
    local_server: ssl.SSLContext,
    trusting: ssl.SSLContext,
) -> None:
    message = Message(
        sender="news@example.org", recipient="ada@example.com", segments=[data], name="m"
    )
    server = ScriptedSmtp(script, tls=local_server, implicit=True, receive_buffer=4096)
    with server:
        connection = connect(server, tls=Tls.IMPLICIT, context=trusting, timeout_s=1)
        assert connection.send(message) == outcome
        connection.close()


def test_a_connection_under_tls_is_seen_to_be_alive_and_then_gone(
    local_server: ssl.SSLContext, trusting: ssl.SSLContext
) -> None:
    with ScriptedSmtp(tls=local_server, implicit=True) as server:
        connection = connect(server, tls=Tls.IMPLICIT, context=trusting)
        assert connection.alive()
        assert connection.send(HELLO).usable
        assert connection.alive()
    assert not connection.alive()
    connection.close()


# Login


def test_a_login_by_plain_is_one_line() -> None:
    with ScriptedSmtp({"AUTH": "235 welcome"}, features=LOGIN) as server:
        connect(server, user="ada").close()
    secret = b64encode(b"\0ada\0correct horse").decode()
    assert server.commands[1:] == [f"AUTH PLAIN {secret}", "QUIT"]


@pytest.mark.parametrize("offer", ["AUTH LOGIN", "AUTH=LOGIN", "auth login cram-md5"])
def test_a_login_by_login_is_asked_for_piece_by_piece(offer: str) -> None:
    script: Script = {
        "AUTH": "334 VXNlcm5hbWU6",
        b64encode(b"ada").decode().upper(): "334 UGFzc3dvcmQ6",
        b64encode(PASSWORD.encode()).decode().upper(): "235 welcome",
    }
    with ScriptedSmtp(script, features=[offer]) as server:
        connect(server, user="ada").close()
    assert server.commands[1] == "AUTH LOGIN"


LOGIN_REFUSALS: list[tuple[Script, bool, str]] = [
    ({"AUTH": "535 5.7.8 bad credentials"}, False, "login refused: 535 5.7.8 bad credentials"),
    ({"AUTH": "454 4.7.0 try later"}, True, "login refused: 454 4.7.0 try later"),
    ({"AUTH": "421 too many"}, True, "login refused: 421 too many"),
    ({"AUTH": "334 more?"}, True, "out of turn"),
    ({"AUTH": close()}, True, "closed"),
    ({"AUTH": raw(b"what?\r\n")}, False, "can't be understood"),
]


@pytest.mark.parametrize(("script", "temporary", "said"), LOGIN_REFUSALS, ids=str)
def test_a_login_that_fails_is_a_refusal(script: Script, temporary: bool, said: str) -> None:
    with ScriptedSmtp(script, features=LOGIN) as server, pytest.raises(RelayRefused) as caught:
        connect(server, user="ada")
    assert caught.value.temporary is temporary
    assert said in str(caught.value)


@pytest.mark.parametrize("code", ["535", "235", "554"])
def test_a_login_that_ends_before_the_password_is_a_refusal(code: str) -> None:
    with (
        ScriptedSmtp({"AUTH": f"{code} early"}, features=["AUTH LOGIN"]) as server,
        pytest.raises(RelayRefused) as caught,
    ):
        connect(server, user="ada")
    assert not caught.value.temporary
    assert len(server.commands) == 2


@pytest.mark.parametrize(
    ("features", "offered"), [(FEATURES, "none"), (["AUTH XOAUTH2"], "XOAUTH2")]
)
def test_a_server_that_offers_no_login_we_know_is_a_refusal(
    features: tuple[str, ...], offered: str
) -> None:
    with ScriptedSmtp(features=features) as server, pytest.raises(RelayRefused) as caught:
        connect(server, user="ada")
    assert not caught.value.temporary
    assert f"the server offers {offered}" in str(caught.value)


@pytest.mark.parametrize("password", [None, ""])
def test_a_user_without_a_password_is_told_where_to_put_it(password: str | None) -> None:
    with (
        ScriptedSmtp() as server,
        pytest.raises(RelayRefused, match="PUBLISHER_SMTP_PASSWORD") as caught,
    ):
        connect(server, user="ada", password=password)
    assert not caught.value.temporary
    assert server.connections == 0


@pytest.mark.parametrize("offer", ["AUTH PLAIN", "AUTH LOGIN"])
@pytest.mark.parametrize(
    "echo",
    [
        lambda line: f"535 can't log in with {line}",
        lambda line: raw(f"garbage {line}\r\n".encode()),
        lambda line: raw(f"535 unfinished {line}".encode(), "close"),
        lambda line: f"535-no\r\n535 {PASSWORD}",
        lambda line: f"535 {b64encode(PASSWORD.encode()).decode()[:9]}...",
    ],
)
def test_no_secret_stands_in_an_error_even_when_the_server_echoes_it(
    offer: str, echo: object
) -> None:
    class Script(dict[str, object]):
        """Answers everything that is no command by the echo."""

        def get(self, key: str, default: object = None) -> object:
            if key == "AUTH" and offer == "AUTH LOGIN":
                return "334 VXNlcm5hbWU6"
            if key == b64encode(b"ada").decode().upper():
                return "334 UGFzc3dvcmQ6"
            return default if key in ("greeting", "EHLO") else echo

    server = ScriptedSmtp(features=[offer])
    server.script = Script()
    with server, pytest.raises(RelayRefused) as caught:
        connect(server, user="ada")
    shown: list[BaseException | None] = [caught.value]
    while (error := shown[-1]) is not None:
        shown.append(error.__cause__)
    for error in shown[:-1]:
        for secret in (PASSWORD, b64encode(PASSWORD.encode()).decode()[:9], "AGFkYQBjb3JyZWN0"):
            assert secret not in repr(error)


def test_a_transport_does_not_show_its_password() -> None:
    from publisher.mail.login import Login

    assert PASSWORD not in repr(Login(user="ada", password=PASSWORD))
