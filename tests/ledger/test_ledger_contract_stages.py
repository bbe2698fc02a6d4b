"""Stages in the ledger: whose turn it is, what the end of one changes, and what a person does."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from ledger_world import (
    HOUR,
    NOON,
    AnyLedger,
    Rig,
    SqliteRig,
    counts,
    publish,
    restore,
    settling,
    subscribe,
    withdraw,
)
from sqlalchemy import literal, select, union_all

from publisher.domain.delivery import Claim, State, Verdict
from publisher.domain.errors import Refused
from publisher.domain.issue import IssueState
from publisher.domain.line import Lane
from publisher.domain.plan import Hold, Pause, Start
from publisher.domain.stages import AtStage, Gate, Stages, Step
from publisher.ledger.rows import StartedIssue
from publisher.ledger.sqlite import Sqlite
from publisher.ledger.stages import admitted, take, values_of

MINUTE = timedelta(minutes=1)
ADA = "ada@example.com"
USUAL = Stages(names=("author", "10%", "100%"), wait=HOUR, bounces="5%", author=ADA)
NAMES = ["ada", *(f"reader{n:02}" for n in range(39))]


def start(
    ledger: AnyLedger,
    stages: Stages | None = USUAL,
    *,
    key: str = "a",
    issue_id: int | None = None,
    now: datetime = NOON,
) -> StartedIssue:
    return ledger.start(
        Start(key=key, issue_id=issue_id),
        subject="About it",
        content=b"x",
        now=now,
        salt=b"salt",
        stages=stages,
    )


def begin_with(
    ledger: AnyLedger, stages: Stages | None = USUAL, names: Iterable[str] = NAMES
) -> list[int]:
    publish(ledger, "a")
    ids = subscribe(ledger, *names)
    start(ledger, stages)
    return ids


def in_line(ledger: AnyLedger, now: datetime = NOON) -> list[Claim]:
    """Everybody whose turn it is now, over as many pages as that takes."""
    found: list[Claim] = []
    for issue in ledger.under_way():
        page = ledger.waiting(issue, Lane(), None, 7, now)
        found += page.claims
        while page.next is not None:
            page = ledger.waiting(issue, Lane(), page.next, 7, now)
            found += page.claims
    return found


def names(claims: Iterable[Claim]) -> list[str]:
    return [one.mailbox.partition("@")[0] for one in claims]


def send(
    ledger: AnyLedger, verdict: Verdict = Verdict.ACCEPTED, now: datetime = NOON
) -> list[Claim]:
    """Begin and settle everybody whose turn it is; who that was."""
    begun = ledger.write([], in_line(ledger, now), now)
    ledger.write(settling(begun, verdict, now), [], now)
    return begun


def through_author(ledger: AnyLedger) -> None:
    """To the beginning of the second stage, an hour after noon."""
    send(ledger)
    assert ledger.end_stage(1, NOON)
    assert ledger.end_stage(1, NOON + HOUR)


def at_stage(ledger: AnyLedger) -> tuple[int, datetime | None]:
    found = ledger.issue(1).at_stage
    assert found is not None
    return found.stage, found.until


def test_without_stages_it_is_everybodys_turn_and_nothing_ends(ledger: AnyLedger) -> None:
    begin_with(ledger, None)
    assert sorted(names(in_line(ledger))) == sorted(NAMES)
    assert not ledger.end_stage(1, NOON)
    assert ledger.issue(1).at_stage is None


def test_the_author_is_first_then_some_then_all_and_each_once(ledger: AnyLedger) -> None:
    ids = begin_with(ledger)
    assert names(send(ledger)) == ["ada"]
    assert ledger.end_stage(1, NOON)
    assert at_stage(ledger) == (0, NOON + HOUR)
    assert in_line(ledger, NOON + HOUR) == []
    assert ledger.end_stage(1, NOON + HOUR)
    second = [one.subscriber_id for one in send(ledger, now=NOON + HOUR)]
    tenth = Gate(share=0.1)
    assert second == [who for who in ids[1:] if tenth.admits(1, who, "")]
    assert 2 <= len(second) <= 5
    assert ledger.end_stage(1, NOON + HOUR)
    assert ledger.end_stage(1, NOON + 2 * HOUR)
    third = [one.subscriber_id for one in send(ledger, now=NOON + 2 * HOUR)]
    assert sorted([ids[0], *second, *third]) == ids
    assert ledger.issue(1).state is IssueState.DONE
    assert counts(ledger, 1) == {"accepted": 40}


@pytest.mark.parametrize("share", ["0.5%", "25%", "99%"])
def test_the_statement_finds_the_same_people_as_the_rule(share: str, ledger: AnyLedger) -> None:
    stages = Stages(names=(share, "100%"), wait=HOUR, bounces="5%")
    ids = begin_with(ledger, stages, [f"reader{n:04}" for n in range(1200)])
    gate = stages.gate(0)
    admitted_by_rule = [who for who in ids if gate.admits(1, who, "")]
    assert [one.subscriber_id for one in in_line(ledger)] == admitted_by_rule


def test_the_statement_reckons_as_the_rule_does_with_large_numbers(database: Sqlite) -> None:
    pairs = [(who, issue) for who in (1, 77, 5_000_011, 2_000_000_000) for issue in (1, 90_001)]
    rows = (
        select(literal(who).label("subscriber_id"), literal(issue).label("issue_id"))
        for who, issue in pairs
    )
    table = union_all(*rows).subquery()
    for gate in (Gate(share=0.001), Gate(share=0.3), Gate(share=0.7), Gate()):
        query = select(table.c.subscriber_id, table.c.issue_id).where(admitted(table.c))
        with database.reading() as db:
            found = {tuple(row) for row in db.execute(query, values_of(gate))}
        assert found == {(who, issue) for who, issue in pairs if gate.admits(issue, who, "")}


def test_a_stage_is_not_over_while_somebody_of_it_is_queued_or_in_flight(
    ledger: AnyLedger,
) -> None:
    begin_with(ledger)
    assert not ledger.end_stage(1, NOON)
    (ada,) = ledger.write([], in_line(ledger), NOON)
    assert not ledger.end_stage(1, NOON)
    ledger.write(settling([ada], Verdict.RETURNED), [], NOON)
    assert not ledger.end_stage(1, NOON)
    send(ledger)
    assert ledger.end_stage(1, NOON)


def test_who_was_put_off_counts_as_tried_and_is_tried_again_during_the_wait(
    ledger: AnyLedger,
) -> None:
    begin_with(ledger)
    send(ledger, Verdict.DEFERRED)
    assert ledger.end_stage(1, NOON)
    due = ledger.next_attempt_at()
    assert due is not None
    assert NOON < due < NOON + HOUR
    assert in_line(ledger) == []
    assert names(send(ledger, now=due)) == ["ada"]
    assert ledger.next_attempt_at() == NOON + HOUR
    assert ledger.view(NOON).retry_at == NOON + HOUR
    assert not ledger.end_stage(1, due)


def test_who_was_put_off_in_one_stage_is_tried_again_in_the_next(ledger: AnyLedger) -> None:
    begin_with(ledger)
    send(ledger, Verdict.DEFERRED)
    assert ledger.end_stage(1, NOON)
    assert ledger.end_stage(1, NOON + HOUR)
    assert names(in_line(ledger, NOON + HOUR))[-1] == "ada"


def test_asking_again_changes_nothing(ledger: AnyLedger) -> None:
    begin_with(ledger)
    send(ledger)
    assert ledger.end_stage(1, NOON)
    for now in (NOON, NOON + HOUR - MINUTE, NOON - 9 * HOUR):
        assert not ledger.end_stage(1, now)
    assert at_stage(ledger) == (0, NOON + HOUR)
    assert ledger.end_stage(1, NOON + HOUR)
    assert not ledger.end_stage(1, NOON + HOUR)
    assert at_stage(ledger) == (1, None)


@pytest.mark.parametrize("elsewhere", [Step(stage=1), Step(stage=0, until=NOON)])
def test_a_step_is_taken_only_from_where_it_was_decided(elsewhere: Step, database: Sqlite) -> None:
    begin_with(SqliteRig(database).ledger)
    seen = AtStage(stages=USUAL, stage=0)
    with database.writing() as db:
        assert take(db, 1, seen, elsewhere)
        assert not take(db, 1, seen, Step(stage=1))


def test_nobodys_stages_are_passed_over_at_once(ledger: AnyLedger) -> None:
    stages = replace(USUAL, names=("author", "0.0001%", "0.0002%", "100%"), author="x@example.com")
    begin_with(ledger, stages)
    assert in_line(ledger) == []
    assert ledger.end_stage(1, NOON)
    assert at_stage(ledger) == (3, None)
    assert len(in_line(ledger)) == 40


def test_a_stage_whose_people_have_all_left_is_passed_over(ledger: AnyLedger) -> None:
    ids = begin_with(ledger)
    ledger.unsubscribe(ids[0], NOON)
    assert send(ledger) == []
    assert ledger.end_stage(1, NOON)
    assert at_stage(ledger) == (1, None)


def test_the_last_stage_does_not_end(ledger: AnyLedger) -> None:
    begin_with(ledger, Stages(names=("100%",), wait=HOUR, bounces="0%"))
    send(ledger, Verdict.DEFERRED)
    assert not ledger.end_stage(1, NOON)
    assert ledger.issue(1).state is IssueState.SENDING


def test_an_issue_that_everybody_has_is_done_in_any_stage(ledger: AnyLedger) -> None:
    begin_with(ledger, names=["ada"])
    send(ledger)
    assert ledger.issue(1).state is IssueState.DONE
    assert not ledger.end_stage(1, NOON)


def test_too_many_refusals_stop_it_and_a_release_goes_on_with_the_next_stage(
    ledger: AnyLedger,
) -> None:
    begin_with(ledger)
    send(ledger, Verdict.REJECTED)
    assert ledger.end_stage(1, NOON)
    row = ledger.issue(1)
    assert row.state is IssueState.PAUSED
    assert row.reason is not None
    assert "stage 1 of 3 (author): 1 of 1 was refused" in row.reason
    assert "publisher release 1 goes on with 10%" in row.reason
    assert ledger.under_way() == ()
    assert ledger.next_attempt_at() is None
    assert not ledger.end_stage(1, NOON + HOUR)
    assert ledger.release(1, NOON) == 1
    start(ledger, issue_id=1)
    assert at_stage(ledger) == (1, None)
    assert 2 <= len(in_line(ledger)) <= 5
    assert ledger.issue(1).reason is None


def test_only_a_stages_own_people_are_judged(ledger: AnyLedger) -> None:
    begin_with(ledger, replace(USUAL, names=("10%", "50%", "100%")))
    assert len(send(ledger, Verdict.REJECTED)) > 2
    ledger.end_stage(1, NOON)
    ledger.release(1, NOON)
    start(ledger, issue_id=1)
    send(ledger)
    assert ledger.end_stage(1, NOON)
    assert ledger.issue(1).state is IssueState.SENDING


def test_a_stage_is_judged_again_when_its_wait_is_over(ledger: AnyLedger) -> None:
    begin_with(ledger)
    send(ledger, Verdict.DEFERRED)
    assert ledger.end_stage(1, NOON)
    due = ledger.next_attempt_at()
    assert due is not None
    send(ledger, Verdict.REJECTED, due)
    assert ledger.end_stage(1, NOON + HOUR)
    assert ledger.issue(1).state is IssueState.PAUSED
    assert at_stage(ledger) == (1, None)


def test_the_stages_are_those_of_the_first_start(ledger: AnyLedger) -> None:
    begin_with(ledger)
    through_author(ledger)
    ledger.pause(1)
    start(ledger, Stages(names=("100%",), wait=HOUR, bounces="5%"), issue_id=1)
    found = ledger.issue(1).at_stage
    assert found == AtStage(stages=USUAL, stage=1)


def test_an_issue_that_started_without_stages_stays_without(ledger: AnyLedger) -> None:
    begin_with(ledger, None)
    ledger.pause(1)
    start(ledger, issue_id=1)
    assert ledger.issue(1).at_stage is None
    assert len(in_line(ledger)) == 40


def test_a_release_during_a_wait_ends_it(ledger: AnyLedger) -> None:
    begin_with(ledger)
    send(ledger)
    ledger.end_stage(1, NOON)
    assert ledger.release("a", NOON + MINUTE) == 1
    assert at_stage(ledger) == (1, None)
    assert 2 <= len(in_line(ledger, NOON + MINUTE)) <= 5
    assert not ledger.issue(1).released
    with pytest.raises(Refused, match="is not waiting: it is sending"):
        ledger.release(1, NOON + MINUTE)


def test_an_issue_paused_during_a_wait_goes_on_with_the_next_stage(ledger: AnyLedger) -> None:
    begin_with(ledger)
    send(ledger)
    ledger.end_stage(1, NOON)
    ledger.pause(1)
    assert not ledger.end_stage(1, NOON + HOUR)
    ledger.release(1, NOON)
    start(ledger, issue_id=1)
    assert at_stage(ledger) == (1, None)


def test_an_issue_paused_in_a_stage_goes_on_in_it(ledger: AnyLedger) -> None:
    begin_with(ledger)
    through_author(ledger)
    ledger.pause(1)
    ledger.release(1, NOON)
    start(ledger, issue_id=1)
    assert at_stage(ledger) == (1, None)


def test_a_withdrawn_post_that_comes_back_goes_on_where_it_was(ledger: AnyLedger) -> None:
    begin_with(ledger)
    through_author(ledger)
    withdraw(ledger, "a", Pause(key="a", issue_id=1, reason="withdrawn"))
    assert not ledger.end_stage(1, NOON)
    restore(ledger, "a", Hold(key="a", issue_id=1, reason="it came back"))
    ledger.release("a", NOON)
    start(ledger, issue_id=1)
    assert at_stage(ledger) == (1, None)


@pytest.mark.parametrize("end", ["cancel", "nothing of the kind"])
def test_an_issue_that_is_not_being_sent_does_not_move(end: str, ledger: AnyLedger) -> None:
    begin_with(ledger)
    send(ledger)
    if end == "cancel":
        ledger.cancel(1, NOON)
        assert not ledger.end_stage(1, NOON)
    else:
        assert not ledger.end_stage(99, NOON)


def test_what_is_rejected_by_our_fault_during_a_wait_waits_with_the_others(
    ledger: AnyLedger,
) -> None:
    stages = replace(USUAL, bounces="100%")
    begin_with(ledger, stages)
    refused = send(ledger, Verdict.SUSPECT)
    ledger.end_stage(1, NOON)
    assert ledger.absolve(refused) == 1
    assert in_line(ledger) == []
    ledger.end_stage(1, NOON + HOUR)
    assert "ada" in names(in_line(ledger, NOON + HOUR))


STEPS: list[tuple[str, Callable[[AnyLedger], object]]] = [
    ("started", lambda ledger: None),
    ("begun", lambda ledger: ledger.write([], in_line(ledger), NOON)),
    ("sent", send),
    ("ended", lambda ledger: (send(ledger), ledger.end_stage(1, NOON))),
    ("waited", through_author),
]


@pytest.mark.parametrize(("after", "step"), STEPS, ids=[name for name, _ in STEPS])
def test_after_a_crash_it_goes_on_and_everybody_gets_it_once(
    after: str, step: Callable[[AnyLedger], object], rig: Rig
) -> None:
    begin_with(rig.ledger)
    step(rig.ledger)
    rig.crash()
    rig.ledger.recover(repeatable=True, on_unknown="hold", now=NOON)
    now = NOON
    while rig.ledger.issue(1).state is IssueState.SENDING:
        send(rig.ledger, now=now)
        rig.crash()
        rig.ledger.end_stage(1, now)
        now += HOUR
        assert now < NOON + 9 * HOUR
    assert counts(rig.ledger, 1) == {"accepted": 40}
    assert all(one.attempts == 1 for one in rig.ledger.deliveries(1))


def test_another_issue_has_stages_of_its_own(ledger: AnyLedger) -> None:
    begin_with(ledger)
    publish(ledger, "b")
    start(ledger, Stages(names=("50%", "100%"), wait=HOUR, bounces="5%"), key="b")
    second, first = ledger.under_way()
    assert (first.issue_id, first.gate) == (1, Gate(share=0.0, author=ADA))
    assert (second.issue_id, second.gate) == (2, Gate(share=0.5))
    assert not ledger.end_stage(2, NOON)
    assert State.QUEUED in ledger.issue(2).counts
