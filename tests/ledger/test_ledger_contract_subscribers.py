"""Subscribers: one mailbox each, added once, never forgotten."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_world import HOUR, NOON, AnyLedger, Rig, person, subscribe

from publisher.domain.subscriber import NewSubscriber, Standing, Subscriber
from publisher.ledger.rows import AddResult


def test_a_subscriber_is_kept_as_typed(ledger: AnyLedger) -> None:
    assert ledger.add([person("ada")], NOON) == AddResult(added=1)
    ada = Subscriber(
        id=1,
        address="Ada@Example.com",
        mailbox="ada@example.com",
        name="Ada",
        standing=Standing.ACTIVE,
        created_at=NOON,
    )
    assert ledger.find("ada@example.com") == ada
    assert ledger.get(1) == ada
    assert list(ledger.subscribers()) == [ada]


def test_nobody_who_is_not_there_is_found(ledger: AnyLedger) -> None:
    subscribe(ledger, "ada")
    assert ledger.find("Ada@Example.com") is None
    assert ledger.get(2) is None


def test_a_mailbox_is_added_once_and_stays_as_it_was_first_typed(ledger: AnyLedger) -> None:
    subscribe(ledger, "ada")
    other = NewSubscriber(address="ADA@example.com", mailbox="ada@example.com", name="Countess")
    assert ledger.add([other], NOON + HOUR) == AddResult(unchanged=1)
    found = ledger.get(1)
    assert found is not None
    assert (found.address, found.name, found.created_at) == ("Ada@Example.com", "Ada", NOON)


def test_a_mailbox_twice_in_one_list_counts_once(ledger: AnyLedger) -> None:
    twice = [person("ada"), replace(person("ada"), name="Other"), person("bob")]
    assert ledger.add(twice, NOON) == AddResult(added=2, unchanged=1)
    assert [one.name for one in ledger.subscribers()] == ["Ada", "Bob"]


def test_what_adding_would_come_to_is_foreseen_and_not_done(ledger: AnyLedger) -> None:
    subscribe(ledger, "ada", "bob")
    ledger.unsubscribe(2, NOON)
    before = list(ledger.subscribers())
    many = [person(name) for name in ("ada", "bob", "cleo", "cleo")]
    many += [person(f"reader{number}") for number in range(1200)]
    foreseen = ledger.foresee_add(many)
    assert foreseen == AddResult(added=1201, unchanged=2, unsubscribed=1)
    assert list(ledger.subscribers()) == before
    assert ledger.add(many, NOON) == foreseen


def test_whoever_left_stays_known_and_away(ledger: AnyLedger) -> None:
    subscribe(ledger, "ada", "bob")
    assert ledger.unsubscribe(1, NOON + HOUR)
    found = ledger.get(1)
    assert found is not None
    assert (found.standing, found.unsubscribed_at) == (Standing.UNSUBSCRIBED, NOON + HOUR)
    assert ledger.add([person("ada"), person("bob")], NOON) == AddResult(
        unsubscribed=1, unchanged=1
    )
    again = ledger.get(1)
    assert again is not None
    assert again.standing is Standing.UNSUBSCRIBED


def test_whoever_left_comes_back_when_that_is_asked_for(ledger: AnyLedger) -> None:
    subscribe(ledger, "ada")
    ledger.unsubscribe(1, NOON)
    typed = replace(person("ada"), address="ada@EXAMPLE.com", name="")
    assert ledger.add([typed, typed], NOON, resubscribe=True) == AddResult(
        resubscribed=1, unchanged=1
    )
    found = ledger.get(1)
    assert found is not None
    assert (found.standing, found.unsubscribed_at) == (Standing.ACTIVE, None)
    assert (found.address, found.name) == ("ada@EXAMPLE.com", "Ada")


@pytest.mark.parametrize("way", ["unsubscribe", "remove"])
def test_leaving_again_changes_nothing_and_answers_the_same(way: str, ledger: AnyLedger) -> None:
    subscribe(ledger, "ada", "bob")
    for at in (NOON, NOON + HOUR):
        if way == "remove":
            assert ledger.remove("ada@example.com", at)
        else:
            assert ledger.unsubscribe(1, at)
    left = ledger.get(1)
    assert left is not None
    assert left.unsubscribed_at == NOON
    bob = ledger.get(2)
    assert bob is not None
    assert bob.standing is Standing.ACTIVE


def test_a_stranger_can_not_leave(ledger: AnyLedger) -> None:
    assert not ledger.unsubscribe(1, NOON)
    assert not ledger.remove("ada@example.com", NOON)


def test_many_are_added_and_read_in_the_order_they_came(rig: Rig) -> None:
    names = [f"reader{number:04}" for number in range(2300, 0, -1)]
    everyone = [person(name) for name in names]
    assert rig.ledger.add(everyone, NOON) == AddResult(added=2300)
    assert rig.ledger.add(everyone, NOON) == AddResult(unchanged=2300)
    rig.crash()
    assert [one.mailbox for one in rig.ledger.subscribers()] == [one.mailbox for one in everyone]
