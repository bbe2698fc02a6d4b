"""Stages in the ledger: who a stage lets through, and the one step from its end to what follows.

A stage stands in its issue's row: ``stages`` (frozen with it, as JSON), ``stage`` from 0, and
``stage_until`` while it waits for the next. Each step is one conditional UPDATE that names what it
was decided on, so that it may be asked for again after a crash, and by more than one process.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)

from publisher.domain.delivery import State
from publisher.domain.issue import IssueState
from publisher.domain.stages import (
    BY_ISSUE,
    BY_SUBSCRIBER,
    SPREAD,
    AtStage,
    Gate,
    Stages,
    Step,
    Tried,
    next_step,
)
from publisher.ledger.columns import AT_ONCE, Instant, among
from publisher.ledger.schema import delivery, issue, subscriber, tally

_ATTEMPTED = (State.SENDING, State.ACCEPTED, State.DEFERRED, State.REJECTED, State.UNKNOWN)


def admitted(row: Any, name: str = "gate") -> ColumnElement[bool]:
    """Whether a delivery may be begun, as ``Gate.admits`` has it; ``row`` are its columns.

    The statement takes the values of ``values_of`` with the same name.
    """
    hashed = row.subscriber_id * literal(BY_SUBSCRIBER, BigInteger)
    hashed += row.issue_id * literal(BY_ISSUE, BigInteger)
    limit = bindparam(f"{name}_limit", type_=BigInteger)
    author = select(subscriber.c.id).where(subscriber.c.mailbox == bindparam(f"{name}_author"))
    return or_(
        hashed % literal(SPREAD, BigInteger) < limit,
        row.subscriber_id == author.scalar_subquery(),
    )


def values_of(gate: Gate, name: str = "gate") -> dict[str, Any]:
    """What a statement with ``admitted`` has to be given."""
    return {f"{name}_limit": gate.limit, f"{name}_author": gate.author}


_STANDING = (
    select(issue.c.stages, issue.c.stage, issue.c.stage_until, tally.c[State.SENDING])
    .join_from(issue, tally)
    .where(issue.c.id == bindparam("issue"), issue.c.state == IssueState.SENDING)
)
_QUEUED = (
    select(delivery.c.subscriber_id)
    .where(
        delivery.c.issue_id == bindparam("issue"),
        delivery.c.next_at == AT_ONCE,
        admitted(delivery.c),
    )
    .limit(1)
)
_TRIED = select(func.count(), func.count().filter(delivery.c.state == State.REJECTED)).where(
    delivery.c.issue_id == bindparam("issue"),
    among(delivery.c.state, _ATTEMPTED),
    admitted(delivery.c),
    not_(func.coalesce(admitted(delivery.c, "before"), False)),
)
_STEP = (
    update(issue)
    .where(
        issue.c.id == bindparam("issue"),
        issue.c.state == IssueState.SENDING,
        issue.c.stage == bindparam("was"),
        issue.c.stage_until.is_not_distinct_from(bindparam("was_until", type_=Instant)),
    )
    .values(
        state=bindparam("to"),
        stage=bindparam("next"),
        stage_until=bindparam("until"),
        reason=bindparam("why"),
    )
)
_GO_ON = (
    update(issue)
    .where(
        issue.c.id == bindparam("issue"),
        issue.c.state == IssueState.SENDING,
        issue.c.stage_until.is_not(None),
    )
    .values(stage=issue.c.stage + 1, stage_until=None)
)


def to_text(stages: Stages | None) -> str | None:
    """Stages as the ledger keeps them."""
    if stages is None:
        return None
    kept = {
        "stages": stages.names,
        "wait_s": stages.wait.total_seconds(),
        "bounces": stages.bounces,
        "author": stages.author,
    }
    return json.dumps(kept, sort_keys=True)


@lru_cache(maxsize=64)
def from_text(text: str) -> Stages:
    """The stages that the ledger kept."""
    kept = json.loads(text)
    return Stages(
        names=tuple(kept["stages"]),
        wait=timedelta(seconds=kept["wait_s"]),
        bounces=kept["bounces"],
        author=kept["author"],
    )


def at_stage(text: str | None, stage: int, until: datetime | None) -> AtStage | None:
    """At which stage an issue is, by the columns of its row; None for one without stages."""
    return None if text is None else AtStage(stages=from_text(text), stage=stage, until=until)


def end_stage(db: Connection, issue_id: int, now: datetime) -> bool:
    """Take the issue on from a stage that is over, or from a wait that is; whether it moved.

    It is then in the next stage in which somebody waits, or it waits, or it is paused with a
    reason. Nothing happens while somebody of the stage is queued or being sent, in the last stage,
    and to an issue without stages. Counts deliveries only when the stage is over.
    """
    moved = False
    while (at := _over(db, issue_id, now)) is not None:
        step = next_step(issue_id, at, _tried(db, issue_id, at), now)
        if step is None or not take(db, issue_id, at, step):
            break
        moved = True
    return moved


def take(db: Connection, issue_id: int, at: AtStage, step: Step) -> bool:
    """Take one step from where the issue was seen; False where it is no longer there."""
    values = {
        "issue": issue_id,
        "was": at.stage,
        "was_until": at.until,
        "to": IssueState.PAUSED if step.stop else IssueState.SENDING,
        "next": step.stage,
        "until": step.until,
        "why": step.stop,
    }
    return db.execute(_STEP, values).rowcount == 1


def go_on(db: Connection, issue_id: int) -> bool:
    """End the wait of an issue that is between two stages; False when it is not."""
    return db.execute(_GO_ON, {"issue": issue_id}).rowcount == 1


def _over(db: Connection, issue_id: int, now: datetime) -> AtStage | None:
    """At which stage an issue is that is over, or whose wait is."""
    row = db.execute(_STANDING, {"issue": issue_id}).one_or_none()
    if row is None:
        return None
    at = at_stage(row.stages, row.stage, row.stage_until)
    if at is None or at.stages.is_last(at.stage):
        return None
    if at.until is not None:
        return at if at.until <= now else None  # in vain nothing is counted
    gate = values_of(at.stages.gate(at.stage))
    if row[-1] or db.execute(_QUEUED, {"issue": issue_id, **gate}).first():
        return None
    return at


def _tried(db: Connection, issue_id: int, at: AtStage) -> Tried:
    own = values_of(at.stages.gate(at.stage))
    before = values_of(at.stages.gate(at.stage - 1), "before")
    attempted, rejected = db.execute(_TRIED, {"issue": issue_id, **own, **before}).one()
    return Tried(attempted=attempted, rejected=rejected)
