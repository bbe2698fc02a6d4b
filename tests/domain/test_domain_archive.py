"""Which posts are pushed out of the current feed, and into which archive."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from publisher.domain.archive import count_archives, pushed_out
from publisher.domain.publication import Publication

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def a_post(number: int, **facts: object) -> Publication:
    """The post of one day after another."""
    due = NOON + number * DAY
    known = {
        "key": f"p{number:03}", "feed_id": f"tag:{number}", "due": due, "live_at": due,
        "updated": due, "source_hash": "s", "content_hash": "c",
    }  # fmt: skip
    return Publication(**{**known, **facts})


def archives(rows: list[Publication]) -> list[tuple[str, int | None]]:
    return [(one.key, one.archive) for one in rows]


def test_nothing_leaves_a_feed_that_is_not_full() -> None:
    rows = [a_post(number) for number in range(3)]
    assert pushed_out(rows, rows, entries=3, size=2) == []


def test_without_archives_nothing_is_put_into_one() -> None:
    rows = [a_post(number) for number in range(9)]
    assert pushed_out(rows, rows, entries=1, size=0) == []


def test_at_adoption_all_but_the_newest_go_into_archives_the_oldest_first() -> None:
    rows = [a_post(number) for number in (4, 0, 3, 1, 2)]
    left = pushed_out(rows, rows, entries=1, size=2)
    assert archives(left) == [("p000", 1), ("p001", 1), ("p002", 2), ("p003", 2)]


def test_a_post_goes_into_the_open_archive_and_the_next_one_opens_when_that_is_full() -> None:
    old = [a_post(0, archive=1), a_post(1, archive=1), a_post(2, archive=2)]
    new = [a_post(3), a_post(4), a_post(5)]
    left = pushed_out([*old, *new], [*old, *new], entries=1, size=2)
    assert archives(left) == [("p003", 2), ("p004", 3)]


def test_a_withdrawn_post_keeps_its_place_so_that_a_closed_archive_stays_closed() -> None:
    gone = a_post(0, archive=1, withdrawn_at=NOON)
    live = [a_post(1, archive=1), a_post(2), a_post(3)]
    assert archives(pushed_out(live, [gone, *live], entries=1, size=2)) == [("p002", 2)]


def test_a_post_of_an_older_date_goes_where_there_is_room_whatever_stands_there() -> None:
    rows = [a_post(5, archive=1), a_post(6), a_post(0)]
    assert archives(pushed_out(rows, rows, entries=1, size=2)) == [("p000", 1)]


def test_of_two_posts_of_one_date_the_one_that_came_first_leaves_first() -> None:
    later = a_post(1, key="a", live_at=NOON + 3 * DAY)
    rows = [later, a_post(1, key="b")]
    assert archives(pushed_out(rows, rows, entries=1, size=2)) == [("b", 1)]


def test_the_next_archive_is_open_as_soon_as_one_is_full() -> None:
    assert count_archives([a_post(0)], size=2) == 0
    assert count_archives([a_post(0, archive=1)], size=2) == 1
    assert count_archives([a_post(0, archive=1), a_post(1, archive=1)], size=2) == 2


def test_archives_that_are_switched_off_are_none() -> None:
    assert count_archives([a_post(0, archive=1)], size=0) == 0


@given(
    st.lists(st.sampled_from(["publish", "publish", "publish", "withdraw"]), max_size=60),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_every_post_stands_in_one_place_for_good(days: list[str], entries: int, size: int) -> None:
    rows: dict[str, Publication] = {}
    for number, what in enumerate(days):
        if what == "publish":
            rows[f"p{number:03}"] = a_post(number)
        elif live := [one for one in rows.values() if one.live]:
            oldest = live[0]
            rows[oldest.key] = replace(oldest, withdrawn_at=NOON)
        placed = {key: one.archive for key, one in rows.items() if one.archive}
        live = [one for one in rows.values() if one.live]
        left = pushed_out(live, rows.values(), entries=entries, size=size)
        rows |= {one.key: one for one in left}
        assert all(rows[key].archive == archive for key, archive in placed.items())
        assert sum(one.live and one.archive is None for one in rows.values()) <= entries
    newest = max((one.archive or 0 for one in rows.values()), default=0)
    closed = [sum(one.archive == n for one in rows.values()) for n in range(1, newest)]
    assert all(count == size for count in closed)
