"""Many talks in one thread: none holds up another, and whatever comes is heard."""

from __future__ import annotations

import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import trustme
from carrier_road import Road, until
from delivery_world import CLAIM
from scripted_smtp import Act, Script, ScriptedSmtp, hang, late, reset

from publisher.carrier import NOTHING, Carrier
from publisher.courier import Courier, Done, Ready
from publisher.domain.delivery import Claim, Verdict
from publisher.mail.message import Message
from publisher.mail.smtp import SmtpTransport
from publisher.mail.talk import Talk
from publisher.mail.target import SmtpTarget, Tls

HEAD = b"Subject: tides\r\n\r\n"
LARGE = HEAD + (b"x" * 78 + b"\r\n") * 40_000


@pytest.fixture
def road() -> Iterator[Road]:
    """A carrier that gives back every descriptor."""
    before = len(os.listdir("/proc/self/fd"))
    one = Road()
    one.carrier.open()
    yield one
    one.carrier.close(0)
    until(lambda: not [each for each in threading.enumerate() if each.name == "dial"])
    assert len(os.listdir("/proc/self/fd")) <= before


def small(claim: Claim) -> Message:
    return message(claim, HEAD + b"Short.\r\n")


def large(claim: Claim) -> Message:
    return message(claim, LARGE)


def message(claim: Claim, data: bytes) -> Message:
    name = f"i1-s{claim.subscriber_id}"
    return Message(sender="news@example.org", recipient=claim.address, segments=[data], name=name)


def to(number: int) -> Claim:
    return replace(CLAIM, subscriber_id=number, address=f"reader{number}@example.com")


def relay(port: int, limit_s: float = 10.0, tls: ssl.SSLContext | None = None) -> SmtpTransport:
    return SmtpTransport(
        SmtpTarget(
            host="localhost", port=port, user=None, tls=Tls.STARTTLS if tls else Tls.NONE
        ),
        password=None, hello="me.example.org", timeout_s=limit_s, dot_timeout_s=limit_s,
        tls_context=tls,
    )  # fmt: skip


def courier(road: Road, transport: SmtpTransport, large_ones: bool = False) -> Courier[Message]:
    """One that is ready to carry a message to reader1."""
    one = Courier(transport, large if large_ones else small, road.carrier)
    one.prepare(to(1))
    assert road.said() == Ready(one)
    return one


def carried(road: Road, one: Courier[Message], messages: int) -> list[Verdict]:
    """What became of as many messages, one after another, while nothing else was said."""
    verdicts = []
    for number in range(messages):
        one.carry(to(number + 2))
        note = road.said()
        assert isinstance(note, Done)
        assert note.courier is one
        verdicts.append(note.outcome.verdict)
    return verdicts


@pytest.mark.parametrize("secure", [False, True], ids=["in the open", "TLS"])
def test_one_whose_server_takes_a_long_body_slowly_holds_up_nobody(
    road: Road, secure: bool
) -> None:
    authority = trustme.CA()
    theirs, ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), None
    if secure:
        authority.issue_cert("localhost").configure_cert(theirs)
        ours = ssl.create_default_context()
        authority.configure_trust(ours)
    script: Script = {"body": Act(wait_s=1.0)}
    with (
        ScriptedSmtp(script, receive_buffer=4096, tls=theirs if secure else None) as slow,
        ScriptedSmtp() as fast,
    ):
        held = courier(road, relay(slow.port, tls=ours), large_ones=True)
        quick = courier(road, relay(fast.port))
        held.carry(None)
        assert carried(road, quick, 30) == [Verdict.ACCEPTED] * 30
        assert slow.arrived == []
        note = road.said()
        assert isinstance(note, Done)
        assert (note.courier, note.outcome.verdict) == (held, Verdict.ACCEPTED)
        assert [mail.data for mail in slow.accepted] == [LARGE]
        held.dismiss()
        quick.dismiss()
        road.carrier.close(2)
        road.carrier.open()


def test_a_server_that_resets_the_connection_ends_that_talk_and_no_other(road: Road) -> None:
    with (
        ScriptedSmtp({"body": reset(after_bytes=50_000)}, receive_buffer=4096) as bad,
        ScriptedSmtp() as good,
    ):
        lost = courier(road, relay(bad.port), large_ones=True)
        kept = courier(road, relay(good.port))
        lost.carry(None)
        note = road.said()
        assert isinstance(note, Done)
        assert (note.courier, note.outcome.verdict) == (lost, Verdict.DEFERRED)
        assert carried(road, kept, 5) == [Verdict.ACCEPTED] * 5


def test_a_server_that_says_nothing_is_given_up_in_time_and_others_go_on(road: Road) -> None:
    with ScriptedSmtp({"dot": hang()}) as mute, ScriptedSmtp() as good:
        waits = courier(road, relay(mute.port, limit_s=0.3))
        kept = courier(road, relay(good.port))
        began_s = time.monotonic()
        waits.carry(None)
        assert carried(road, kept, 5) == [Verdict.ACCEPTED] * 5
        note = road.said()
        assert isinstance(note, Done)
        assert (note.courier, note.outcome.verdict) == (waits, Verdict.UNKNOWN)
        assert 0.25 < time.monotonic() - began_s < 5


def test_fifty_connections_are_carried_at_once_and_no_thread_is_left(road: Road) -> None:
    script: Script = {"dot": late(0.2, "250 ok")}
    with ScriptedSmtp(script) as server:
        couriers = [Courier(relay(server.port), small, road.carrier) for _ in range(50)]
        for number, one in enumerate(couriers):
            one.prepare(to(number))
        assert {road.said() for _ in couriers} == {Ready(one) for one in couriers}
        until(lambda: not [each for each in threading.enumerate() if each.name == "dial"])
        began_s = time.monotonic()
        for one in couriers:
            one.carry(None)
        notes = [road.said() for _ in couriers]
        assert time.monotonic() - began_s < 5, "one after another they would take ten seconds"
        assert {note.courier for note in notes} == set(couriers)
        assert {note.outcome.verdict for note in notes} == {Verdict.ACCEPTED}
        for one in couriers:
            one.dismiss()
        road.carrier.close(5)
        assert server.commands.count("QUIT") == 50
        road.carrier.open()


# What other threads say.


def test_every_note_of_every_thread_is_heard(road: Road) -> None:
    """However they fall between the poll and its end: one that rings unheard stops it all."""

    def put(first: int) -> None:
        for number in range(first, first + 500):
            road.carrier.put(number)
            if number % 7 == 0:
                time.sleep(0)

    threads = [threading.Thread(target=put, args=(first,)) for first in range(0, 2000, 500)]
    for thread in threads:
        thread.start()
    assert sorted(road.said() for _ in range(2000)) == list(range(2000))
    for thread in threads:
        thread.join()
    assert road.silent()


def test_what_was_put_before_it_opened_is_heard(road: Road) -> None:
    road.carrier.close(0)
    road.carrier.put("early")
    road.carrier.open()
    assert road.said() == "early"


def test_a_connection_that_is_refused_at_once_is_told_every_time(road: Road) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    for _ in range(100):
        one = Courier(relay(port), small, road.carrier)
        one.prepare(CLAIM)
        assert "no connection" in str(road.said().error)
        one.dismiss()


def test_time_asleep_is_counted_and_time_at_work_is_not(road: Road) -> None:
    assert road.carrier.news(0.05) == []
    assert 0.04 < road.carrier.slept_s < 5
    slept_s = road.carrier.slept_s
    assert road.carrier.news(0.0) == []
    assert road.carrier.slept_s == slept_s


# Talks.


def test_what_came_before_the_time_was_looked_at_is_not_too_late() -> None:
    """A commit may take long: what a server said meanwhile has to count."""
    now_s = 0.0
    carrier: Carrier[bool] = Carrier(lambda: now_s)
    ours, theirs = socket.socketpair()

    def listen() -> Talk[None]:
        carrier.report((yield ours.fileno(), select.POLLIN, 1.0))

    with ours, theirs:
        carrier.open()
        carrier.start(listen())
        theirs.send(b"!")
        now_s = 600.0
        assert carrier.news(0) == [True]
        carrier.start(listen())
        ours.recv(1)
        now_s = 1200.0
        assert carrier.news(0) == [False]
        carrier.close(0)


def test_what_does_not_end_is_broken_off_when_it_closes() -> None:
    ended = []

    def wait() -> Talk[None]:
        try:
            yield NOTHING, 0, 3600.0
        finally:
            ended.append(True)

    carrier: Carrier[None] = Carrier(time.monotonic)
    carrier.open()
    carrier.start(wait())
    began_s = time.monotonic()
    carrier.close(0.05)
    assert ended == [True]
    assert time.monotonic() - began_s < 5
