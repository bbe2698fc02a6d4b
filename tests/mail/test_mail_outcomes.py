"""What becomes of a message when the server does its worst, step by step."""

import threading
import time
from collections.abc import Callable

import pytest
from scripted_smtp import (
    FEATURES,
    Act,
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
from publisher.mail.connection import SmtpConnection
from publisher.mail.message import Message
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import SmtpTarget, Tls

ACCEPTED, DEFERRED, REJECTED = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED
SUSPECT, UNKNOWN, RETURNED = Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.RETURNED

USUAL = {"MAIL": "250 ok", "RCPT": "250 ok", "DATA": "354 go", "dot": "250 ok", "lone dot": "250"}

ONE_BY_ONE = tuple(name for name in FEATURES if name != "PIPELINING")


def message(
    recipient: str = "ada@example.com",
    data: bytes = b"Subject: hi\r\n\r\n.dot\r\n",
    sender: str = "news@example.org",
) -> Message:
    return Message(sender=sender, recipient=recipient, segments=[data], name="i1-s1")


def connect(
    server: ScriptedSmtp, timeout_s: float = 5.0, dot_timeout_s: float = 5.0, messages: int = 100
) -> SmtpConnection:
    target = SmtpTarget(host="127.0.0.1", port=server.port, user=None, tls=Tls.NONE)
    return SmtpTransport(
        target, password=None, hello="me.example.org", timeout_s=timeout_s,
        dot_timeout_s=dot_timeout_s, messages_per_connection=messages,
    ).connect()  # fmt: skip


def attempt(script: Script, way: str = "piped", **limits: float) -> Outcome:
    """Send one message; ``ahead`` sends one before it, and its envelope with that one's dot."""
    ahead = way == "ahead"
    with ScriptedSmtp(
        {step: [USUAL[step], act] for step, act in script.items()} if ahead else script,
        features=ONE_BY_ONE if way == "stepwise" else FEATURES,
    ) as server:
        connection = connect(server, **limits)
        if ahead:
            assert connection.send(message("before@example.org"), message()).verdict is ACCEPTED
        outcome = connection.send(message())
        connection.close()
    assert [mail.recipient for mail in server.arrived].count("before@example.org") == ahead
    return outcome


# A row: what the server does, the verdict, and whether the connection can be used again.
REPLIES = [
    ({}, ACCEPTED, True),
    ({"dot": "250-2.0.0 ok\r\n250 2.0.0 queued"}, ACCEPTED, True),
    ({"dot": drip("250 ok")}, ACCEPTED, True),
    ({"MAIL": drip("250-ok\r\n250 go on"), "DATA": drip("354 go")}, ACCEPTED, True),
    ({"RCPT": "251 will forward"}, ACCEPTED, True),
    ({"dot": late(0.2, "250 ok")}, ACCEPTED, True),
    ({"MAIL": "451 4.3.0 not now"}, DEFERRED, True),
    ({"MAIL": "452 4.3.1 too much"}, DEFERRED, True),
    ({"MAIL": "550 5.7.1 not you"}, RETURNED, True),
    ({"MAIL": "552 5.3.4 too large"}, RETURNED, True),
    ({"MAIL": "501 syntax"}, RETURNED, True),
    ({"RCPT": "450 4.2.1 too fast"}, DEFERRED, True),
    ({"RCPT": "451 greylisted"}, DEFERRED, True),
    ({"RCPT": "452 4.2.2 mailbox full"}, DEFERRED, True),
    ({"RCPT": "550 5.1.1 no such user"}, REJECTED, True),
    ({"RCPT": "550-5.1.1 no such\r\n550 5.1.1 user"}, REJECTED, True),
    ({"RCPT": "553 no"}, REJECTED, True),
    ({"RCPT": "501 5.1.3 bad address"}, REJECTED, True),
    ({"RCPT": "554 5.7.1 relay access denied"}, SUSPECT, True),
    ({"RCPT": "530 log in first"}, SUSPECT, True),
    ({"DATA": "451 4.3.2 not now"}, DEFERRED, True),
    ({"DATA": "554 5.6.0 no"}, REJECTED, True),
    ({"DATA": "554 5.7.1 no"}, SUSPECT, True),
    ({"dot": "451 4.7.1 later"}, DEFERRED, True),
    ({"dot": "452 disk full"}, DEFERRED, True),
    ({"dot": "552 5.2.2 mailbox full"}, REJECTED, True),
    ({"dot": "554 5.7.26 unauthenticated"}, SUSPECT, True),
    ({"dot": "550 5.71.1 odd"}, REJECTED, True),
]

ENDINGS = [
    # Lost before the last byte of the final dot can have left: deferred.
    ({"MAIL": close()}, DEFERRED, "closed the connection at MAIL"),
    ({"MAIL": reset()}, DEFERRED, "lost"),
    ({"RCPT": close()}, DEFERRED, "at RCPT"),
    ({"RCPT": reset()}, DEFERRED, "at RCPT"),
    ({"DATA": close()}, DEFERRED, "at DATA"),
    ({"DATA": close("354 go")}, DEFERRED, "out of turn"),
    ({"DATA": raw(b"354 go\r\n250 done\r\n")}, DEFERRED, "out of turn"),
    ({"DATA": raw(b"354 go\r\n451 4.3.0 oh no\r\n")}, DEFERRED, "451 4.3.0 oh no"),
    ({"DATA": raw(b"354 go\r\n550 5.6.1 oh no\r\n", "close")}, REJECTED, "550 5.6.1 oh no"),
    ({"DATA": "250 what for"}, DEFERRED, "out of turn at DATA: 250"),
    ({"MAIL": "354 what for"}, DEFERRED, "out of turn at MAIL: 354"),
    ({"MAIL": raw(b"hello\r\n")}, DEFERRED, "can't be understood: 'hello'"),
    ({"RCPT": raw(b"250-ok\r\n550 no\r\n")}, DEFERRED, "can't be understood"),
    ({"MAIL": raw(b"25", "close")}, DEFERRED, "in the middle of its reply '25' at MAIL"),
    ({"MAIL": flood(b"250-more\r\n")}, DEFERRED, "no end"),
    ({"MAIL": flood(b"2")}, DEFERRED, "can't be understood"),
    ({"MAIL": raw(b"\x00\xff\r\n")}, DEFERRED, "can't be understood"),
    # After it: unknown, unless the server said what it did.
    ({"dot": close()}, UNKNOWN, "closed the connection, after the whole message was sent"),
    ({"dot": reset()}, UNKNOWN, "after the whole message"),
    ({"dot": raw(b"250 2.0.0 ok", "close")}, UNKNOWN, "in the middle of its reply '250 2.0.0 ok'"),
    ({"dot": raw(b"thanks\r\n")}, UNKNOWN, "can't be understood: 'thanks'"),
    ({"dot": "354 go on"}, UNKNOWN, "out of turn at dot: 354 go on"),
    ({"dot": flood(b"250-ok\r\n")}, UNKNOWN, "no end"),
    ({"dot": raw(b"250 taken\r\n421 bye\r\n")}, ACCEPTED, "250 taken"),
]

SILENCES = [
    ({"MAIL": hang()}, DEFERRED, "no answer within 0.2 s at MAIL"),
    ({"RCPT": hang()}, DEFERRED, "no answer within 0.2 s at RCPT"),
    ({"DATA": hang()}, DEFERRED, "no answer within 0.2 s at DATA"),
    ({"dot": hang()}, UNKNOWN, "no answer within 0.2 s, after"),
    ({"dot": raw(b"250-ok\r\n", "hang")}, UNKNOWN, "in the middle of its reply"),
]

BUSY: list[Script] = [
    {step: act}
    for step in ("MAIL", "RCPT", "DATA", "dot")
    for act in ("421 4.7.0 too many", close("421 4.7.0 too many"), reset("421 4.7.0 too many"))
]

EVERY_WAY = pytest.mark.parametrize("way", ["piped", "stepwise", "ahead"])
EVERY_WAY_AT_ONCE = pytest.mark.parametrize("way", ["piped", "ahead"])
BOTH_WAYS = pytest.mark.parametrize("features", [FEATURES, ONE_BY_ONE], ids=["piped", "stepwise"])


@EVERY_WAY
@pytest.mark.parametrize(("script", "verdict", "usable"), REPLIES, ids=lambda value: str(value))
def test_each_reply_means_what_the_design_says(
    script: Script, verdict: Verdict, usable: bool, way: str
) -> None:
    outcome = attempt(script, way)
    assert (outcome.verdict, outcome.usable, outcome.busy) == (verdict, usable, False)


@EVERY_WAY
@pytest.mark.parametrize(("script", "verdict", "said"), ENDINGS, ids=lambda value: str(value))
def test_a_conversation_that_ends_badly_is_judged_by_the_last_byte_that_left(
    script: Script, verdict: Verdict, said: str, way: str
) -> None:
    outcome = attempt(script, way)
    assert (outcome.verdict, outcome.usable, outcome.busy) == (verdict, False, False)
    assert said in outcome.reply


@EVERY_WAY
@pytest.mark.parametrize(("script", "verdict", "said"), SILENCES, ids=lambda value: str(value))
def test_a_server_that_falls_silent_is_given_up_and_judged_in_the_same_way(
    script: Script, verdict: Verdict, said: str, way: str
) -> None:
    outcome = attempt(script, way, timeout_s=0.2, dot_timeout_s=0.2)
    assert (outcome.verdict, outcome.usable, outcome.busy) == (verdict, False, False)
    assert said in outcome.reply


@EVERY_WAY
@pytest.mark.parametrize("script", BUSY, ids=lambda value: str(value))
def test_a_421_ends_the_connection_and_asks_for_fewer(script: Script, way: str) -> None:
    outcome = attempt(script, way)
    assert outcome == Outcome(verdict=DEFERRED, reply="421 4.7.0 too many", usable=False, busy=True)


@BOTH_WAYS
@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
def test_after_a_refusal_the_next_message_goes_over_the_same_connection(
    step: str, features: tuple[str, ...]
) -> None:
    with ScriptedSmtp({step: ["450 later", "250 ok" if step != "DATA" else "354 go"]},
                      features=features) as server:  # fmt: skip
        connection = connect(server)
        first, second = connection.send(message()), connection.send(message("grace@example.net"))
        connection.close()
    assert (first.verdict, second.verdict) == (DEFERRED, ACCEPTED)
    assert [mail.recipient for mail in server.accepted] == ["grace@example.net"]
    assert server.connections == 1
    assert ("RSET" in server.commands) == (step != "dot")


def test_data_opened_for_a_refused_recipient_is_ended_by_a_lone_dot() -> None:
    script: Script = {"RCPT": ["550 no such user", "250 ok"], "DATA": "354 go anyway"}
    with ScriptedSmtp(script) as server:
        connection = connect(server)
        first, second = connection.send(message()), connection.send(message())
        connection.close()
    assert (first.verdict, first.reply, first.usable) == (REJECTED, "550 no such user", True)
    assert second.verdict is ACCEPTED
    assert len(server.arrived) == 1


@pytest.mark.parametrize(
    "lone_dot", [close(), reset(), "421 bye", "250 thanks for nothing", hang()], ids=str
)
@EVERY_WAY_AT_ONCE
def test_what_follows_the_lone_dot_changes_nothing_for_the_recipient(
    lone_dot: Act | str, way: str
) -> None:
    script: Script = {"RCPT": "550 no such user", "DATA": "354 go", "lone dot": lone_dot}
    outcome = attempt(script, way, timeout_s=0.3)
    assert (outcome.verdict, outcome.reply) == (REJECTED, "550 no such user")


def test_a_refused_recipient_stays_refused_when_the_group_breaks_off() -> None:
    outcome = attempt({"RCPT": close("550 no such user")})
    assert (outcome.verdict, outcome.reply, outcome.usable) == (
        REJECTED, "550 no such user", False,
    )  # fmt: skip


def test_a_refused_recipient_and_then_a_421_are_told_apart() -> None:
    outcome = attempt({"RCPT": "550 no such user", "DATA": "421 enough"})
    assert (outcome.verdict, outcome.usable, outcome.busy) == (REJECTED, False, True)


@pytest.mark.parametrize("answer", ["502 what", "451 no", close(), "354 odd"], ids=str)
def test_a_reset_that_fails_costs_the_connection_and_sends_nothing(answer: Act | str) -> None:
    with ScriptedSmtp({"RCPT": ["550 no", "250 ok"], "RSET": answer}) as server:
        connection = connect(server)
        connection.send(message())
        outcome = connection.send(message())
    assert (outcome.verdict, outcome.usable) == (DEFERRED, False)
    assert server.arrived == []


HUGE = b"Subject: huge\r\n\r\n" + (b"x" * 78 + b"\r\n") * 250_000  # more than the kernel takes


@pytest.mark.parametrize(
    ("body", "verdict", "busy", "said"),
    [
        (hang(), DEFERRED, False, "nothing was taken for 0.5 s at dot"),
        (reset(), DEFERRED, False, "at dot"),
        (close(), DEFERRED, False, "at dot"),
        (reset(after_bytes=50_000), DEFERRED, False, "lost"),
        (close("421 4.4.2 too slow", after_bytes=50_000), DEFERRED, True, "421 4.4.2 too slow"),
        (reset("421 4.4.2 too slow", after_bytes=50_000), DEFERRED, True, "421 4.4.2 too slow"),
        (close("552 5.3.4 too large", after_bytes=50_000), REJECTED, False, "552 5.3.4 too large"),
        (close("250 thanks", after_bytes=50_000), DEFERRED, False, "lost"),
    ],
    ids=str,
)
def test_a_message_that_breaks_off_half_way_is_deferred_or_what_the_server_said_last(
    body: Act, verdict: Verdict, busy: bool, said: str
) -> None:
    with ScriptedSmtp({"body": body}, receive_buffer=4096) as server:
        outcome = connect(server, timeout_s=0.5).send(message(data=HUGE))
    assert (outcome.verdict, outcome.usable, outcome.busy) == (verdict, False, busy)
    assert said in outcome.reply
    assert server.arrived == []


def test_a_large_message_arrives_through_a_small_window() -> None:
    data = b"Subject: large\r\n\r\n" + (b"." * 78 + b"\r\n") * 10_000
    with ScriptedSmtp(receive_buffer=4096) as server:
        connection = connect(server, timeout_s=60, dot_timeout_s=60)
        assert connection.send(message(data=data)).verdict is ACCEPTED
        connection.close()
    assert server.accepted[0].data == data


def test_a_message_in_more_segments_than_the_kernel_takes_at_once_arrives() -> None:
    data = b"Subject: many\r\n\r\n" + b"".join(b"%d.\r\n.\r\n" % n for n in range(1500))
    many = Message(
        sender="", recipient="ada@example.com", name="m",
        segments=[data[n : n + 3] for n in range(0, len(data), 3)],
    )  # fmt: skip
    with ScriptedSmtp() as server:
        connection = connect(server)
        assert connection.send(many).verdict is ACCEPTED
        connection.close()
    assert server.accepted[0].data == data


def wait_for(condition: Callable[[], bool], limit_s: float = 5.0) -> None:
    end = time.monotonic() + limit_s
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("dot", "verdict"),
    [
        (close("250 taken"), ACCEPTED),
        (reset("250 taken"), ACCEPTED),
        (drip("250 taken\r\n421 idle for too long"), ACCEPTED),
        (close("451 no room"), DEFERRED),
        (reset("550 no"), REJECTED),
    ],
    ids=str,
)
def test_a_server_that_answers_and_leaves_is_heard_and_seen_to_be_gone(
    dot: Act, verdict: Verdict
) -> None:
    with ScriptedSmtp({"dot": dot}) as server:
        connection = connect(server)
        assert connection.alive()
        assert connection.send(message()).verdict is verdict
        wait_for(lambda: not connection.alive())
        assert not connection.alive()
        connection.close()


def test_a_connection_carries_no_more_messages_than_it_may() -> None:
    with ScriptedSmtp() as server:
        connection = connect(server, messages=2)
        assert connection.send(message()).usable
        last = connection.send(message())
        connection.close()
    assert (last.verdict, last.usable) == (ACCEPTED, False)
    assert server.commands[-1] == "QUIT"


def test_a_connection_is_fresh_until_the_server_has_judged_a_message() -> None:
    with ScriptedSmtp({"MAIL": ["250 ok", "421 busy"]}) as server:
        connection = connect(server)
        assert connection.fresh
        connection.send(message())
        assert not connection.fresh
        busy = connect(server)
        busy.send(message())
        assert busy.fresh
        connection.close()


def test_a_connection_that_is_used_up_is_not_used_again() -> None:
    with ScriptedSmtp({"MAIL": close()}) as server:
        connection = connect(server)
        connection.send(message())
        assert not connection.alive()
        with pytest.raises(RuntimeError, match="used up"):
            connection.send(message())
        connection.close()
        connection.close()


@pytest.mark.parametrize(
    ("step", "verdict"), [("MAIL", DEFERRED), ("DATA", DEFERRED), ("dot", UNKNOWN)]
)
def test_a_send_that_is_aborted_ends_at_once_with_what_it_knows(
    step: str, verdict: Verdict
) -> None:
    with ScriptedSmtp({step: hang()}) as server:
        connection = connect(server, timeout_s=30, dot_timeout_s=30)
        timer = threading.Timer(0.2, connection.abort)
        timer.start()
        began = time.monotonic()
        outcome = connection.send(message())
        timer.join()
    assert time.monotonic() - began < 5
    assert (outcome.verdict, outcome.usable) == (verdict, False)
    assert "we closed the connection" in outcome.reply


def test_a_close_does_not_wait_for_a_server_that_has_stopped_answering() -> None:
    with ScriptedSmtp({"QUIT": hang()}) as server:
        connection = connect(server, timeout_s=30)
        began = time.monotonic()
        connection.close()
        assert time.monotonic() - began < 5


def test_many_lines_of_a_refusal_are_said_as_one() -> None:
    reply = "550-5.1.1 The mailbox does not exist.\r\n550-5.1.1 Check it.\r\n550 5.1.1 More: x.y"
    outcome = attempt({"RCPT": reply})
    assert outcome.reply == "550 5.1.1 The mailbox does not exist. Check it. More: x.y"


def test_control_characters_of_a_reply_never_reach_a_terminal_or_a_log() -> None:
    outcome = attempt({"RCPT": "550 no\x1b[2J\x07 \u202e gone"})
    assert outcome.reply == "550 no [2J    gone"
