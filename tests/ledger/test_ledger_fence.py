"""The mark beside the ledger: what it keeps, what it refuses, and that it follows each commit."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
from ledger_world import NOON, URL, answer, claim, publish, start, subscribe

from publisher.domain.delivery import Verdict
from publisher.domain.errors import LedgerUnusable
from publisher.domain.issue import IssueState
from publisher.ledger.fence import (
    NAMED,
    Fence,
    Fenced,
    Mark,
    read,
    require_newest,
    require_not_lost,
    set_mark,
)
from publisher.ledger.place import Place, locate
from publisher.ledger.store import Ledger, open_ledger

ID, OTHER = "0123456789abcdef" * 2, "f" * 32


@pytest.fixture
def place(tmp_path: Path, template: Path) -> Place:
    """Where a ledger is in which nothing was done yet."""
    shutil.copytree(template.parent, tmp_path / "state")
    return locate(URL, tmp_path)


@pytest.fixture
def open_one(place: Place, tmp_path: Path) -> Ledger:
    with open_ledger(URL, root=tmp_path) as ledger:
        yield ledger


def mark(settled: int, ledger: str = ID) -> Mark:
    return Mark(ledger=ledger, settled=settled)


def test_a_mark_is_read_as_it_was_set(place: Place) -> None:
    assert read(place) is None
    for settled in (0, 7, 10**19):
        set_mark(place, mark(settled))
        assert read(place) == mark(settled)
    assert stat.S_IMODE(place.mark.stat().st_mode) == 0o600
    assert sorted(path.name for path in place.mark.parent.glob(".*")) == []


def test_every_record_has_one_width_so_that_none_leaves_the_end_of_another() -> None:
    assert {len(mark(settled).record()) for settled in (0, 1, 10**19)} == {80}


def test_an_advance_is_one_write_over_the_record(place: Place) -> None:
    with Fence(place, mark(3)) as fence:
        fence.advance(4)
        assert read(place) == mark(4)
        fence.advance(1000)
        assert read(place) == mark(1000)
    fence.advance(2000)
    assert read(place) == mark(1000)


def test_a_ledger_that_is_ahead_brings_the_mark_up_to_itself(place: Place) -> None:
    set_mark(place, mark(3))
    Fence(place, mark(5)).close()
    assert read(place) == mark(5)


@pytest.mark.parametrize(
    "damage",
    [
        lambda kept: b"",
        lambda kept: kept[:-1],
        lambda kept: kept.replace(b"7", b"8"),
        lambda kept: kept + b"\n",
        lambda kept: bytes(len(kept)),
        lambda kept: b"\xff" * len(kept),
        lambda kept: b"what is this\n",
    ],
)
def test_what_is_no_whole_mark_is_said_to_be_none(damage, place: Place) -> None:
    set_mark(place, mark(7))
    place.mark.write_bytes(damage(place.mark.read_bytes()))
    with pytest.raises(LedgerUnusable, match=r"publisher\.db\.mark: this is no mark .* adopt"):
        read(place)


def test_a_mark_that_cant_be_made_or_read_is_said(place: Place) -> None:
    place.mark.mkdir()
    for act in (
        lambda: read(place),
        lambda: Fence(place, mark(1)),
        lambda: set_mark(place, mark(1)),
    ):
        with pytest.raises(LedgerUnusable, match=r"state/publisher\.db\.mark: can't be "):
            act()


@pytest.mark.parametrize("settled", [None, 0, 6, 7])
def test_a_ledger_that_is_not_behind_its_mark_is_taken(settled: int | None, place: Place) -> None:
    if settled is not None:
        set_mark(place, mark(settled))
    require_newest(place, mark(7), (), survives_power=True)


def test_one_that_is_behind_is_refused_and_says_by_how_much(place: Place) -> None:
    set_mark(place, mark(8))
    with pytest.raises(Fenced, match=r"older copy of the ledger: 1 delivery more") as refused:
        require_newest(place, mark(7), (), survives_power=True)
    assert refused.value.more == 1
    assert "power" not in str(refused.value)
    with pytest.raises(Fenced, match=r"Or the power failed"):
        require_newest(place, mark(7), (), survives_power=False)


@pytest.mark.parametrize("settled", [0, 9])
def test_another_ledger_is_refused_however_much_it_settled(settled: int, place: Place) -> None:
    set_mark(place, mark(settled, OTHER))
    with pytest.raises(
        Fenced, match=r"this is not the ledger that was in use here last"
    ) as refused:
        require_newest(place, mark(7), (), survives_power=True)
    assert refused.value.more is None


def test_a_ledger_is_lost_only_where_there_was_one(place: Place) -> None:
    require_not_lost(place)
    place.path.unlink()
    require_not_lost(place)
    set_mark(place, mark(5))
    with pytest.raises(Fenced, match=r"had settled 5 deliveries"):
        require_not_lost(place)
    place.path.touch()
    with pytest.raises(Fenced, match=r"the ledger is gone or empty"):
        require_not_lost(place)


def test_a_refusal_names_what_is_open_and_not_more_than_a_few(
    place: Place, open_one: Ledger
) -> None:
    keys = [f"p{n}" for n in range(NAMED + 2)]
    publish(open_one, *keys)
    subscribe(open_one, "ada", "bob")
    for key in keys:
        start(open_one, key)
    answer(open_one, claim(open_one, 1))
    set_mark(place, mark(9, OTHER))
    with pytest.raises(Fenced) as refused:
        require_newest(
            place, open_one.mark(), open_one.issues(finished_limit=0), survives_power=True
        )
    said = str(refused.value)
    assert "  and issue 1 «About p0»: 2 who may have had it wait here\n" in said
    assert f"issue {NAMED} " in said
    assert f"issue {NAMED + 1} " not in said
    assert "and 2 more issues" in said


def test_the_mark_follows_each_commit_that_settles(place: Place, open_one: Ledger) -> None:
    publish(open_one, "a")
    subscribe(open_one, "ada", "bob", "cleo")
    with Fence(place, open_one.mark()) as fence:
        open_one.guard(fence)
        start(open_one, "a")
        claims = claim(open_one)
        assert read(place) == open_one.mark()
        assert open_one.mark().settled == 0
        for count, one in enumerate(claims, 1):
            answer(open_one, [one], Verdict.DEFERRED if count == 2 else Verdict.ACCEPTED)
            assert read(place) == open_one.mark()
            assert open_one.mark().settled == count
        answer(open_one, claims)  # heard again: nothing is settled twice
        assert read(place) == open_one.mark()
        assert open_one.mark().settled == 3


def test_an_adopted_ledger_has_a_name_of_its_own_and_stops_what_is_open(
    place: Place, open_one: Ledger
) -> None:
    publish(open_one, "a", "b", "c")
    subscribe(open_one, "ada", "bob")
    start(open_one, "a")
    start(open_one, "b")
    open_one.pause(2)
    open_one.release(2, NOON)
    answer(open_one, claim(open_one, 1))
    stopped = open_one.adopt(OTHER, NOON)
    assert open_one.mark() == Mark(ledger=OTHER, settled=1)
    assert [(row.id, row.state, row.released) for row in stopped] == [
        (1, IssueState.PAUSED, False),
        (2, IssueState.PAUSED, False),
    ]
    assert "up to 1 person" in (stopped[0].reason or "")
    assert "up to 2 people" in (stopped[1].reason or "")
    assert open_one.view(NOON).doubtful_until == NOON
    assert claim(open_one) == []
