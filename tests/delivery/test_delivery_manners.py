"""Manners: rates, several relays, and what a restart has to know of both. On a fake clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from delivery_world import (
    ACCEPTED,
    BUSY,
    DAY_S,
    DOWN,
    LATER,
    NEVER,
    NO_LOGIN,
    NOON,
    POLICY,
    Server,
    World,
    people,
    spread,
)

from publisher.domain.delivery import Outcome
from publisher.domain.errors import LedgerUnusable


def with_second(world: World, **weights: int) -> Server:
    """A second relay beside the first one."""
    world.weights = weights
    second = Server(world.clock)
    world.servers["second"] = second
    return second


def begun(*servers: Server) -> list[float]:
    return sorted(at for server in servers for at, _ in server.begun)


def in_any(span_s: float, times: list[float]) -> int:
    """The most that began within any such span."""
    return max(sum(at <= other < at + span_s - 1e-9 for other in times) for at in times)


def accepted(*servers: Server) -> Counter[str]:
    return sum((server.accepted() for server in servers), Counter())


def first_time(outcome: Outcome) -> Callable[[str], Outcome]:
    """That outcome for each address the first time, and acceptance later."""
    seen: set[str] = set()

    def answer(address: str) -> Outcome:
        known = address in seen
        seen.add(address)
        return ACCEPTED if known else outcome

    return answer


# What a relay asks for.


def test_a_relay_that_takes_14_a_second_is_sent_14_a_second(world: World) -> None:
    world.rate = "14/s"
    world.issue(people(280))
    world.run()
    assert world.counts() == {"accepted": 280}
    times = begun(world.server)
    assert 279 / (times[-1] - times[0]) == pytest.approx(14, rel=0.05)
    assert in_any(1.0, times) <= 15


def test_a_relay_that_greylists_everyone_once_delays_everyone_and_skips_nobody(
    world: World,
) -> None:
    world.server.answer = first_time(LATER)
    world.issue(people(60))
    world.run_for(DAY_S)
    assert world.server.accepted() == Counter(people(60))
    assert set(world.attempts().values()) == {2}
    assert world.pauses == []
    last = world.server.begun[-1][0]
    assert 150 < last < 400


def test_greylisting_is_met_with_fewer_connections_which_come_back(world: World) -> None:
    world.connections = 8
    world.server.answer = first_time(LATER)
    flying: list[int] = []
    world.server.send_s = lambda _: flying.append(world.server.flying) or 0.01
    world.issue(people(900))
    world.run_for(DAY_S)
    assert world.counts() == {"accepted": 900}
    assert (max(flying[:10]), max(flying[100:900])) == (8, 1)
    del flying[:]
    world.start("moon")
    world.run_for(60)
    assert (len(flying), max(flying)) == (900, 8)


@pytest.mark.parametrize(
    ("outcome", "fates"),
    [
        (NEVER, {"accepted": 60, "rejected": 30}),
        (LATER, {"accepted": 60, "rejected": 30}),
    ],
)
def test_a_relay_that_refuses_every_third_gets_through_to_the_others(
    world: World, outcome: Outcome, fates: dict[str, int]
) -> None:
    """For good, or for as long as it is tried: no one is tried for more than two days."""
    refused = set(people(90)[::3])
    world.server.answer = lambda address: outcome if address in refused else ACCEPTED
    world.issue(people(90))
    world.run_for(3 * DAY_S)
    assert world.counts() == fates
    assert world.server.accepted() == Counter(set(people(90)) - refused)
    assert world.pauses == []
    tries = Counter(who for _, who in world.server.begun)
    assert max(tries.values()) <= 40
    assert max(at for at, _ in world.server.begun) <= 2 * DAY_S


# Destinations.


def test_a_destination_keeps_its_rate_and_nobody_else_waits_for_it(world: World) -> None:
    world.destinations = {"big": frozenset({"big.example.com", "big.example.net"})}
    world.rates = {"big": "2/s"}
    slow = people(20, "big.example.com") + people(20, "big.example.net")
    world.issue([*slow, *people(40)])
    world.run()
    assert world.counts() == {"accepted": 80}
    times = {who: at for at, who in world.server.begun}
    assert max(times[who] for who in people(40)) < 1.0
    assert in_any(1.0, sorted(times[who] for who in slow)) <= 3
    assert max(times[who] for who in slow) == pytest.approx(20, rel=0.05)


def test_every_rate_holds_that_of_all_of_a_relay_and_of_a_destination(world: World) -> None:
    second = with_second(world)
    world.rate = "12/s"
    world.destinations = {"big": frozenset({"big.example.com"})}
    world.rates = {"second": "3/s", "big": "4/s"}
    world.issue([*people(40, "big.example.com"), *people(80)])
    world.run()
    assert world.counts() == {"accepted": 120}
    assert in_any(1.0, begun(world.server, second)) <= 13
    assert in_any(1.0, begun(second)) <= 4
    both = [*world.server.begun, *second.begun]
    assert in_any(1.0, sorted(at for at, who in both if "big." in who)) <= 5
    assert begun(world.server, second)[-1] < 14


# Several relays.


def test_relays_share_by_weight_when_all_of_their_connections_are_at_work(world: World) -> None:
    second = with_second(world, main=3)
    world.issue(people(400))
    world.run()
    assert accepted(world.server, second) == Counter(people(400))
    assert len(second.begun) == pytest.approx(100, abs=10)


@pytest.mark.parametrize(
    ("rate", "weights", "of_second"),
    [
        ("12/s", {}, 60),
        ("12/s", {"main": 3}, 30),
        ("12/s", {"second": 3}, 90),
        ("200/s", {"main": 3}, 30),
        ("40/min", {"main": 3}, 30),
    ],
)
def test_relays_share_by_weight_at_a_rate_too(
    world: World, rate: str, weights: dict[str, int], of_second: int
) -> None:
    second = with_second(world, **weights)
    world.rate = rate
    world.issue(people(120))
    world.run_for(240)
    assert accepted(world.server, second) == Counter(people(120))
    assert len(second.begun) == pytest.approx(of_second, abs=6)


def test_relays_share_by_weight_while_one_destination_sets_the_pace(world: World) -> None:
    second = with_second(world, second=3)
    world.destinations = {"big": frozenset({"big.example.com"})}
    world.rates = {"big": "50/s"}
    world.issue([*people(120, "big.example.com"), *people(280)])
    world.run()
    assert accepted(world.server, second).total() == 400
    assert len(second.begun) == pytest.approx(300, abs=20)


def test_a_relay_that_hangs_does_not_stop_the_other(world: World) -> None:
    second = with_second(world)
    second.send_s = lambda _: None
    world.issue(people(200))
    finished: list[int] = []
    world.after(8, lambda: finished.append(len(world.server.ended)))
    world.run_for(20)
    assert finished[0] >= 196
    assert len(second.begun) <= world.connections
    assert world.counts() == {"accepted": 200 - len(second.begun), "unknown": len(second.begun)}


def test_one_that_hangs_for_a_minute_skips_nobody_and_mails_nobody_twice(world: World) -> None:
    second = with_second(world)
    second.send_s = lambda _: 0.01 if world.clock.s > 60 else 60.0
    world.issue(people(200))
    world.run_for(120)
    assert accepted(world.server, second) == Counter(people(200))
    assert world.counts() == {"accepted": 200}
    assert sorted(at for at, *_ in world.server.ended)[-1] < 10


@pytest.mark.parametrize("trouble", [DOWN, NO_LOGIN])
def test_when_a_relay_can_t_be_used_the_others_have_it_all_and_nobody_is_alarmed(
    world: World, trouble: Exception
) -> None:
    second = with_second(world, main=5)
    world.server.refuse = lambda: trouble
    world.issue(people(100))
    done = world.run()
    assert (done.stopped, world.pauses) == (None, [])
    assert second.accepted() == Counter(people(100))
    assert set(world.attempts().values()) == {1}


def test_a_spare_is_used_only_while_no_other_can_be(world: World) -> None:
    spare = with_second(world, second=0)
    world.rate = "10/s"
    world.server.refuse = lambda: DOWN if world.clock.s < 45 else None
    world.issue(people(1000))
    world.run_for(150)
    assert accepted(world.server, spare) == Counter(people(1000))
    assert world.pauses == []
    first, last = begun(spare)[0], begun(spare)[-1]
    assert first < 5
    assert 45 < last < 100
    assert begun(world.server)[0] > 45


def test_a_spare_is_left_alone_while_all_is_well(world: World) -> None:
    spare = with_second(world, second=0)
    world.issue(people(100))
    world.run()
    assert (spare.connects, len(world.server.begun)) == ([], 100)


def test_only_when_no_relay_can_be_used_the_run_pauses_and_it_is_told_once(world: World) -> None:
    second = with_second(world)
    world.server.refuse = lambda: DOWN if world.clock.s < 600 else None
    second.refuse = lambda: NO_LOGIN
    world.issue(people(20))
    world.run_for(3600)
    assert len(world.pauses) == 1
    assert str(DOWN) in world.pauses[0]
    assert str(NO_LOGIN) in world.pauses[0]
    assert len(world.clears) == 1
    assert world.server.accepted() == Counter(people(20))


def test_who_was_refused_for_one_relay_s_fault_has_it_through_the_other(world: World) -> None:
    second = with_second(world)
    world.server.answer = lambda _: POLICY
    world.issue(spread(30))
    world.run_for(600)
    assert second.accepted() == Counter(spread(30))
    assert world.counts() == {"accepted": 30}


def test_what_a_relay_may_not_take_by_its_own_quota_goes_through_the_other(world: World) -> None:
    second = with_second(world, main=1, second=9)
    world.rates = {"second": "20/day"}
    world.issue(people(300))
    world.run()
    assert (len(second.begun), len(world.server.begun)) == (20, 280)


# Restarts.


@pytest.mark.parametrize("rate", ["25/min", "10/s, 25/min"])
def test_a_quota_is_never_passed_over_restarts_and_is_used_up(world: World, rate: str) -> None:
    world.rate = rate
    world.issue(people(100))
    for _ in range(40):
        world.run_for(7)
    times = begun(world.server)
    assert in_any(60.0, times) <= 25
    assert world.counts() == {"accepted": 100}
    assert times[-1] <= 4 * 62


def test_what_leaves_is_counted_in_the_ledger_by_then(world: World) -> None:
    """So that no quota is passed whatever ends the process, and when."""
    world.rate = "1000/day"
    world.issue(people(60))
    known: list[bool] = []

    def look(_: str) -> float:
        spent = sum(one.count for one in world.ledger.spent(NOON - timedelta(days=1)))
        known.append(spent >= len(world.server.begun))
        return 0.01

    world.server.send_s = look
    world.run()
    assert known == [True] * 60
    assert [one.count for one in world.ledger.spent(NOON - timedelta(days=1))] == [60]


def test_what_was_lined_up_and_could_not_begin_counts_for_no_quota(world: World) -> None:
    world.rate = "20/h"
    world.issue(people(60))
    leavers = [world.ledger.find(who).id for who in people(60)[:20]]
    world.after(0.0005, lambda: [world.ledger.unsubscribe(one, NOON) for one in leavers])
    world.run_for(60)
    assert world.counts()["accepted"] == 20
    world.run_for(7200)
    assert world.counts() == {"accepted": 40, "cancelled": 20}


def test_what_could_not_be_begun_for_the_ledger_s_sake_counts_for_no_quota(world: World) -> None:
    world.rate = "20/h"
    world.issue(people(60))
    write = world.ledger.write

    def fails_for_a_while(*arguments: object, **named: object) -> object:
        if 0.0005 < world.clock.s < 8:
            raise LedgerUnusable("state/publisher.db: the disk is full: make room")
        return write(*arguments, **named)

    world.book.write = fails_for_a_while
    world.run_for(60)
    assert world.counts() == {"accepted": 20, "queued": 40}


def test_the_quotas_of_relays_and_destinations_survive_restarts_too(world: World) -> None:
    second = with_second(world)
    world.destinations = {"big": frozenset({"big.example.com"})}
    world.rates = {"second": "5/h", "big": "8/h"}
    world.issue([*people(30, "big.example.com"), *people(30)])
    for _ in range(4):
        world.run_for(60)
    assert len(second.begun) == 5
    both = [*world.server.begun, *second.begun]
    assert sum("big." in who for _, who in both) == 8
    assert world.counts() == {"accepted": 38, "queued": 22}


def test_a_pause_goes_on_over_restarts_and_the_next_is_longer(world: World) -> None:
    world.server.refuse = lambda: NO_LOGIN
    world.issue(people(5))
    for _ in range(100):
        world.run_for(2)
    later = [round(at) for at in world.server.connects if at > 2]
    assert later == [27, 81, 189]


def test_after_one_restart_a_long_pause_takes_no_more_than_half_a_minute(world: World) -> None:
    world.server.refuse = lambda: NO_LOGIN if world.clock.s < 4000 else None
    world.issue(people(5))
    world.run_for(4001)
    assert world.counts() == {"queued": 5}
    world.run_for(40)
    assert world.counts() == {"accepted": 5}
    assert world.server.begun[0][0] == pytest.approx(4031, abs=1)


def test_how_many_connections_a_relay_bears_is_known_after_a_restart(world: World) -> None:
    world.issue(people(60))
    answers = iter([BUSY, BUSY])
    world.server.answer = lambda _: next(answers, ACCEPTED)
    world.run_for(0.1)
    world.server.most_flying = 0
    world.run_for(DAY_S)
    assert world.server.most_flying == 2
    assert world.counts() == {"accepted": 60}


def test_a_publish_by_hand_tries_at_once_with_one_connection(world: World) -> None:
    world.server.refuse = lambda: NO_LOGIN
    world.issue(people(20))
    world.run_for(2)
    tried = len(world.server.connects)
    world.run()
    assert len(world.server.connects) == tried + 1
    world.server.refuse = lambda: None
    assert world.run().stopped is None
    assert world.counts() == {"accepted": 20}
