"""One courier in its thread, told what to do by a test."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue

import pytest
from delivery_world import ACCEPTED, CLAIM, DOWN, LOST, UNANSWERED

from publisher import courier as courier_module
from publisher.courier import Courier, Crashed, Crew, Done, Note, Ready, Refused, Returned
from publisher.domain.delivery import Claim, Outcome, Verdict
from publisher.domain.errors import RelayRefused, Unsendable


class Line:
    """A connection. It sends what its transport says it will."""

    def __init__(self, transport: Lines) -> None:
        self.transport = transport
        self.fresh = True
        self.living = True
        self.cut = threading.Event()
        self.closed = 0

    def send(self, message: str) -> Outcome:
        self.transport.sent.append(message)
        self.fresh = False
        if self.transport.hangs:
            self.transport.hanging.set()
            assert self.cut.wait(10)
            return UNANSWERED
        return self.transport.outcome

    def alive(self) -> bool:
        return self.living

    def abort(self) -> None:
        self.cut.set()

    def close(self) -> None:
        self.closed += 1


class Lines:
    """A transport."""

    repeatable = False

    def __init__(self) -> None:
        self.opened: list[Line] = []
        self.sent: list[str] = []
        self.outcome = ACCEPTED
        self.refusal: RelayRefused | None = None
        self.hangs = False
        self.hanging = threading.Event()
        self.dialling: Callable[[], None] = lambda: None

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
) -> Iterator[tuple[Courier[str], Callable[[], Note[str]]]]:
    notes: SimpleQueue[Note[str]] = SimpleQueue()
    courier = Courier(lines, message_of, notes.put)
    courier.start()
    try:
        yield courier, lambda: notes.get(timeout=10)
    finally:
        courier.dismiss()
        courier.join(10)
        assert not courier.is_alive()
        assert notes.empty()


def test_it_connects_when_told_to_make_ready(lines: Lines) -> None:
    with at_work(lines) as (courier, said):
        courier.prepare()
        assert said() == Ready(courier)
        assert (len(lines.opened), lines.sent) == (1, [])


def test_it_carries_one_message_after_another_on_one_connection(lines: Lines) -> None:
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        assert said() == Done(courier, CLAIM, ACCEPTED, fresh=True)
        courier.take(CLAIM)
        assert said() == Done(courier, CLAIM, ACCEPTED, fresh=False)
        assert (len(lines.opened), len(lines.sent)) == (1, 2)


def test_it_says_when_it_can_t_connect(lines: Lines) -> None:
    lines.refusal = DOWN
    with at_work(lines) as (courier, said):
        courier.prepare()
        assert said() == Refused(courier, DOWN)


def test_it_opens_another_when_its_connection_is_gone(lines: Lines) -> None:
    with at_work(lines) as (courier, said):
        courier.prepare()
        said()
        lines.opened[0].living = False
        courier.take(CLAIM)
        assert said() == Done(courier, CLAIM, ACCEPTED, fresh=True)
        assert (len(lines.opened), lines.opened[0].closed) == (2, 1)


def test_it_gives_back_what_it_can_t_begin(lines: Lines) -> None:
    with at_work(lines) as (courier, said):
        courier.prepare()
        said()
        lines.opened[0].living, lines.refusal = False, DOWN
        courier.take(CLAIM)
        assert said() == Returned(courier, CLAIM, DOWN)
        assert lines.sent == []


def test_it_drops_a_connection_that_is_of_no_more_use(lines: Lines) -> None:
    lines.outcome = LOST
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        assert said() == Done(courier, CLAIM, LOST, fresh=True)
        assert lines.opened[0].closed == 1
        lines.outcome = ACCEPTED
        courier.take(CLAIM)
        assert said() == Done(courier, CLAIM, ACCEPTED, fresh=True)


def test_a_message_that_can_t_be_made_is_that_recipient_s_fault(lines: Lines) -> None:
    def unmakeable(claim: Claim) -> str:
        raise Unsendable("no header can hold it")

    with at_work(lines, unmakeable) as (courier, said):
        courier.take(CLAIM)
        note = said()
        assert isinstance(note, Done)
        assert (note.outcome.verdict, note.outcome.usable) == (Verdict.REJECTED, True)
        assert (lines.opened, lines.sent) == ([], [])


def test_a_bug_before_it_begins_names_what_it_had_in_hand(lines: Lines) -> None:
    with at_work(lines, lambda claim: claim.missing) as (courier, said):  # type: ignore[attr-defined]
        courier.take(CLAIM)
        note = said()
        assert isinstance(note, Crashed)
        assert (type(note.error), note.unbegun) == (AttributeError, CLAIM)


def test_a_bug_after_it_began_leaves_the_row_as_the_ledger_has_it(lines: Lines) -> None:
    lines.outcome = None  # type: ignore[assignment]
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        note = said()
        assert isinstance(note, Crashed)
        assert note.unbegun is None
    assert lines.opened[0].closed == 1


def test_a_bug_in_making_ready_blames_no_message_before_it(lines: Lines) -> None:
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        said()
        lines.opened[0].living = False
        lines.dialling = lambda: 1 / 0  # type: ignore[assignment, return-value]
        courier.prepare()
        note = said()
        assert isinstance(note, Crashed)
        assert note.unbegun is None


def test_a_message_that_hangs_can_be_cut_off(lines: Lines) -> None:
    lines.hangs = True
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        assert lines.hanging.wait(10)
        courier.abort()
        assert said() == Done(courier, CLAIM, UNANSWERED, fresh=True)


def test_a_courier_that_was_cut_off_while_it_connects_begins_nothing(lines: Lines) -> None:
    dialling, go_on = threading.Event(), threading.Event()

    def dial() -> None:
        dialling.set()
        assert go_on.wait(10)

    lines.dialling = dial
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        assert dialling.wait(10)
        courier.abort()
        go_on.set()
        note = said()
        assert isinstance(note, Returned)
        assert lines.sent == []


def test_an_idle_courier_hangs_up_and_stays_of_use(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_module, "IDLE_S", 0.02)
    with at_work(lines) as (courier, said):
        courier.take(CLAIM)
        said()
        end = threading.Event()
        while not lines.opened[0].closed:
            assert not end.wait(0.005)
        courier.prepare()
        assert said() == Ready(courier)
        assert len(lines.opened) == 2


def test_a_crew_knows_what_each_is_at(lines: Lines) -> None:
    notes: SimpleQueue[Note[str]] = SimpleQueue()
    crew = Crew(hire=lambda: Courier(lines, lambda claim: claim.address, notes.put))
    crew.prepare(2)
    assert (crew.busy, crew.count, len(crew.preparing)) == (True, 2, 2)
    for _ in range(2):
        crew.heard(notes.get(timeout=10))
    assert (crew.busy, crew.count, len(crew.ready)) == (False, 2, 2)
    crew.hand_out([CLAIM])
    assert (crew.busy, len(crew.carrying), len(crew.ready)) == (True, 1, 1)
    lines.outcome = ACCEPTED
    crew.heard(notes.get(timeout=10))
    crew.rest()
    assert (crew.busy, crew.count) == (False, 0)
    crew.prepare(1)
    assert crew.count == 1
    crew.dismiss(10, lambda: 0.0)
    assert len(lines.opened) == 2
