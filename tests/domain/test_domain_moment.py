"""Wall-clock times as instants, where clocks are put forward, put back, or skip a day."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from publisher.domain.moment import fixed, instant, require_aware, rfc3339

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    "UTC", "Europe/Berlin", "Europe/Dublin", "America/Sao_Paulo", "America/St_Johns",
    "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Apia", "Asia/Tehran",
]  # fmt: skip

LOCAL_TIMES = st.datetimes(
    min_value=datetime.fromisoformat("1950-01-01"), max_value=datetime.fromisoformat("2037-12-31")
)


@pytest.mark.parametrize(
    ("zone", "local", "expected"),
    [
        pytest.param("UTC", "2026-03-29T02:30", "2026-03-29T02:30Z", id="UTC has no changes"),
        pytest.param("Europe/Berlin", "2026-01-01T12:00", "2026-01-01T11:00Z", id="winter"),
        pytest.param("Europe/Berlin", "2026-07-01T12:00", "2026-07-01T10:00Z", id="summer"),
        pytest.param("Europe/Berlin", "2026-03-29T01:59:59", "2026-03-29T00:59:59Z",
                     id="the last second before a gap"),
        pytest.param("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00Z",
                     id="the first minute of a gap"),
        pytest.param("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T01:00Z",
                     id="the middle of a gap"),
        pytest.param("Europe/Berlin", "2026-03-29T02:59:59.999999", "2026-03-29T01:00Z",
                     id="the last microsecond of a gap"),
        pytest.param("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00Z",
                     id="the first minute after a gap"),
        pytest.param("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00Z",
                     id="an hour that comes twice means the first"),
        pytest.param("Europe/Berlin", "2026-10-25T02:59:59", "2026-10-25T00:59:59Z",
                     id="the end of an hour that comes twice means the first"),
        pytest.param("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00Z",
                     id="after the second of the two"),
        pytest.param("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:30Z",
                     id="Lord Howe's gap is half an hour"),
        pytest.param("Australia/Lord_Howe", "2026-10-04T02:30", "2026-10-03T15:30Z",
                     id="after Lord Howe's gap"),
        pytest.param("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45Z",
                     id="Lord Howe's repeated half hour means the first"),
        pytest.param("America/Sao_Paulo", "2018-11-04T00:00", "2018-11-04T03:00Z",
                     id="a date whose midnight was skipped begins at one"),
        pytest.param("America/Sao_Paulo", "2018-02-17T23:30", "2018-02-18T01:30Z",
                     id="an hour before midnight that came twice means the first"),
        pytest.param("Africa/Casablanca", "2026-02-15T02:30", "2026-02-15T01:30Z",
                     id="Casablanca puts its clocks back for Ramadan"),
        pytest.param("Africa/Casablanca", "2026-03-22T02:30", "2026-03-22T02:00Z",
                     id="and forward after it"),
        pytest.param("Europe/Dublin", "2026-03-29T01:30", "2026-03-29T01:00Z",
                     id="Dublin's winter time is the negative one"),
        pytest.param("Asia/Kathmandu", "1986-01-01T00:05", "1985-12-31T18:30Z",
                     id="a gap of a quarter of an hour"),
        pytest.param("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T10:00Z",
                     id="a day that was skipped whole ends at midnight"),
    ],
)  # fmt: skip
def test_a_local_time_is_one_instant(zone, local, expected):
    got = instant(datetime.fromisoformat(local), ZoneInfo(zone))
    assert got == datetime.fromisoformat(expected)
    assert got.tzinfo is UTC


@given(
    local=LOCAL_TIMES,
    name=st.sampled_from(ZONES),
)
def test_an_instant_shows_the_wall_clock_it_was_made_from_unless_that_was_skipped(local, name):
    zone = ZoneInfo(name)
    got = instant(local, zone)
    shown = got.astimezone(zone).replace(tzinfo=None)
    if shown == local:
        earlier = (got - timedelta(hours=3), got - timedelta(minutes=30))
        assert all(one.astimezone(zone).replace(tzinfo=None) != local for one in earlier)
    else:
        assert shown > local
        before = (got - timedelta(seconds=1)).astimezone(zone).replace(tzinfo=None)
        assert before < local.replace(microsecond=0)


@given(
    one=LOCAL_TIMES,
    other=LOCAL_TIMES,
    name=st.sampled_from(ZONES),
)
def test_posts_dated_on_different_days_come_in_the_order_of_their_dates(one, other, name):
    assume(one.date() < other.date())
    zone = ZoneInfo(name)
    assert instant(one, zone) <= instant(other, zone) + timedelta(hours=1)


def test_a_moment_in_an_hour_that_comes_twice_is_equal_to_itself_once_it_is_fixed():
    first = datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN)
    second = first.replace(fold=1)
    assert fixed(first) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert fixed(second) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    assert fixed(first).isoformat() == first.isoformat() == "2026-10-25T02:30:00+02:00"


def test_a_moment_with_an_offset_alone_is_fixed_already():
    moment = datetime(2026, 2, 10, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    assert fixed(moment) is moment


def test_a_datetime_without_a_zone_is_refused():
    require_aware(None, datetime(2026, 2, 10, tzinfo=UTC))
    with pytest.raises(ValueError, match="without a zone: 2026-02-10T00:00:00"):
        require_aware(datetime.fromisoformat("2026-02-10"))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 2, 10, 9, tzinfo=UTC), "2026-02-10T09:00:00Z"),
        (datetime(2026, 2, 10, 9, tzinfo=BERLIN), "2026-02-10T08:00:00Z"),
        (datetime(2026, 2, 10, 9, 0, 0, 250000, tzinfo=UTC), "2026-02-10T09:00:00.250000Z"),
        (datetime(1001, 2, 3, tzinfo=UTC), "1001-02-03T00:00:00Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_a_z(moment, text):
    assert rfc3339(moment) == text
