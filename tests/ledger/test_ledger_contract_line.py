"""The line of what waits: pages of it, lanes, stages; and beginning what stood in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from ledger_world import (
    HOUR,
    NOON,
    AnyLedger,
    answer,
    claim,
    counts,
    in_line,
    known,
    person,
    publish,
    settling,
    start,
    states,
    subscribe,
)

from publisher.domain.delivery import Claim, State, Verdict
from publisher.domain.line import Lane, Page, Spent, UnderWay
from publisher.domain.relay import RelayNote
from publisher.domain.subscriber import NewSubscriber

ALL = Lane()
FIRST = UnderWay(issue_id=1)
GRAIN = timedelta(minutes=1)


def begin_with(ledger: AnyLedger, *names: str) -> list[int]:
    publish(ledger, "a")
    ids = subscribe(ledger, *names)
    start(ledger, "a")
    return ids


def live_at(ledger: AnyLedger, *mailboxes: str) -> None:
    """The issue waits for these, in this order."""
    publish(ledger, "a")
    ledger.add([NewSubscriber(address=one, mailbox=one) for one in mailboxes], NOON)
    start(ledger, "a")


def pages(ledger: AnyLedger, lane: Lane = ALL, most: int = 2) -> list[Page]:
    found = [ledger.waiting(FIRST, lane, None, most, NOON)]
    while (place := found[-1].next) is not None:
        found.append(ledger.waiting(FIRST, lane, place, most, NOON))
    return found


def boxes(found: Sequence[Page]) -> list[str]:
    return [one.mailbox for page in found for one in page.claims]


def names(claims: Sequence[Claim]) -> list[str]:
    return [one.mailbox.partition("@")[0] for one in claims]


# In line.


def test_what_waits_is_lined_up_and_begun(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada", "bob")
    (issue,) = ledger.under_way()
    page = ledger.waiting(issue, ALL, None, 1, NOON)
    (ada,) = page.claims
    assert (ada.first_at, ada.was, ada.frozen) == (None, State.QUEUED, 1)
    rest = ledger.waiting(issue, ALL, page.next, 9, NOON)
    assert (names(rest.claims), rest.next) == (["bob"], None)
    assert ledger.write([], page.claims, NOON) == [ada]
    assert ledger.write(settling([ada]), rest.claims, NOON) == list(rest.claims)
    assert claim(ledger) == []


def test_to_stand_in_line_changes_nothing(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada", "bob")
    assert in_line(ledger) == in_line(ledger)
    assert counts(ledger, 1) == {"queued": 2}


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_the_pages_of_a_line_hold_everybody_once(most: int, ledger: AnyLedger) -> None:
    begin_with(ledger, *"stuvwxyz")
    found = pages(ledger, most=most)
    assert names([one for page in found for one in page.claims]) == list("stuvwxyz")
    assert all(len(page.claims) <= most for page in found)


def test_a_place_holds_though_those_before_it_have_left_the_line(ledger: AnyLedger) -> None:
    begin_with(ledger, *"uvwxyz")
    page = ledger.waiting(FIRST, ALL, None, 3, NOON)
    ledger.write([], page.claims, NOON)
    assert names(ledger.waiting(FIRST, ALL, page.next, 9, NOON).claims) == list("xyz")


def test_who_was_put_off_stands_behind_those_never_tried_by_the_time_of_each(
    ledger: AnyLedger,
) -> None:
    begin_with(ledger, *"wxyz")
    w, x, y = settling(claim(ledger, 3), Verdict.DEFERRED)
    later = [replace(w, next_at=NOON + HOUR), replace(x, next_at=NOON), y]
    ledger.write(later, [], NOON)
    assert names(in_line(ledger)) == ["z", "x"]
    assert names(in_line(ledger, now=NOON + HOUR)) == ["z", "x", "y", "w"]
    place = ledger.waiting(FIRST, ALL, None, 2, NOON).next
    assert names(ledger.waiting(FIRST, ALL, place, 9, NOON + HOUR).claims) == ["y", "w"]


def test_a_deferred_one_says_so_and_how_often_and_since_when_it_was_tried(
    ledger: AnyLedger,
) -> None:
    begin_with(ledger, "ada")
    answer(ledger, claim(ledger), Verdict.DEFERRED)
    (ada,) = in_line(ledger, now=NOON + HOUR)
    assert (ada.was, ada.attempts, ada.first_at) == (State.DEFERRED, 1, NOON)


def test_between_two_stages_only_those_stand_in_line_who_were_put_off(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada", "bob", "cleo")
    (ada,) = claim(ledger, 1)
    answer(ledger, [ada], Verdict.DEFERRED)
    page = ledger.waiting(UnderWay(issue_id=1, between=True), ALL, None, 9, NOON + HOUR)
    assert names(page.claims) == ["ada"]


def test_nothing_stands_in_line_of_an_issue_that_is_stopped_or_was_never_opened(
    ledger: AnyLedger,
) -> None:
    begin_with(ledger, "ada")
    ledger.pause(1)
    assert ledger.under_way() == ()
    assert ledger.waiting(FIRST, ALL, None, 9, NOON) == Page(claims=(), next=None)


def test_the_newest_issue_is_named_first(ledger: AnyLedger) -> None:
    publish(ledger, *"abc")
    subscribe(ledger, "ada")
    for key in "abc":
        start(ledger, key)
    ledger.cancel(2, NOON)
    assert [one.issue_id for one in ledger.under_way()] == [3, 1]


# Lanes.

HOUSES = [
    f"{name}@{domain}" for name in "abc" for domain in ("x.example", "y.example", "z.example")
]


@pytest.mark.parametrize(
    ("lane", "domains"),
    [
        (Lane(), "xyz"),
        (Lane(only=frozenset({"x.example"})), "x"),
        (Lane(only=frozenset({"x.example", "z.example", "w.example"})), "xz"),
        (Lane(besides=frozenset({"x.example"})), "yz"),
        (Lane(besides=frozenset({"x.example", "y.example", "z.example"})), ""),
        (Lane(only=frozenset({"x.example", "y.example"}), besides=frozenset({"y.example"})), "x"),
        (Lane(only=frozenset()), ""),
    ],
)
def test_a_lane_has_its_own_domains_and_no_others(
    lane: Lane, domains: str, ledger: AnyLedger
) -> None:
    live_at(ledger, *HOUSES)
    expected = [one for one in HOUSES if one.partition("@")[2][0] in domains]
    assert boxes(pages(ledger, lane)) == expected


def test_a_lane_is_found_behind_any_number_of_others(ledger: AnyLedger) -> None:
    crowd = [f"reader{number}@x.example" for number in range(1300)]
    live_at(ledger, *crowd[:700], "ada@y.example", *crowd[700:], "bob@y.example")
    found = pages(ledger, Lane(only=frozenset({"y.example"})))
    assert boxes(found) == ["ada@y.example", "bob@y.example"]
    assert len(found) <= 5


def test_an_empty_lane_ends(ledger: AnyLedger) -> None:
    live_at(ledger, *(f"reader{number}@x.example" for number in range(1000)))
    found = pages(ledger, Lane(only=frozenset({"y.example"})), most=9)
    assert boxes(found) == []
    assert len(found) <= 3


# Begun.


def test_what_is_begun_is_begun_once(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada")
    line = in_line(ledger)
    assert ledger.write([], [*line, *line], NOON) == line
    assert ledger.write([], line, NOON) == []
    assert counts(ledger, 1) == {"sending": 1}


def test_who_left_after_they_were_lined_up_is_cancelled_and_not_begun(ledger: AnyLedger) -> None:
    ada, _ = begin_with(ledger, "ada", "bob")
    line = in_line(ledger)
    ledger.unsubscribe(ada, NOON)
    assert names(ledger.write([], line, NOON)) == ["bob"]
    assert states(ledger, 1) == {"ada": "cancelled", "bob": "sending"}
    assert next(iter(ledger.deliveries(1))).reply == "unsubscribed before it was sent"
    ledger.add([person("ada")], NOON, resubscribe=True)
    assert ledger.audience_of("a") == 1


def test_who_has_had_the_post_in_another_way_is_cancelled_and_not_begun(
    ledger: AnyLedger,
) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada")
    start(ledger, "a")
    answer(ledger, claim(ledger))
    start(ledger, "b")
    line = in_line(ledger)
    paths = [known(ledger, key).identity.path for key in "ab"]
    ledger.same(paths[1], paths[0], NOON)
    assert ledger.write([], line, NOON) == []
    assert states(ledger, 2) == {"ada": "cancelled"}


def test_what_was_lined_up_before_a_new_freeze_is_not_begun(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada")
    old = in_line(ledger)
    ledger.pause(1)
    assert ledger.write([], old, NOON) == []
    start(ledger, "a", issue_id=1)
    assert ledger.write([], old, NOON) == []
    assert counts(ledger, 1) == {"queued": 1}
    (new,) = in_line(ledger)
    assert new.frozen == 2
    assert ledger.write([], [new], NOON) == [new]


def test_who_was_lined_up_before_another_attempt_is_not_begun(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada")
    line = in_line(ledger)
    first = ledger.write([], line, NOON)
    answer(ledger, first, Verdict.DEFERRED)
    (second,) = in_line(ledger, now=NOON + HOUR)
    ledger.write([], [second], NOON + HOUR)
    answer(ledger, [second], Verdict.DEFERRED, NOON + HOUR)
    assert ledger.write([], [*line, second], NOON + 9 * HOUR) == []
    assert counts(ledger, 1) == {"deferred": 1}


def test_of_a_stopped_issue_nobody_is_begun_nor_cancelled(ledger: AnyLedger) -> None:
    ada, _ = begin_with(ledger, "ada", "bob")
    line = in_line(ledger)
    ledger.unsubscribe(ada, NOON)
    ledger.pause(1)
    assert ledger.write([], line, NOON) == []
    assert counts(ledger, 1) == {"queued": 2}


def test_what_comes_back_may_be_begun_in_the_same_write(ledger: AnyLedger) -> None:
    begin_with(ledger, "ada", "bob")
    line = in_line(ledger)
    begun = ledger.write([], line, NOON)
    assert ledger.write(settling(begun, Verdict.RETURNED), line, NOON) == line
    assert counts(ledger, 1) == {"sending": 2}


def test_an_issue_is_done_with_the_last_settlement_though_nothing_is_begun(
    ledger: AnyLedger,
) -> None:
    ada, _ = begin_with(ledger, "ada", "bob")
    line = in_line(ledger)
    (bob,) = ledger.write([], line[1:], NOON)
    ledger.unsubscribe(ada, NOON)
    assert ledger.write(settling([bob]), line[:1], NOON + HOUR) == []
    assert ledger.issue(1).finished_at == NOON + HOUR
    assert counts(ledger, 1) == {"accepted": 1, "cancelled": 1}


# What outlives a restart.


def spent(minute: int, count: int, meter: str = "overall") -> Spent:
    return Spent(meter=meter, grain=NOON + minute * GRAIN, count=count)


def test_what_is_spent_adds_up_by_meter_and_grain(ledger: AnyLedger) -> None:
    ledger.write([], [], NOON, spent=[spent(0, 3), spent(1, 1), spent(0, 5, "google")])
    ledger.write([], [], NOON, spent=[spent(1, 4), spent(1, 2)])
    assert ledger.spent(NOON) == (spent(0, 5, "google"), spent(0, 3), spent(1, 7))
    assert ledger.spent(NOON + GRAIN) == (spent(1, 7),)
    assert ledger.spent(NOON + 2 * GRAIN) == ()


def test_what_no_quota_looks_at_any_more_is_forgotten(ledger: AnyLedger) -> None:
    ledger.write([], [], NOON, spent=[spent(0, 1), spent(1, 1)])
    ledger.write([], [], NOON + 48 * HOUR + GRAIN, spent=[spent(2, 1)])
    assert ledger.spent(NOON - 99 * HOUR) == (spent(1, 1), spent(2, 1))


def test_how_a_relay_stands_is_kept(ledger: AnyLedger) -> None:
    main = RelayNote(name="main", limit=3, paused_until=NOON, reason="421 too many", pauses=2)
    spare = RelayNote(name="a spare", limit=8, paused_until=None, reason=None, pauses=0)
    assert ledger.relays() == ()
    for note in (main, spare):
        ledger.note_relay(note)
    assert ledger.relays() == (spare, main)
    better = replace(main, limit=4, paused_until=None, reason=None, pauses=0)
    ledger.note_relay(better)
    assert ledger.relays() == (spare, better)
