"""The one writer: what is settled, what is begun, and what a crash leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Literal

import pytest
from ledger_world import (
    HOUR,
    NOON,
    AnyLedger,
    Rig,
    answer,
    claim,
    counts,
    in_line,
    person,
    publish,
    restore,
    settling,
    start,
    states,
    subscribe,
    withdraw,
)

from publisher.domain.delivery import SETTLED, Claim, State, Verdict
from publisher.domain.issue import IssueState
from publisher.domain.plan import Pause


def test_a_claim_says_all_that_a_message_needs(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    (ada,) = subscribe(ledger, "ada")
    start(ledger, "a")
    assert claim(ledger, now=NOON + HOUR) == [
        Claim(
            issue_id=1,
            subscriber_id=ada,
            address="Ada@Example.com",
            mailbox="ada@example.com",
            name="Ada",
            attempts=0,
            first_at=None,
            was=State.QUEUED,
            frozen=1,
        )
    ]
    assert counts(ledger, 1) == {"sending": 1}


def test_a_write_begins_as_many_as_are_wanted_and_nobody_twice(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    people = subscribe(ledger, *"vwxyz")
    start(ledger, "a")
    writes = [claim(ledger, 2) for _ in range(4)]
    assert [len(claims) for claims in writes] == [2, 2, 1, 0]
    assert sorted(one.subscriber_id for claims in writes for one in claims) == people


def test_a_write_settles_and_begins_in_one(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    (ada,) = claim(ledger, 1)
    (bob,) = ledger.write(settling([ada]), in_line(ledger, 1), NOON)
    assert states(ledger, 1) == {"ada": "accepted", "bob": "sending"}
    assert bob.subscriber_id != ada.subscriber_id


@pytest.mark.parametrize("verdict", Verdict)
def test_an_attempt_ends_in_the_state_of_its_verdict(verdict: Verdict, ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    answer(ledger, claim(ledger), verdict)
    (row,) = ledger.deliveries(1)
    spent = 0 if verdict is Verdict.RETURNED else 1
    assert (row.state, row.attempts, row.reply) == (SETTLED[verdict], spent, f"said {verdict}")


def test_a_deferred_delivery_is_begun_again_when_its_time_has_come(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    (first,) = claim(ledger)
    (settled,) = settling([first], Verdict.DEFERRED)
    assert settled.next_at is not None
    ledger.write([settled], [], NOON)
    assert claim(ledger, now=settled.next_at - timedelta(microseconds=1)) == []
    (second,) = claim(ledger, now=settled.next_at)
    assert second == replace(first, attempts=1, first_at=NOON, was=State.DEFERRED)


def test_a_returned_delivery_is_begun_again_at_once_and_costs_no_attempt(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    (first,) = claim(ledger)
    answer(ledger, [first], Verdict.RETURNED)
    assert claim(ledger) == [replace(first, first_at=NOON)]


def test_what_a_write_gives_back_it_can_begin_again(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    claims = claim(ledger)
    assert ledger.write(settling(claims, Verdict.RETURNED), claims, NOON) == claims


def test_a_queued_delivery_is_begun_though_the_clock_was_set_back(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    assert len(claim(ledger, now=NOON - 1000 * HOUR)) == 1


def test_an_issue_with_nothing_left_is_done_whatever_became_of_its_deliveries(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob", "cleo")
    start(ledger, "a")
    ada, bob, cleo = claim(ledger)
    answer(ledger, [ada])
    answer(ledger, [bob], Verdict.UNKNOWN)
    assert ledger.issue(1).state is IssueState.SENDING
    answer(ledger, [cleo], Verdict.REJECTED, NOON + HOUR)
    row = ledger.issue(1)
    assert (row.state, row.finished_at) == (IssueState.DONE, NOON + HOUR)
    assert counts(ledger, 1) == {"accepted": 1, "unknown": 1, "rejected": 1}


def test_a_deferred_delivery_keeps_its_issue_open(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    answer(ledger, claim(ledger), Verdict.DEFERRED)
    assert ledger.issue(1).state is IssueState.SENDING


def test_whoever_unsubscribed_is_not_begun_and_the_next_in_line_is(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ada, bob, cleo, dora = subscribe(ledger, "ada", "bob", "cleo", "dora")
    start(ledger, "a")
    for gone in (ada, cleo):
        ledger.unsubscribe(gone, NOON)
    assert [one.subscriber_id for one in claim(ledger, 2)] == [bob, dora]
    assert states(ledger, 1) == {
        "ada": "cancelled",
        "bob": "sending",
        "cleo": "cancelled",
        "dora": "sending",
    }
    assert next(ledger.deliveries(1)).reply == "unsubscribed before it was sent"


def test_an_issue_whose_last_recipients_left_is_done(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    (ada,) = subscribe(ledger, "ada")
    start(ledger, "a")
    ledger.unsubscribe(ada, NOON)
    assert claim(ledger) == []
    assert ledger.issue(1).state is IssueState.DONE
    assert counts(ledger, 1) == {"cancelled": 1}


def test_many_who_left_stand_in_nobodys_way(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.add([person(f"reader{number}") for number in range(2300)], NOON)
    start(ledger, "a")
    for who in range(1, 2300):
        ledger.unsubscribe(who, NOON)
    assert [one.subscriber_id for one in claim(ledger, 4)] == [2300]


def test_an_unsubscribed_person_who_was_deferred_is_not_tried_again(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    (ada,) = subscribe(ledger, "ada")
    start(ledger, "a")
    answer(ledger, claim(ledger), Verdict.DEFERRED)
    ledger.unsubscribe(ada, NOON)
    assert claim(ledger, now=NOON + 9 * HOUR) == []
    assert counts(ledger, 1) == {"cancelled": 1}


@pytest.mark.parametrize("end", ["pause", "cancel", "withdraw"])
def test_nothing_of_an_issue_that_was_stopped_is_begun(
    end: Literal["pause", "cancel", "withdraw"], ledger: AnyLedger
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    if end == "withdraw":
        withdraw(ledger, "a", Pause(key="a", issue_id=1, reason="withdrawn"))
    elif end == "cancel":
        ledger.cancel(1, NOON)
    else:
        ledger.pause(1)
    assert claim(ledger) == []
    assert ledger.next_attempt_at() is None
    assert ledger.waiting_count() == 0


def test_what_is_in_flight_of_a_paused_issue_is_settled(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    flying = claim(ledger, 1)
    ledger.pause(1)
    answer(ledger, flying)
    assert states(ledger, 1) == {"ada": "accepted", "bob": "queued"}
    assert ledger.issue(1).state is IssueState.PAUSED


def test_a_paused_issue_whose_last_delivery_lands_is_done(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    flying = claim(ledger)
    ledger.pause(1)
    answer(ledger, flying)
    assert ledger.issue(1).state is IssueState.DONE


@pytest.mark.parametrize("verdict", [Verdict.DEFERRED, Verdict.RETURNED])
def test_what_comes_back_to_a_cancelled_issue_is_cancelled(
    verdict: Verdict, ledger: AnyLedger
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    flying = claim(ledger, 1)
    assert ledger.cancel(1, NOON) == 1
    assert states(ledger, 1) == {"ada": "sending", "bob": "cancelled"}
    answer(ledger, flying, verdict)
    assert states(ledger, 1) == {"ada": "cancelled", "bob": "cancelled"}
    assert counts(ledger, 1) == {"cancelled": 2}
    second = start(ledger, "a", issue_id=ledger.release("a", NOON))
    assert second.audience == 2


def test_a_write_told_twice_changes_nothing_the_second_time(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    settled = settling(claim(ledger, 1))
    ledger.write(settled, [], NOON)
    before = list(ledger.deliveries(1))
    contrary = [replace(one, state=State.REJECTED, reply="again") for one in settled]
    assert len(ledger.write([*settled, *contrary], in_line(ledger, 1), NOON)) == 1
    assert states(ledger, 1) == {"ada": "accepted", "bob": "sending"}
    assert counts(ledger, 1) == {"accepted": 1, "sending": 1}
    assert next(ledger.deliveries(1)) == before[0]


@pytest.mark.parametrize("state", [State.SENDING, State.CANCELLED])
def test_an_attempt_can_not_end_in(state: State, ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    (settled,) = settling(claim(ledger))
    with pytest.raises(ValueError, match=f"can't end in {state}"):
        ledger.write([replace(settled, state=state)], [], NOON)
    assert counts(ledger, 1) == {"sending": 1}


def test_the_next_attempt_is_the_first_that_may_begin(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada", "bob")
    assert ledger.next_attempt_at() is None
    start(ledger, "a")
    first = ledger.next_attempt_at()
    assert first is not None
    assert first < NOON - 1000 * HOUR
    settled = settling(claim(ledger), Verdict.DEFERRED)
    earlier, later = (replace(settled[0], next_at=NOON + HOUR), settled[1])
    ledger.write([earlier, replace(later, next_at=NOON + 2 * HOUR)], [], NOON)
    assert ledger.next_attempt_at() == NOON + HOUR
    assert ledger.waiting_count() == 2
    start(ledger, "b")
    assert ledger.next_attempt_at() == first
    assert ledger.waiting_count() == 4


@pytest.mark.parametrize(
    ("repeatable", "on_unknown", "state", "attempts"),
    [
        (False, "hold", State.UNKNOWN, 1),
        (False, "resend", State.QUEUED, 1),
        (True, "hold", State.QUEUED, 0),
    ],
)
def test_what_a_crash_left_in_flight_is_settled(
    repeatable: bool,
    on_unknown: Literal["hold", "resend"],
    state: State,
    attempts: int,
    rig: Rig,
) -> None:
    publish(rig.ledger, "a")
    subscribe(rig.ledger, "ada", "bob", "cleo")
    start(rig.ledger, "a")
    answer(rig.ledger, claim(rig.ledger, 1))
    claim(rig.ledger, 1)
    rig.crash()
    moved = rig.ledger.recover(repeatable=repeatable, on_unknown=on_unknown, now=NOON)
    assert moved == {state: 1}
    assert states(rig.ledger, 1) == {"ada": "accepted", "bob": str(state), "cleo": "queued"}
    bob = list(rig.ledger.deliveries(1))[1]
    assert (bob.attempts, bob.reply) == (
        attempts,
        "the program ended while this was being sent",
    )
    assert rig.ledger.recover(repeatable=repeatable, on_unknown=on_unknown, now=NOON) == {}


def test_an_issue_whose_last_delivery_a_crash_left_unknown_is_done(rig: Rig) -> None:
    publish(rig.ledger, "a")
    subscribe(rig.ledger, "ada")
    start(rig.ledger, "a")
    claim(rig.ledger)
    rig.crash()
    rig.ledger.recover(repeatable=False, on_unknown="hold", now=NOON + HOUR)
    row = rig.ledger.issue(1)
    assert (row.state, row.finished_at) == (IssueState.DONE, NOON + HOUR)


def test_what_a_crash_left_in_flight_of_a_cancelled_issue_is_cancelled(rig: Rig) -> None:
    publish(rig.ledger, "a")
    subscribe(rig.ledger, "ada")
    start(rig.ledger, "a")
    claim(rig.ledger)
    rig.ledger.cancel(1, NOON)
    rig.crash()
    rig.ledger.recover(repeatable=True, on_unknown="hold", now=NOON)
    assert counts(rig.ledger, 1) == {"cancelled": 1}


def test_whoever_was_refused_for_our_fault_is_queued_again(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    claims = claim(ledger)
    answer(ledger, claims, Verdict.SUSPECT)
    assert ledger.issue(1).state is IssueState.DONE
    assert ledger.absolve(claims) == 2
    row = ledger.issue(1)
    assert (row.state, row.finished_at) == (IssueState.SENDING, None)
    assert [(one.state, one.attempts) for one in ledger.deliveries(1)] == [(State.QUEUED, 0)] * 2
    assert claim(ledger) == [replace(one, first_at=NOON) for one in claims]
    assert ledger.absolve([]) == 0


def test_only_a_rejected_delivery_is_absolved(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    ada, bob = claim(ledger)
    answer(ledger, [ada])
    assert ledger.absolve([ada, bob]) == 0
    assert states(ledger, 1) == {"ada": "accepted", "bob": "sending"}


def test_nobody_is_absolved_who_got_the_post_in_another_way(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    blamed = claim(ledger)
    answer(ledger, blamed, Verdict.SUSPECT)
    second = start(ledger, "a", issue_id=ledger.release("a", NOON)).id
    assert ledger.absolve(blamed) == 0
    assert counts(ledger, 1) == {"rejected": 1}
    assert counts(ledger, second) == {"queued": 1}


def test_nobody_is_absolved_of_an_issue_that_is_over(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    start(ledger, "b")
    blamed = [one for one in claim(ledger) if one.issue_id == 1]
    answer(ledger, blamed, Verdict.SUSPECT)
    withdraw(ledger, "a")
    assert ledger.absolve(blamed) == 0
    restore(ledger, "a")
    assert ledger.absolve(blamed[:1]) == 1
    ledger.cancel(1, NOON)
    assert ledger.absolve(blamed[1:]) == 0
