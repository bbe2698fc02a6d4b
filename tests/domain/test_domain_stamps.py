"""Posts of one date get an ``updated`` each, in their order."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.domain.publication import Publication, oldest_first
from publisher.domain.stamps import LEAST, told_apart

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
S = timedelta(seconds=1)
DAY = timedelta(days=1)


def a_post(key: str, due: datetime = NOON, updated: datetime | None = None) -> Publication:
    return Publication(
        key=key, feed_id=f"tag:{key}", due=due, live_at=NOON, updated=updated or due,
        source_hash="s", content_hash="c",
    )  # fmt: skip


def stamps(
    new: list[Publication], now: datetime, before: list[Publication] | None = None
) -> dict[str, datetime]:
    """What each of the new ones has in the end."""
    known = {one.key: one for one in before or []}
    moved = told_apart(new, known, now)
    return {one.key: one.updated for one in (*new, *moved)}


def test_posts_of_one_date_follow_each_other_in_whole_seconds() -> None:
    new = [a_post("c"), a_post("a"), a_post("b")]
    assert stamps(new, NOON + DAY) == {"a": NOON, "b": NOON + S, "c": NOON + 2 * S}


def test_they_stay_before_what_follows_them() -> None:
    new = [a_post("a"), a_post("b"), a_post("later", NOON + S)]
    assert stamps(new, NOON + DAY) == {"a": NOON, "b": NOON + S / 2, "later": NOON + S}


def test_one_alone_keeps_its_instant() -> None:
    assert told_apart([a_post("a")], {}, NOON + DAY) == []


def test_one_that_comes_later_stands_behind_those_of_its_date_and_those_keep_theirs() -> None:
    before = [a_post("a"), a_post("b", updated=NOON + S)]
    assert stamps([a_post("c")], NOON + 30 * S, before) == {"c": NOON + 2 * S}


def test_at_their_very_instant_microseconds_tell_them_apart() -> None:
    assert stamps([a_post("a"), a_post("b")], NOON) == {"a": NOON, "b": NOON + LEAST}


def test_just_after_their_instant_they_share_the_time_that_has_passed() -> None:
    now = NOON + timedelta(milliseconds=4)
    assert stamps([a_post("a"), a_post("b")], now)["b"] == NOON + timedelta(milliseconds=2)


def test_what_is_noticed_late_leads_up_to_the_pass_in_the_order_of_its_dates() -> None:
    now = NOON + DAY
    new = [a_post("b", NOON + 9 * S, updated=now), a_post("a", NOON, updated=now)]
    assert stamps(new, now) == {"a": now - S, "b": now}


def test_what_is_late_comes_before_what_is_due_now() -> None:
    new = [a_post("old", NOON - DAY, updated=NOON), a_post("a"), a_post("b")]
    assert stamps(new, NOON) == {"old": NOON - S, "a": NOON, "b": NOON + LEAST}


def test_revised_posts_are_never_taken_back() -> None:
    now = NOON + DAY
    before = [a_post("a", updated=now - S / 2), a_post("b", NOON + S)]
    new = [replace(one, updated=now) for one in before]
    assert stamps(new, now, before) == {"a": now - S / 2 + LEAST, "b": now}


def test_what_did_not_change_is_left_alone() -> None:
    same = [a_post("a"), a_post("b")]
    assert told_apart(same, {one.key: one for one in same}, NOON + DAY) == []


@pytest.mark.parametrize("withdrawn", [NOON])
def test_a_post_that_goes_needs_no_stamp(withdrawn: datetime) -> None:
    gone = [replace(a_post(key), withdrawn_at=withdrawn) for key in "ab"]
    assert told_apart(gone, {}, NOON + DAY) == []


@given(st.lists(st.integers(0, 5), max_size=12), st.lists(st.integers(0, 5), max_size=6))
def test_all_differ_in_the_order_of_posts_and_within_their_bounds(
    new: list[int], old: list[int]
) -> None:
    now = NOON + 300 * S
    known = [a_post(f"o{n}", NOON + s * 60 * S) for n, s in enumerate(old)]
    known += told_apart(known, {}, now)
    before = {one.key: one for one in known}
    fresh = [a_post(f"p{n}", NOON + s * 60 * S) for n, s in enumerate(new)]
    made = {one.key: one for one in (*fresh, *told_apart(fresh, before, now))}
    assert len({one.updated for one in made.values()}) == len(made)
    assert all(one.due <= one.updated <= now + len(new) * LEAST for one in made.values())
    ordered = sorted(made.values(), key=oldest_first)
    assert ordered == sorted(ordered, key=lambda one: one.updated)
