"""How fast, how long yet, and what says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from publisher.cli.pace import Course, Pace, Stand, span
from publisher.domain.delivery import State
from publisher.domain.issue import IssueState
from publisher.domain.stages import AtStage, Stages
from publisher.ledger.rows import IssueRow
from publisher.mail.rate import parse_rate

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def going(pace: Pace, per_s: float, left: int, *, seconds: int = 60, deferred: int = 0) -> Pace:
    """A pace after so many seconds at that rate, with so many left."""
    for second in range(seconds + 1):
        done = int(per_s * second)
        ahead = left + int(per_s * seconds) - done
        pace.look(Stand(done=done, left=ahead, deferred=deferred), 1000.0 + second)
    return pace


def test_what_is_left_takes_as_long_as_the_rate_of_the_last_minute_says() -> None:
    pace = going(Pace(), per_s=50, left=3000)
    assert pace.per_s == pytest.approx(50)
    assert pace.left_s() == pytest.approx(60)


def test_a_rate_that_falls_is_believed_within_a_minute() -> None:
    pace = going(Pace(), per_s=1000, left=60_000)
    for second in range(61, 122):
        pace.look(Stand(done=60_000 + second - 60, left=60_000 - second + 60), 1000.0 + second)
    assert pace.per_s == pytest.approx(1)
    assert pace.left_s() == pytest.approx(60_000, rel=0.01)


def test_it_is_too_soon_to_say_at_first_and_where_nothing_leaves() -> None:
    assert going(Pace(), per_s=50, left=100, seconds=1).left_s() is None
    assert Pace().left_s() is None
    assert going(Pace(), per_s=0, left=100).left_s() is None


def test_deferred_ones_are_not_counted_into_the_time_that_is_left() -> None:
    assert going(Pace(), 50, 3000, deferred=10_000).left_s() == pytest.approx(60)


def test_a_pace_that_is_set_says_how_long_it_takes_and_is_said_to_limit() -> None:
    pace = going(Pace(limits=parse_rate("14/s")), per_s=13.9, left=1400)
    assert pace.rate_binds
    assert pace.left_s() == pytest.approx(1400 / 13.9, rel=0.02)
    burst = going(Pace(limits=parse_rate("14/s")), per_s=30, left=1400)
    assert burst.left_s() == pytest.approx(100)
    assert not going(Pace(limits=parse_rate("14/s")), per_s=8, left=1400).rate_binds
    assert not going(Pace(), per_s=8, left=1400).rate_binds


def test_a_quota_that_will_bind_is_seen_ahead() -> None:
    quick = going(Pace(limits=parse_rate("50000/day")), per_s=100, left=44_000)
    assert quick.left_s() == pytest.approx(440)
    short = going(Pace(limits=parse_rate("50000/day")), per_s=100, left=44_001)
    assert short.left_s() == pytest.approx(86_400 - 60)
    days = going(Pace(limits=parse_rate("14/s, 50000/day")), per_s=14, left=199_000)
    assert days.left_s() == pytest.approx(3 * 86_400 - 60)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 s"), (89, "89 s"), (91, "2 min"), (600, "10 min"), (5400, "2 h"), (86_400, "24 h"),
     (3 * 86_400, "3 days")],
)  # fmt: skip
def test_a_length_of_time_is_said_in_the_unit_one_waits_in(seconds: float, said: str) -> None:
    assert span(seconds) == said


def test_an_issue_that_has_ended_is_counted_on_and_one_of_before_is_not() -> None:
    course = Course()
    before = issue(1, IssueState.DONE, accepted=100)
    first = course.stand([before, issue(2, IssueState.SENDING, accepted=5, queued=4, sending=1)])
    assert first == Stand(done=5, left=5)
    ended = issue(2, IssueState.DONE, accepted=7, rejected=1, unknown=1, cancelled=1)
    next_ = issue(3, IssueState.SENDING, queued=10, deferred=3)
    assert course.stand([before, ended, next_]) == Stand(done=10, left=10, deferred=3)
    paused = issue(3, IssueState.PAUSED, queued=10, deferred=3)
    assert course.stand([before, ended, paused]) == Stand(done=10)


def issue(number: int, state: IssueState, **counts: int) -> IssueRow:
    return IssueRow(
        id=number, state=state, subject="Tides", reason=None, released=False, edition=1,
        salt=b"salt", keys=("a",), paths=("a.md",), audience=sum(counts.values()),
        counts={one: counts.get(one, 0) for one in State}, created_at=NOON, started_at=NOON,
        finished_at=None, at_stage=None,
    )  # fmt: skip


def test_those_of_a_later_stage_are_not_ahead() -> None:
    stages = Stages(names=("10%", "100%"), wait=timedelta(hours=1), bounces="5%")
    row = issue(1, IssueState.SENDING, accepted=40, rejected=1, sending=4, queued=955)

    def stand(stage: int, until: datetime | None = None) -> Stand:
        at = AtStage(stages=stages, stage=stage, until=until)
        return Course().stand([replace(row, at_stage=at)])

    assert stand(0) == Stand(done=41, left=59, later=900)
    assert stand(0, until=NOON) == Stand(done=41, left=4, later=955)
    assert stand(1) == Stand(done=41, left=959)
    assert {stand(0).total, stand(1).total} == {1000}
