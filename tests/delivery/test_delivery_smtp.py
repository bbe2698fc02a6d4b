"""Delivery with all that is real: couriers on one carrier, SMTP over sockets, a ledger on disk."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
from delivery_world import DAY_S, World, people, spread
from scripted_smtp import FEATURES, Act, ScriptedSmtp, Step, close, hang, reset

from publisher import books, deliver
from publisher import courier as courier_module
from publisher.carrier import Carrier
from publisher.deliver import Delivery, Relayed
from publisher.domain.delivery import Claim
from publisher.domain.errors import LedgerUnusable
from publisher.domain.relay import Relay
from publisher.ledger.store import Ledger, open_ledger
from publisher.mail.message import Message
from publisher.mail.rate import Rate
from publisher.mail.smtp import SmtpTransport
from publisher.mail.target import SmtpTarget, Tls
from publisher.ways import Way

ADA, GRACE, READER = "ada@example.com", "grace@example.org", "reader@example.net"


@pytest.fixture
def world(sqlite_ledger: Ledger) -> World:
    return World(ledger=sqlite_ledger)


def message(claim: Claim) -> Message:
    lines = f"To: {claim.address}\r\n\r\nTides.\r\n".encode()
    name = f"i{claim.issue_id}-s{claim.subscriber_id}"
    return Message(sender="news@example.org", recipient=claim.address, segments=[lines], name=name)


def delivery(
    world: World, port: int, *, connections: int = 1, user: str | None = None, **limits: float
) -> Delivery[Message]:
    transport = SmtpTransport(
        SmtpTarget(host="127.0.0.1", port=port, user=user, tls=Tls.NONE),
        password="not a secret" if user else None,
        hello="me.example.org",
        **{"timeout_s": 10.0, "dot_timeout_s": 10.0, **limits},
    )
    return Delivery(
        book=world.ledger,
        ways=[Way(transport=transport, relay=Relay(connections=connections), rate=Rate())],
        message_of=message,
        rate=Rate(),
        carrier=Carrier(time.monotonic),
        clock=world.clock.wall,
        monotonic=time.monotonic,
        jitter=lambda: 0.5,
        on_pause=lambda reason, _: world.pauses.append(reason),
    )


def publish(world: World, server: ScriptedSmtp, **options: object) -> Relayed:
    """As ``publish`` does."""
    return delivery(world, server.port, **options).run(world.stop, forever=False)


@contextmanager
def daemon(one: Delivery[Message], stop: threading.Event) -> Iterator[list[Exception]]:
    """As the daemon does, in a thread, until the block ends."""
    errors: list[Exception] = []

    def work() -> None:
        try:
            one.run(stop, forever=True)
        except (ZeroDivisionError, LedgerUnusable) as error:
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield errors
    finally:
        stop.set()
        one.wake()
        thread.join(30)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something, and not for ever."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.002)


def to(address: str, step: Step) -> Callable[[str], Step]:
    """What to say to RCPT: ``step`` for this address."""
    return lambda line: step if address in line else "250 2.1.5 ok"


#: A connection that ends without a word while an envelope is ahead of its message costs nobody an
#: attempt; whether one is ahead so early depends on what the server has shown by then.
EITHER = "accepted or deferred"

# A row: what the server does to the second of three on one connection, and how they all end.
ROWS = {
    "nothing": ({}, "accepted"),
    "450 to RCPT": ({"RCPT": to(GRACE, "450 4.2.1 later")}, "deferred"),
    "550 to RCPT": ({"RCPT": to(GRACE, "550 5.1.1 unknown")}, "rejected"),
    "550 5.7.1 to RCPT": ({"RCPT": to(GRACE, "550 5.7.1 policy")}, "rejected"),
    "421 to RCPT": ({"RCPT": ["250 ok", close("421 4.3.2 bye"), "250 ok"]}, "deferred"),
    "hang up at RCPT": ({"RCPT": ["250 ok", close(), "250 ok"]}, EITHER),
    "reset at RCPT": ({"RCPT": ["250 ok", reset(), "250 ok"]}, EITHER),
    "452 at DATA": ({"DATA": ["354 go", "452 4.3.1 full", "354 go"]}, "deferred"),
    "hang up at DATA": ({"DATA": ["354 go", close(), "354 go"]}, EITHER),
    "450 to the dot": ({"dot": ["250 ok", "450 4.2.2 full", "250 ok"]}, "deferred"),
    "554 to the dot": ({"dot": ["250 ok", "554 5.6.0 no", "250 ok"]}, "rejected"),
    "421 to the dot": ({"dot": ["250 ok", close("421 4.3.2 bye"), "250 ok"]}, "deferred"),
    "hang up at the dot": ({"dot": ["250 ok", close(), "250 ok"]}, "unknown"),
    "reset at the dot": ({"dot": ["250 ok", reset(), "250 ok"]}, "unknown"),
    "ok, and hang up": ({"dot": ["250 ok", close("250 ok"), "250 ok"]}, "accepted"),
}


@pytest.mark.parametrize(("script", "fate"), ROWS.values(), ids=ROWS.keys())
def test_whatever_becomes_of_one_the_others_have_it(
    world: World, script: dict[str, Step], fate: str
) -> None:
    world.issue([ADA, GRACE, READER])
    with ScriptedSmtp(script) as server:
        done = publish(world, server)
    assert done.stopped is None
    states = world.states()
    assert states.pop(GRACE) in fate.split(" or ")
    assert states == {ADA: "accepted", READER: "accepted"}
    assert [mail.recipient for mail in server.accepted if mail.recipient != GRACE] == [ADA, READER]


# A row: what the server does, and a part of the reason that is given.
STOPS = {
    "554 as a greeting": ({"greeting": "554 5.7.1 go away"}, "go away"),
    "450 as a greeting": ({"greeting": "450 busy"}, "busy"),
    "550 to EHLO": ({"EHLO": "550 no"}, "550 no"),
    "login refused": ({"AUTH": "535 5.7.8 who?"}, "login refused: 535 5.7.8 who?"),
    "550 to MAIL": ({"MAIL": "550 5.7.1 not with that sender"}, "not with that sender"),
    "no greeting": ({"greeting": close()}, "closed the connection"),
}


@pytest.mark.parametrize(("script", "reason"), STOPS.values(), ids=STOPS.keys())
def test_what_is_our_fault_touches_no_row(
    world: World, script: dict[str, Step], reason: str
) -> None:
    world.issue([ADA, GRACE, READER])
    script = {"AUTH": "235 ok", **script}
    with ScriptedSmtp(script, features=(*FEATURES, "AUTH PLAIN")) as server:
        done = publish(world, server, connections=2, user="ada")
    assert reason in str(done.stopped)
    assert (world.counts(), set(world.attempts().values())) == ({"queued": 3}, {0})
    with ScriptedSmtp({"AUTH": "235 ok"}, features=(*FEATURES, "AUTH PLAIN")) as server:
        publish(world, server, user="ada")
    assert world.counts() == {"accepted": 3}
    assert not {"Not", "a", "secret"} & set(str(done.stopped).split())


def test_a_relay_that_nobody_answers_for_touches_no_row(world: World) -> None:
    world.issue([ADA, GRACE, READER])
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    done = delivery(world, port, connections=4).run(world.stop, forever=False)
    assert "no connection" in str(done.stopped)
    assert (world.counts(), set(world.attempts().values())) == ({"queued": 3}, {0})


def test_the_same_policy_refusal_at_five_domains_is_ours(world: World) -> None:
    world.issue(spread(8))
    with ScriptedSmtp({"RCPT": "550 5.7.26 unauthenticated"}) as server:
        done = publish(world, server, connections=2)
    assert "5.7.26" in str(done.stopped)
    assert (world.counts(), set(world.attempts().values())) == ({"queued": 8}, {0})


def test_at_most_one_is_sending_for_each_connection_seen_from_the_server(
    world: World, tmp_path: Path
) -> None:
    world.issue(people(60))
    seen: list[int] = []
    reader = open_ledger("sqlite:state/publisher.db", root=tmp_path)

    def look(_: str) -> Step:
        sending = [row.address for row in reader.deliveries(1) if row.state == "sending"]
        assert [mail.recipient for mail in server.arrived][-1] is not None
        seen.append(len(sending))
        return "250 ok"

    with reader, ScriptedSmtp({"dot": look}) as server:
        publish(world, server, connections=3)
    assert world.counts() == {"accepted": 60}
    assert len(seen) == 60
    assert 1 <= min(seen) <= max(seen) <= 3


def test_whoever_is_written_to_is_sending_in_the_ledger_by_then(
    world: World, tmp_path: Path
) -> None:
    """An envelope may be ahead of the row, a message may not."""
    world.issue(people(20))
    envelopes: Counter[str] = Counter()
    messages: list[str] = []
    reader = open_ledger("sqlite:state/publisher.db", root=tmp_path)

    def state(address: str) -> str:
        return {row.address: str(row.state) for row in reader.deliveries(1)}[address]

    def rcpt(line: str) -> Step:
        envelopes[state(line[line.index("<") + 1 : line.index(">")])] += 1
        return "250 ok"

    def dot(_: str) -> Step:
        messages.append(state(server.arrived[-1].recipient))
        return "250 ok"

    with reader, ScriptedSmtp({"RCPT": rcpt, "dot": dot}) as server:
        publish(world, server)
    assert messages == ["sending"] * 20
    assert envelopes["sending"] + envelopes["queued"] == 20


def test_a_rough_day_ends_with_everybody_accounted_for(world: World) -> None:
    """Every misfortune at once, at random, on four connections; then a day on which all is well."""
    chance = Random(20260219)
    mishaps: list[Step] = [
        "450 4.2.1 later", "550 5.1.1 no", close(), reset(), close("421 4.3.2 bye"),
    ]  # fmt: skip

    def rough(well: str) -> Callable[[str], Step]:
        return lambda _: well if chance.random() < 0.8 else chance.choice(mishaps)

    world.issue(people(150))
    script = {"RCPT": rough("250 ok"), "dot": rough("250 ok"), "MAIL": "250 ok"}
    with ScriptedSmtp(script) as server:
        while world.counts().get("queued"):
            publish(world, server, connections=4)
            world.clock.s += 3600
        server.script.clear()
        while {"deferred", "queued"} & set(world.counts()):
            world.clock.s += DAY_S / 3
            publish(world, server, connections=4)
    states = world.states()
    got = Counter(mail.recipient for mail in server.accepted)
    assert max(got.values()) == 1
    assert {who for who, state in states.items() if state == "accepted"} == set(got)
    arrived = {mail.recipient for mail in server.arrived}
    assert {who for who, state in states.items() if state == "unknown"} <= arrived - set(got)
    assert set(states.values()) == {"accepted", "rejected", "unknown"}


# The end.


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deliver, "DRAIN_S", 0.2)
    monkeypatch.setattr(deliver, "ABORT_S", 0.5)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("at", "fate"), [("dot", "unknown"), ("RCPT", "deferred")])
def test_what_hangs_at_the_end_is_cut_off(world: World, at: str, fate: str) -> None:
    world.issue(people(6))
    with ScriptedSmtp({at: hang()}) as server:
        one = delivery(world, server.port, connections=2)
        with daemon(one, world.stop):
            hung = lambda: len(server.arrived) if at == "dot" else str(server.commands).count(at)  # noqa: E731
            until(lambda: hung() == 2)
            began_s = time.monotonic()
    assert time.monotonic() - began_s < 5
    assert world.counts() == {fate: 2, "queued": 4}


def test_what_is_about_to_be_answered_at_the_end_is_waited_for(world: World) -> None:
    world.issue(people(6))
    with ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.5)}) as server:
        with daemon(delivery(world, server.port, connections=2), world.stop):
            until(lambda: len(server.arrived) == 2)
        assert len(server.accepted) == 2
    assert world.counts() == {"accepted": 2, "queued": 4}


def test_no_thread_is_left_behind_and_the_server_is_told_goodbye(world: World) -> None:
    world.issue(people(20))
    before = set(threading.enumerate())
    with ScriptedSmtp() as server:
        publish(world, server, connections=4)
        left = [one for one in threading.enumerate() if one.name == "dial"]
        assert left == []
        assert server.commands.count("QUIT") == server.connections == 4
    assert set(threading.enumerate()) <= before


@pytest.mark.usefixtures("impatient")
def test_a_server_that_never_greets_does_not_keep_us(world: World) -> None:
    world.issue(people(2))
    with ScriptedSmtp({"greeting": hang()}) as server:
        with daemon(delivery(world, server.port, connections=2), world.stop):
            until(lambda: server.connections == 2)
            began_s = time.monotonic()
        assert time.monotonic() - began_s < 4
    assert world.counts() == {"queued": 2}
    until(lambda: not [one for one in threading.enumerate() if one.name == "dial"])


def test_an_idle_connection_is_closed_and_another_opened_when_it_is_needed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "IDLE_S", 0.05)
    world.issue(people(2))
    with ScriptedSmtp() as server:
        one = delivery(world, server.port)
        with daemon(one, world.stop):
            until(lambda: server.commands.count("QUIT") == 1)
            world.start("fog")
            one.wake()
            until(lambda: len(server.accepted) == 4)
        assert server.connections == 2
    assert (world.counts(1), world.counts(2)) == ({"accepted": 2}, {"accepted": 2})


def test_a_connection_that_the_server_closed_meanwhile_costs_no_attempt(world: World) -> None:
    world.issue(people(2))
    with ScriptedSmtp({"dot": ["250 ok", close("250 ok, and bye"), "250 ok"]}) as server:
        one = delivery(world, server.port)
        with daemon(one, world.stop):
            until(lambda: len(server.accepted) == 2)
            world.start("fog")
            one.wake()
            until(lambda: len(server.accepted) == 4)
    assert set(world.attempts(2).values()) == {1}
    assert world.counts(2) == {"accepted": 2}


def test_a_bug_in_making_messages_surfaces_and_blames_nobody(world: World) -> None:
    world.issue(people(20))

    def stumbles(claim: Claim) -> Message:
        if claim.subscriber_id > 10:
            raise ZeroDivisionError
        return message(claim)

    with ScriptedSmtp() as server:
        one = delivery(world, server.port, connections=3)
        one.message_of = stumbles
        with daemon(one, threading.Event()) as errors:
            until(lambda: bool(errors))
    assert [type(error) for error in errors] == [ZeroDivisionError]
    counts = world.counts()
    assert counts["accepted"] + counts["queued"] == 20
    assert 10 - 3 <= counts["accepted"] <= 10, "one that was to follow is made ahead"
    assert set(world.attempts().values()) == {0, 1}
    assert not [one for one in threading.enumerate() if one.name == "dial"]


# The ledger, held by another program.


@contextmanager
def held(root: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else is in the middle of a change of the ledger."""
    other = sqlite3.connect(root / "state" / "publisher.db", isolation_level=None)
    with closing(other):
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_what_was_answered_while_the_ledger_was_held_is_written_later(
    world: World, tmp_path: Path
) -> None:
    world.issue(people(12))
    with (
        open_ledger("sqlite:state/publisher.db", root=tmp_path, patience_s=0.05) as ledger,
        ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.1)}) as server,
    ):
        world.ledger = ledger
        with daemon(delivery(world, server.port, connections=2), world.stop):
            until(lambda: len(server.arrived) == 2)
            with held(tmp_path):
                until(lambda: len(server.accepted) == 2)
                time.sleep(0.3)
                assert len(server.arrived) == 2
                assert world.counts() == {"sending": 2, "queued": 10}
            until(lambda: len(server.accepted) == 12)
        assert world.counts() == {"accepted": 12}


def test_a_ledger_that_stays_held_is_given_up_and_what_was_answered_is_unknown(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "PATIENCE_S", 0.3)
    monkeypatch.setattr(books, "LAST_PATIENCE_S", 0.1)
    world.issue(people(12))
    with (
        open_ledger("sqlite:state/publisher.db", root=tmp_path, patience_s=0.05) as ledger,
        ScriptedSmtp({"dot": Act(say=b"250 ok\r\n", wait_s=0.1)}) as server,
    ):
        world.ledger = ledger
        with daemon(delivery(world, server.port, connections=2), world.stop) as errors:
            until(lambda: len(server.arrived) == 2)
            with held(tmp_path):
                until(lambda: bool(errors))
        assert "another program keeps it locked" in str(errors[0])
        ledger.recover(repeatable=False, on_unknown="hold", now=world.clock.wall())
        assert world.counts() == {"unknown": 2, "queued": 10}
    assert not [one for one in threading.enumerate() if one.name == "dial"]
