"""Taking a ledger for the newest there is, though more was sent: what is in doubt then waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select, update

from publisher.domain.delivery import WAITING, State
from publisher.domain.doubt import issue_reason
from publisher.domain.issue import IssueState
from publisher.ledger.fence import Mark
from publisher.ledger.issues import issues
from publisher.ledger.record import set_moment
from publisher.ledger.rows import IssueRow
from publisher.ledger.schema import issue, mark


def own_mark(db: Connection) -> Mark:
    """Which ledger this is, and how much it has seen settled."""
    row = db.execute(select(mark.c.ledger, mark.c.settled)).one()
    return Mark(ledger=row.ledger, settled=row.settled)


def adopt(db: Connection, ledger_id: str, now: datetime) -> tuple[IssueRow, ...]:
    """Stop every open issue, and put in doubt what is due by now; the issues, as they then stand.

    The ledger gets a name of its own (``ledger_id``, 32 hex digits): what the one it was copied
    from sent is not in it, and what it sends is not in that one.
    """
    for row in issues(db, finished_limit=0):
        waits = sum(row.counts[state] for state in (*WAITING, State.SENDING))
        sending = row.state is IssueState.SENDING
        db.execute(
            update(issue)
            .where(issue.c.id == row.id)
            .values(
                state=IssueState.PAUSED if sending else row.state,
                reason=issue_reason(row.id, waits),
                released=False,
            )
        )
    set_moment(db, "doubtful_until", now)
    db.execute(update(mark).values(ledger=ledger_id))
    return issues(db, finished_limit=0)
