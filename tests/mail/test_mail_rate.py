"""How fast messages may leave."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.rate import Limit, Rate, parse_rate

DAY = 86400


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("none", ()),
        ("None", ()),
        ("", ()),
        ("14/s", ((14, 1),)),
        (" 14 / s ", ((14, 1),)),
        ("50000/day", ((50000, DAY),)),
        ("14/s, 50000/day", ((14, 1), (50000, DAY))),
        ("1/second,2/min,3/hour,4/d", ((1, 1), (2, 60), (3, 3600), (4, DAY))),
        ("600/M, 5/H", ((600, 60), (5, 3600))),
    ],
)
def test_a_rate_is_read_as_a_person_writes_it(
    text: str, limits: tuple[tuple[int, int], ...]
) -> None:
    assert parse_rate(text) == tuple(Limit(count=count, period_s=s) for count, s in limits)


@pytest.mark.parametrize(
    "text",
    ["14", "14/", "/s", "14/fortnight", "0/s", "-1/s", "1.5/s", "14 per s", "14/s,", "14/s 5/min",
     "none, 14/s", "fast", "14/2s", "1e3/s", "٣/s"],
)  # fmt: skip
def test_a_rate_that_makes_no_sense_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="write 14/s"):
        parse_rate(text)


def sent(rate: Rate, until_s: float, start_s: float = 0.0, late_s: float = 0.0) -> list[float]:
    """When messages leave that are sent as fast as the rate allows, woken a little late."""
    now, times = start_s, []
    while now < until_s:
        if wait := rate.wait(now):
            now += wait + late_s
        else:
            rate.spend(now)
            times.append(now)
    return times


def most_within(times: list[float], span_s: float) -> int:
    return max(sum(1 for x in times if start <= x < start + span_s) for start in times)


def test_no_limit_never_waits() -> None:
    rate = Rate(parse_rate("none"))
    for _ in range(1000):
        rate.spend(0.0)
    assert rate.wait(0.0) == 0.0


def test_messages_by_the_second_leave_evenly() -> None:
    times = sent(Rate(parse_rate("14/s")), 60)
    assert 14 * 60 <= len(times) <= 14 * 60 * 1.05
    assert most_within(times, 1.0) <= 15
    gaps = [b - a for a, b in pairwise(times[2:])]
    assert min(gaps) == pytest.approx(1 / 14)


@pytest.mark.parametrize("count", [14, 500])
def test_a_late_wake_up_costs_no_speed(count: int) -> None:
    times = sent(Rate([Limit(count=count, period_s=1)]), 20, late_s=0.01)
    assert count * 20 * 0.95 <= len(times) <= count * 20 * 1.05


def test_time_that_nothing_was_sent_in_is_not_saved_up() -> None:
    rate = Rate(parse_rate("14/s"))
    rate.spend(0.0)
    assert most_within(sent(rate, 1010, start_s=1000), 1.0) <= 15


def test_a_quota_may_be_used_at_once_and_then_waits_for_its_period() -> None:
    rate = Rate(parse_rate("600/min"))
    times = sent(rate, 59)
    assert times == [0.0] * 600
    assert rate.wait(59) == pytest.approx(60 + 1.2 - 59)


@given(
    st.integers(1, 40),
    st.lists(st.floats(0, 20), max_size=60),
)
def test_no_period_ever_holds_more_than_the_quota(count: int, pauses: list[float]) -> None:
    rate = Rate([Limit(count=count, period_s=60)])
    now, times = 0.0, []
    for pause in pauses:
        now += pause
        while not rate.wait(now) and len(times) < 200:
            rate.spend(now)
            times.append(now)
    if times:
        assert most_within(times, 60.0) <= count


def test_a_quota_is_used_nearly_whole() -> None:
    times = sent(Rate(parse_rate("600/min")), 3600)
    assert len(times) >= 600 * 60 * 0.95


def test_every_limit_holds_and_the_longest_wait_is_told() -> None:
    rate = Rate(parse_rate("10/s, 20/min"))
    times = sent(rate, 50)
    assert len(times) == 20
    assert times[-1] >= 1.7
    assert rate.wait(50.0) > 10.0


def test_what_is_overdrawn_is_paid_back_by_waiting() -> None:
    pace, quota = Rate(parse_rate("10/s")), Rate(parse_rate("10/min"))
    for _ in range(13):
        pace.spend(0.0)
        quota.spend(0.0)
    assert pace.wait(0.0) == pytest.approx(1.25)
    assert quota.wait(0.0) == pytest.approx(61.2)


def test_an_overdrawn_quota_waits_until_enough_has_passed() -> None:
    rate = Rate(parse_rate("2/min"))
    for now in (0.0, 10.0, 20.0):
        rate.spend(now)
    assert rate.wait(20.0) == pytest.approx(61.2 + 10.0 - 20.0)


def test_what_was_sent_before_a_restart_counts() -> None:
    rate = Rate(parse_rate("100/day"))
    for _ in range(100):
        rate.spend(-3600.0)
    assert rate.wait(0.0) == pytest.approx(DAY * 1.02 - 3600)


def test_a_quota_of_millions_keeps_little_in_memory() -> None:
    rate = Rate(parse_rate("1000000/day"))
    for second in range(0, DAY, 10):
        rate.spend(float(second))
    (meter,) = rate._meters
    assert len(meter._grains) <= 52  # type: ignore[attr-defined]
