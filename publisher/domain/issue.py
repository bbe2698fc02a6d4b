"""An issue: one edition of the newsletter, and the states it can be in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class IssueState(StrEnum):
    """Where an issue stands. ``done`` and ``cancelled`` are final."""

    HELD = "held"
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


#: Every change of state that may happen, and no other.
TRANSITIONS: Mapping[IssueState, frozenset[IssueState]] = {
    IssueState.HELD: frozenset({IssueState.SENDING, IssueState.DONE, IssueState.CANCELLED}),
    IssueState.SENDING: frozenset({IssueState.PAUSED, IssueState.DONE, IssueState.CANCELLED}),
    IssueState.PAUSED: frozenset(
        {IssueState.SENDING, IssueState.HELD, IssueState.DONE, IssueState.CANCELLED}
    ),
    IssueState.DONE: frozenset({IssueState.SENDING}),  # resolve: unknown or rejected rows go again
    IssueState.CANCELLED: frozenset(),
}

UNFINISHED = frozenset({IssueState.HELD, IssueState.SENDING, IssueState.PAUSED})
