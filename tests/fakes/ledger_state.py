"""What a ledger in memory is made of, and the small steps that its methods share."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import wraps
from typing import ParamSpec, TypeVar

from publisher.domain.delivery import SPARED, WAITING, State
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.plan import Start
from publisher.domain.publication import Identity, Known, OpenIssue, Publication
from publisher.domain.relay import RelayNote
from publisher.domain.stages import EVERYBODY, AtStage, Gate, Stages
from publisher.domain.subscriber import Standing, Subscriber

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
HELD, SENDING, PAUSED = IssueState.HELD, IssueState.SENDING, IssueState.PAUSED
DONE, CANCELLED = IssueState.DONE, IssueState.CANCELLED

P = ParamSpec("P")
R = TypeVar("R")


def one_at_a_time(method: Callable[P, R]) -> Callable[P, R]:
    @wraps(method)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with args[0]._lock:  # type: ignore[attr-defined]  # ParamSpec knows no self
            return method(*args, **kwargs)

    return alone


@dataclass
class FakeDelivery:
    state: State = State.QUEUED
    attempts: int = 0
    first_at: datetime | None = None
    next_at: datetime | None = AT_ONCE
    reply: str = ""


@dataclass
class FakeIssue:
    id: int
    keys: list[str]
    subject: str
    edition: int
    created_at: datetime
    state: IssueState = HELD
    reason: str | None = None
    released: bool = False
    frozen: int = 0
    salt: bytes = b""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    content: bytes | None = None
    stages: Stages | None = None
    stage: int = 0
    stage_until: datetime | None = None
    rows: dict[int, FakeDelivery] = field(default_factory=dict)

    @property
    def at_stage(self) -> AtStage | None:
        if self.stages is None:
            return None
        return AtStage(stages=self.stages, stage=self.stage, until=self.stage_until)

    @property
    def gate(self) -> Gate:
        return self.stages.gate(self.stage) if self.stages else EVERYBODY

    def counts(self) -> dict[State, int]:
        counted = Counter(row.state for row in self.rows.values())
        return {state: counted[state] for state in State}

    def left(self) -> bool:
        return any(row.state in {*WAITING, State.SENDING} for row in self.rows.values())


class Book:
    """All that is known, in dictionaries."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._seen = threading.local()
        self._merges = 0
        self._adopted_at: datetime | None = None
        self._last_pass_at: datetime | None = None
        self._identities: dict[str, Identity] = {}
        self._publications: dict[str, Publication] = {}
        self._sources: dict[str, tuple[str, bytes]] = {}
        self._terms: dict[tuple[str, str], tuple[str, str]] = {}
        self._issues: dict[int, FakeIssue] = {}
        self._people: dict[int, Subscriber] = {}
        self._boxes: dict[str, int] = {}
        self._receipts: dict[tuple[str, int], int] = {}
        self._spent: dict[tuple[str, datetime], int] = {}
        self._relays: dict[str, RelayNote] = {}

    def _known(self, key: str) -> Known:
        newest = [issue for issue in self._of(key) if issue.state in UNFINISHED][-1:]
        opened = [
            OpenIssue(id=one.id, state=one.state, released=one.released, reason=one.reason)
            for one in newest
        ]
        return Known(
            identity=self._identities[key],
            publication=self._publications.get(key),
            issue=opened[0] if opened else None,
        )

    def _of(self, key: str) -> list[FakeIssue]:
        return [issue for issue in self._issues.values() if key in issue.keys]

    def _issue(self, issue_id: int) -> FakeIssue:
        if issue_id not in self._issues:
            raise NotFound(f"issue {issue_id}: there is no such issue (see publisher status)")
        return self._issues[issue_id]

    def _target(self, target: int | str) -> tuple[str, FakeIssue | None]:
        if isinstance(target, int):
            issue = self._issue(target)
            return issue.keys[0], issue
        if target not in self._identities:
            raise NotFound(f"{target}: no post is known by that key")
        known = self._known(target)
        return target, self._issues[known.issue.id] if known.issue else None

    def _require_live(self, key: str) -> None:
        if key not in self._identities:
            raise NotFound(f"{key}: no post is known by that key")
        if not self._known(key).live:
            raise Refused(f"{self._identities[key].path}: it is not live")

    def _require_state(self, issue: FakeIssue, states: Collection[IssueState], unless: str) -> None:
        if issue.state not in states:
            raise Refused(f"issue {issue.id} {unless}: it is {issue.state}")

    def _live(self, issue: FakeIssue) -> bool:
        return any(self._known(key).live for key in issue.keys)

    def _open(self, key: str, now: datetime, *, reason: str | None) -> FakeIssue:
        issue = FakeIssue(
            id=len(self._issues) + 1,
            keys=[key],
            subject=self._identities[key].title,
            edition=self.edition(Start(key=key)),
            created_at=now,
            reason=reason,
        )
        self._issues[issue.id] = issue
        return issue

    def _take_up(self, key: str) -> None:
        if key in self._publications:
            self._publications[key] = replace(self._publications[key], awaiting_mail=False)

    def _waiting(self) -> list[tuple[int, FakeDelivery]]:
        return [
            (who, row)
            for issue in self._issues.values()
            if issue.state is SENDING
            for who, row in issue.rows.items()
            if row.state in WAITING
        ]

    def _next_at(self, *, deferred_only: bool) -> datetime | None:
        times = [
            row.next_at
            for issue in self._issues.values()
            if issue.state is SENDING
            for row in issue.rows.values()
            if row.next_at is not None
            and (row.state is State.DEFERRED or not (deferred_only or issue.stage_until))
        ]
        times += [
            issue.stage_until
            for issue in self._issues.values()
            if issue.state is SENDING and issue.stage_until is not None
        ]
        return min(times, default=None)

    def _may_begin(self, issue: FakeIssue, who: int, among: Collection[State] = WAITING) -> bool:
        holds = all(self._receipts.get((key, who)) == issue.id for key in issue.keys)
        waits = issue.rows[who].state in among
        return waits and holds and self._people[who].standing is Standing.ACTIVE

    def _spare(self, issue: FakeIssue, who: int) -> None:
        row = issue.rows[who]
        stays = self._people[who].standing is Standing.ACTIVE
        row.reply = "had this post already" if stays else "unsubscribed before it was sent"
        row.state, row.next_at = State.CANCELLED, None
        self._give_up(issue.id, who)

    def _give_up(self, issue_id: int, who: int) -> None:
        issue = self._issues[issue_id]
        if issue.rows[who].state in SPARED:
            for key in issue.keys:
                if self._receipts.get((key, who)) == issue_id:
                    del self._receipts[key, who]

    def _end(self, issue: FakeIssue, now: datetime) -> int:
        issue.state, issue.finished_at, issue.released = CANCELLED, now, False
        return self._sweep(issue)

    def _sweep(self, issue: FakeIssue) -> int:
        waiting = [who for who, row in issue.rows.items() if row.state in WAITING]
        if issue.state is not CANCELLED:
            return 0
        for who in waiting:
            self._spare(issue, who)
            issue.rows[who].reply = "its issue was cancelled"
        return len(waiting)

    def _reopen(self, issue: FakeIssue) -> None:
        if issue.state is DONE and issue.left():
            issue.state, issue.finished_at = SENDING, None

    def _finish(self, issue: FakeIssue, now: datetime) -> None:
        if issue.state in {SENDING, PAUSED} and not issue.left():
            issue.state, issue.finished_at = DONE, now
            issue.reason, issue.released = None, False
