"""Whether a ledger is in order: the file, its tables, and what the program promises of them.

Each check is one statement over the whole of a table, in the order in which it lies on the disk,
and comes to a few rows: a million deliveries are looked at in seconds, and in constant memory.
Nothing is written, and all checks see one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from publisher.domain.delivery import SPARED, WAITING, State
from publisher.domain.errors import LedgerUnusable
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.ledger.adopt import own_mark
from publisher.ledger.columns import AT_ONCE, among
from publisher.ledger.fence import Mark
from publisher.ledger.schema import delivery, issue, issue_post, metadata, post, receipt, tally
from publisher.ledger.sqlite import Sqlite

Tell = Callable[[str], None]


def _number(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


_WAITS = among(delivery.c.state, WAITING)
_RIGHT_TIME = or_(
    and_(delivery.c.next_at.is_(None), ~_WAITS),
    and_(delivery.c.next_at == AT_ONCE, delivery.c.state == State.QUEUED),
    and_(delivery.c.next_at > AT_ONCE, delivery.c.state == State.DEFERRED),
)
_RECOUNT = (
    select(
        delivery.c.issue_id,
        (func.count() - _number(_RIGHT_TIME)).label("untimed"),
        *(_number(delivery.c.state == state).label(state) for state in State),
    )
    .group_by(delivery.c.issue_id)
    .order_by(delivery.c.issue_id)
)
_TALLIES = select(issue.c.id, issue.c.state.label("standing"), tally).join_from(
    issue, tally, isouter=True
)
# An older delivery that is over may have its receipt with another one, where two posts became one.
_WITHOUT_RECEIPT = (
    select(delivery.c.issue_id, func.count(), func.min(delivery.c.subscriber_id))
    .join_from(delivery, issue_post, issue_post.c.issue_id == delivery.c.issue_id)
    .join(
        receipt,
        and_(
            receipt.c.post_id == issue_post.c.post_id,
            receipt.c.subscriber_id == delivery.c.subscriber_id,
        ),
        isouter=True,
    )
    .where(
        ~among(delivery.c.state, SPARED),
        or_(
            receipt.c.post_id.is_(None),
            and_(
                receipt.c.issue_id != delivery.c.issue_id,
                among(delivery.c.state, {*WAITING, State.SENDING}),
            ),
        ),
    )
    .group_by(delivery.c.issue_id)
)
_OWN = and_(
    delivery.c.issue_id == receipt.c.issue_id, delivery.c.subscriber_id == receipt.c.subscriber_id
)
_LINK = and_(issue_post.c.issue_id == receipt.c.issue_id, issue_post.c.post_id == receipt.c.post_id)
_STRAY_RECEIPTS = (
    select(post.c.path, func.count(), func.min(receipt.c.subscriber_id))
    .join_from(receipt, post, post.c.id == receipt.c.post_id)
    .join(delivery, _OWN, isouter=True)
    .join(issue_post, _LINK, isouter=True)
    .where(
        or_(
            delivery.c.state.is_(None),
            among(delivery.c.state, SPARED),
            issue_post.c.issue_id.is_(None),
        )
    )
    .group_by(receipt.c.post_id, post.c.path)
)


def faults(database: Sqlite, mark: Mark | None, tell: Tell) -> Iterator[str]:
    """Everything that is wrong with a ledger, a sentence each; what can't be read ends it.

    ``mark`` is what stood beside it before; ``tell`` hears what is being looked at.
    """
    checks: Mapping[str, Callable[[Connection], Iterator[str]]] = {
        "the file": database.broken,
        "its tables": _schema,
        "its issues": _issues,
        "its receipts": _receipts,
        "its mark": lambda db: _mark(db, mark),
    }
    try:
        with database.reading() as db:
            for name, check in checks.items():
                tell(name)
                yield from check(db)
    except LedgerUnusable as error:
        yield str(error)


def _schema(db: Connection) -> Iterator[str]:
    """The tables are those of this program, not only their version."""
    from alembic.autogenerate import compare_metadata  # no other command needs it
    from alembic.migration import MigrationContext

    for change in compare_metadata(MigrationContext.configure(db), metadata):
        words = [str(one) for one in (change if isinstance(change, tuple) else change[0])]
        yield f"its tables are not this program's: to mend: {' '.join(words)}"


def _issues(db: Connection) -> Iterator[str]:
    """Tallies count what is there, what waits has its time, and nothing waits of what is over."""
    counted = {row.issue_id: row._mapping for row in db.execute(_RECOUNT)}
    for row in db.execute(_TALLIES):
        found: Mapping[Any, Any] = counted.get(row.id, {})
        number = {state: int(found.get(state, 0)) for state in State}
        for state in State:
            kept = row._mapping[tally.c[state]]
            if kept != number[state]:
                yield f"issue {row.id}: its tally says {kept} {state}, there are {number[state]}"
        if found.get("untimed"):
            yield f"issue {row.id}: {found['untimed']} deliveries wait with no time, or the reverse"
        yield from _over(row.id, IssueState(row.standing), number)


def _over(issue_id: int, state: IssueState, number: Mapping[State, int]) -> Iterator[str]:
    left = sum(number[one] for one in WAITING)
    if state is IssueState.DONE:
        left += number[State.SENDING]
    if left and state not in UNFINISHED:
        yield f"issue {issue_id}: it is {state}, and {left} of its deliveries wait"


def _receipts(db: Connection) -> Iterator[str]:
    """Who got a post, or is to get it, holds its receipt; nobody else does."""
    for issue_id, number, who in db.execute(_WITHOUT_RECEIPT):
        yield (
            f"issue {issue_id}: {number} deliveries have no receipt for their post, "
            f"such as that to subscriber {who}: they could get it twice"
        )
    for path, number, who in db.execute(_STRAY_RECEIPTS):
        yield (
            f"{path}: {number} receipts of people who did not get it, such as subscriber {who}: "
            "they would never get it"
        )


def _mark(db: Connection, mark: Mark | None) -> Iterator[str]:
    """The mark beside the ledger is of this one, and not ahead of it."""
    own: Any = own_mark(db)
    if mark is None:
        return
    if mark.ledger != own.ledger:
        yield "the mark beside it is of another ledger: publisher publish says more"
    elif mark.settled > own.settled:
        more = mark.settled - own.settled
        yield f"the mark beside it is ahead by {more}: this is an older copy"
