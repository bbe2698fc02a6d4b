"""Dates of front matter: every form that real posts hold, and what must be refused."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.dates import read_date

BERLIN = ZoneInfo("Europe/Berlin")
NINE = time(9, 0)


def utc(text: str) -> str:
    return read_date(text, BERLIN, NINE).astimezone(UTC).isoformat()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01 10:00:00 +0900", "2026-03-01T01:00:00+00:00"),
        ("2026-03-01", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01T10:00:00.000Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00.123Z", "2026-03-01T10:00:00.123000+00:00"),
        ("2026-03-01T10:00:00,5Z", "2026-03-01T10:00:00.500000+00:00"),
        ("2026-03-01T10:00:00.123456789Z", "2026-03-01T10:00:00.123456+00:00"),
        ("2026-03-01 10:30", "2026-03-01T09:30:00+00:00"),
        ("2026-3-1", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01t10:00:00z", "2026-03-01T10:00:00+00:00"),
        ("2026-03-01T10:00:00+02:00", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01 10:00:00", "2026-03-01T09:00:00+00:00"),
        ("2026-03-01 10:00:00 -05:30", "2026-03-01T15:30:00+00:00"),
        ("2026-03-01 9:18:00", "2026-03-01T08:18:00+00:00"),
        ("2026-03-01 10:00:00 -4", "2026-03-01T14:00:00+00:00"),
        ("2026-03-01 10:00:00 -330", "2026-03-01T13:30:00+00:00"),
        ("2014-07-16 23:29 UTC", "2014-07-16T23:29:00+00:00"),
        ("2014-07-16 23:29 gmt", "2014-07-16T23:29:00+00:00"),
        ("2026-03-01T10:00:00", "2026-03-01T09:00:00+00:00"),
        ("2026-03-01T10:00+02:00", "2026-03-01T08:00:00+00:00"),
        ("2015-11-3 10:30", "2015-11-03T09:30:00+00:00"),
        ("2026/03/01 10:00:00", "2026-03-01T09:00:00+00:00"),
        ("2026/03/01", "2026-03-01T08:00:00+00:00"),
        ("2026.3.1", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01 10:00 +0200", "2026-03-01T08:00:00+00:00"),
        ("2023-01-29 18:30:22 2023 -0800", "2023-01-30T02:30:22+00:00"),
        ("20260301", "2026-03-01T08:00:00+00:00"),
        ("2026-03-01 +0200", "2026-03-01T07:00:00+00:00"),
        ("2026-03-01 UTC", "2026-03-01T09:00:00+00:00"),
        ("  2026-03-01   10:00:00  +0900 ", "2026-03-01T01:00:00+00:00"),
    ],
)
def test_each_form_that_real_posts_hold_is_read(text: str, expected: str) -> None:
    assert utc(text) == expected


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("2026-02-30", "February 2026 has the days 1 to 28"),
        ("2017-02-29 11:00:00", "February 2017 has the days 1 to 28"),
        ("2026-13-01", "there is no month 13"),
        ("2026-00-01", "there is no month 0"),
        ("2026-01-00", "January 2026 has the days 1 to 31"),
        ("20261301", "there is no month 13"),
        ("2026-03-01 25:00", "the times of a day are 00:00:00 to 23:59:59"),
        ("2026-03-01 24:00", "the times of a day are"),
        ("2026-03-01 10:60", "the times of a day are"),
        ("2026-03-01 10:00:60", "the times of a day are"),
        ("2026-03-01 10:00 +25:00", "no zone is that far from UTC"),
        ("2026-03-01 10:00 +01:75", "no zone is that far from UTC"),
        ("0001-01-01T00:00:00Z", "no post can be of the year 1; correct it"),
        ("9999-12-31", "no post can be of the year 9999; correct it"),
        ("2024-05-02 CST", "can't be told from its name, CST; write an offset"),
        ("2024-05-02 10:00 Europe/Berlin", "can't be told from its name, Europe/Berlin"),
        ("Date(2023, 7, 6)", "is not a date that can be read; write it as 2026-03-01"),
        ("05/01/2026", "is not a date that can be read"),
        ("5 Mai 2026", "is not a date that can be read"),
        ("01.03.2026", "is not a date that can be read"),
        ("10", "is not a date that can be read"),
        ("2026-03/01", "is not a date that can be read"),
        ("2026-03-01T", "is not a date that can be read"),
        ("2026-03-01-05:00", "is not a date that can be read"),
        ("2026-03-01 10:00 2025", "is not a date that can be read"),
        ("٢٠٢٦-03-01", "is not a date that can be read"),
        ("2026-03-01 " + "0" * 100_000, "is not a date that can be read"),
    ],
)
def test_what_is_no_date_is_refused_with_what_to_do(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=r"^'[^\n]*'") as raised:
        read_date(text, BERLIN, NINE)
    assert part in str(raised.value)
    assert len(str(raised.value)) < 250


def test_a_time_that_the_clocks_skip_is_the_first_instant_after_the_gap() -> None:
    assert utc("2026-03-29 02:30") == "2026-03-29T01:00:00+00:00"
    assert read_date("2026-03-29 02:30", BERLIN, NINE).isoformat() == "2026-03-29T03:00:00+02:00"


def test_a_time_that_occurs_twice_is_the_first() -> None:
    assert utc("2026-10-25 02:30") == "2026-10-25T00:30:00+00:00"


def test_the_result_stays_in_the_zone_it_was_written_in() -> None:
    assert read_date("2026-03-01 23:30 +0900", BERLIN, NINE).day == 1
    assert read_date("2026-03-01 23:30", BERLIN, NINE).utcoffset() == timedelta(hours=1)


@settings(deadline=None)
@given(
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),  # noqa: DTZ001  (the zone is drawn)
    st.timezones(),
)
def test_an_aware_time_comes_back_as_it_was_written(local: datetime, zone: ZoneInfo) -> None:
    moment = local.replace(tzinfo=zone)
    offset = moment.utcoffset()
    if offset is not None and not offset.total_seconds() % 60:
        assert read_date(moment.isoformat(), UTC, NINE) == moment


@settings(deadline=None)
@given(st.text(max_size=40) | st.from_regex(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[T ]?[\d:+. Z-]{0,20}"))
def test_any_text_is_a_date_or_refused_in_one_line(text: str) -> None:
    try:
        assert read_date(text, BERLIN, NINE).utcoffset() is not None
    except ValueError as error:
        assert "\n" not in str(error)  # noqa: PT017  (either way is right)
