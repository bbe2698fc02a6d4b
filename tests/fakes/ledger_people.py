"""Subscribers, and what a person does beside the daemon, in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from fakes.ledger_line import Line
from fakes.ledger_state import (
    AT_ONCE,
    CANCELLED,
    DONE,
    HELD,
    PAUSED,
    SENDING,
    FakeIssue,
    one_at_a_time,
)

from publisher.domain.delivery import SPARED, WAITING, State
from publisher.domain.errors import Refused
from publisher.domain.issue import UNFINISHED
from publisher.domain.publication import Known
from publisher.domain.subscriber import NewSubscriber, Standing, Subscriber
from publisher.ledger.rows import AddResult


class People(Line):
    # Subscribers.

    def subscribers(self) -> Iterator[Subscriber]:
        yield from list(self._people.values())

    @one_at_a_time
    def find(self, mailbox: str) -> Subscriber | None:
        return self._people.get(self._boxes.get(mailbox, 0))

    @one_at_a_time
    def get(self, subscriber_id: int) -> Subscriber | None:
        return self._people.get(subscriber_id)

    @one_at_a_time
    def add(
        self, new: Sequence[NewSubscriber], now: datetime, *, resubscribe: bool = False
    ) -> AddResult:
        fates = self._fates(new, resubscribe=resubscribe)
        for one, fate in zip(new, fates, strict=True):
            known = self.find(one.mailbox)
            if known is None:
                known = self._newcomer(one, now)
            elif fate == "resubscribed":
                known = replace(
                    known,
                    standing=Standing.ACTIVE,
                    unsubscribed_at=None,
                    address=one.address,
                    name=one.name or known.name,
                )
            self._people[known.id] = known
            self._boxes[known.mailbox] = known.id
        return AddResult(**Counter(fates))

    @one_at_a_time
    def foresee_add(self, new: Sequence[NewSubscriber]) -> AddResult:
        return AddResult(**Counter(self._fates(new, resubscribe=False)))

    def _fates(self, new: Sequence[NewSubscriber], *, resubscribe: bool) -> list[str]:
        standings = {one.mailbox: one.standing for one in self._people.values()}
        fates = []
        for one in new:
            standing = standings.get(one.mailbox)
            if standing is None:
                fate = "added"
            elif standing is Standing.ACTIVE:
                fate = "unchanged"
            else:
                fate = "resubscribed" if resubscribe else "unsubscribed"
            if fate != "unsubscribed":
                standings[one.mailbox] = Standing.ACTIVE
            fates.append(fate)
        return fates

    def _newcomer(self, new: NewSubscriber, now: datetime) -> Subscriber:
        return Subscriber(
            id=len(self._people) + 1,
            address=new.address,
            mailbox=new.mailbox,
            name=new.name,
            standing=Standing.ACTIVE,
            created_at=now,
        )

    @one_at_a_time
    def remove(self, mailbox: str, now: datetime) -> bool:
        known = self.find(mailbox)
        return known is not None and self.unsubscribe(known.id, now)

    @one_at_a_time
    def unsubscribe(self, subscriber_id: int, now: datetime) -> bool:
        known = self._people.get(subscriber_id)
        if known is not None and known.standing is Standing.ACTIVE:
            left = replace(known, standing=Standing.UNSUBSCRIBED, unsubscribed_at=now)
            self._people[subscriber_id] = left
        return known is not None

    # What a person does.

    @one_at_a_time
    def release(self, target: int | str, now: datetime) -> int:
        key, issue = self._target(target)
        self._require_live(key)
        if issue is None:
            self._take_up(key)
            issue = self._open(key, now, reason=None)
        elif issue.state is SENDING and issue.stage_until is not None:
            issue.stage, issue.stage_until = issue.stage + 1, None
            return issue.id
        else:
            self._require_state(issue, {HELD, PAUSED}, "is not waiting")
        issue.released = True
        self._identities[key] = replace(self._identities[key], resembles=None)
        return issue.id

    @one_at_a_time
    def skip(self, target: int | str, now: datetime) -> None:
        key, issue = self._target(target)
        if issue is not None:
            self._require_state(issue, {HELD}, "is not held")
            self._end(issue, now)
        elif key not in self._publications or not self._publications[key].awaiting_mail:
            raise Refused(f"{self._identities[key].path}: no mail of it waits")
        self._take_up(key)

    @one_at_a_time
    def pause(self, issue_id: int) -> None:
        issue = self._issue(issue_id)
        self._require_state(issue, {SENDING}, "is not being sent")
        issue.state = PAUSED
        issue.reason = f"paused by a person: publisher release {issue_id} goes on"

    @one_at_a_time
    def cancel(self, issue_id: int, now: datetime) -> int:
        issue = self._issue(issue_id)
        self._require_state(issue, UNFINISHED, "is finished already")
        return self._end(issue, now)

    @one_at_a_time
    def resolve(self, issue_id: int, to: Literal["resend", "accept"], now: datetime) -> int:
        issue = self._issue(issue_id)
        unknown = [who for who, row in issue.rows.items() if row.state is State.UNKNOWN]
        if not unknown:
            raise Refused(f"issue {issue_id}: it has no unknown deliveries")
        if to == "resend" and (issue.state is CANCELLED or not self._live(issue)):
            raise Refused(f"issue {issue_id}: nothing of it is sent again")
        for who in unknown:
            if to == "accept":
                issue.rows[who].state = State.ACCEPTED
            elif self._may_begin(issue, who, among={State.UNKNOWN}):
                issue.rows[who].state, issue.rows[who].next_at = State.QUEUED, AT_ONCE
            else:
                self._spare(issue, who)
        self._reopen(issue)
        self._finish(issue, now)
        return len(unknown)

    @one_at_a_time
    def same(self, new: str, old: str, now: datetime) -> None:
        newer, older = self.lookup(new), self.lookup(old)
        _require_sense(newer, older)
        a, b = newer.identity.key, older.identity.key
        issues, olds = [*self._of(a), *self._of(b)], self._of(b)
        if any(issue.counts()[State.SENDING] for issue in issues):
            raise Refused("mail of it is in flight: pause it, then try again")
        self._drop_doubles(a, b)
        self._join_publications(newer, older, now)
        for issue in self._of(a):
            issue.keys = [key for key in issue.keys if key not in {a, b}] + [b]
        self._join_receipts(a, b)
        del self._identities[a]
        names = {*newer.identity.names, *older.identity.names}
        self._identities[b] = replace(
            newer.identity, key=b, names=tuple(sorted(names)), resembles=None
        )
        for issue in issues:
            self._finish(issue, now)
        self._join_issues(b, olds, now)
        self._merges += 1

    def _drop_doubles(self, new: str, old: str) -> None:
        for mine, other, begun in ((old, new, True), (new, old, False)):
            for issue in self._of(mine):
                for who, row in issue.rows.items():
                    theirs = self._receipts.get((other, who))
                    if row.state not in WAITING or theirs is None:
                        continue
                    if not begun or self._issues[theirs].rows[who].state not in WAITING:
                        self._spare(issue, who)
                        row.reply = "had this post already"

    def _join_publications(self, newer: Known, older: Known, now: datetime) -> None:
        new, old = newer.identity.key, older.identity.key
        if newer.publication is None:
            return
        source, publication = self._sources.pop(new), self._publications.pop(new)
        if older.publication is None:
            self._sources[old] = source
            self._publications[old] = replace(publication, key=old)
            return
        mistakes = [one for one in self._of(new) if one.state is HELD and not one.started_at]
        for issue in mistakes:
            self._end(issue, now)
        if not (publication.awaiting_mail or mistakes):
            self._take_up(old)

    def _join_receipts(self, new: str, old: str) -> None:
        for (key, who), issue_id in list(self._receipts.items()):
            if key != new:
                continue
            del self._receipts[new, who]
            held = self._receipts.get((old, who))
            if held is None or (
                self._issues[held].rows[who].state is State.UNKNOWN
                and self._issues[issue_id].rows[who].state is State.ACCEPTED
            ):
                self._receipts[old, who] = issue_id

    def _join_issues(self, key: str, olds: list[FakeIssue], now: datetime) -> None:
        opened = [one for one in self._of(key) if one.state in UNFINISHED]
        if len(opened) < 2:
            return
        opened.sort(key=lambda one: (one.started_at is None, one not in olds, one.id))
        kept, *others = opened
        stopped = any(one.state is not SENDING for one in opened)
        if stopped:
            kept.released = any(one.released for one in opened)
            if kept.started_at:
                kept.state = PAUSED if kept.state is SENDING else kept.state
                numbers = " and ".join(str(one.id) for one in others)
                kept.reason = (
                    f"goes on for issue {numbers} too, of the same post: "
                    f"publisher release {kept.id} mails the rest"
                )
        for other in others:
            self._take_over(kept, other, key)
            other.state = DONE if other.started_at else CANCELLED
            other.finished_at, other.released, other.reason = now, False, None
        self._finish(kept, now)

    def _take_over(self, kept: FakeIssue, other: FakeIssue, key: str) -> None:
        for who, row in other.rows.items():
            if row.state not in WAITING:
                continue
            if who not in kept.rows or kept.rows[who].state in SPARED:
                kept.rows[who] = replace(row, state=State.QUEUED, next_at=AT_ONCE)
            self._receipts[key, who] = kept.id
            row.state, row.next_at = State.CANCELLED, None
            row.reply = f"goes on in issue {kept.id}"


def _require_sense(newer: Known, older: Known) -> None:
    new, old = newer.identity, older.identity
    if new.key == old.key:
        raise Refused(f"{new.path}: that is one post already")
    left = newer.publication is not None and not newer.publication.live
    if old.resembles == new.path or (left and older.live):
        raise Refused(
            f"{new.path} is the older of the two: did you mean publisher same {old.path} {new.path}"
        )
