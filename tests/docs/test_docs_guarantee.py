"""The page on the guarantee says what the program's own table of states allows, and all of it."""

from __future__ import annotations

from typing import get_args

import pytest
from docpages import codes, links, read, rows, section

from publisher.config.fields import Survive
from publisher.config.keys import Delivery
from publisher.domain.delivery import TRANSITIONS, WAITING, Cause, State

PAGE = read("docs/explanation/once.md")
STATES = read("docs/reference/states.md")
LEFT_OPEN = rows(section(PAGE, "What a crash leaves open"))
EVENTS = rows(section(PAGE, "What can happen, and what it can do"))
NAMES = {str(state) for state in State}


def from_sending(cause: Cause) -> set[str]:
    return {
        str(to) for (was, to), causes in TRANSITIONS.items()
        if was is State.SENDING and cause in causes
    }  # fmt: skip


def named(column: int) -> set[str]:
    return {code for row in LEFT_OPEN for code in codes(row[column])}


def test_a_crash_leaves_what_the_table_allows_and_all_of_that_is_said() -> None:
    assert named(1) == from_sending(Cause.CRASH)


def test_a_lost_connection_leaves_only_what_the_table_allows() -> None:
    assert named(2)
    assert named(2) <= from_sending(Cause.DELIVERY)


def test_what_was_not_begun_is_left_as_it_was() -> None:
    (in_line,) = [row for row in LEFT_OPEN if row[0].startswith("in line")]
    assert in_line[1] == in_line[2] == "no change: it still waits"
    changes = {cause for (was, _), causes in TRANSITIONS.items() if was in WAITING
               for cause in causes}  # fmt: skip
    assert changes == {Cause.DELIVERY, Cause.CANCEL}


def test_every_state_is_named_and_the_one_table_of_changes_is_on_its_own_page() -> None:
    text = section(PAGE, "The states of a delivery")
    assert set(codes(text)) & NAMES == NAMES
    assert "../reference/states.md#a-delivery" in links(text)
    pairs = {(str(was), str(to)) for was, to in TRANSITIONS}
    listed = [tuple(codes(cell)[0] for cell in row[:2]) for row in rows(STATES)
              if len(row) == 4]  # fmt: skip
    assert sorted(listed) == sorted(pairs)
    here = [row for row in rows(PAGE) if {*codes(row[0]), *codes(row[1])} <= NAMES
            and codes(row[0]) and codes(row[1])]  # fmt: skip
    assert here == []


@pytest.mark.parametrize("row", EVENTS, ids=lambda row: row[0])
def test_each_thing_that_can_happen_is_answered_for(row: list[str]) -> None:
    what, twice, forgotten, left = row
    assert twice.strip("*").startswith(("yes", "no"))
    assert forgotten == "no", what
    assert left
    states = {code for code in codes(left) if code in NAMES}
    after = {State(name) for name in states} - WAITING
    assert after <= {State.UNKNOWN}


def test_what_the_issue_of_a_guarantee_can_meet_is_all_there() -> None:
    said = " ".join(row[0] for row in EVENTS)
    for word in ("killed", "power", "connection", "suspended", "clock is set ahead",
                 "clock is set back", "disk is full", "damaged", "two processes",
                 "older copy of the ledger", "with its mark"):  # fmt: skip
        assert word in said


def test_every_value_of_survive_is_explained_the_default_first() -> None:
    heading = "What `delivery.survive` buys, and costs"
    values = [codes(row[0])[0] for row in rows(section(PAGE, heading))]
    default = Delivery.model_fields["survive"].default
    choice = get_args(Survive)[0]
    assert values == [default, *(value for value in get_args(choice) if value != default)]
