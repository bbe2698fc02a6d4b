"""What a person does to issues beside the daemon, and what they are told when they may not."""

from __future__ import annotations

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
    identity,
    known,
    publication,
    publish,
    record,
    restore,
    start,
    states,
    subscribe,
    withdraw,
)

from publisher.domain.delivery import Verdict
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold
from publisher.domain.publication import OpenIssue


def held(ledger: AnyLedger, key: str = "a") -> int:
    publish(ledger, key)
    record(ledger, mailings=(Hold(key=key, reason="too late"),))
    issue = known(ledger, key).issue
    assert issue is not None
    return issue.id


@pytest.mark.parametrize("by", ["post", "issue"])
def test_a_held_issue_is_let_go(by: str, ledger: AnyLedger) -> None:
    issue_id = held(ledger)
    assert ledger.release("a" if by == "post" else issue_id, NOON) == issue_id
    assert known(ledger, "a").issue == OpenIssue(
        id=issue_id, state=IssueState.HELD, released=True, reason="too late"
    )


def test_letting_go_twice_is_letting_go(ledger: AnyLedger) -> None:
    issue_id = held(ledger)
    assert ledger.release("a", NOON) == ledger.release("a", NOON) == issue_id
    assert len(ledger.issues()) == 1


def test_a_paused_issue_is_let_go(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    ledger.pause(1)
    assert ledger.release(1, NOON) == 1
    issue = known(ledger, "a").issue
    assert issue is not None
    assert (issue.state, issue.released) == (IssueState.PAUSED, True)


@pytest.mark.parametrize("first", ["never", "done", "cancelled", "baseline"])
def test_any_live_post_is_mailed_on_purpose(first: str, ledger: AnyLedger) -> None:
    publish(ledger, "a", baseline=first == "baseline", awaiting_mail=first != "baseline")
    if first in {"done", "cancelled"}:
        subscribe(ledger, "ada")
        start(ledger, "a")
    if first == "done":
        answer(ledger, claim(ledger))
    if first == "cancelled":
        ledger.cancel(1, NOON)
    issue_id = ledger.release("a", NOON)
    assert known(ledger, "a").issue == OpenIssue(id=issue_id, state=IssueState.HELD, released=True)
    found = known(ledger, "a").publication
    assert found is not None
    assert not found.awaiting_mail


def test_letting_a_post_go_says_that_it_is_no_other_post_renamed(ledger: AnyLedger) -> None:
    record(
        ledger,
        identities=(identity("a", resembles="content/old.md"),),
        publications=(publication("a"),),
    )
    ledger.release("a", NOON)
    assert known(ledger, "a").identity.resembles is None


def test_a_post_that_is_not_live_is_not_let_go(ledger: AnyLedger) -> None:
    issue_id = held(ledger)
    record(ledger, identities=(identity("draft"),))
    withdraw(ledger, "a")
    for target in ("a", issue_id, "draft"):
        with pytest.raises(Refused, match="is not live"):
            ledger.release(target, NOON)
    restore(ledger, "a")
    issue = known(ledger, "a").issue
    assert issue is not None
    assert not issue.released


def test_what_is_being_sent_or_over_is_not_let_go(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    for target in ("a", 1):
        with pytest.raises(Refused, match=r"issue 1 is not waiting.*it is sending"):
            ledger.release(target, NOON)
    ledger.cancel(1, NOON)
    with pytest.raises(Refused, match="it is cancelled"):
        ledger.release(1, NOON)


@pytest.mark.parametrize("by", ["post", "issue"])
def test_a_held_issue_is_dropped(by: str, ledger: AnyLedger) -> None:
    issue_id = held(ledger)
    ledger.skip("a" if by == "post" else issue_id, NOON + HOUR)
    row = ledger.issue(issue_id)
    assert (row.state, row.finished_at) == (IssueState.CANCELLED, NOON + HOUR)
    assert known(ledger, "a").issue is None
    with pytest.raises(Refused):
        start(ledger, "a")


def test_mail_that_was_not_opened_yet_is_dropped(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.skip("a", NOON)
    found = known(ledger, "a").publication
    assert found is not None
    assert not found.awaiting_mail
    with pytest.raises(Refused, match="no mail of it waits"):
        ledger.skip("a", NOON)


def test_dropping_a_held_issue_frees_those_who_were_to_get_it(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    answer(ledger, claim(ledger, 1))
    ledger.pause(1)
    record(ledger, mailings=(Hold(key="a", issue_id=1, reason="came back"),))
    ledger.skip("a", NOON)
    assert states(ledger, 1) == {"ada": "accepted", "bob": "cancelled"}
    assert start(ledger, "a", issue_id=ledger.release("a", NOON)).audience == 1


def test_what_was_started_is_not_skipped(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    with pytest.raises(Refused, match=r"issue 1 is not held.*it is sending"):
        ledger.skip("a", NOON)
    ledger.pause(1)
    with pytest.raises(Refused, match="it is paused"):
        ledger.skip(1, NOON)


def test_an_issue_is_paused_with_a_reason_that_says_how_to_go_on(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    ledger.pause(1)
    row = ledger.issue(1)
    assert (row.state, row.finished_at) == (IssueState.PAUSED, None)
    assert row.reason == "paused by a person: publisher release 1 goes on"
    with pytest.raises(Refused, match=r"issue 1 is not being sent: it is paused"):
        ledger.pause(1)


def test_cancelling_frees_those_who_were_to_get_it(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob", "cleo", "dora", "eve")
    start(ledger, "a")
    ada, bob, cleo, dora = claim(ledger, 4)
    answer(ledger, [ada])
    answer(ledger, [bob], Verdict.DEFERRED)
    answer(ledger, [cleo], Verdict.UNKNOWN)
    assert ledger.cancel(1, NOON + HOUR) == 2
    assert counts(ledger, 1) == {"accepted": 1, "unknown": 1, "sending": 1, "cancelled": 2}
    assert ledger.issue(1).finished_at == NOON + HOUR
    answer(ledger, [dora])
    second = start(ledger, "a", issue_id=ledger.release("a", NOON)).id
    assert states(ledger, second) == {"bob": "queued", "eve": "queued"}
    with pytest.raises(Refused, match=r"finished already: it is cancelled"):
        ledger.cancel(1, NOON)


def test_a_held_issue_that_never_started_is_cancelled(ledger: AnyLedger) -> None:
    assert ledger.cancel(held(ledger), NOON) == 0
    assert known(ledger, "a").issue is None


def unknown(ledger: AnyLedger) -> int:
    """An issue that is done, with one delivery accepted, and Bob's and Cleo's unknown."""
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob", "cleo")
    issue_id = start(ledger, "a").id
    ada, bob, cleo = claim(ledger)
    answer(ledger, [ada])
    answer(ledger, [bob, cleo], Verdict.UNKNOWN)
    assert ledger.issue(issue_id).state is IssueState.DONE
    return issue_id


def test_unknown_deliveries_are_taken_for_accepted(ledger: AnyLedger) -> None:
    issue_id = unknown(ledger)
    assert ledger.resolve(issue_id, "accept", NOON) == 2
    assert counts(ledger, issue_id) == {"accepted": 3}
    assert ledger.issue(issue_id).state is IssueState.DONE


def test_unknown_deliveries_are_sent_again_and_their_issue_goes_on(ledger: AnyLedger) -> None:
    issue_id = unknown(ledger)
    assert ledger.resolve(issue_id, "resend", NOON) == 2
    row = ledger.issue(issue_id)
    assert (row.state, row.finished_at) == (IssueState.SENDING, None)
    again = claim(ledger)
    assert [(one.mailbox, one.attempts) for one in again] == [
        ("bob@example.com", 1),
        ("cleo@example.com", 1),
    ]


def test_whoever_left_is_not_sent_again(ledger: AnyLedger) -> None:
    issue_id = unknown(ledger)
    ledger.remove("bob@example.com", NOON)
    assert ledger.resolve(issue_id, "resend", NOON) == 2
    assert states(ledger, issue_id) == {"ada": "accepted", "bob": "cancelled", "cleo": "queued"}
    ledger.remove("cleo@example.com", NOON)
    claim(ledger)
    assert ledger.issue(issue_id).state is IssueState.DONE


def test_resolving_the_last_unknown_of_people_who_left_keeps_the_issue_done(
    ledger: AnyLedger,
) -> None:
    issue_id = unknown(ledger)
    for name in ("bob", "cleo"):
        ledger.remove(f"{name}@example.com", NOON)
    ledger.resolve(issue_id, "resend", NOON)
    assert ledger.issue(issue_id).state is IssueState.DONE


def test_a_paused_issue_is_not_set_going_by_resolving(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    answer(ledger, claim(ledger, 1), Verdict.UNKNOWN)
    ledger.pause(1)
    ledger.resolve(1, "resend", NOON)
    assert ledger.issue(1).state is IssueState.PAUSED
    assert counts(ledger, 1) == {"queued": 2}


def test_nothing_of_a_cancelled_issue_or_a_withdrawn_post_is_sent_again(
    ledger: AnyLedger,
) -> None:
    issue_id = unknown(ledger)
    withdraw(ledger, "a")
    with pytest.raises(Refused, match="sent again"):
        ledger.resolve(issue_id, "resend", NOON)
    restore(ledger, "a")
    subscribe(ledger, "dora")
    second = start(ledger, "a", issue_id=ledger.release("a", NOON)).id
    answer(ledger, claim(ledger), Verdict.UNKNOWN)
    subscribe(ledger, "eve")
    third = start(ledger, "a", issue_id=ledger.release("a", NOON)).id
    answer(ledger, claim(ledger, 1), Verdict.RETURNED)
    ledger.cancel(third, NOON)
    with pytest.raises(Refused, match="no unknown"):
        ledger.resolve(third, "resend", NOON)
    assert counts(ledger, second) == {"unknown": 1}
    assert counts(ledger, issue_id) == {"accepted": 1, "unknown": 2}


def test_unknown_deliveries_of_a_cancelled_issue_can_only_be_taken_for_accepted(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    answer(ledger, claim(ledger, 1), Verdict.UNKNOWN)
    ledger.cancel(1, NOON)
    with pytest.raises(Refused, match="sent again"):
        ledger.resolve(1, "resend", NOON)
    assert ledger.resolve(1, "accept", NOON) == 1
    assert counts(ledger, 1) == {"accepted": 1, "cancelled": 1}
    assert ledger.issue(1).state is IssueState.CANCELLED


@pytest.mark.parametrize("to", ["resend", "accept"])
def test_an_issue_without_unknown_deliveries_has_nothing_to_resolve(
    to: Literal["resend", "accept"], ledger: AnyLedger
) -> None:
    publish(ledger, "a")
    start(ledger, "a")
    with pytest.raises(Refused, match="issue 1: it has no unknown deliveries"):
        ledger.resolve(1, to, NOON)


def test_what_is_not_there_is_not_found(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    for act in (ledger.release, ledger.skip):
        with pytest.raises(NotFound, match="no post is known by that key"):
            act("b", NOON)
        with pytest.raises(NotFound, match="issue 5: there is no such issue"):
            act(5, NOON)
    with pytest.raises(NotFound, match="issue 5: there is no such issue"):
        ledger.pause(5)
    with pytest.raises(NotFound, match="issue 5: there is no such issue"):
        ledger.cancel(5, NOON)
    with pytest.raises(NotFound, match="issue 5: there is no such issue"):
        ledger.resolve(5, "accept", NOON)


def test_what_is_refused_changes_nothing(rig: Rig) -> None:
    ledger = rig.ledger
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    before = (ledger.view(NOON), ledger.issues(), list(ledger.deliveries(1)))
    for act in (
        lambda: ledger.release("a", NOON),
        lambda: ledger.skip("a", NOON),
        lambda: ledger.resolve(1, "accept", NOON),
        lambda: ledger.same("a", "a", NOON),
    ):
        with pytest.raises(Refused):
            act()
    assert (ledger.view(NOON), ledger.issues(), list(ledger.deliveries(1))) == before
