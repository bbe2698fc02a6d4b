"""How fast messages may leave."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.domain.line import Spent
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


# How many at once.


@given(
    st.sampled_from(["14/s", "500/s", "30/min", "10/s, 30/min", "none"]),
    st.lists(st.tuples(st.floats(0, 30), st.integers(0, 20)), max_size=8),
    st.integers(0, 40),
)
def test_as_many_may_leave_now_as_could_one_by_one(
    text: str, past: list[tuple[float, int]], most: int
) -> None:
    rate, now = Rate(parse_rate(text)), 0.0
    for pause, count in past:
        now += pause
        rate.spend(now, rate.affordable(now, count))
    expected, alike = rate.affordable(now, most), 0
    while alike < most and not rate.wait(now):
        rate.spend(now)
        alike += 1
    assert alike == pytest.approx(expected, abs=1)  # a pace's last hangs on a rounding


def test_to_ask_what_may_leave_later_changes_nothing() -> None:
    rate = Rate(parse_rate("10/min"))
    rate.spend(0.0, 10)
    assert rate.affordable(100.0, 50) == 10
    assert rate.affordable(10.0, 50) == 0
    assert rate.wait(10.0) == pytest.approx(51.2)


def test_several_spent_at_once_count_as_one_by_one() -> None:
    one, other = Rate(parse_rate("7/s, 20/min")), Rate(parse_rate("7/s, 20/min"))
    one.spend(3.0, 20)
    for _ in range(20):
        other.spend(3.0)
    assert one.wait(3.0) == pytest.approx(other.wait(3.0))


def test_of_two_limits_with_one_period_the_lower_is_kept() -> None:
    rate = Rate(parse_rate("10/min, 5/min, 8/min"), scope="relay a")
    assert rate.affordable(0.0, 50) == 5
    rate.spend(0.0, 5)
    assert rate.taken(NOON) == (Spent(meter="relay a per minute", grain=NOON, count=5),)


# Restarts, sleep, and clocks that are set.

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_what_was_taken_is_told_once_and_dated_by_the_grain_of_the_wall_clock() -> None:
    rate = Rate(parse_rate("14/s, 100/min, 5000/day"))
    assert rate.taken(NOON) == ()
    rate.spend(0.0)
    rate.spend(0.1)
    later = NOON + timedelta(seconds=2)
    assert {*rate.taken(later)} == {
        Spent(meter="all per minute", grain=NOON + timedelta(seconds=1.2), count=2),
        Spent(meter="all per day", grain=NOON, count=2),
    }
    assert rate.taken(later) == ()


def test_meters_of_others_are_passed_over() -> None:
    rate = Rate(parse_rate("10/min"), scope="relay a")
    foreign = [Spent(meter="relay b per minute", grain=NOON, count=9),
               Spent(meter="relay a per hour", grain=NOON, count=9)]  # fmt: skip
    rate.seed(foreign, NOON, 0.0)
    assert rate.affordable(0.0, 50) == 10


def test_a_limit_that_was_raised_counts_what_was_spent_under_the_lower_one() -> None:
    before = Rate(parse_rate("100/day"))
    before.spend(0.0, 100)
    after = Rate(parse_rate("150/day"))
    after.seed(before.taken(NOON), NOON + timedelta(hours=2), 77.0)
    assert after.affordable(77.0, 1000) == 50


class Machine:
    """A process that sends as fast as it may, and what can befall it and its clocks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.real_s = self.asleep_s = 0.0
        self.shift = timedelta(0)
        self.kept: Counter[tuple[str, datetime]] = Counter()
        self.times: list[float] = []
        self.restart()

    @property
    def wall(self) -> datetime:
        return NOON + timedelta(seconds=self.real_s) + self.shift

    @property
    def mono_s(self) -> float:
        return self.real_s - self.asleep_s

    def restart(self) -> None:
        self.rate = Rate(parse_rate(self.text))
        since = self.wall - timedelta(days=2)
        spent = [Spent(meter=meter, grain=grain, count=count)
                 for (meter, grain), count in self.kept.items() if grain >= since]  # fmt: skip
        self.rate.seed(spent, self.wall, self.mono_s)

    def run(self, seconds: float) -> None:
        end_s = self.real_s + seconds
        while self.real_s < end_s:
            count = self.rate.affordable(self.mono_s, 10)
            if count:
                self.rate.spend(self.mono_s, count)
                self.times += [self.real_s] * count
            for one in self.rate.taken(self.wall):
                self.kept[one.meter, one.grain] += one.count
            wait = self.rate.wait(self.mono_s)
            self.real_s = min(end_s, self.real_s + max(wait, 1e-6)) if wait else self.real_s

    def sleep(self, seconds: float) -> None:
        self.real_s += seconds
        self.asleep_s += seconds

    def set_back(self, seconds: float) -> None:
        self.shift -= timedelta(seconds=seconds)


BEFALLS = st.one_of(
    st.tuples(st.just("run"), st.floats(0.5, 90)),
    st.tuples(st.just("sleep"), st.floats(0, 90)),
    st.tuples(st.just("set_back"), st.floats(0, 4000)),
    st.tuples(st.just("restart"), st.none()),
)


@given(st.sampled_from([1, 7, 40]), st.lists(BEFALLS, max_size=15))
def test_a_quota_is_never_passed_whatever_befalls_and_never_blocks_for_ever(
    count: int, story: list[tuple[str, float | None]]
) -> None:
    machine = Machine(f"{count}/min")
    for name, seconds in story:
        getattr(machine, name)(*([] if seconds is None else [seconds]))
    before = len(machine.times)
    machine.run(62.5)
    assert len(machine.times) > before
    assert most_within(machine.times, 59.999) <= count


def test_frequent_restarts_after_the_clock_was_set_back_leave_a_quota_usable() -> None:
    machine = Machine("10/min")
    machine.run(5)
    machine.set_back(7 * DAY)
    for _ in range(60):
        machine.restart()
        machine.run(10)
    assert 9 * 10 * 0.9 <= len(machine.times) <= 11 * 10
    assert most_within(machine.times, 59.999) <= 10


@pytest.mark.parametrize("text", ["14/s", "90/s", "600/min", "14/s, 500/min"])
def test_a_rate_is_kept_within_a_twentieth_restarts_included(text: str) -> None:
    machine = Machine(text)
    a_second = {"14/s": 14, "90/s": 90, "600/min": 10, "14/s, 500/min": 500 / 60}[text]
    for _ in range(20):
        machine.run(33.0)
        machine.restart()
    assert len(machine.times) / 660 == pytest.approx(a_second, rel=0.05)


@pytest.mark.parametrize("text", ["7/s", "20/min", "7/s, 20/min, 900/day"])
def test_what_was_counted_and_did_not_leave_is_taken_back(text: str) -> None:
    rate, other = Rate(parse_rate(text)), Rate(parse_rate(text))
    for one in (rate, other):
        one.spend(3.0, 2)
    before = rate.taken(NOON)
    rate.spend(3.0, 5)
    counted = rate.taken(NOON)
    rate.spend(3.0, -5)
    back = rate.taken(NOON)
    assert rate.wait(3.0) == pytest.approx(other.wait(3.0))
    assert rate.affordable(3.1, 99) == other.affordable(3.1, 99)
    total = Counter[str]()
    for spent in (*before, *counted, *back):
        total[spent.meter] += spent.count
    assert set(total.values()) <= {2}
