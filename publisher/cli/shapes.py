"""The shapes that ``--json`` prints and people read: the same lists, said in two ways."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

from publisher.domain.delivery import State
from publisher.domain.finding import Finding
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.moment import rfc3339
from publisher.domain.plan import Event, Plan, Upcoming
from publisher.ledger.rows import IssueRow


def finding(one: Finding) -> dict[str, Any]:
    """A problem or a warning."""
    return {"path": one.path, "line": one.line, "message": one.message}


def event(one: Event) -> dict[str, Any]:
    """Something that a pass did to a post."""
    shape: dict[str, Any] = {"path": one.path, "url": one.url}
    if one.due is not None:
        shape["due"] = rfc3339(one.due)
    if one.detail is not None:
        shape["reason"] = one.detail
    return shape


def upcoming(one: Upcoming) -> dict[str, Any]:
    """A post that waits."""
    shape: dict[str, Any] = {"path": one.path, "url": one.url, "due": rfc3339(one.due)}
    if one.reason is not None:
        shape["reason"] = one.reason
    return shape


def instant(moment: datetime | None) -> str | None:
    """An instant, or null."""
    return None if moment is None else rfc3339(moment)


def counts(states: Mapping[State, int]) -> dict[str, int]:
    """Deliveries by state, without the states that have none."""
    return {str(state): number for state, number in states.items() if number}


def done(plan: Plan) -> dict[str, Any]:
    """What a pass did, or would do."""
    return {
        "published": [event(one) for one in plan.published],
        "revised": [event(one) for one in plan.revised],
        "restored": [event(one) for one in plan.restored],
        "withdrawn": [event(one) for one in plan.withdrawn],
        "renamed": [{"path": one.path, "from": one.detail} for one in plan.renamed],
        "adopted": len(plan.adopted),
    }


def standing(
    plan: Plan, problems: Sequence[Finding], warnings: Sequence[Finding]
) -> dict[str, Any]:
    """How things stand after it."""
    return {
        "scheduled": [upcoming(one) for one in plan.scheduled],
        "held": [upcoming(one) for one in plan.held],
        "drafts": [upcoming(one) for one in plan.drafts],
        "problems": [finding(one) for one in problems],
        "warnings": [finding(one) for one in warnings],
    }


def done_lines(plan: Plan) -> Iterable[str]:
    """What a pass did, for a person."""
    if plan.adopted_at:
        verb = "is" if len(plan.adopted) == 1 else "are"
        posts = f"{count(len(plan.adopted), 'post')} {verb}"
        yield f"adopted: {posts} public already: in the feeds, and mailed to nobody"
    for what in ("published", "revised", "restored", "withdrawn"):
        for one in getattr(plan, what):
            reason = f" ({one.detail})" if one.detail else ""
            yield f"{what}: {one.path}{reason}"
    for one in plan.renamed:
        yield f"renamed: {one.detail} is now {one.path}"


def stage(row: IssueRow) -> dict[str, Any] | None:
    """At which of its stages an issue is, from 1; null for one that goes to everybody at once."""
    at = row.at_stage
    if at is None:
        return None
    return {
        "number": at.stage + 1,
        "of": len(at.stages.names),
        "share": at.name,
        "until": instant(at.until),
    }


def stage_words(row: IssueRow, zone: tzinfo) -> str:
    """The same for a person, of an issue that is being sent: empty for others."""
    if row.at_stage is None or row.state is not IssueState.SENDING:
        return ""
    until = row.at_stage.until
    return f"{row.at_stage}{f', next at {local(until, zone)}' if until else ''}"


def issue_line(row: IssueRow, zone: tzinfo) -> str:
    """How an issue stands, for a person."""
    states = ", ".join(f"{number} {state}" for state, number in counts(row.counts).items())
    audience = f" to {row.audience} ({states})" if row.audience else ""
    waits = " (released)" if row.released and row.state is IssueState.HELD else ""
    reason = f": {row.reason}" if row.reason and row.state in UNFINISHED else ""
    stage_ = f": {words}" if (words := stage_words(row, zone)) else ""
    return f"issue {row.id} {row.state}{waits}: «{row.subject}»{audience}{stage_}{reason}"


def waiting_lines(plan: Plan, zone: tzinfo) -> Iterable[str]:
    """What waits, for a person."""
    for one in plan.scheduled:
        yield f"scheduled: {one.path} for {local(one.due, zone)}"
    for one in plan.held:
        yield f"held: {one.path}: {one.reason}"
    for one in plan.drafts:
        yield f"draft: {one.path} ({one.reason})"


def local(moment: datetime, zone: tzinfo) -> str:
    """An instant in the site's zone, to the minute, and to the second where it has any."""
    there = moment.astimezone(zone)
    return there.strftime("%Y-%m-%d %H:%M:%S %Z" if there.second else "%Y-%m-%d %H:%M %Z")


def count(number: int, thing: str) -> str:
    """So many things."""
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
