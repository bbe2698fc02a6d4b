"""Starting issues: what is frozen, for whom, and what is told of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ledger_world import (
    HOUR,
    NOON,
    AnyLedger,
    Rig,
    answer,
    claim,
    counts,
    known,
    person,
    publish,
    record,
    start,
    states,
    subscribe,
    withdraw,
)

from publisher.domain.delivery import State, Verdict
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Start
from publisher.ledger.rows import DeliveryRow, StartedIssue


def test_an_issue_is_frozen_for_everyone_who_is_subscribed(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    _, bob, _ = subscribe(ledger, "ada", "bob", "cleo")
    ledger.unsubscribe(bob, NOON)
    started = start(ledger, "a")
    assert started == StartedIssue(id=1, subject="About a", audience=2, finished=False)
    assert states(ledger, 1) == {"ada": "queued", "cleo": "queued"}
    assert ledger.content(1) == b"x"


def test_an_issue_tells_how_it_stands(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a", now=NOON + HOUR)
    row = ledger.issue(1)
    assert (row.subject, row.state, row.reason, row.released) == (
        "About a", IssueState.SENDING, None, False,
    )  # fmt: skip
    assert (row.edition, row.salt, row.keys, row.paths) == (1, b"salt", ("a",), ("content/a.md",))
    assert (row.audience, row.counts[State.QUEUED], set(row.counts)) == (1, 1, set(State))
    assert (row.created_at, row.started_at, row.finished_at) == (NOON + HOUR, NOON + HOUR, None)


def test_starting_sees_to_the_mail_of_a_post(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    found = known(ledger, "a").publication
    assert found is not None
    assert not found.awaiting_mail
    with pytest.raises(Refused, match="opened or dropped meanwhile"):
        start(ledger, "a")
    assert len(ledger.issues()) == 1


def test_an_issue_for_nobody_is_done_at_once(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    assert start(ledger, "a", now=NOON + HOUR) == StartedIssue(
        id=1, subject="About a", audience=0, finished=True
    )
    row = ledger.issue(1)
    assert (row.state, row.finished_at) == (IssueState.DONE, NOON + HOUR)


def test_a_held_issue_starts_as_itself(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    record(ledger, mailings=(Hold(key="a", reason="too late"),))
    ledger.release("a", NOON)
    assert start(ledger, "a", issue_id=1).audience == 1
    row = ledger.issue(1)
    assert (row.state, row.reason, row.released, row.subject) == (
        IssueState.SENDING, None, False, "About a",
    )  # fmt: skip


def test_a_paused_issue_is_frozen_anew_for_those_who_have_not_had_it(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob", "cleo", "dora")
    start(ledger, "a", text="first")
    ada, bob, cleo = claim(ledger, 3)
    answer(ledger, [ada])
    answer(ledger, [bob], Verdict.DEFERRED)
    answer(ledger, [cleo], Verdict.REJECTED)
    ledger.pause(1)
    subscribe(ledger, "eve")
    ledger.release(1, NOON)
    started = start(ledger, "a", issue_id=1, now=NOON + HOUR, text="second")
    assert started == StartedIssue(id=1, subject="About a", audience=5, finished=False)
    assert states(ledger, 1) == {
        "ada": "accepted",
        "bob": "deferred",
        "cleo": "rejected",
        "dora": "queued",
        "eve": "queued",
    }
    assert ledger.content(1) == b"second"
    row = ledger.issue(1)
    assert (row.state, row.started_at, row.released) == (IssueState.SENDING, NOON, False)


def test_an_issue_released_for_a_post_that_was_mailed_reaches_those_who_have_not_had_it(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob", "cleo")
    start(ledger, "a")
    ada, bob, cleo = claim(ledger)
    answer(ledger, [ada])
    answer(ledger, [bob], Verdict.REJECTED)
    answer(ledger, [cleo], Verdict.UNKNOWN)
    subscribe(ledger, "dora")
    second = ledger.release("a", NOON)
    assert ledger.issue(second).edition == 2
    start(ledger, "a", issue_id=second)
    assert states(ledger, second) == {"bob": "queued", "dora": "queued"}


def test_an_audience_is_foreseen(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    _, bob, _, _ = subscribe(ledger, "ada", "bob", "cleo", "dora")
    start(ledger, "a")
    ada, *_ = claim(ledger, 4)
    answer(ledger, [ada], Verdict.REJECTED)
    ledger.unsubscribe(bob, NOON)
    assert ledger.audience_of("a") == 1
    assert ledger.audience_of("b") == 3
    assert ledger.audience_of("nobody") == 3
    assert start(ledger, "b").audience == 3


def test_two_issues_of_one_post_share_nobody_while_both_are_under_way(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    answer(ledger, claim(ledger), Verdict.UNKNOWN)
    subscribe(ledger, "cleo")
    second = start(ledger, "a", issue_id=ledger.release("a", NOON)).id
    ledger.resolve(1, "resend", NOON)
    assert states(ledger, 1) == {"ada": "queued", "bob": "queued"}
    assert states(ledger, second) == {"cleo": "queued"}


def test_issues_of_two_posts_reach_the_same_people(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada")
    assert start(ledger, "a").audience == 1
    assert start(ledger, "b").audience == 1


def test_a_post_that_is_not_live_is_not_mailed(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    withdraw(ledger, "a")
    with pytest.raises(Refused, match=r"content/a\.md: it is not live"):
        start(ledger, "a")
    with pytest.raises(NotFound, match="nobody"):
        start(ledger, "nobody")
    assert ledger.issues() == ()


def test_only_a_held_or_paused_issue_of_the_post_starts(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada")
    start(ledger, "a")
    for issue_id in (1, 7):
        with pytest.raises(Refused, match="not waiting to start"):
            start(ledger, "a", issue_id=issue_id)
    ledger.pause(1)
    with pytest.raises(Refused, match="not waiting to start"):
        start(ledger, "b", issue_id=1)
    assert ledger.content(1) == b"x"
    assert known(ledger, "b").publication is not None


def test_editions_of_a_post_are_counted(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    assert ledger.edition(Start(key="a")) == 1
    start(ledger, "a")
    assert ledger.edition(Start(key="a")) == 2
    assert ledger.edition(Start(key="a", issue_id=1)) == 1
    assert ledger.edition(Start(key="b")) == 1
    with pytest.raises(NotFound, match="issue 9"):
        ledger.edition(Start(key="a", issue_id=9))


def test_unfinished_issues_and_the_last_finished_are_listed_oldest_first(
    ledger: AnyLedger,
) -> None:
    keys = "abcdef"
    publish(ledger, *keys)
    subscribe(ledger, "ada")
    for key in keys:
        start(ledger, key)
    for issue_id, minutes in ((2, 9), (3, 1), (4, 5), (6, 7)):
        ledger.cancel(issue_id, NOON + timedelta(minutes=minutes))
    assert [row.id for row in ledger.issues()] == [1, 2, 3, 4, 5, 6]
    assert [row.id for row in ledger.issues(finished_limit=2)] == [1, 2, 5, 6]
    assert [row.id for row in ledger.issues(finished_limit=0)] == [1, 5]


def test_an_issue_that_is_not_there_is_not_found(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    record(ledger, mailings=(Hold(key="a", reason="too late"),))
    with pytest.raises(NotFound, match="issue 2: there is no such issue"):
        ledger.issue(2)
    with pytest.raises(NotFound, match="issue 1: it was never started"):
        ledger.content(1)
    with pytest.raises(NotFound, match="issue 2"):
        ledger.content(2)
    assert list(ledger.deliveries(2)) == []


def test_every_recipient_is_reported(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ada, bob = subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    answer(ledger, claim(ledger, 1), Verdict.REJECTED)
    assert list(ledger.deliveries(1)) == [
        DeliveryRow(
            subscriber_id=ada,
            address="Ada@Example.com",
            mailbox="ada@example.com",
            state=State.REJECTED,
            attempts=1,
            reply="said rejected",
        ),
        DeliveryRow(
            subscriber_id=bob,
            address="Bob@Example.com",
            mailbox="bob@example.com",
            state=State.QUEUED,
            attempts=0,
            reply="",
        ),
    ]


def test_a_report_can_be_of_some_states_only(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ada, bob, cleo = subscribe(ledger, "ada", "bob", "cleo")
    start(ledger, "a")
    answer(ledger, claim(ledger, 1), Verdict.REJECTED)
    answer(ledger, claim(ledger, 1), Verdict.UNKNOWN)

    def whose(*states: State) -> list[int]:
        return [row.subscriber_id for row in ledger.deliveries(1, states)]

    assert whose(State.UNKNOWN) == [bob]
    assert whose(State.REJECTED, State.QUEUED) == [ada, cleo]
    assert whose(State.ACCEPTED) == []
    assert whose() == [ada, bob, cleo]


def test_a_long_report_is_whole_and_in_order(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.add([person(f"reader{number}") for number in range(2500)], NOON)
    assert start(ledger, "a").audience == 2500
    rows = [row.subscriber_id for row in ledger.deliveries(1)]
    assert rows == sorted(set(rows))
    assert len(rows) == 2500


def test_a_started_issue_outlives_the_process(rig: Rig) -> None:
    publish(rig.ledger, "a")
    subscribe(rig.ledger, "ada", "bob")
    start(rig.ledger, "a")
    before = (rig.ledger.issue(1), rig.ledger.content(1), list(rig.ledger.deliveries(1)))
    rig.crash()
    after = (rig.ledger.issue(1), rig.ledger.content(1), list(rig.ledger.deliveries(1)))
    assert after == before
    assert counts(rig.ledger, 1) == {"queued": 2}
