"""How instants and dates are kept: exact, whatever the year and the offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite import dialect

from publisher.ledger.columns import Instant, Written

SQLITE = dialect()
OFFSETS = st.integers(-86399, 86399).map(lambda seconds: timezone(timedelta(seconds=seconds)))
LAST = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
FIRST = datetime(1, 1, 1, tzinfo=UTC)
MOMENTS = st.datetimes(
    min_value=FIRST.replace(day=3, tzinfo=None),
    max_value=LAST.replace(day=29, tzinfo=None),
    timezones=OFFSETS,
)


@given(MOMENTS)
@example(LAST)
@example(FIRST)
@example(datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
def test_an_instant_is_kept_to_the_microsecond(moment: datetime) -> None:
    kept = Instant().process_bind_param(moment, SQLITE)
    found = Instant().process_result_value(kept, SQLITE)
    assert isinstance(kept, int)
    assert found == moment
    assert found.utcoffset() == timedelta(0)


@given(MOMENTS, MOMENTS)
def test_instants_are_kept_in_order(one: datetime, other: datetime) -> None:
    kept = [Instant().process_bind_param(moment, SQLITE) for moment in (one, other)]
    assert (kept[0] < kept[1]) == (one < other)


@given(MOMENTS)
@example(LAST)
def test_a_date_is_kept_with_its_offset(moment: datetime) -> None:
    found = Written().process_result_value(Written().process_bind_param(moment, SQLITE), SQLITE)
    assert (found, found.utcoffset()) == (moment, moment.utcoffset())


@pytest.mark.parametrize("kind", [Instant, Written])
def test_nothing_is_kept_as_nothing(kind: type[Instant | Written]) -> None:
    assert kind().process_bind_param(None, SQLITE) is None
    assert kind().process_result_value(None, SQLITE) is None


def test_a_datetime_without_a_zone_is_no_instant() -> None:
    with pytest.raises(TypeError, match="offset-naive"):
        Instant().process_bind_param(LAST.replace(tzinfo=None), SQLITE)
