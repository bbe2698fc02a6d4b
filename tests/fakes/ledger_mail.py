"""Issues and their deliveries, in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Literal

from fakes.ledger_state import (
    AT_ONCE,
    DONE,
    HELD,
    PAUSED,
    SENDING,
    Book,
    FakeDelivery,
    FakeIssue,
    one_at_a_time,
)

from publisher.domain.delivery import TRANSITIONS, Cause, Claim, Settlement, State
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import UNFINISHED
from publisher.domain.plan import Start
from publisher.domain.stages import Stages
from publisher.domain.subscriber import Standing
from publisher.ledger.rows import DeliveryRow, IssueRow, StartedIssue


class Mail(Book):
    # Issues.

    @one_at_a_time
    def edition(self, start: Start) -> int:
        if start.issue_id is not None:
            return self._issue(start.issue_id).edition
        return max((issue.edition for issue in self._of(start.key)), default=0) + 1

    @one_at_a_time
    def start(
        self,
        start: Start,
        *,
        subject: str,
        content: bytes,
        now: datetime,
        salt: bytes,
        stages: Stages | None = None,
    ) -> StartedIssue:
        self._require_live(start.key)
        if start.issue_id is None:
            if not self._publications[start.key].awaiting_mail:
                raise Refused("its mail was opened or dropped meanwhile")
            issue = self._open(start.key, now, reason=None)
        else:
            issue = self._issues.get(start.issue_id) or FakeIssue(0, [], "", 0, now)
            if start.key not in issue.keys or issue.state not in {HELD, PAUSED}:
                raise Refused(f"issue {start.issue_id} is not waiting to start")
        self._take_up(start.key)
        issue.state, issue.reason, issue.released = SENDING, None, False
        issue.subject, issue.content, issue.salt = subject, content, salt
        if issue.started_at is None:
            issue.started_at, issue.stages = now, stages
        if issue.stage_until is not None:
            issue.stage, issue.stage_until = issue.stage + 1, None
        issue.frozen += 1
        for who, person in self._people.items():
            has_it = any((key, who) in self._receipts for key in issue.keys)
            if person.standing is Standing.ACTIVE and not has_it and who not in issue.rows:
                issue.rows[who] = FakeDelivery()
                self._receipts.update({(key, who): issue.id for key in issue.keys})
        self._finish(issue, now)
        return StartedIssue(
            id=issue.id,
            subject=subject,
            audience=len(issue.rows),
            finished=issue.state is DONE,
        )

    @one_at_a_time
    def issues(self, *, finished_limit: int = 20) -> tuple[IssueRow, ...]:
        ended = [issue for issue in self._issues.values() if issue.finished_at]
        ended.sort(key=lambda issue: (issue.finished_at or AT_ONCE, issue.id))
        last = {issue.id for issue in ended[len(ended) - min(finished_limit, len(ended)) :]}
        shown = [one for one in self._issues.values() if not one.finished_at or one.id in last]
        return tuple(self.issue(one.id) for one in shown)

    @one_at_a_time
    def issue(self, issue_id: int) -> IssueRow:
        one = self._issue(issue_id)
        posts = sorted((self._identities[key].path, key) for key in one.keys)
        return IssueRow(
            id=one.id,
            state=one.state,
            subject=one.subject,
            reason=one.reason,
            released=one.released,
            edition=one.edition,
            salt=one.salt,
            keys=tuple(key for _, key in posts),
            paths=tuple(path for path, _ in posts),
            audience=len(one.rows),
            counts=one.counts(),
            created_at=one.created_at,
            started_at=one.started_at,
            finished_at=one.finished_at,
            at_stage=one.at_stage,
        )

    @one_at_a_time
    def content(self, issue_id: int) -> bytes:
        issue = self._issues.get(issue_id)
        if issue is None or issue.content is None:
            raise NotFound(f"issue {issue_id}: it was never started, so it has no content")
        return issue.content

    def deliveries(self, issue_id: int, states: Collection[State] = ()) -> Iterator[DeliveryRow]:
        issue = self._issues.get(issue_id)
        for who, row in sorted(issue.rows.items()) if issue else ():
            if states and row.state not in states:
                continue
            yield DeliveryRow(
                subscriber_id=who,
                address=self._people[who].address,
                mailbox=self._people[who].mailbox,
                state=row.state,
                attempts=row.attempts,
                reply=row.reply,
            )

    # Delivery.

    def _settle(self, settled: Sequence[Settlement]) -> None:
        for one in settled:
            if Cause.DELIVERY not in TRANSITIONS.get((State.SENDING, one.state), ()):
                raise ValueError(f"an attempt can't end in {one.state}")
        for one in settled:
            row = self._issues[one.issue_id].rows[one.subscriber_id]
            if row.state is State.SENDING:
                next_at = AT_ONCE if one.state is State.QUEUED else one.next_at
                row.state, row.attempts, row.next_at = one.state, one.attempts, next_at
                row.reply = one.reply
                self._give_up(one.issue_id, one.subscriber_id)

    def _close(self, now: datetime) -> None:
        for issue in self._issues.values():
            self._sweep(issue)
            self._finish(issue, now)

    @one_at_a_time
    def absolve(self, claims: Sequence[Claim]) -> int:
        moved = 0
        for one in claims:
            issue = self._issues[one.issue_id]
            row = issue.rows[one.subscriber_id]
            goes_on = issue.state in UNFINISHED or (issue.state is DONE and self._live(issue))
            pairs = [(key, one.subscriber_id) for key in issue.keys]
            has_it = any(pair in self._receipts for pair in pairs)
            if row.state is State.REJECTED and goes_on and not has_it:
                row.state, row.next_at, row.attempts = State.QUEUED, AT_ONCE, one.attempts
                self._receipts.update(dict.fromkeys(pairs, issue.id))
                self._reopen(issue)
                moved += 1
        return moved

    @one_at_a_time
    def recover(
        self, *, repeatable: bool, on_unknown: Literal["hold", "resend"], now: datetime
    ) -> dict[State, int]:
        again = repeatable or on_unknown == "resend"
        to = State.QUEUED if again else State.UNKNOWN
        moved = 0
        for issue in self._issues.values():
            for row in issue.rows.values():
                if row.state is State.SENDING:
                    row.state, row.next_at = to, AT_ONCE if again else None
                    row.attempts += not repeatable
                    row.reply = "the program ended while this was being sent"
                    moved += 1
            self._sweep(issue)
            self._finish(issue, now)
        return {to: moved} if moved else {}

    @one_at_a_time
    def next_attempt_at(self) -> datetime | None:
        return self._next_at(deferred_only=False)

    @one_at_a_time
    def waiting_count(self) -> int:
        return len(self._waiting())
