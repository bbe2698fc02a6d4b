"""The envelope of the next message behind a final dot: what it must never change."""

import socket
import threading
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_smtp import (
    FEATURES,
    Act,
    Script,
    ScriptedSmtp,
    Step,
    close,
    deaf,
    drip,
    hang,
    hold,
    late,
    raw,
    reset,
)

from publisher.domain.delivery import Outcome, Verdict
from publisher.mail.connection import SmtpConnection
from publisher.mail.features import Features
from publisher.mail.message import Message
from publisher.mail.pipelining import STRIKES, STRIKES_AFTER_ALL, Pipelining, Trust
from publisher.mail.smtp import SmtpTransport
from publisher.mail.talk import Talk, through
from publisher.mail.target import SmtpTarget, Tls
from publisher.mail.wire import Wire

ACCEPTED, DEFERRED, REJECTED = Verdict.ACCEPTED, Verdict.DEFERRED, Verdict.REJECTED
SUSPECT, UNKNOWN, RETURNED = Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.RETURNED


def message(number: int, data: bytes = b"Subject: hi\r\n\r\n.dot\r\n") -> Message:
    return Message(
        sender="news@example.org", recipient=f"s{number}@example.com", name=f"i1-s{number}",
        segments=[data],
    )  # fmt: skip


def relay(server: ScriptedSmtp, *, messages: int = 100, limit_s: float = 5.0) -> SmtpTransport:
    return SmtpTransport(
        SmtpTarget(host="127.0.0.1", port=server.port, user=None, tls=Tls.NONE), password=None,
        hello="me.example.org", timeout_s=limit_s, dot_timeout_s=limit_s,
        messages_per_connection=messages,
    )  # fmt: skip


def recipients(server: ScriptedSmtp) -> list[str]:
    return [mail.recipient.partition("@")[0] for mail in server.arrived]


def mails(server: ScriptedSmtp) -> int:
    return sum(command.startswith("MAIL") for command in server.commands)


def wait_for_mails(server: ScriptedSmtp, count: int) -> bool:
    end = time.monotonic() + 0.3
    while mails(server) < count and time.monotonic() < end:
        time.sleep(0.005)
    return mails(server) == count


def test_the_next_envelope_is_there_before_the_next_send() -> None:
    with ScriptedSmtp() as server:
        connection = relay(server).connect()
        assert connection.send(message(1), message(2)).verdict is ACCEPTED
        assert wait_for_mails(server, 2)
        assert connection.alive()
        assert connection.send(message(2)).verdict is ACCEPTED
        connection.close()
    assert recipients(server) == ["s1", "s2"]
    assert server.commands[1:] == [
        "MAIL FROM:<news@example.org> SIZE=21", "RCPT TO:<s1@example.com>", "DATA",
        "MAIL FROM:<news@example.org> SIZE=21", "RCPT TO:<s2@example.com>", "DATA", "QUIT",
    ]  # fmt: skip


def test_without_pipelining_the_next_envelope_waits() -> None:
    with ScriptedSmtp(features=["8BITMIME"]) as server:
        connection = relay(server).connect()
        assert connection.send(message(1), message(2)).verdict is ACCEPTED
        assert not wait_for_mails(server, 2)
        assert connection.send(message(2)).verdict is ACCEPTED
        connection.close()
    assert recipients(server) == ["s1", "s2"]


def test_the_last_message_that_a_connection_may_carry_has_nothing_behind_it() -> None:
    with ScriptedSmtp() as server:
        connection = relay(server, messages=2).connect()
        assert connection.send(message(1), message(2)).usable
        assert not connection.send(message(2), message(3)).usable
        assert not wait_for_mails(server, 3)
        connection.close()
    assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize(
    "data", [b"bare\nline feed\r\n", b"x" * 200 + b"\r\n"], ids=["malformed", "too large"]
)
def test_what_the_server_can_not_be_offered_is_told_when_its_turn_comes(data: bytes) -> None:
    with ScriptedSmtp(features=["PIPELINING", "SIZE 100"]) as server:
        connection = relay(server).connect()
        assert connection.send(message(1), message(2, data)).verdict is ACCEPTED
        if b"bare" in data:
            with pytest.raises(ValueError, match="CRLF"):
                connection.send(message(2, data))
        else:
            assert connection.send(message(2, data)).verdict is RETURNED
        assert connection.send(message(3)).verdict is ACCEPTED
        connection.close()
    assert recipients(server) == ["s1", "s3"]


def test_another_message_in_the_place_of_the_next_is_a_bug_and_sends_nothing() -> None:
    with ScriptedSmtp() as server:
        connection = relay(server).connect()
        connection.send(message(1), message(2))
        with pytest.raises(RuntimeError, match="next in line"):
            connection.send(message(3))
        assert connection.send(message(2)).verdict is ACCEPTED
        connection.close()
    assert recipients(server) == ["s1", "s2"]


# What the server does at the dot of the first, with the second's envelope behind it.
DOTS: list[tuple[Step, Verdict, bool]] = [
    ("250 ok", ACCEPTED, True),
    (hold("250 ok"), ACCEPTED, True),
    (drip("250-one\r\n250 two"), ACCEPTED, True),
    (late(0.1, "250 ok"), ACCEPTED, True),
    ("451 4.3.0 later", DEFERRED, True),
    ("550 5.1.1 no such user", REJECTED, True),
    ("554 5.7.1 spam", SUSPECT, True),
    ("421 busy", DEFERRED, False),
    (close("250 ok"), ACCEPTED, True),
    (close("451 no"), DEFERRED, True),
    (close(), UNKNOWN, False),
    (reset(), UNKNOWN, False),
    (raw(b"what\r\n"), UNKNOWN, False),
    (raw(b"250 o", "close"), UNKNOWN, False),
    ("354 go on", UNKNOWN, False),  # the answer to the next one's DATA, say, before this one's
    (hang(), UNKNOWN, False),
    (deaf("250 ok"), ACCEPTED, True),
]


@pytest.mark.parametrize(("dot", "verdict", "usable"), DOTS, ids=str)
def test_each_end_of_a_message_is_its_own_and_never_the_next_one_s(
    dot: Step, verdict: Verdict, usable: bool
) -> None:
    with ScriptedSmtp({"dot": [dot, "250 ok"]}) as server:
        transport = relay(server, limit_s=0.4)
        connection = transport.connect()
        first = connection.send(message(1), message(2))
        assert (first.verdict, first.usable) == (verdict, usable)
        assert recipients(server) == ["s1"]
        connection.close()
        assert recipients(server) == ["s1"], "nothing of the next one counts before it is sent"
        another = transport.connect()
        assert another.send(message(2)).verdict is ACCEPTED
        another.close()
    assert recipients(server) == ["s1", "s2"]


@pytest.mark.parametrize("dot", ["451 later", "550 no", "250 ok", hold("550 no")], ids=str)
def test_after_a_refused_message_the_next_goes_on_where_its_envelope_stands(dot: Step) -> None:
    with ScriptedSmtp({"dot": [dot, "250 ok"]}) as server:
        connection = relay(server).connect()
        connection.send(message(1), message(2))
        assert connection.send(message(2)).verdict is ACCEPTED
        connection.close()
    assert "RSET" not in server.commands
    assert recipients(server) == ["s1", "s2"]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("act", [close(), reset(), close("421 bye"), close("550 no")], ids=str)
def test_a_server_that_left_over_the_next_envelope_is_seen_before_it_is_begun(
    step: str, act: Act
) -> None:
    usual = "354 go" if step == "DATA" else "250 ok"
    with ScriptedSmtp({step: [usual, act, usual]}) as server:
        transport = relay(server)
        connection = transport.connect()
        assert connection.send(message(1), message(2)).verdict is ACCEPTED
        end = time.monotonic() + 2
        while connection.alive() and time.monotonic() < end:
            time.sleep(0.005)
        assert not connection.alive()
        connection.close()
        another = transport.connect()
        assert another.send(message(2)).verdict is ACCEPTED
        another.close()
    assert recipients(server) == ["s1", "s2"]


def test_a_message_that_breaks_off_with_an_envelope_behind_it_is_deferred() -> None:
    huge = b"Subject: huge\r\n\r\n" + (b"x" * 78 + b"\r\n") * 100_000
    script: Script = {"body": [Act(), reset(after_bytes=50_000)]}
    with ScriptedSmtp(script, receive_buffer=4096) as server:
        connection = relay(server).connect()
        assert connection.send(message(1), message(2, huge)).verdict is ACCEPTED
        assert connection.send(message(2, huge), message(3)).verdict is DEFERRED
        connection.close()
    assert recipients(server) == ["s1"]


class Stingy(socket.socket):
    """A socket whose kernel takes so many bytes of the next write and then loses the line."""

    takes: int | None = None

    def send(self, data: bytes, *_: object) -> int:  # type: ignore[override]
        if self.takes is None:
            return super().send(data)
        if self.takes == 0:
            raise ConnectionResetError(104, "Connection reset by peer")
        taken = super().send(memoryview(data)[: self.takes])
        self.takes -= taken
        return taken


BODY = len(b"Subject: hi\r\n\r\n..dot\r\n.\r\n")


@pytest.mark.parametrize("takes", [0, 1, BODY - 1, BODY, BODY + 1, BODY + 40])
@pytest.mark.parametrize("dot", ["250 ok", "550 no", close()], ids=str)
def test_the_line_is_the_last_byte_of_the_dot_and_not_of_the_write(takes: int, dot: Step) -> None:
    features = Features(pipelining=True)
    with ScriptedSmtp({"dot": dot}) as server:
        sock = Stingy()
        sock.connect(("127.0.0.1", server.port))
        wire = Wire(sock, time.monotonic)
        through(wire.reply(5))
        pipelining = Pipelining()
        connection = SmtpConnection(
            wire, features, pipelining, timeout_s=1, dot_timeout_s=1, messages=9
        )
        offer = connection._offer(message(1))
        assert through(connection._propose(offer.envelope)) is None  # type: ignore[union-attr]
        sock.takes = takes
        outcome = through(connection._hand_over(offer.body, message(2)))  # type: ignore[union-attr]
        connection._after(outcome)
        connection.close()
    said: dict[Step, Verdict] = {"250 ok": ACCEPTED, "550 no": REJECTED}
    assert outcome.verdict is (DEFERRED if takes < BODY else said.get(dot, UNKNOWN))
    assert not outcome.usable
    assert recipients(server) == (["s1"] if takes >= BODY else [])


def test_after_an_envelope_that_was_refused_ahead_the_next_begins_with_rset() -> None:
    with ScriptedSmtp({"RCPT": ["250 ok", "550 5.1.1 no such user", "250 ok"]}) as server:
        connection = relay(server).connect()
        assert connection.send(message(1), message(2)).verdict is ACCEPTED
        assert connection.send(message(2), message(3)).verdict is REJECTED
        assert connection.send(message(3)).verdict is ACCEPTED
        connection.close()
    assert recipients(server) == ["s1", "s3"]
    assert server.commands.count("RSET") == 1


# Forgetting.


def test_a_close_says_no_quit_to_a_server_that_waits_for_a_message() -> None:
    written: list[bytes] = []
    with ScriptedSmtp() as server:
        sent = Wire.write

        def listen(wire: Wire, data: bytes, limit_s: float) -> Talk[None]:
            written.append(data)
            return sent(wire, data, limit_s)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Wire, "write", listen)
            connection = relay(server).connect()
            connection.send(message(1), message(2))
            connection.close()
    assert b"QUIT\r\n" not in written
    assert recipients(server) == ["s1"]


def test_forgetting_what_the_server_waits_for_closes_the_connection_and_sends_nothing() -> None:
    with ScriptedSmtp() as server:
        connection = relay(server).connect()
        connection.send(message(1), message(2))
        through(connection.forget())
        assert not connection.alive()
        connection.close()
    assert recipients(server) == ["s1"]
    assert "QUIT" not in server.commands


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
def test_forgetting_what_the_server_did_not_want_keeps_the_connection(step: str) -> None:
    usual = "354 go" if step == "DATA" else "250 ok"
    with ScriptedSmtp({step: [usual, "451 later", usual]}) as server:
        connection = relay(server).connect()
        connection.send(message(1), message(2))
        through(connection.forget())
        assert connection.alive()
        assert connection.send(message(3)).verdict is ACCEPTED
        connection.close()
    assert recipients(server) == ["s1", "s3"]
    assert "RSET" in server.commands


def test_forgetting_nothing_does_nothing_and_a_silent_server_is_not_waited_for() -> None:
    with ScriptedSmtp({"MAIL": ["250 ok", "250 ok", hang()]}) as server:
        connection = relay(server, limit_s=30).connect()
        through(connection.forget())
        connection.send(message(1))
        through(connection.forget())
        assert connection.send(message(2), message(3)).verdict is ACCEPTED
        began = time.monotonic()
        through(connection.forget())
        assert time.monotonic() - began < 5
        assert not connection.alive()
    assert recipients(server) == ["s1", "s2"]


# Trust.


def test_a_server_that_loses_what_comes_behind_a_dot_is_soon_spared_it() -> None:
    with ScriptedSmtp({"dot": deaf("250 ok")}) as server:
        transport = relay(server, limit_s=0.3)
        for number in range(STRIKES):
            connection = transport.connect()
            assert connection.send(message(10 + number), message(1)).verdict is ACCEPTED
            lost = connection.send(message(1))
            assert (lost.verdict, lost.usable) == (DEFERRED, False)
        connection = transport.connect()
        for number in range(3):
            assert connection.send(message(number), message(number + 1)).verdict is ACCEPTED
        connection.close()
    assert recipients(server)[-3:] == ["s0", "s1", "s2"]


def test_a_server_that_answers_fewer_replies_to_a_group_is_asked_step_by_step() -> None:
    with ScriptedSmtp({"MAIL": deaf("250 ok")}) as server:
        transport = relay(server, limit_s=0.3)
        verdicts = []
        for number in range(STRIKES + 1):
            connection = transport.connect()
            verdicts.append(connection.send(message(number)).verdict)
            connection.close()
    assert verdicts == [DEFERRED] * STRIKES + [ACCEPTED]


def test_until_it_is_proven_one_connection_tries() -> None:
    trust = Trust()
    assert trust.ask()
    assert not trust.ask()
    trust.undecided()
    assert trust.ask()
    trust.learn(None)
    assert trust.ask()
    assert trust.ask()


def test_a_relay_that_restarts_keeps_the_trust_it_has_earned() -> None:
    trust = Trust()
    trust.learn(Outcome(verdict=REJECTED, reply="550 no"))
    for _ in range(STRIKES_AFTER_ALL - 1):
        trust.broke()
    assert trust.ask()
    trust.learn(None)
    trust.broke()
    assert trust.ask()


@pytest.mark.parametrize("proven", [False, True])
def test_trust_that_is_lost_stays_lost(proven: bool) -> None:
    trust = Trust()
    if proven:
        trust.learn(None)
    for _ in range(STRIKES_AFTER_ALL if proven else STRIKES):
        trust.learn(Outcome(verdict=DEFERRED, reply="lost", usable=False))
    assert not trust.ask()


def test_a_421_tells_nothing_about_pipelining() -> None:
    trust = Trust()
    for _ in range(5):
        trust.learn(Outcome(verdict=DEFERRED, reply="421", usable=False, busy=True))
    assert trust.ask()


# Any server, any sequence.

REFUSALS = st.sampled_from(["450 4.2.1 later", "550 5.1.1 no", "554 5.7.1 no", "421 4.3.2 busy"])
ENDS = st.sampled_from(
    [close(), reset(), close("250 ok"), close("450 no"), raw(b"what\r\n", "close"), Act()]
)


def steps(usual: str) -> st.SearchStrategy[list[Step]]:
    """What a server does each time it comes to a step; in the end it does what is usual."""
    good: list[Step] = [
        usual,
        hold(usual),
        drip(usual),
        raw(f"{usual[:3]}-a\r\n{usual}\r\n".encode()),
    ]
    some: st.SearchStrategy[Step] = st.one_of(
        st.sampled_from(good), st.sampled_from(good), REFUSALS, ENDS
    )
    return st.lists(some, max_size=6).map(lambda listed: [*listed, usual])


SCRIPTS = st.fixed_dictionaries(
    {"MAIL": steps("250 ok"), "RCPT": steps("250 ok"), "DATA": steps("354 go"),
     "dot": steps("250 ok"), "lone dot": steps("554 no")}
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(SCRIPTS, st.lists(st.booleans(), min_size=6, max_size=6), st.booleans())
def test_whatever_a_server_does_each_outcome_is_true_of_its_own_message(
    script: dict[str, list[Step]], kept: list[bool], pipelining: bool
) -> None:
    features = FEATURES if pipelining else FEATURES[1:]
    verdicts: dict[str, Verdict] = {}
    with ScriptedSmtp(script, features=features) as server:
        transport = relay(server, limit_s=0.05)
        connection = transport.connect()
        for number, keep in enumerate(kept):
            if not connection.alive():
                connection.close()
                connection = transport.connect()
            outcome = connection.send(message(number), message(number + 1))
            verdicts[f"s{number}"] = outcome.verdict
            if outcome.usable and (not keep or number == len(kept) - 1):
                through(connection.forget())
        connection.close()
    arrived = Counter(recipients(server))
    answered = {mail.recipient.partition("@")[0] for mail in server.accepted}
    assert set(arrived) <= set(verdicts)
    assert all(count == 1 for count in arrived.values())
    for name, verdict in verdicts.items():
        if verdict is ACCEPTED:
            assert name in answered
        if name in answered:
            assert verdict in (ACCEPTED, UNKNOWN)
        if verdict is UNKNOWN:
            assert name in arrived


def test_a_cut_ends_a_wait_for_the_reply_with_an_envelope_behind_it() -> None:
    with ScriptedSmtp({"dot": hang()}) as server:
        connection = relay(server, limit_s=30).connect()
        timer = threading.Timer(0.2, connection.abort)
        timer.start()
        outcome = connection.send(message(1), message(2))
        timer.join()
    assert (outcome.verdict, outcome.usable) == (UNKNOWN, False)
