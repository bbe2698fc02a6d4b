"""What a ledger that was put back from an older copy can't know: whether a mail went out since.

Nothing that may have gone out goes out again by itself: it waits, and says so, until a person says.
"""

from __future__ import annotations

from datetime import datetime

_WHY = "the ledger was put back from an older copy:"

#: Why a post's first issue is held.
POST_REASON = f"{_WHY} this may have been mailed already: publisher release or skip"


def in_doubt(due: datetime, doubtful_until: datetime | None) -> bool:
    """Whether a post that the ledger never mailed may have been: it was due by the time that the
    copy was taken for the ledger. ``doubtful_until`` is that time, None where there was none."""
    return doubtful_until is not None and due <= doubtful_until


def issue_reason(issue_id: int, waiting: int) -> str:
    """Why an issue waits that is open in the copy, in which ``waiting`` deliveries were to come."""
    people = "1 person" if waiting == 1 else f"{waiting} people"
    had = f"up to {people} may have had it" if waiting else "it may have been mailed"
    return f"{_WHY} {had} already: publisher release {issue_id} or issue cancel {issue_id}"
