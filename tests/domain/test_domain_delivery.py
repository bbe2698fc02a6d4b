"""The states of a delivery, and what an attempt makes of one."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import NOON

from publisher.domain.delivery import (
    SETTLED,
    SPARED,
    TRANSITIONS,
    WAITING,
    Cause,
    Claim,
    Outcome,
    State,
    Verdict,
    retry_after,
    settle,
)

#: From each row's state to each column's, and at whose bidding: Delivery, cRash, Cancel, Person.
TABLE = """
            queued  sending  accepted  deferred  rejected  unknown  cancelled
queued      .       D        .         .         .         .        C
sending     DR      .        D         D         D         DR       .
accepted    .       .        .         .         .         .        .
deferred    .       D        .         .         .         .        C
rejected    DP      .        .         .         .         .        .
unknown     P       .        P         .         .         .        P
cancelled   P       .        .         .         .         .        .
"""
LETTERS = {"D": Cause.DELIVERY, "R": Cause.CRASH, "C": Cause.CANCEL, "P": Cause.PERSON}


def pairs():
    head, *rows = (line.split() for line in TABLE.strip().splitlines())
    for before, *cells in rows:
        for after, cell in zip(head, cells, strict=True):
            causes = frozenset(LETTERS[letter] for letter in cell if letter != ".")
            yield pytest.param(State(before), State(after), causes, id=f"{before} to {after}")


@pytest.mark.parametrize(("before", "after", "causes"), [*pairs()])
def test_a_delivery_changes_its_state_only_as_the_table_says(before, after, causes):
    assert TRANSITIONS.get((before, after), frozenset()) == causes


def test_the_table_has_every_pair_of_states():
    assert len(list(pairs())) == len(State) ** 2


@pytest.mark.parametrize("verdict", Verdict)
def test_delivery_may_move_a_claim_to_wherever_a_verdict_settles_it(verdict):
    assert Cause.DELIVERY in TRANSITIONS[State.SENDING, SETTLED[verdict]]


def test_what_waits_may_be_begun_and_cancelled_and_nothing_else_may():
    for state in State:
        assert ((state, State.SENDING) in TRANSITIONS) == (state in WAITING)
        assert (Cause.CANCEL in TRANSITIONS.get((state, State.CANCELLED), ())) == (state in WAITING)


def test_only_who_was_spared_for_good_may_be_mailed_by_another_issue():
    assert {State.CANCELLED, State.REJECTED} == SPARED


def claim(attempts=0, began=NOON):
    return Claim(
        issue_id=12, subscriber_id=345, address="Ada@example.com", mailbox="ada@example.com",
        name="Ada", attempts=attempts, first_at=began, was=State.QUEUED, frozen=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "state", "attempts"),
    [
        (Verdict.ACCEPTED, State.ACCEPTED, 3),
        (Verdict.REJECTED, State.REJECTED, 3),
        (Verdict.SUSPECT, State.REJECTED, 3),
        (Verdict.UNKNOWN, State.UNKNOWN, 3),
        (Verdict.DEFERRED, State.DEFERRED, 3),
        (Verdict.RETURNED, State.QUEUED, 2),
    ],
)
def test_an_attempt_settles_a_claim_and_is_counted_unless_the_fault_is_ours(
    verdict, state, attempts
):
    settled = settle(claim(attempts=2), Outcome(verdict=verdict, reply="it said so"), NOON, 0.0)
    assert (settled.issue_id, settled.subscriber_id) == (12, 345)
    assert (settled.state, settled.attempts, settled.reply) == (state, attempts, "it said so")
    assert (settled.next_at is not None) == (state is State.DEFERRED)


def test_a_deferred_delivery_is_tried_again_after_its_wait():
    settled = settle(claim(), Outcome(verdict=Verdict.DEFERRED, reply="450"), NOON, 0.5)
    assert settled.next_at == NOON + retry_after(1, 0.5)


@pytest.mark.parametrize(("hours", "state"), [(47.9, State.DEFERRED), (48.1, State.REJECTED)])
def test_a_delivery_that_would_be_tried_after_two_days_is_given_up(hours, state):
    wait = retry_after(10, 0.0)
    now = NOON + timedelta(hours=hours) - wait
    settled = settle(claim(attempts=9), Outcome(verdict=Verdict.DEFERRED, reply="450 no"), now, 0.0)
    assert (settled.state, settled.attempts) == (state, 10)
    if state is State.REJECTED:
        assert (settled.next_at, settled.reply) == (None, "given up after 10 attempts: 450 no")


def test_a_retry_exactly_two_days_after_the_first_attempt_is_still_made():
    now = NOON + timedelta(days=2) - retry_after(1, 0.0)
    settled = settle(claim(), Outcome(verdict=Verdict.DEFERRED, reply="450"), now, 0.0)
    assert settled.state is State.DEFERRED


@pytest.mark.parametrize(
    ("attempts", "minutes"),
    [(1, 5), (2, 10), (3, 20), (4, 40), (5, 80), (6, 160), (7, 240), (8, 240), (10_000, 240)],
)
def test_waits_double_from_five_minutes_to_four_hours_less_up_to_a_half(attempts, minutes):
    assert retry_after(attempts, 0.0) == timedelta(minutes=minutes) / 2
    assert (
        timedelta(0)
        < timedelta(minutes=minutes) - retry_after(attempts, 0.999)
        < timedelta(seconds=10)
    )


@given(st.floats(min_value=0, max_value=1, exclude_max=True), st.floats(min_value=0, max_value=1))
def test_a_delivery_that_is_deferred_for_ever_is_given_up_within_two_days(jitter, other):
    now, attempts = NOON, 0
    while True:
        outcome = Outcome(verdict=Verdict.DEFERRED, reply="450 later")
        settled = settle(claim(attempts=attempts), outcome, now, jitter)
        if settled.state is State.REJECTED:
            break
        assert settled.next_at is not None
        assert now < settled.next_at <= NOON + timedelta(days=2)
        now, attempts, jitter = settled.next_at, settled.attempts, other * 0.999
    assert 15 <= attempts <= 40
    assert now > NOON + timedelta(hours=44)


def test_a_lost_answer_is_tried_again_only_where_that_is_wanted():
    lost = Outcome(verdict=Verdict.UNKNOWN, reply="connection lost", usable=False)
    assert settle(claim(), lost, NOON, 0.5).state is State.UNKNOWN
    again = settle(claim(), lost, NOON, 0.5, resend_unknown=True)
    assert (again.state, again.attempts) == (State.DEFERRED, 1)
    assert again.next_at is not None
