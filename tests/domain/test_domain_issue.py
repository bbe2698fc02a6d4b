"""The states of an issue."""

import pytest

from publisher.domain.issue import TRANSITIONS, UNFINISHED, IssueState

FINISHED = {IssueState.DONE, IssueState.CANCELLED}


def test_every_state_is_in_the_table_and_leads_to_no_unknown_one():
    assert set(TRANSITIONS) == set(IssueState)
    assert all(after <= set(IssueState) for after in TRANSITIONS.values())


@pytest.mark.parametrize("state", IssueState)
def test_no_state_leads_to_itself(state):
    assert state not in TRANSITIONS[state]


def test_an_issue_is_finished_or_not():
    assert set(IssueState) - FINISHED == UNFINISHED


@pytest.mark.parametrize("state", sorted(UNFINISHED))
def test_an_issue_that_is_not_finished_can_be_dropped_and_can_end_by_itself(state):
    assert TRANSITIONS[state] >= FINISHED


def test_what_was_dropped_stays_dropped():
    assert TRANSITIONS[IssueState.CANCELLED] == frozenset()


def test_what_is_done_can_only_be_taken_up_to_send_again():
    assert TRANSITIONS[IssueState.DONE] == {IssueState.SENDING}


def test_only_what_is_being_sent_can_be_paused_and_only_what_is_paused_held_again():
    assert {one for one in IssueState if IssueState.PAUSED in TRANSITIONS[one]} == {
        IssueState.SENDING
    }
    assert {one for one in IssueState if IssueState.HELD in TRANSITIONS[one]} == {IssueState.PAUSED}
