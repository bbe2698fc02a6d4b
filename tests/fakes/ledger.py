"""A ledger in memory: the same methods and answers as the real one, and no database.

The contract in tests/ledger holds both to the same account. It is one process's, so it has no
copies, no waiting for others, and nothing survives it; ``crash`` stands in for the end of one.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import wraps
from typing import Literal, ParamSpec, TypeVar

from publisher.domain.delivery import SPARED, TRANSITIONS, WAITING, Cause, Claim, Settlement, State
from publisher.domain.errors import NotFound, Refused
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.plan import Hold, Pause, Plan, Start
from publisher.domain.publication import Identity, Known, LedgerView, OpenIssue, Publication
from publisher.domain.subscriber import NewSubscriber, Standing, Subscriber
from publisher.ledger.rows import AddResult, DeliveryRow, IssueRow, Outdated, StartedIssue

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
class _Delivery:
    state: State = State.QUEUED
    attempts: int = 0
    first_at: datetime | None = None
    next_at: datetime | None = AT_ONCE
    reply: str = ""


@dataclass
class _Issue:
    id: int
    keys: list[str]
    subject: str
    edition: int
    created_at: datetime
    state: IssueState = HELD
    reason: str | None = None
    released: bool = False
    salt: bytes = b""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    content: bytes | None = None
    rows: dict[int, _Delivery] = field(default_factory=dict)

    def counts(self) -> dict[State, int]:
        counted = Counter(row.state for row in self.rows.values())
        return {state: counted[state] for state in State}

    def left(self) -> bool:
        return any(row.state in {*WAITING, State.SENDING} for row in self.rows.values())


class FakeLedger:
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
        self._issues: dict[int, _Issue] = {}
        self._people: dict[int, Subscriber] = {}
        self._boxes: dict[str, int] = {}
        self._receipts: dict[tuple[str, int], int] = {}

    # Passes.

    @one_at_a_time
    def view(self, now: datetime) -> LedgerView:
        self._seen.merges = self._merges
        recent = now - timedelta(hours=1)
        starts = [one.started_at for one in self._issues.values() if one.rows and one.started_at]
        waits = [row.next_at for _, row in self._waiting() if row.state is State.DEFERRED]
        return LedgerView(
            adopted_at=self._adopted_at,
            last_pass_at=self._last_pass_at,
            known=tuple(self._known(key) for key in self._identities),
            recent_starts=tuple(sorted(at for at in starts if at > recent)),
            retry_at=min((at for at in waits if at), default=None),
        )

    @one_at_a_time
    def record(self, plan: Plan, sources: Mapping[str, bytes], now: datetime) -> None:
        if getattr(self._seen, "merges", 0) != self._merges:
            raise Outdated("two posts were made one meanwhile: the next pass sees it")
        for one in plan.publications:
            kept = self._sources.get(one.key, ("", b""))[0]
            if kept != one.source_hash and one.key not in sources:
                raise ValueError(f"a publication without its source: {one.key}")
        seen_to = {key for key, one in self._publications.items() if not one.awaiting_mail}
        self._adopted_at = self._adopted_at or plan.adopted_at
        for identity in plan.identities:
            names = tuple(sorted(set(identity.names)))
            self._identities[identity.key] = replace(identity, names=names)
        for publication in plan.publications:
            self._write_publication(publication, sources)
        for mailing in plan.mailings:
            if isinstance(mailing, Hold | Pause):
                self._write_mailing(mailing, seen_to, now)
        self._last_pass_at = now

    def _write_publication(self, new: Publication, sources: Mapping[str, bytes]) -> None:
        old = self._publications.get(new.key)
        if old is not None:
            new = replace(new, awaiting_mail=new.awaiting_mail and old.awaiting_mail)
        self._publications[new.key] = new
        if self._sources.get(new.key, ("", b""))[0] != new.source_hash:
            self._sources[new.key] = (new.source_hash, sources[new.key])
        if not new.live:
            for issue in self._of(new.key):
                issue.released = issue.released and issue.state not in UNFINISHED

    def _write_mailing(self, mailing: Hold | Pause, seen_to: set[str], now: datetime) -> None:
        if mailing.issue_id is None:
            if mailing.key not in seen_to:
                self._take_up(mailing.key)
                self._open(mailing.key, now, reason=mailing.reason)
            return
        issue = self._issues[mailing.issue_id]
        if isinstance(mailing, Pause) and issue.state is SENDING:
            issue.state, issue.reason = PAUSED, mailing.reason
        elif isinstance(mailing, Hold) and issue.state in {HELD, PAUSED}:
            issue.state, issue.reason = HELD, mailing.reason

    @one_at_a_time
    def passed(self, now: datetime) -> None:
        self._last_pass_at = now

    @one_at_a_time
    def lookup(self, reference: str) -> Known:
        for name in ("path", "key", "url"):
            found = [
                key for key, one in self._identities.items() if getattr(one, name) == reference
            ]
            if len(found) == 1:
                return self._known(found[0])
        raise NotFound(f"{reference}: no post is known by that path, key or URL")

    @one_at_a_time
    def audience_of(self, key: str) -> int:
        active = [who for who, one in self._people.items() if one.standing is Standing.ACTIVE]
        return sum((key, who) not in self._receipts for who in active)

    @one_at_a_time
    def sources(self, keys: Iterable[str]) -> dict[str, bytes]:
        return {key: self._sources[key][1] for key in keys if key in self._sources}

    @one_at_a_time
    def terms(self) -> tuple[tuple[str, str, str, str], ...]:
        return tuple((*key, *value) for key, value in sorted(self._terms.items()))

    @one_at_a_time
    def remember_terms(self, rows: Iterable[tuple[str, str, str, str]]) -> None:
        for taxonomy, folded, label, slug in rows:
            self._terms.setdefault((taxonomy, folded), (label, slug))

    # Issues.

    @one_at_a_time
    def edition(self, start: Start) -> int:
        if start.issue_id is not None:
            return self._issue(start.issue_id).edition
        return max((issue.edition for issue in self._of(start.key)), default=0) + 1

    @one_at_a_time
    def start(
        self, start: Start, *, subject: str, content: bytes, now: datetime, salt: bytes
    ) -> StartedIssue:
        self._require_live(start.key)
        if start.issue_id is None:
            if not self._publications[start.key].awaiting_mail:
                raise Refused("its mail was opened or dropped meanwhile")
            issue = self._open(start.key, now, reason=None)
        else:
            issue = self._issues.get(start.issue_id) or _Issue(0, [], "", 0, now)
            if start.key not in issue.keys or issue.state not in {HELD, PAUSED}:
                raise Refused(f"issue {start.issue_id} is not waiting to start")
        self._take_up(start.key)
        issue.state, issue.reason, issue.released = SENDING, None, False
        issue.subject, issue.content, issue.salt = subject, content, salt
        issue.started_at = issue.started_at or now
        for who, person in self._people.items():
            has_it = any((key, who) in self._receipts for key in issue.keys)
            if person.standing is Standing.ACTIVE and not has_it and who not in issue.rows:
                issue.rows[who] = _Delivery()
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
        )

    @one_at_a_time
    def content(self, issue_id: int) -> bytes:
        issue = self._issues.get(issue_id)
        if issue is None or issue.content is None:
            raise NotFound(f"issue {issue_id}: it was never started, so it has no content")
        return issue.content

    def deliveries(self, issue_id: int) -> Iterator[DeliveryRow]:
        issue = self._issues.get(issue_id)
        for who, row in sorted(issue.rows.items()) if issue else ():
            yield DeliveryRow(
                subscriber_id=who,
                address=self._people[who].address,
                mailbox=self._people[who].mailbox,
                state=row.state,
                attempts=row.attempts,
                reply=row.reply,
            )

    # Delivery.

    @one_at_a_time
    def turn(self, settled: Sequence[Settlement], want: int, now: datetime) -> list[Claim]:
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
        claims = self._claim(want, now)
        for issue in self._issues.values():
            self._sweep(issue)
            self._finish(issue, now)
        return claims

    def _claim(self, want: int, now: datetime) -> list[Claim]:
        """The issues under way take turns, the newest first; rows in the order they are due."""
        lines: dict[int, list[int]] = {}
        for issue in sorted(self._issues.values(), key=lambda issue: -issue.id):
            if issue.state is SENDING:
                due = [
                    (row.next_at, who)
                    for who, row in issue.rows.items()
                    if row.next_at is not None and row.next_at <= now
                ]
                lines[issue.id] = [who for _, who in sorted(due)]
        claims: list[Claim] = []
        while len(claims) < want and any(lines.values()):
            share = -(-(want - len(claims)) // sum(1 for line in lines.values() if line))
            for issue_id, line in lines.items():
                taken = 0
                while line and taken < share and len(claims) < want:
                    if claim := self._begin(self._issues[issue_id], line.pop(0), now):
                        claims.append(claim)
                        taken += 1
        return claims

    def _begin(self, issue: _Issue, who: int, now: datetime) -> Claim | None:
        row, person = issue.rows[who], self._people[who]
        if not self._may_begin(issue, who):
            self._spare(issue, who)
            return None
        row.state, row.next_at, row.first_at = State.SENDING, None, row.first_at or now
        return Claim(
            issue_id=issue.id,
            subscriber_id=who,
            address=person.address,
            mailbox=person.mailbox,
            name=person.name,
            attempts=row.attempts,
            first_at=row.first_at,
        )

    @one_at_a_time
    def absolve(self, claims: Sequence[Claim], now: datetime) -> int:
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
        return min((row.next_at for _, row in self._waiting() if row.next_at), default=None)

    @one_at_a_time
    def waiting_count(self) -> int:
        return len(self._waiting())

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
    def pause(self, issue_id: int, now: datetime) -> None:
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
        issues = [*self._of(a), *self._of(b)]
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

    # Shared.

    def crash(self) -> None:
        """The process ends here and another takes over: nothing in memory was worth keeping."""
        self._seen = threading.local()

    def close(self) -> None:
        pass

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

    def _of(self, key: str) -> list[_Issue]:
        return [issue for issue in self._issues.values() if key in issue.keys]

    def _issue(self, issue_id: int) -> _Issue:
        if issue_id not in self._issues:
            raise NotFound(f"issue {issue_id}: there is no such issue (see publisher status)")
        return self._issues[issue_id]

    def _target(self, target: int | str) -> tuple[str, _Issue | None]:
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

    def _require_state(self, issue: _Issue, states: Collection[IssueState], unless: str) -> None:
        if issue.state not in states:
            raise Refused(f"issue {issue.id} {unless}: it is {issue.state}")

    def _live(self, issue: _Issue) -> bool:
        return any(self._known(key).live for key in issue.keys)

    def _open(self, key: str, now: datetime, *, reason: str | None) -> _Issue:
        issue = _Issue(
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

    def _waiting(self) -> list[tuple[int, _Delivery]]:
        return [
            (who, row)
            for issue in self._issues.values()
            if issue.state is SENDING
            for who, row in issue.rows.items()
            if row.state in WAITING
        ]

    def _may_begin(self, issue: _Issue, who: int, among: Collection[State] = WAITING) -> bool:
        holds = all(self._receipts.get((key, who)) == issue.id for key in issue.keys)
        waits = issue.rows[who].state in among
        return waits and holds and self._people[who].standing is Standing.ACTIVE

    def _spare(self, issue: _Issue, who: int) -> None:
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

    def _end(self, issue: _Issue, now: datetime) -> int:
        issue.state, issue.finished_at, issue.released = CANCELLED, now, False
        return self._sweep(issue)

    def _sweep(self, issue: _Issue) -> int:
        waiting = [who for who, row in issue.rows.items() if row.state in WAITING]
        if issue.state is not CANCELLED:
            return 0
        for who in waiting:
            self._spare(issue, who)
            issue.rows[who].reply = "its issue was cancelled"
        return len(waiting)

    def _reopen(self, issue: _Issue) -> None:
        if issue.state is DONE and issue.left():
            issue.state, issue.finished_at = SENDING, None

    def _finish(self, issue: _Issue, now: datetime) -> None:
        if issue.state in {SENDING, PAUSED} and not issue.left():
            issue.state, issue.finished_at = DONE, now
            issue.reason, issue.released = None, False


def _require_sense(newer: Known, older: Known) -> None:
    new, old = newer.identity, older.identity
    if new.key == old.key:
        raise Refused(f"{new.path}: that is one post already")
    left = newer.publication is not None and not newer.publication.live
    if old.resembles == new.path or (left and older.live):
        raise Refused(
            f"{new.path} is the older of the two: did you mean publisher same {old.path} {new.path}"
        )
