"""The line of what waits, the one writer, and what outlives a restart of delivery, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from fakes.ledger_mail import Mail
from fakes.ledger_state import AT_ONCE, PAUSED, SENDING, FakeIssue, one_at_a_time

from publisher.domain.delivery import Claim, Settlement, State
from publisher.domain.line import Lane, Page, Place, Spent, UnderWay
from publisher.domain.relay import RelayNote
from publisher.domain.stages import EVERYBODY, Gate, Tried, next_step

#: How many rows a page looks at; and how long what was spent is kept.
LOOK = 500
KEPT = timedelta(days=2)


class Line(Mail):
    @one_at_a_time
    def under_way(self) -> tuple[UnderWay, ...]:
        return tuple(
            UnderWay(issue_id=one.id, gate=one.gate, between=one.stage_until is not None)
            for one in sorted(self._issues.values(), key=lambda one: -one.id)
            if one.state is SENDING
        )

    @one_at_a_time
    def waiting(
        self, issue: UnderWay, lane: Lane, after: Place | None, most: int, now: datetime
    ) -> Page:
        start = (after.next_at, after.subscriber_id) if after else (AT_ONCE, 0)
        if issue.between:
            start = max(start, (AT_ONCE, len(self._people)))
        whose = self._issues[issue.issue_id]
        if whose.state is not SENDING:
            return Page(claims=(), next=None)
        line = sorted(
            (row.next_at, who)
            for who, row in whose.rows.items()
            if row.next_at is not None and row.next_at <= now and (row.next_at, who) > start
        )
        some = issue.gate != EVERYBODY or lane != Lane()
        seen = line[:LOOK] if some else line
        mine = [one for one in seen if self._is_in(issue, lane, one[1])][:most]
        end = seen[-1] if some and len(seen) == LOOK else None
        if len(mine) == most:
            end = mine[-1]
        return Page(
            claims=tuple(self._lined_up(whose, who) for _, who in mine),
            next=Place(next_at=end[0], subscriber_id=end[1]) if end else None,
        )

    def _is_in(self, issue: UnderWay, lane: Lane, who: int) -> bool:
        mailbox = self._people[who].mailbox
        domain = mailbox.rpartition("@")[2]
        within = (lane.only is None or domain in lane.only) and domain not in lane.besides
        return within and issue.gate.admits(issue.issue_id, who, mailbox)

    def _lined_up(self, issue: FakeIssue, who: int) -> Claim:
        row, person = issue.rows[who], self._people[who]
        return Claim(
            issue_id=issue.id,
            subscriber_id=who,
            address=person.address,
            mailbox=person.mailbox,
            name=person.name,
            attempts=row.attempts,
            first_at=row.first_at,
            was=row.state,
            frozen=issue.frozen,
        )

    @one_at_a_time
    def end_stage(self, issue_id: int, now: datetime) -> bool:
        issue = self._issues.get(issue_id)
        moved = False
        while issue and issue.state is SENDING and (at := issue.at_stage) and self._over(issue):
            step = next_step(issue_id, at, self._tried(issue), now)
            if step is None:
                break
            issue.stage, issue.stage_until, issue.reason = step.stage, step.until, step.stop
            issue.state = PAUSED if step.stop else SENDING
            moved = True
        return moved

    def _over(self, issue: FakeIssue) -> bool:
        busy = [
            row.state is State.SENDING
            or (row.state is State.QUEUED and self._admits(issue.gate, issue, who))
            for who, row in issue.rows.items()
        ]
        return issue.stage_until is not None or not any(busy)

    def _tried(self, issue: FakeIssue) -> Tried:
        assert issue.stages is not None
        before = issue.stages.gate(issue.stage - 1)
        attempted = [
            row.state
            for who, row in issue.rows.items()
            if row.state not in {State.QUEUED, State.CANCELLED}
            and self._admits(issue.gate, issue, who)
            and not self._admits(before, issue, who)
        ]
        return Tried(attempted=len(attempted), rejected=attempted.count(State.REJECTED))

    def _admits(self, gate: Gate, issue: FakeIssue, who: int) -> bool:
        return gate.admits(issue.id, who, self._people[who].mailbox)

    @one_at_a_time
    def write(
        self,
        settled: Sequence[Settlement],
        begin: Sequence[Claim],
        now: datetime,
        *,
        spent: Sequence[Spent] = (),
    ) -> list[Claim]:
        self._settle(settled)
        for issue in self._issues.values():
            self._sweep(issue)
        begun = [one for one in begin if self._begins(one, now)]
        self._close(now)
        for one in spent:
            key = one.meter, one.grain
            if key not in self._spent:
                self._spent = {at: n for at, n in self._spent.items() if at[1] >= now - KEPT}
            self._spent[key] = self._spent.get(key, 0) + one.count
        return begun

    def _begins(self, one: Claim, now: datetime) -> bool:
        issue = self._issues[one.issue_id]
        row = issue.rows[one.subscriber_id]
        if issue.state is not SENDING or row.state is not one.was:
            return False
        if not self._may_begin(issue, one.subscriber_id):
            self._spare(issue, one.subscriber_id)
            return False
        if row.attempts != one.attempts or issue.frozen != one.frozen:
            return False
        row.state, row.next_at, row.first_at = State.SENDING, None, row.first_at or now
        return True

    @one_at_a_time
    def spent(self, since: datetime) -> tuple[Spent, ...]:
        return tuple(
            Spent(meter=meter, grain=grain, count=count)
            for (meter, grain), count in sorted(self._spent.items())
            if grain >= since
        )

    @one_at_a_time
    def relays(self) -> tuple[RelayNote, ...]:
        return tuple(note for _, note in sorted(self._relays.items()))

    @one_at_a_time
    def note_relay(self, note: RelayNote) -> None:
        self._relays[note.name] = note
