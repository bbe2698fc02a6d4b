"""Errands: written down with a pass, one for each that waits, tried until done or given up."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from ledger_world import HOUR, NOON, URL, AnyLedger, Rig, identity, publication

from publisher.domain.errand import AFTER_THE_FEEDS, Answer, Errand, Kind, NewErrand, settle
from publisher.domain.plan import Plan
from publisher.ledger.migrate import migrate
from publisher.ledger.rows import Outdated
from publisher.ledger.store import open_ledger

HUB, OTHER = "https://hub.example.com/", "https://hub.example.net/"
FEED, FEED_2 = "https://example.com/atom.xml", "https://example.com/rss.xml"
SECOND = timedelta(seconds=1)
HOOK = NewErrand(kind=Kind.HOOK, target="hook", payload="{}", after=AFTER_THE_FEEDS)
LATER = NewErrand(kind=Kind.ANNOUNCE, target="", payload="then", after=AFTER_THE_FEEDS)


def ping(feed: str = FEED, hub: str = HUB) -> NewErrand:
    return NewErrand(kind=Kind.PING, target=hub, payload=feed)


def due(ledger: AnyLedger, now: datetime = NOON, hub: str = HUB) -> list[Errand]:
    return list(ledger.due_errands(Kind.PING, hub, now, 100))


def tried(ledger: AnyLedger, errand: Errand, *, done: bool, now: datetime = NOON) -> bool:
    return ledger.write_errand(settle(errand, Answer(done=done, reply="so"), now, 0.0), now)


def test_a_ping_waits_for_each_hub_and_feed_once(ledger: AnyLedger) -> None:
    ledger.announce([ping(), ping(FEED_2), ping(hub=OTHER), ping()], NOON)
    ledger.announce([ping(), ping(FEED_2)], NOON + SECOND)
    assert [one.payload for one in due(ledger, NOON + SECOND)] == [FEED, FEED_2]
    assert [one.payload for one in due(ledger, NOON + SECOND, OTHER)] == [FEED]
    assert ledger.next_errand_at(Kind.PING, HUB) == NOON + SECOND


def test_what_is_done_does_not_wait_and_is_not_shown(ledger: AnyLedger) -> None:
    ledger.announce([ping()], NOON)
    assert tried(ledger, due(ledger)[0], done=True)
    assert due(ledger, NOON + HOUR) == []
    assert ledger.errands() == ()
    assert ledger.next_errand_at(Kind.PING, HUB) is None


def test_what_failed_waits_and_comes_before_what_was_never_tried(ledger: AnyLedger) -> None:
    ledger.announce([ping(), ping(FEED_2)], NOON)
    assert tried(ledger, due(ledger)[1], done=False)
    assert [one.payload for one in due(ledger)] == [FEED]
    first, second = due(ledger, NOON + HOUR)
    assert (first.payload, first.attempts, first.reply) == (FEED_2, 1, "so")
    assert first.next_at == NOON + 5 * SECOND
    assert second.attempts == 0


def test_what_is_asked_for_anew_while_it_is_under_way_is_done_once_more(ledger: AnyLedger) -> None:
    ledger.announce([ping()], NOON)
    under_way = due(ledger)[0]
    ledger.announce([ping()], NOON + SECOND)
    assert not tried(ledger, under_way, done=True, now=NOON + 2 * SECOND)
    assert [one.attempts for one in due(ledger, NOON + 2 * SECOND)] == [0]


def test_an_errand_is_given_up_after_two_days_and_shown_until_one_goes_well(
    ledger: AnyLedger,
) -> None:
    ledger.announce([ping()], NOON)
    late = NOON + timedelta(days=2)
    assert tried(ledger, due(ledger)[0], done=False, now=late)
    [given_up] = ledger.errands()
    assert given_up.next_at is None
    assert given_up.reply == "given up after 1 attempts: so"
    assert due(ledger, late + HOUR) == []
    ledger.announce([ping(FEED_2)], late + HOUR)
    assert tried(ledger, due(ledger, late + HOUR)[0], done=True, now=late + HOUR)
    assert ledger.errands() == ()


def test_errands_of_a_pass_wait_until_its_feeds_are_written(ledger: AnyLedger) -> None:
    ledger.view(NOON)
    ledger.record(Plan(), {}, NOON, asked=[HOOK, LATER])
    assert ledger.due_errands(Kind.HOOK, "hook", NOON + SECOND, 9) == ()
    ledger.announce([ping()], NOON + SECOND)
    assert len(ledger.due_errands(Kind.HOOK, "hook", NOON + SECOND, 9)) == 1
    assert [one.kind for one in ledger.errands()] == [Kind.HOOK, Kind.PING]


def test_errands_of_a_pass_that_was_killed_are_found_a_minute_later(rig: Rig) -> None:
    rig.ledger.view(NOON)
    rig.ledger.record(Plan(), {}, NOON, asked=[HOOK, LATER])
    rig.crash()
    then = NOON + AFTER_THE_FEEDS
    assert len(rig.ledger.due_errands(Kind.HOOK, "hook", then, 9)) == 1
    assert len(rig.ledger.due_errands(Kind.ANNOUNCE, "", then, 9)) == 1


def test_a_hook_that_failed_is_not_hurried_by_the_next_pass(ledger: AnyLedger) -> None:
    ledger.view(NOON)
    ledger.record(Plan(), {}, NOON, asked=[HOOK])
    ledger.announce([], NOON)
    [hook] = ledger.due_errands(Kind.HOOK, "hook", NOON, 9)
    assert tried(ledger, hook, done=False)
    ledger.announce([], NOON + SECOND)
    assert ledger.due_errands(Kind.HOOK, "hook", NOON + SECOND, 9) == ()


def test_a_plan_that_is_outdated_asks_for_nothing(ledger: AnyLedger) -> None:
    ledger.view(NOON)
    ledger.record(
        Plan(
            identities=(identity("a"), identity("b")),
            publications=(publication("a", withdrawn_at=NOON),),
        ),
        {"a": b""},
        NOON,
    )
    ledger.view(NOON)
    ledger.same("content/b.md", "content/a.md", NOON)
    with pytest.raises(Outdated):
        ledger.record(Plan(), {}, NOON, asked=[HOOK])
    assert ledger.errands() == ()


def test_errands_to_a_target_that_is_not_set_any_more_are_given_up(ledger: AnyLedger) -> None:
    ledger.announce([ping(), ping(hub=OTHER)], NOON)
    assert ledger.keep_errands({(Kind.PING, OTHER)}) == 1
    gone, stays = ledger.errands()
    assert (gone.target, gone.next_at) == (HUB, None)
    assert "not set any more" in gone.reply
    assert stays.target == OTHER


def test_what_is_long_over_is_forgotten(ledger: AnyLedger) -> None:
    ledger.announce([ping()], NOON)
    assert ledger.keep_errands(set()) == 1
    ledger.announce([ping(hub=OTHER)], NOON + timedelta(days=6))
    assert [one.target for one in ledger.errands()] == [HUB, OTHER]
    ledger.announce([ping(hub=OTHER)], NOON + timedelta(days=8))
    assert [one.target for one in ledger.errands()] == [OTHER]


def test_what_came_of_an_errand_is_no_change_for_a_decision(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    with open_ledger(URL, root=tmp_path) as ledger:
        ledger.announce([ping()], NOON)
        before = ledger.changes()
        assert tried(ledger, due(ledger)[0], done=True)
        assert ledger.keep_errands(set()) == 0
        assert ledger.changes() == before
