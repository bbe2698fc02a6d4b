"""Several relays, destinations with rates of their own, and what of all that a restart knows."""

from __future__ import annotations

from collections import Counter

import pytest
from delivery_world import (
    ACCEPTED,
    BUSY,
    DOWN,
    LATER,
    NO_LOGIN,
    OURS,
    Server,
    World,
    people,
)

from publisher.domain.delivery import State
from publisher.domain.errors import LedgerUnusable, RelayRefused

FIRST, SECOND = "first", "second"


@pytest.fixture
def two(world: World) -> World:
    """Two relays of one weight, with two connections each."""
    world.servers = {FIRST: world.server, SECOND: Server(world.clock)}
    world.connections = 2
    return world


def share(world: World, name: str) -> int:
    return sum(world.servers[name].accepted().values())


def everybody(world: World) -> Counter[str]:
    return sum((server.accepted() for server in world.servers.values()), Counter())


# Weights.


def test_two_relays_share_and_everybody_has_it_once(two: World) -> None:
    two.issue(people(80))
    two.run()
    assert everybody(two) == Counter(people(80))
    assert share(two, FIRST) == pytest.approx(40, abs=4)


@pytest.mark.parametrize("rate", ["none", "40/s"])
def test_relays_share_by_weight(two: World, rate: str) -> None:
    two.weights, two.rate = {FIRST: 3, SECOND: 1}, rate
    two.issue(people(200))
    two.run()
    assert everybody(two) == Counter(people(200))
    assert share(two, FIRST) == pytest.approx(150, abs=8)


def test_a_relay_s_own_rate_is_kept_and_the_other_goes_on(two: World) -> None:
    two.rates = {FIRST: "10/s"}
    two.issue(people(300))
    two.run()
    begun = [at for at, _ in two.servers[FIRST].begun]
    assert len(begun) <= two.clock.s * 10 * 1.05 + 1
    assert everybody(two) == Counter(people(300))
    assert two.clock.s < 3


# Trouble.


def test_when_one_is_down_the_other_takes_all_at_once_and_nobody_is_alarmed(two: World) -> None:
    two.servers[FIRST].refuse = lambda: DOWN
    two.issue(people(80))
    done = two.run()
    assert two.servers[SECOND].accepted() == Counter(people(80))
    assert (done.stopped, two.pauses) == (None, [])
    assert set(two.attempts().values()) == {1}
    assert two.clock.s < 1


def test_what_one_returns_goes_by_the_other(two: World) -> None:
    two.servers[FIRST].answer = lambda _: OURS
    two.issue(people(80))
    two.run()
    assert two.servers[SECOND].accepted() == Counter(people(80))
    assert two.counts() == {"accepted": 80}
    assert len(two.servers[FIRST].begun) <= two.connections


def test_what_one_defers_may_go_by_the_other_next_time(two: World) -> None:
    two.servers[FIRST].answer = lambda _: LATER
    two.issue(people(8))
    two.run()
    assert two.counts() == {"accepted": 4, "deferred": 4}
    two.servers[FIRST].refuse = lambda: NO_LOGIN
    two.run_for(3600)
    assert two.counts() == {"accepted": 8}
    assert share(two, SECOND) == 8


def test_a_relay_that_hangs_never_stops_the_other(two: World) -> None:
    two.servers[FIRST].send_s = lambda _: 60.0
    two.issue(people(100))
    two.run_for(59)
    assert two.servers[SECOND].ended[-1][0] < 3, "what was to follow a hanging one goes elsewhere"
    assert share(two, SECOND) == 98
    assert two.counts() == {"accepted": 100}, "which end when it is told to stop"


def test_a_relay_that_never_lets_us_in_never_stops_the_other(two: World) -> None:
    two.servers[FIRST].connect_s = 30.0
    two.issue(people(100))
    two.run_for(20)
    assert share(two, SECOND) == 100
    assert two.servers[SECOND].ended[-1][0] < 5


def test_a_spare_is_used_only_while_no_other_can_be(two: World) -> None:
    two.weights = {SECOND: 0}
    two.servers[FIRST].refuse = lambda: DOWN if 10 < two.clock.s < 20 else None
    two.servers[FIRST].answer = lambda _: BUSY if 10 < two.clock.s < 20 else ACCEPTED
    two.rate = "10/s"
    two.issue(people(900))
    two.run_for(300)
    assert share(two, FIRST) + share(two, SECOND) >= 898
    used = [at for at, _ in two.servers[SECOND].begun]
    assert 10 < min(used) < 12
    assert max(used) < 20 + 60
    assert two.pauses == []


def test_only_when_all_are_down_the_run_pauses_with_one_alarm_and_one_all_clear(
    two: World,
) -> None:
    two.servers[FIRST].refuse = lambda: DOWN if two.clock.s < 3600 else None
    two.servers[SECOND].refuse = lambda: NO_LOGIN if two.clock.s < 7200 else None
    two.issue(people(80))
    two.run_for(3 * 3600)
    assert two.pauses == [f"{DOWN}; {NO_LOGIN}"]
    assert len(two.clears) == 1
    assert 3600 < two.clears[0] < 3600 + 15 * 60
    assert everybody(two) == Counter(people(80))


def test_a_run_that_is_not_for_ever_ends_when_all_are_down(two: World) -> None:
    for server in two.servers.values():
        server.refuse = lambda: DOWN
    two.issue(people(80))
    done = two.run()
    assert (done.stopped, two.counts()) == (str(DOWN), {"queued": 80})


# Destinations.


@pytest.fixture
def lanes(world: World) -> World:
    world.destinations = {"big": frozenset({"example.org"})}
    world.rates = {"big": "5/s"}
    return world


def test_a_destination_s_rate_is_kept_and_holds_up_nobody_else(lanes: World) -> None:
    lanes.issue(people(30, "example.org") + people(100))
    lanes.run()
    big = [at for at, who in lanes.server.begun if who.endswith("@example.org")]
    others = [at for at, who in lanes.server.begun if not who.endswith("@example.org")]
    assert (len(big), len(others)) == (30, 100)
    assert max(others) < 1
    assert max(big) == pytest.approx(30 / 5, rel=0.1)


def test_a_destination_with_a_quota_waits_alone(lanes: World) -> None:
    lanes.rates = {"big": "10/h"}
    lanes.issue(people(30, "example.org") + people(100))
    lanes.run()
    assert lanes.counts() == {"accepted": 110, "queued": 20}
    assert lanes.clock.s < 60


def test_a_line_with_few_for_a_destination_is_looked_through_to_its_end(lanes: World) -> None:
    lanes.issue(people(1200) + people(3, "example.org"))
    lanes.run()
    assert lanes.counts() == {"accepted": 1203}


# What is to follow.


def test_the_next_one_s_envelope_goes_along_where_no_rate_forbids(world: World) -> None:
    world.issue(people(60))
    world.run()
    assert sum(courier.offers for courier in world.hired) >= 60 - 2 * world.connections


def test_no_envelope_goes_along_that_would_have_to_wait(world: World) -> None:
    world.rate = "14/s"
    world.issue(people(60))
    world.run()
    assert sum(courier.offers for courier in world.hired) <= 1
    assert world.clock.s == pytest.approx(60 / 14, rel=0.05)


@pytest.mark.parametrize("rate", [14, 100, 900])
def test_a_rate_is_kept_within_a_twentieth(world: World, rate: int) -> None:
    world.rate, world.connections = f"{rate}/s", 20
    world.issue(people(rate * 5))
    world.run()
    begun = [at for at, _ in world.server.begun]
    assert (len(begun) - 1) / (begun[-1] - begun[0]) == pytest.approx(rate, rel=0.05)


def test_who_leaves_while_their_envelope_is_ahead_gets_nothing(world: World) -> None:
    world.connections = 1
    world.issue(people(3))
    leaver = world.ledger.find(people(3)[1])
    world.server.send_s = lambda _: 1.0
    world.after(0.5, lambda: world.ledger.unsubscribe(leaver.id, world.clock.wall()))
    world.run()
    assert world.states()[leaver.address] == "cancelled"
    assert world.server.accepted() == {people(3)[0]: 1, people(3)[2]: 1}


def test_a_pause_is_seen_by_what_had_its_envelope_ahead(world: World) -> None:
    issue = world.issue(people(30))
    world.server.send_s = lambda _: 1.0
    world.after(0.5, lambda: world.ledger.pause(issue))
    world.run()
    assert world.counts() == {"accepted": 4, "queued": 26}


# A restart.


def test_a_quota_survives_a_restart(world: World) -> None:
    world.rate = "25/h"
    world.issue(people(60))
    world.run()
    assert world.counts() == {"accepted": 25, "queued": 35}
    world.clock.s += 1800
    world.run()
    assert world.counts() == {"accepted": 25, "queued": 35}
    world.clock.s += 2000
    world.run()
    assert world.counts() == {"accepted": 50, "queued": 10}


def test_a_relay_s_quota_and_a_destination_s_survive_it_too(lanes: World) -> None:
    lanes.rates = {"big": "5/h", "main": "20/h"}
    lanes.issue(people(20, "example.org") + people(60))
    lanes.run()
    lanes.run()
    assert lanes.counts() == {"accepted": 20, "queued": 60}
    big = [who for who in lanes.server.accepted() if who.endswith("@example.org")]
    assert len(big) <= 5


def test_a_daemon_that_is_restarted_knows_how_many_connections_a_relay_bears(
    world: World,
) -> None:
    world.issue(people(20))
    refusals = [None, None, RelayRefused("421 too many", temporary=True)]
    world.server.refuse = lambda: refusals.pop(0) if refusals else DOWN
    world.run_for(2)
    world.start("fog")
    world.server.refuse = lambda: None
    world.server.most_flying = 0
    world.run_for(2)
    assert world.counts(2) == {"accepted": 20}
    assert world.server.most_flying == 2


def test_a_daemon_that_is_restarted_in_a_pause_waits_for_half_a_minute_at_most(
    world: World,
) -> None:
    world.issue(people(4))
    world.server.refuse = lambda: NO_LOGIN if world.clock.s < 3000 else None
    world.run_for(3000)
    connects = len(world.server.connects)
    world.run_for(600)
    assert world.server.connects[connects] <= 3000 + 31
    assert world.counts() == {"accepted": 4}


def test_a_person_who_publishes_in_a_pause_does_not_wait_for_its_end(world: World) -> None:
    world.issue(people(4))
    world.server.refuse = lambda: NO_LOGIN
    assert world.run().stopped == str(NO_LOGIN)
    world.server.refuse = lambda: None
    assert world.run().counts == {State.ACCEPTED: 4}
    assert world.clock.s < 1


def test_who_was_given_back_is_soon_again_and_not_last(world: World) -> None:
    world.connections = 1
    world.server.answer = lambda _: OURS if world.clock.s < 1 else ACCEPTED
    world.issue(people(200))
    world.run_for(60)
    first, *soon = (who for _, who in world.server.begun[:5])
    assert first in soon


# What limits it.


@pytest.mark.parametrize(
    ("rate", "send_s", "what"), [("10/s", 0.01, "rate"), ("none", 2.0, "relay")]
)
def test_it_is_known_what_limits_a_run(world: World, rate: str, send_s: float, what: str) -> None:
    world.rate = rate
    world.server.send_s = lambda _: send_s
    world.issue(people(40))
    delivery = world.delivery()
    assert delivery.limited_by == "us"
    delivery.run(world.stop, forever=False)
    assert delivery.limited_by == what


# The ledger fails.


def test_what_was_begun_by_a_commit_that_seemed_to_fail_is_begun_again(world: World) -> None:
    """The commit was durable although it was said to fail: nobody is left in flight."""
    real, failed = world.ledger, []

    class Deceiving:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def write(self, settled: object, begin: object, now: object, **named: object) -> object:
            begun = real.write(settled, begin, now, **named)
            if begin and not failed:
                failed.append(begin)
                raise LedgerUnusable("the disk did not answer")
            return begun

    world.book = Deceiving()
    world.issue(people(20))
    world.run()
    assert world.counts() == {"accepted": 20}
    assert world.server.accepted() == Counter(people(20))
    assert world.clock.s < 5
