"""One courier on a carrier, told what to do by a test."""

from __future__ import annotations

import select
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from carrier_road import Road, until
from delivery_world import ACCEPTED, BUSY, CLAIM, DOWN, LOST, UNANSWERED

from publisher import courier as courier_module
from publisher.courier import Courier, Crashed, Done, Ready, Refused, Returned
from publisher.crew import Crew
from publisher.domain.delivery import Claim, Outcome, Verdict
from publisher.domain.errors import RelayRefused, Unsendable
from publisher.mail.talk import Talk, through


class Line:
    """A connection. It sends what its transport says it will."""

    def __init__(self, transport: Lines) -> None:
        self.transport = transport
        self.fresh = True
        self.living = True
        self.ahead: str | None = None
        self.ours, self.theirs = socket.socketpair()
        self.closed = 0

    def send(self, message: str) -> Outcome:
        return through(self.carry(message))

    def carry(self, message: str, following: str | None = None) -> Talk[Outcome]:
        assert self.ahead in (None, message), "another envelope is ahead"
        self.transport.sent.append(message)
        self.transport.offered.append(following)
        self.fresh, self.ahead = False, following
        if self.transport.hangs:
            assert (yield self.ours.fileno(), select.POLLIN, 10.0)
            return UNANSWERED
        return self.transport.outcome if self.living else self.transport.ended

    def forget(self) -> Talk[None]:
        assert self.ahead is not None, "nothing is ahead"
        yield from ()
        self.ahead, self.living = None, False

    def alive(self) -> bool:
        return self.living

    def abort(self) -> None:
        self.theirs.send(b"!")

    def part(self) -> Talk[None]:
        yield from ()
        self.drop()

    def close(self) -> None:
        self.drop()

    def drop(self) -> None:
        self.closed += 1
        self.ours.close()
        self.theirs.close()


class Lines:
    """A transport."""

    repeatable = False

    def __init__(self) -> None:
        self.opened: list[Line] = []
        self.sent: list[str] = []
        self.offered: list[str | None] = []
        self.outcome = ACCEPTED
        self.ended = LOST
        self.refusal: RelayRefused | None = None
        self.hangs = False
        self.dialling: Callable[[], object] = lambda: None

    def connect(self) -> Line:
        self.dialling()
        if self.refusal:
            raise self.refusal
        self.opened.append(Line(self))
        return self.opened[-1]


@pytest.fixture
def lines() -> Lines:
    return Lines()


@contextmanager
def at_work(
    lines: Lines, message_of: Callable[[Claim], str] = lambda claim: claim.address
) -> Iterator[tuple[Courier[str], Road]]:
    road = Road()
    road.carrier.open()
    courier = Courier(lines, message_of, road.carrier)
    try:
        yield courier, road
        assert road.silent()
    finally:
        courier.dismiss()
        road.carrier.close(10)
    assert all(line.closed for line in lines.opened)


NEXT = replace(CLAIM, subscriber_id=3, address="grace@example.org", mailbox="grace@example.org")
LAST = replace(CLAIM, subscriber_id=4, address="zoe@example.net", mailbox="zoe@example.net")


def test_it_makes_its_message_and_connects_when_told_to_make_ready(lines: Lines) -> None:
    made: list[str] = []

    def message_of(claim: Claim) -> str:
        made.append(claim.address)
        return claim.address

    with at_work(lines, message_of) as (courier, road):
        courier.prepare(CLAIM)
        assert road.said() == Ready(courier)
        assert (made, len(lines.opened), lines.sent) == ([CLAIM.address], 1, [])


def test_it_carries_one_message_after_another_on_one_connection(lines: Lines) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        assert road.said() == Done(courier, CLAIM, ACCEPTED, fresh=True, holds=True)
        courier.carry(LAST)
        assert road.said() == Done(courier, NEXT, ACCEPTED, fresh=False, holds=True)
        courier.carry(None)
        assert road.said() == Done(courier, LAST, ACCEPTED, fresh=False, holds=False)
    assert lines.sent == [CLAIM.address, NEXT.address, LAST.address]
    assert lines.offered == [NEXT.address, LAST.address, None]
    assert len(lines.opened) == 1


def test_each_message_is_made_once(lines: Lines) -> None:
    made: Counter[str] = Counter()

    def message_of(claim: Claim) -> str:
        made[claim.address] += 1
        return claim.address

    with at_work(lines, message_of) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        for following in (NEXT, LAST, None):
            courier.carry(following)
            road.said()
    assert set(made.values()) == {1}


def test_what_it_held_and_does_not_carry_is_forgotten(lines: Lines) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        road.said()
        courier.rest()
        courier.prepare(LAST)
        assert road.said() == Ready(courier)
        courier.carry(None)
        road.said()
    assert lines.sent == [CLAIM.address, LAST.address]
    assert len(lines.opened) == 2, "the first waited for a message that is not to be"


def test_it_can_be_told_to_hold_another_at_once(lines: Lines) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.prepare(NEXT)
        assert road.said() == Ready(courier)
        courier.carry(None)
        assert road.said() == Done(courier, NEXT, ACCEPTED, fresh=True, holds=False)
    assert len(lines.opened) == 1


def test_it_says_when_it_can_t_connect(lines: Lines) -> None:
    lines.refusal = DOWN
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        assert road.said() == Refused(courier, DOWN)


def test_it_opens_another_when_its_connection_is_gone(lines: Lines) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        lines.opened[0].living = False
        courier.carry(None)
        assert road.said() == Done(courier, CLAIM, ACCEPTED, fresh=True, holds=False)
        assert (len(lines.opened), lines.opened[0].closed) == (2, 1)


def test_it_sends_again_what_a_connection_with_its_envelope_ahead_did_not_take(
    lines: Lines,
) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        road.said()
        lines.opened[0].living = False
        courier.carry(None)
        assert road.said() == Done(courier, NEXT, ACCEPTED, fresh=True, holds=False)
    assert lines.sent == [CLAIM.address, NEXT.address, NEXT.address]
    assert lines.opened[0].closed == 1


@pytest.mark.parametrize("outcome", [BUSY, UNANSWERED])
def test_what_a_server_judged_or_may_have_is_not_sent_again(lines: Lines, outcome: Outcome) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        road.said()
        lines.opened[0].living, lines.ended = False, outcome
        courier.carry(None)
        assert road.said() == Done(courier, NEXT, outcome, fresh=False, holds=False)
    assert lines.sent == [CLAIM.address, NEXT.address]


def test_what_can_t_be_sent_again_is_given_back(lines: Lines) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        road.said()
        lines.opened[0].living, lines.refusal = False, DOWN
        courier.carry(None)
        assert road.said() == Returned(courier, NEXT, DOWN)


def test_it_gives_back_what_it_can_t_send(lines: Lines) -> None:
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        lines.opened[0].living, lines.refusal = False, DOWN
        courier.carry(NEXT)
        assert road.said() == Returned(courier, CLAIM, DOWN)
        assert lines.sent == []


def test_it_drops_a_connection_that_is_of_no_more_use_and_what_was_to_follow(lines: Lines) -> None:
    lines.outcome = LOST
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        assert road.said() == Done(courier, CLAIM, LOST, fresh=True, holds=False)
        assert lines.opened[0].closed == 1


def test_a_message_that_can_t_be_made_is_that_recipient_s_fault(lines: Lines) -> None:
    def unmakeable(claim: Claim) -> str:
        if claim == CLAIM:
            return claim.address
        raise Unsendable("no header can hold it")

    with at_work(lines, unmakeable) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        assert road.said() == Done(courier, CLAIM, ACCEPTED, fresh=True, holds=True)
        courier.carry(CLAIM)
        note = road.said()
        assert isinstance(note, Done)
        assert (note.claim, note.outcome.verdict, note.holds) == (NEXT, Verdict.REJECTED, True)
        courier.carry(None)
        assert road.said() == Done(courier, CLAIM, ACCEPTED, fresh=False, holds=False)
    assert lines.sent == [CLAIM.address, CLAIM.address]
    assert lines.offered == [None, None]


def test_a_bug_before_anything_is_begun_names_nothing(lines: Lines) -> None:
    with at_work(lines, lambda claim: claim.missing) as (courier, road):  # type: ignore[attr-defined]
        courier.prepare(CLAIM)
        note = road.said()
        assert isinstance(note, Crashed)
        assert (type(note.error), note.unsent) == (AttributeError, None)


def test_a_bug_in_making_the_next_names_what_was_begun_and_not_sent(lines: Lines) -> None:
    def stumbles(claim: Claim) -> str:
        return claim.address if claim == CLAIM else str(1 / 0)

    with at_work(lines, stumbles) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        note = road.said()
        assert isinstance(note, Crashed)
        assert (type(note.error), note.unsent) == (ZeroDivisionError, CLAIM)
    assert lines.sent == []


def test_a_bug_after_it_was_sent_leaves_the_row_as_the_ledger_has_it(lines: Lines) -> None:
    lines.outcome = None  # type: ignore[assignment]
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(None)
        note = road.said()
        assert isinstance(note, Crashed)
        assert note.unsent is None
    assert lines.opened[0].closed == 1


def test_a_message_that_hangs_can_be_cut_off(lines: Lines) -> None:
    lines.hangs = True
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        courier.carry(NEXT)
        assert road.silent()
        courier.abort()
        assert road.said() == Done(courier, CLAIM, UNANSWERED, fresh=True, holds=False)


def test_a_courier_that_was_cut_off_while_it_connects_sends_nothing(lines: Lines) -> None:
    dialling, go_on = threading.Event(), threading.Event()

    def dial() -> None:
        if lines.opened:
            dialling.set()
            assert go_on.wait(10)

    lines.dialling = dial
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        lines.opened[0].living = False
        courier.carry(None)
        assert dialling.wait(10)
        courier.abort()
        assert isinstance(road.said(), Returned)
        go_on.set()
        until(lambda: len(lines.opened) == 2 and lines.opened[1].closed == 1)
        assert lines.sent == []


def test_a_dial_that_was_given_up_does_not_stand_in_for_the_next(lines: Lines) -> None:
    go_on = threading.Event()
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        until(lambda: not [one for one in threading.enumerate() if one.name == "dial"])
        courier.abort()
        lines.dialling = lambda: go_on.wait(10)
        courier.prepare(NEXT)
        assert isinstance(road.said(), Refused)
        assert road.silent()
        go_on.set()
        assert road.said() == Ready(courier)
    assert [line.closed for line in lines.opened] == [1, 1]


def test_an_idle_courier_hangs_up_and_stays_of_use(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "IDLE_S", 0.02)
    with at_work(lines) as (courier, road):
        courier.prepare(CLAIM)
        road.said()
        until(lambda: road.silent() and bool(lines.opened[0].closed))
        courier.carry(None)
        assert road.said() == Done(courier, CLAIM, ACCEPTED, fresh=True, holds=False)
        assert len(lines.opened) == 2


@contextmanager
def crew_of(lines: Lines) -> Iterator[tuple[Crew[str], Road]]:
    road = Road()
    road.carrier.open()
    crew = Crew(hire=lambda: Courier(lines, lambda claim: claim.address, road.carrier))
    yield crew, road
    crew.dismiss()
    road.carrier.close(10)


def test_a_crew_knows_what_each_is_at(lines: Lines) -> None:
    with crew_of(lines) as (crew, road):
        crew.prepare(CLAIM, 0.0)
        assert (crew.busy, crew.count, crew.held, crew.carrying) == (True, 1, 1, 0)
        assert crew.heard(road.said()) is None
        assert (crew.busy, list(crew.holding.values())) == (False, [CLAIM])
        [courier] = crew.holding
        assert crew.begin(courier, 0.0) == CLAIM
        assert (crew.busy, crew.count, crew.held, crew.carrying) == (True, 1, 0, 1)
        crew.carry(courier, NEXT)
        assert (crew.held, crew.ready) == (1, [])
        assert crew.heard(road.said()) is None
        assert crew.ready == [NEXT]
        assert crew.rest() == [NEXT]
        assert (crew.busy, crew.count, crew.held) == (False, 0, 0)
        crew.prepare(LAST, 0.0)
        assert crew.heard(road.said()) is None
        assert crew.holding == {courier: LAST}


def test_what_was_to_follow_on_a_connection_that_ended_comes_back(lines: Lines) -> None:
    lines.outcome = LOST
    with crew_of(lines) as (crew, road):
        crew.prepare(CLAIM, 0.0)
        crew.heard(road.said())
        [courier] = crew.holding
        crew.begin(courier, 0.0)
        crew.carry(courier, NEXT)
        assert crew.heard(road.said()) == NEXT
        assert (crew.busy, crew.count) == (False, 0)


def test_what_could_not_be_made_ready_comes_back(lines: Lines) -> None:
    lines.refusal = DOWN
    with crew_of(lines) as (crew, road):
        crew.prepare(CLAIM, 0.0)
        assert crew.heard(road.said()) == CLAIM
        assert (crew.busy, crew.count) == (False, 0)


def test_what_is_next_can_be_taken_from_one_that_hangs(lines: Lines) -> None:
    lines.hangs = True
    with crew_of(lines) as (crew, road):
        crew.prepare(CLAIM, 0.0)
        crew.heard(road.said())
        [courier] = crew.holding
        crew.begin(courier, 1.0)
        crew.carry(courier, NEXT)
        assert road.silent()
        assert crew.take_back(1.0) == []
        assert crew.take_back(2.0) == [NEXT]
        assert (crew.held, crew.take_back(3.0)) == (0, [])
        lines.outcome, lines.hangs = ACCEPTED, False
        lines.opened[0].abort()
        assert crew.heard(road.said()) is None
        assert (crew.busy, crew.count) == (False, 0)
