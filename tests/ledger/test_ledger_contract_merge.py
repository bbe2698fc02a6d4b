"""``same NEW OLD``: two paths that are one post, and nobody gets it twice for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ledger_world import (
    HOUR,
    NOON,
    AnyLedger,
    answer,
    claim,
    counts,
    identity,
    known,
    publication,
    publish,
    record,
    start,
    states,
    subscribe,
    withdraw,
)

from publisher.domain.delivery import Verdict
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold
from publisher.domain.publication import Known

NEW, OLD = "content/new.md", "content/old.md"


def renamed(ledger: AnyLedger) -> None:
    """The post ``old`` was mailed and is gone; ``new`` came in that pass, and its issue is held."""
    publish(ledger, "old")
    subscribe(ledger, "ada", "bob")
    start(ledger, "old")
    answer(ledger, claim(ledger))
    withdraw(ledger, "old")
    record(
        ledger,
        identities=(
            identity("new", names=("n",), resembles=OLD, waiting=True, waited_at=NOON - HOUR),
        ),
        publications=(publication("new"),),
        mailings=(Hold(key="new", reason=f"looks like {OLD} renamed"),),
    )


def test_the_old_record_lives_on_under_the_new_path(ledger: AnyLedger) -> None:
    renamed(ledger)
    old = known(ledger, "old").publication
    ledger.same(NEW, OLD, NOON)
    expected = identity(
        "new", key="old", names=("n",), resembles=None, waiting=True, waited_at=NOON - HOUR
    )
    assert ledger.view(NOON).known == (Known(identity=expected, publication=old),)
    assert ledger.sources(["old", "new"]) == {"old": b"text of source of old"}


def test_the_new_record_s_held_issue_is_cancelled(ledger: AnyLedger) -> None:
    renamed(ledger)
    ledger.same(NEW, OLD, NOON + HOUR)
    first, second = ledger.issues()
    assert (first.state, first.keys) == (IssueState.DONE, ("old",))
    assert (second.state, second.finished_at) == (IssueState.CANCELLED, NOON + HOUR)
    assert second.keys == ("old",)


def test_whoever_had_the_old_one_is_not_mailed_again(ledger: AnyLedger) -> None:
    renamed(ledger)
    ledger.same(NEW, OLD, NOON)
    subscribe(ledger, "cleo")
    record(ledger, publications=(publication("old", withdrawn_at=None),))
    issue_id = start(ledger, "old", issue_id=ledger.release("old", NOON)).id
    assert states(ledger, issue_id) == {"cleo": "queued"}
    assert ledger.issue(issue_id).edition == 2


def test_names_of_both_are_kept_once(ledger: AnyLedger) -> None:
    record(
        ledger,
        identities=(identity("old", names=("b", "c")), identity("new", names=("a", "b"))),
    )
    ledger.same(NEW, OLD, NOON)
    assert known(ledger, "old").identity.names == ("a", "b", "c")


def test_mail_that_the_old_one_still_waits_for_is_not_lost_with_the_new_one_s(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "old", "new")
    record(ledger, mailings=(Hold(key="new", reason="looks like it"),))
    ledger.same(NEW, OLD, NOON)
    found = known(ledger, "old").publication
    assert found is not None
    assert found.awaiting_mail


def test_mail_of_the_new_one_counts_for_the_old(ledger: AnyLedger) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada")
    start(ledger, "new")
    answer(ledger, claim(ledger))
    ledger.same(NEW, OLD, NOON)
    found = known(ledger, "old").publication
    assert found is not None
    assert not found.awaiting_mail
    assert start(ledger, "old", issue_id=ledger.release("old", NOON)).finished


def test_what_waits_of_the_new_one_goes_only_to_those_who_had_neither(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada", "bob")
    start(ledger, "old")
    ada, bob = claim(ledger)
    answer(ledger, [ada])
    answer(ledger, [bob], Verdict.REJECTED)
    subscribe(ledger, "cleo")
    issue_id = start(ledger, "new").id
    ledger.same(NEW, OLD, NOON)
    assert states(ledger, issue_id) == {"ada": "cancelled", "bob": "queued", "cleo": "queued"}
    assert next(ledger.deliveries(issue_id)).reply == "had this post already"
    assert [one.mailbox for one in claim(ledger)] == ["bob@example.com", "cleo@example.com"]


def test_what_waits_of_the_old_one_is_not_sent_to_those_who_had_the_new(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada", "bob")
    start(ledger, "new")
    answer(ledger, claim(ledger, 1))
    ledger.pause(1)
    start(ledger, "old")
    ledger.same(NEW, OLD, NOON)
    assert states(ledger, 1) == {"ada": "accepted", "bob": "cancelled"}
    assert states(ledger, 2) == {"ada": "cancelled", "bob": "queued"}
    assert ledger.issue(1).state is IssueState.DONE


def test_an_unknown_delivery_is_not_sent_again_to_whoever_had_the_other(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada")
    start(ledger, "old")
    answer(ledger, claim(ledger), Verdict.UNKNOWN)
    start(ledger, "new")
    answer(ledger, claim(ledger))
    ledger.same(NEW, OLD, NOON)
    ledger.resolve(1, "resend", NOON)
    assert counts(ledger, 1) == {"cancelled": 1}
    assert counts(ledger, 2) == {"accepted": 1}


def test_of_two_rejected_deliveries_of_one_post_one_is_absolved(ledger: AnyLedger) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada")
    start(ledger, "old")
    start(ledger, "new")
    blamed = claim(ledger)
    answer(ledger, blamed, Verdict.SUSPECT)
    ledger.same(NEW, OLD, NOON)
    assert ledger.absolve(blamed) == 1
    assert len(claim(ledger)) == 1


def test_an_old_one_that_never_was_public_takes_over_what_the_new_one_is(
    ledger: AnyLedger,
) -> None:
    record(ledger, identities=(identity("old", waiting=True),))
    publish(ledger, "new")
    record(ledger, mailings=(Hold(key="new", reason="too late"),))
    ledger.same(NEW, OLD, NOON)
    found = known(ledger, "old")
    assert found.publication == publication("new", key="old", awaiting_mail=False)
    assert found.issue is not None
    assert found.issue.state is IssueState.HELD
    assert ledger.sources(["old"]) == {"old": b"text of source of new"}


def test_a_new_one_that_never_was_public_leaves_the_old_one_s_publication(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "old")
    record(ledger, identities=(identity("new"),))
    ledger.same(NEW, OLD, NOON)
    assert known(ledger, "old").publication == publication("old")
    assert known(ledger, "old").identity.path == NEW


def test_while_mail_of_either_is_in_flight_they_stay_two(ledger: AnyLedger) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada")
    start(ledger, "new")
    flying = claim(ledger)
    with pytest.raises(Refused, match="in flight"):
        ledger.same(NEW, OLD, NOON)
    answer(ledger, flying)
    ledger.same(NEW, OLD, NOON)


def test_one_post_can_not_be_made_one(ledger: AnyLedger) -> None:
    publish(ledger, "old")
    with pytest.raises(Refused, match=r"content/old\.md: that is one post already"):
        ledger.same(OLD, OLD, NOON)


def test_paths_that_nobody_knows_are_not_found(ledger: AnyLedger) -> None:
    publish(ledger, "old")
    for pair in ((NEW, OLD), (OLD, NEW)):
        with pytest.raises(NotFound, match=r"content/new\.md: no post is known"):
            ledger.same(*pair, NOON)


@pytest.mark.parametrize("sign", ["resembles", "withdrawn"])
def test_the_two_paths_the_wrong_way_round_are_noticed(sign: str, ledger: AnyLedger) -> None:
    publish(ledger, "old", "new")
    if sign == "resembles":
        record(ledger, identities=(identity("new", resembles=OLD),))
    else:
        withdraw(ledger, "old")
    with pytest.raises(Refused, match=f"did you mean publisher same {NEW} {OLD}"):
        ledger.same(OLD, NEW, NOON)
    ledger.same(NEW, OLD, NOON)


def test_three_paths_can_be_one_post(ledger: AnyLedger) -> None:
    publish(ledger, "old", "mid", "new")
    subscribe(ledger, "ada")
    start(ledger, "mid", now=NOON - timedelta(minutes=1))
    answer(ledger, claim(ledger))
    ledger.same("content/mid.md", OLD, NOON)
    ledger.same(NEW, "content/mid.md", NOON)
    assert [one.identity.path for one in ledger.view(NOON).known] == [NEW]
    assert [row.keys for row in ledger.issues()] == [("old",)]
    assert start(ledger, "old", issue_id=ledger.release("old", NOON)).finished


def half_mailed(ledger: AnyLedger) -> None:
    """Ada had the old one, Bob the new one. Eve waits for both, Cleo, who came between the two, for
    the new one, and so does Dan, for whom the old one was refused. The old one is paused."""
    publish(ledger, "old", "new")
    subscribe(ledger, "ada", "dan", "bob", "eve")
    start(ledger, "old")
    ada, dan = claim(ledger, 2)
    answer(ledger, [ada])
    answer(ledger, [dan], Verdict.REJECTED)
    ledger.pause(1)
    subscribe(ledger, "cleo")
    start(ledger, "new")
    flying = claim(ledger)
    (bob,) = [one for one in flying if one.mailbox.startswith("bob")]
    answer(ledger, [bob])
    answer(ledger, [one for one in flying if one is not bob], Verdict.RETURNED)


def go_on(ledger: AnyLedger) -> list[str]:
    """What is open of the post is let go and sent to its end; who got it, in that order."""
    for row in ledger.issues():
        if row.state is IssueState.PAUSED:
            start(ledger, "old", issue_id=ledger.release(row.id, NOON))
    claims = claim(ledger)
    answer(ledger, claims)
    return sorted(one.mailbox.partition("@")[0] for one in claims)


def test_of_two_half_mailed_posts_one_issue_goes_on_for_both(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    ledger.same(NEW, OLD, NOON)
    assert states(ledger, 1) == {
        "ada": "accepted",
        "dan": "queued",
        "bob": "cancelled",
        "eve": "queued",
        "cleo": "queued",
    }
    assert states(ledger, 2) == {
        "ada": "cancelled",
        "dan": "cancelled",
        "bob": "accepted",
        "eve": "cancelled",
        "cleo": "cancelled",
    }
    assert ledger.issue(2).state is IssueState.DONE
    replies = {row.mailbox: row.reply for row in ledger.deliveries(2)}
    assert replies["cleo@example.com"] == "goes on in issue 1"


def test_it_waits_for_a_person_where_one_of_the_two_was_stopped(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    ledger.same(NEW, OLD, NOON)
    row = ledger.issue(1)
    assert (row.state, row.released) == (IssueState.PAUSED, False)
    assert row.reason == (
        "goes on for issue 2 too, of the same post: publisher release 1 mails the rest"
    )
    assert claim(ledger) == []


def test_it_goes_on_by_itself_where_both_were_being_sent(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    start(ledger, "old", issue_id=ledger.release(1, NOON))
    ledger.same(NEW, OLD, NOON)
    assert ledger.issue(1).state is IssueState.SENDING
    assert [one.mailbox for one in claim(ledger)] == [
        f"{name}@example.com" for name in ("dan", "eve", "cleo")
    ]


def test_a_release_of_either_lets_go_what_is_left_of_both(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    ledger.pause(2)
    ledger.release(2, NOON)
    ledger.same(NEW, OLD, NOON)
    assert ledger.issue(1).released


def test_everybody_who_had_neither_gets_it_and_nobody_else(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    ledger.same(NEW, OLD, NOON)
    assert go_on(ledger) == ["cleo", "dan", "eve"]
    assert [row.state for row in ledger.issues()] == [IssueState.DONE, IssueState.DONE]
    assert ledger.audience_of("old") == 0


def test_an_issue_that_never_started_gives_way_to_one_that_did(ledger: AnyLedger) -> None:
    publish(ledger, "old", "new")
    subscribe(ledger, "ada")
    record(ledger, mailings=(Hold(key="old", reason="too late"),))
    start(ledger, "new")
    subscribe(ledger, "bob")
    ledger.same(NEW, OLD, NOON)
    assert [row.state for row in ledger.issues()] == [IssueState.CANCELLED, IssueState.PAUSED]
    assert go_on(ledger) == ["ada", "bob"]


def test_an_issue_held_half_way_goes_on_in_the_other(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    ledger.pause(2)
    record(ledger, mailings=(Hold(key="new", issue_id=2, reason="its post came back"),))
    ledger.same(NEW, OLD, NOON)
    assert [row.state for row in ledger.issues()] == [IssueState.PAUSED, IssueState.DONE]
    assert go_on(ledger) == ["cleo", "dan", "eve"]


def test_what_was_tried_already_goes_on_with_its_attempts(ledger: AnyLedger) -> None:
    half_mailed(ledger)
    answer(ledger, claim(ledger), Verdict.DEFERRED)
    assert states(ledger, 2)["cleo"] == "deferred"
    ledger.same(NEW, OLD, NOON)
    attempts = {row.mailbox: (str(row.state), row.attempts) for row in ledger.deliveries(1)}
    assert attempts["cleo@example.com"] == ("queued", 1)
