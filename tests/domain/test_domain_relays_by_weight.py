"""Several relays: whose turn a message is, and whom the others wait for."""

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.domain.fleet import LEAD, PATIENCE_S, Fleet


def order(weights: dict[str, int], number: int) -> str:
    fleet = Fleet(weights)
    return "".join(fleet.choose(fleet.in_use(weights)) or "-" for _ in range(number))


@pytest.mark.parametrize(
    ("weights", "turns"),
    [
        ({"a": 1}, "aaaa"),
        ({"a": 1, "b": 1}, "abababab"),
        ({"a": 3, "b": 1}, "abaaabaaabaa"),
        ({"a": 5, "b": 1, "c": 1}, "abcaaaaabcaaaa"),
        ({"a": 2, "b": 3}, "abbababbab"),
        ({"a": 1, "spare": 0}, "aaaa"),
        ({"s": 0, "t": 0}, "stst"),
    ],
)
def test_turns_go_by_weight_and_evenly_mixed(weights: dict[str, int], turns: str) -> None:
    assert order(weights, len(turns)) == turns


@given(st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_a_whole_round_gives_each_exactly_its_weight(weights: list[int]) -> None:
    named = {chr(97 + at): weight for at, weight in enumerate(weights)}
    assert Counter(order(named, 2 * sum(weights))) == {
        name: 2 * weight for name, weight in named.items()
    }


@pytest.mark.parametrize(
    ("up", "used"),
    [
        ("abst", "ab"),
        ("bst", "b"),
        ("st", "st"),
        ("t", "t"),
        ("", ""),
    ],
)
def test_spares_are_used_only_while_no_other_is_up(up: str, used: str) -> None:
    assert "".join(Fleet({"a": 3, "b": 1, "s": 0, "t": 0}).in_use(up)) == used


def test_nobody_s_turn_it_is_where_nobody_is_able() -> None:
    assert Fleet({"a": 1}).choose([], busy=["a"]) is None


def test_a_relay_that_was_away_makes_nothing_up() -> None:
    fleet = Fleet({"a": 1, "b": 1})
    for _ in range(1000):
        fleet.choose(["a"])
    assert "".join(fleet.choose(["a", "b"]) or "-" for _ in range(6)) in ("bababa", "ababab")


def test_who_can_make_nothing_of_its_turn_has_it_again() -> None:
    fleet = Fleet({"a": 1, "b": 1})
    turns = []
    for _ in range(6):
        turns.append(fleet.choose(["a", "b"]))
        for name in (fleet.choose(["a", "b"]), fleet.choose(["a", "b"])):
            fleet.pass_over(name or "")
    assert sorted(map(str, turns)) == ["a"] * 3 + ["b"] * 3


def test_a_busy_relay_s_turn_is_waited_for_after_a_short_lead() -> None:
    fleet = Fleet({"a": 3, "b": 1})
    turns = [fleet.choose(["b"], busy=["a"], now_s=1.0) for _ in range(10)]
    assert turns == ["b"] * (LEAD + 1) + [None] * (9 - LEAD)
    assert fleet.wait_s(1.0) == PATIENCE_S
    assert fleet.choose(["a", "b"], now_s=1.1) == "a"
    assert fleet.wait_s(1.1) is None


def test_a_relay_that_hangs_is_waited_for_once() -> None:
    fleet = Fleet({"a": 3, "b": 1})
    while fleet.choose(["b"], busy=["a"], now_s=0.0):
        pass
    assert fleet.choose(["b"], busy=["a"], now_s=PATIENCE_S - 0.01) is None
    turns = [fleet.choose(["b"], busy=["a"], now_s=PATIENCE_S + at) for at in range(500)]
    assert turns == ["b"] * 500
    back = Counter(fleet.choose(["a", "b"], now_s=1000.0) for _ in range(400))
    assert abs(back["a"] - 300) <= 1


def busy_for(fleet: Fleet, took_s: dict[str, Sequence[float]], end_s: float) -> Counter[str]:
    """Connections that are always at work: how many messages each relay got by the end."""
    free = {name: [0.0] * len(each) for name, each in took_s.items()}
    given: Counter[str] = Counter()
    now = 0.0
    while now < end_s:
        able = [name for name, at in free.items() if min(at) <= now]
        busy = [name for name in free if name not in able]
        name = fleet.choose(able, busy=busy, now_s=now)
        if name is None:
            waits = [one for at in free.values() for one in at if one > now]
            if (left := fleet.wait_s(now)) is not None:
                waits.append(now + left)
            now = max(now + 1e-6, min(waits))
            continue
        which = free[name].index(min(free[name]))
        free[name][which] = now + took_s[name][which]
        given[name] += 1
    return given


def test_connections_that_are_always_at_work_share_by_weight_too() -> None:
    given = busy_for(Fleet({"a": 3, "b": 1}), {"a": [0.01] * 4, "b": [0.01] * 4}, 20.0)
    assert given["a"] / given["b"] == pytest.approx(3, rel=0.02)
    assert given["a"] == pytest.approx(20 * 400, rel=0.05)


def test_a_slow_relay_takes_its_share_as_long_as_it_keeps_up_somehow() -> None:
    given = busy_for(Fleet({"a": 1, "b": 1}), {"a": [0.01], "b": [0.1]}, 20.0)
    assert given["a"] == pytest.approx(given["b"], rel=0.05)


def test_a_relay_that_takes_seconds_for_a_message_does_not_stop_the_others() -> None:
    given = busy_for(Fleet({"a": 1, "b": 1}), {"a": [0.01], "b": [5.0]}, 60.0)
    assert given["a"] > 0.9 * 6000
