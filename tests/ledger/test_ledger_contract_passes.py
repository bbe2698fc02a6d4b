"""What a pass writes down and what the next decision reads of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

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
    subscribe,
    withdraw,
)

from publisher.domain.delivery import Verdict
from publisher.domain.errors import NotFound
from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Pause, Plan
from publisher.domain.publication import Known, LedgerView, OpenIssue
from publisher.ledger.rows import Outdated

FULL_IDENTITY = identity(
    "full",
    names=("a-name", "b-name"),
    date=datetime(2026, 7, 1, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=-9, minutes=-30))),
    waiting=True,
    waited_at=NOON - HOUR,
    resembles="content/other.md",
)
FULL_PUBLICATION = publication(
    "full",
    due=NOON - HOUR,
    updated=NOON + HOUR,
    baseline=True,
    expires=NOON + 2 * HOUR,
    withdrawn_at=NOON + timedelta(microseconds=1),
)


def test_a_new_ledger_knows_nothing(ledger: AnyLedger) -> None:
    assert ledger.view(NOON) == LedgerView()


def test_what_is_recorded_is_read_back_as_it_was(ledger: AnyLedger) -> None:
    record(
        ledger,
        adopted_at=NOON,
        identities=(FULL_IDENTITY, identity("bare")),
        publications=(FULL_PUBLICATION,),
    )
    assert ledger.view(NOON) == LedgerView(
        adopted_at=NOON,
        last_pass_at=NOON,
        known=(
            Known(identity=FULL_IDENTITY, publication=FULL_PUBLICATION),
            Known(identity=identity("bare")),
        ),
    )


def test_a_date_keeps_the_offset_it_was_written_in(ledger: AnyLedger) -> None:
    record(ledger, identities=(FULL_IDENTITY,))
    date = known(ledger, "full").identity.date
    assert date.isoformat() == "2026-07-01T09:30:00.000005-09:30"


def test_a_row_replaces_the_one_of_the_same_key(ledger: AnyLedger) -> None:
    record(ledger, identities=(FULL_IDENTITY,), publications=(FULL_PUBLICATION,))
    moved = replace(identity("full", path="content/moved.md"), names=("c-name",))
    renewed = publication("full", updated=NOON + 3 * HOUR, source_hash="newer")
    record(ledger, identities=(moved,), publications=(renewed,))
    assert known(ledger, "full") == Known(identity=moved, publication=renewed)


def test_what_survives_the_process_is_all_of_it(rig: Rig) -> None:
    record(rig.ledger, adopted_at=NOON, identities=(FULL_IDENTITY,), publications=())
    before = rig.ledger.view(NOON)
    rig.crash()
    assert rig.ledger.view(NOON) == before


def test_a_site_is_adopted_once(ledger: AnyLedger) -> None:
    record(ledger, adopted_at=NOON)
    record(ledger, adopted_at=NOON + HOUR)
    assert ledger.view(NOON).adopted_at == NOON


def test_a_pass_that_changed_nothing_is_noted(ledger: AnyLedger) -> None:
    ledger.passed(NOON)
    ledger.passed(NOON + HOUR)
    assert ledger.view(NOON).last_pass_at == NOON + HOUR


def test_the_last_good_source_is_kept_until_there_is_a_newer_one(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    assert ledger.sources(["a", "nobody"]) == {"a": b"text of source of a"}
    record(ledger, publications=(publication("a", source_hash="second"),))
    assert ledger.sources(["b", "a"]) == {"a": b"text of second", "b": b"text of source of b"}


def test_a_source_that_is_kept_need_not_be_given_again(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.view(NOON)
    ledger.record(Plan(publications=(publication("a", expires=NOON),)), {}, NOON)
    assert ledger.sources(["a"]) == {"a": b"text of source of a"}


def test_a_publication_without_its_source_is_a_bug_and_nothing_is_written(
    ledger: AnyLedger,
) -> None:
    ledger.view(NOON)
    plan = Plan(identities=(identity("a"),), publications=(publication("a"),))
    with pytest.raises(ValueError, match="without its source: a"):
        ledger.record(plan, {}, NOON)
    assert ledger.view(NOON) == LedgerView()


def test_mail_that_was_seen_to_does_not_wait_again(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.skip("a", NOON)
    record(ledger, publications=(publication("a", updated=NOON + HOUR),))
    found = known(ledger, "a").publication
    assert found is not None
    assert not found.awaiting_mail
    assert found.updated == NOON + HOUR


def test_a_hold_opens_an_issue_named_by_the_title(ledger: AnyLedger) -> None:
    record(
        ledger,
        identities=(identity("a", title="Tides"),),
        publications=(publication("a"),),
        mailings=(Hold(key="a", reason="too late"),),
    )
    assert known(ledger, "a").issue == OpenIssue(id=1, state=IssueState.HELD, reason="too late")
    row = ledger.issue(1)
    assert (row.subject, row.audience, row.created_at) == ("Tides", 0, NOON)
    found = known(ledger, "a").publication
    assert found is not None
    assert not found.awaiting_mail


def test_a_hold_of_a_post_known_before_opens_an_issue_too(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    record(ledger, mailings=(Hold(key="a", reason="too many"),))
    assert known(ledger, "a").issue == OpenIssue(id=1, state=IssueState.HELD, reason="too many")


def test_a_hold_does_not_bring_back_what_a_person_skipped_meanwhile(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.view(NOON)
    ledger.skip("a", NOON)
    hold = Hold(key="a", reason="too many")
    ledger.record(Plan(publications=(publication("a", expires=NOON),), mailings=(hold,)), {}, NOON)
    assert known(ledger, "a").issue is None
    assert ledger.issues() == ()


def test_holding_again_changes_the_reason_and_not_what_a_person_said(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    record(ledger, mailings=(Hold(key="a", reason="too many"),))
    ledger.release("a", NOON)
    record(ledger, mailings=(Hold(key="a", reason="no address", issue_id=1),))
    assert known(ledger, "a").issue == OpenIssue(
        id=1, state=IssueState.HELD, released=True, reason="no address"
    )


def test_a_withdrawn_post_pauses_its_issue_and_coming_back_holds_it(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    withdraw(ledger, "a", Pause(key="a", issue_id=1, reason="withdrawn"))
    assert known(ledger, "a").issue == OpenIssue(id=1, state=IssueState.PAUSED, reason="withdrawn")
    assert not known(ledger, "a").live
    restore(ledger, "a", Hold(key="a", issue_id=1, reason="came back"))
    assert known(ledger, "a").issue == OpenIssue(id=1, state=IssueState.HELD, reason="came back")
    assert counts(ledger, 1) == {"queued": 1}


def test_a_withdrawal_takes_a_release_back(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    ledger.release("a", NOON)
    withdraw(ledger, "a")
    restore(ledger, "a")
    issue = known(ledger, "a").issue
    assert issue is not None
    assert not issue.released


def test_an_issue_that_a_person_ended_meanwhile_is_neither_held_nor_paused(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada")
    for key in ("a", "b"):
        start(ledger, key)
    ledger.view(NOON)
    ledger.cancel(1, NOON)
    ledger.cancel(2, NOON)
    mailings = (Pause(key="a", issue_id=1, reason="-"), Hold(key="b", issue_id=2, reason="-"))
    ledger.record(Plan(mailings=mailings), {}, NOON)
    assert [row.state for row in ledger.issues()] == [IssueState.CANCELLED] * 2


def test_the_newest_open_issue_of_a_post_counts_and_a_finished_one_does_not(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    answer(ledger, claim(ledger), Verdict.UNKNOWN)
    assert known(ledger, "a").issue is None
    ledger.release("a", NOON)
    ledger.resolve(1, "resend", NOON)
    found = known(ledger, "a").issue
    assert found is not None
    assert (found.id, found.state) == (2, IssueState.HELD)


def test_starts_of_the_last_hour_and_later_are_recent(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b", "c")
    subscribe(ledger, "ada")
    times = (NOON - HOUR, NOON - HOUR + timedelta(microseconds=1), NOON + 9 * HOUR)
    for key, at in zip("abc", times, strict=True):
        start(ledger, key, now=at)
    assert ledger.view(NOON).recent_starts == times[1:]


def test_an_issue_for_nobody_is_no_recent_start(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    start(ledger, "a")
    assert ledger.view(NOON).recent_starts == ()


def test_the_next_retry_is_that_of_an_issue_under_way(ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada")
    start(ledger, "a")
    assert ledger.view(NOON).retry_at is None
    answer(ledger, claim(ledger), Verdict.DEFERRED)
    start(ledger, "b")
    (later,) = claim(ledger, now=NOON + timedelta(seconds=1))
    answer(ledger, [later], Verdict.DEFERRED, NOON + HOUR)
    first = ledger.view(NOON).retry_at
    assert first is not None
    assert NOON < first < NOON + HOUR
    ledger.pause(1)
    second = ledger.view(NOON).retry_at
    assert second is not None
    assert second > NOON + HOUR


def test_a_plan_from_before_two_posts_were_made_one_is_outdated(ledger: AnyLedger) -> None:
    publish(ledger, "old", "new")
    ledger.view(NOON)
    ledger.same("content/new.md", "content/old.md", NOON)
    with pytest.raises(Outdated, match="next pass"):
        ledger.record(Plan(identities=(identity("new"),)), {}, NOON)
    assert [one.identity.key for one in ledger.view(NOON).known] == ["old"]
    record(ledger, identities=(identity("third"),))
    assert len(ledger.view(NOON).known) == 2


@pytest.mark.parametrize(
    "reference", ["content/a.md", "a", "https://example.com/a/"], ids=["path", "key", "url"]
)
def test_a_post_is_found_by(reference: str, ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    assert ledger.lookup(reference) == known(ledger, "a")


@pytest.mark.parametrize("reference", ["c", "content", "", "%", "https://example.com/"])
def test_a_post_that_nobody_knows_is_not_found(reference: str, ledger: AnyLedger) -> None:
    publish(ledger, "a", "b")
    with pytest.raises(NotFound, match="no post is known"):
        ledger.lookup(reference)


def test_a_url_of_two_posts_finds_neither(ledger: AnyLedger) -> None:
    record(
        ledger,
        identities=(
            identity("a", url="https://example.com/"),
            identity("b", url="https://example.com/"),
        ),
    )
    with pytest.raises(NotFound):
        ledger.lookup("https://example.com/")


def test_a_term_keeps_its_first_label_and_slug(ledger: AnyLedger) -> None:
    ledger.remember_terms([("tags", "c++", "C++", "c"), ("categories", "c", "C", "c")])
    ledger.remember_terms([("tags", "c", "c", "c-2"), ("tags", "c++", "c++", "other")])
    assert ledger.terms() == (
        ("categories", "c", "C", "c"),
        ("tags", "c", "c", "c-2"),
        ("tags", "c++", "C++", "c"),
    )
