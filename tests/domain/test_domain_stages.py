"""Stages: what may be written, who belongs to one, and what its end leads to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from publisher.domain.stages import (
    EVERYBODY,
    AtStage,
    Gate,
    Stages,
    Step,
    Tried,
    next_step,
    parse_stages,
    percent,
)

NOON = datetime(2026, 2, 19, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
USUAL = Stages(names=("author", "1%", "100%"), wait=HOUR, bounces="5%", author="ada@example.com")


@pytest.mark.parametrize(
    ("written", "stages"),
    [
        ((), ()),
        (("100%",), ("100%",)),
        (("author", "1%", "100%"), ("author", "1%", "100%")),
        (("Author", "12.5 %", "100 %"), ("author", "12.5%", "100%")),
        (("0.0001%", "99.9999%", "100.00%"), ("0.0001%", "99.9999%", "100.00%")),
    ],
)
def test_stages_rise_to_everybody(written: tuple[str, ...], stages: tuple[str, ...]) -> None:
    assert parse_stages(written) == stages


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (("author",), "the last stage is everybody: end with 100%"),
        (("author", "99.9%"), "the last stage is everybody: end with 100%"),
        (("1%", "author", "100%"), "author comes after 1%: each stage takes in more"),
        (("5%", "1%", "100%"), "1% comes after 5%: each stage takes in more"),
        (("author", "100%", "100.0%"), "100.0% comes after 100%"),
        (("0%", "100%"), "0% is nobody: write author, or a percentage above 0%"),
        (("101%",), "101% is more than everybody: write at most 100%"),
        (("1", "100%"), "expected author, or a percentage such as 1%, not '1'"),
        (("-1%", "100%"), "expected author, or a percentage"),
        (("writer", "100%"), "expected author, or a percentage such as 1%, not 'writer'"),
    ],
)
def test_other_stages_are_refused_with_what_to_write(
    written: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse_stages(written)


@pytest.mark.parametrize("share", [0.001, 0.01, 0.125, 0.5, 0.999])
@pytest.mark.parametrize("issue_id", [1, 2, 77])
@pytest.mark.parametrize("first", [1, 900_000])
def test_a_percentage_is_met_nearly_exactly_by_old_and_new_subscribers_alike(
    share: float, issue_id: int, first: int
) -> None:
    gate = Gate(share=share)
    admitted = sum(gate.admits(issue_id, who, "") for who in range(first, first + 10_000))
    assert abs(admitted - share * 10_000) <= 3


def test_another_issue_begins_with_others() -> None:
    first, second = (
        {who for who in range(1000) if Gate(share=0.05).admits(issue, who, "")}
        for issue in (1, 500)
    )
    assert first != second


def test_each_stage_takes_in_those_of_the_one_before_it() -> None:
    people = [(who, "ada@example.com" if who == 500 else "") for who in range(1000)]
    stages = Stages(
        names=("author", "1%", "50%", "100%"), wait=HOUR, bounces="5%", author="ada@example.com"
    )
    admitted = [
        {who for who, mailbox in people if stages.gate(stage).admits(7, who, mailbox)}
        for stage in range(-1, 4)
    ]
    assert admitted[0] == set()
    assert admitted[1] == {500}
    assert admitted[4] == set(range(1000))
    assert all(less < more for less, more in pairwise(admitted))


def test_the_author_comes_first_only_where_that_is_a_stage_and_an_address_is_known() -> None:
    assert USUAL.gate(0) == Gate(share=0.0, author="ada@example.com")
    nameless = Stages(names=USUAL.names, wait=HOUR, bounces="5%")
    assert nameless.gate(0) == Gate(share=0.0)
    plain = Stages(names=("1%", "100%"), wait=HOUR, bounces="5%", author="ada@example.com")
    assert plain.gate(0) == Gate(share=0.01)
    assert plain.gate(1) == EVERYBODY


STOPPED = Step(
    stage=1,
    stop="stage 1 of 3 (author): 1 of 1 was refused, more than newsletter.stage_bounces (5%): "
    "see publisher report 7; publisher release 7 goes on with 1%, publisher issue cancel 7 ends it",
)


@pytest.mark.parametrize(
    ("stage", "until", "attempted", "rejected", "step"),
    [
        # The end of a stage.
        (0, None, 1, 0, Step(stage=0, until=NOON + HOUR)),
        (1, None, 100, 5, Step(stage=1, until=NOON + HOUR)),
        (0, None, 1, 1, STOPPED),
        # Nobody's stage is passed over at once.
        (0, None, 0, 0, Step(stage=1)),
        # The end of the wait.
        (0, NOON, 1, 0, Step(stage=1)),
        (0, NOON - HOUR, 1, 0, Step(stage=1)),
        (0, NOON + timedelta(microseconds=1), 1, 0, None),
        (0, NOON, 1, 1, STOPPED),
        # The last stage leads nowhere: its issue is done.
        (2, None, 100, 100, None),
        (3, None, 100, 100, None),
    ],
)
def test_what_a_stage_leads_to(
    stage: int, until: datetime | None, attempted: int, rejected: int, step: Step | None
) -> None:
    at = AtStage(stages=USUAL, stage=stage, until=until)
    assert next_step(7, at, Tried(attempted=attempted, rejected=rejected), NOON) == step


@pytest.mark.parametrize(
    ("bounces", "attempted", "rejected", "stops"),
    [
        ("5%", 100, 5, False),
        ("5%", 100, 6, True),
        ("29%", 100, 29, False),  # which is 28.999999999999996 in floating point
        ("0%", 100, 2, True),
        ("100%", 100, 100, False),
        # One refusal among several proves nothing, two do, and nobody reached at all does.
        ("5%", 10, 1, False),
        ("5%", 10, 2, True),
        ("0%", 2, 1, False),
        ("5%", 1, 1, True),
    ],
)
def test_a_stage_stops_at_more_refusals_than_may_be(
    bounces: str, attempted: int, rejected: int, stops: bool
) -> None:
    stages = Stages(names=("10%", "100%"), wait=HOUR, bounces=bounces)
    step = next_step(
        7, AtStage(stages=stages, stage=0), Tried(attempted=attempted, rejected=rejected), NOON
    )
    assert step is not None
    assert (step.stop is not None) == stops


def test_without_a_wait_the_next_stage_follows_at_once() -> None:
    stages = Stages(names=("10%", "100%"), wait=timedelta(0), bounces="5%")
    at = AtStage(stages=stages, stage=0)
    assert next_step(7, at, Tried(attempted=9, rejected=0), NOON) == Step(stage=1)


def test_a_reason_has_the_numbers_and_what_to_do() -> None:
    step = next_step(7, AtStage(stages=USUAL, stage=1), Tried(attempted=103, rejected=12), NOON)
    assert step is not None
    assert step.stop is not None
    assert "stage 2 of 3 (1%): 12 of 103 were refused" in step.stop
    assert "publisher release 7 goes on with 100%" in step.stop


@pytest.mark.parametrize("text", ["5", "", "%", "5.%", "1e2%", "0.00001%", "٥%"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a percentage such as 5%"):
        percent(text)
