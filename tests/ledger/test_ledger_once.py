"""Whatever passes, people and crashes do to a ledger, in any order: nobody gets a post twice.

The ledger on disk and the one in memory go through the same story side by side, and have to agree
after every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from ledger_world import (
    NOON,
    AnyLedger,
    FakeRig,
    Rig,
    SqliteRig,
    identity,
    in_line,
    known,
    person,
    publication,
    record,
    settling,
    start,
)
from sqlalchemy import select

from publisher.domain.delivery import SPARED, Claim, State, Verdict
from publisher.domain.errors import NotFound, PublisherError, Refused
from publisher.domain.issue import UNFINISHED, IssueState
from publisher.domain.plan import Hold, Pause, Start
from publisher.domain.publication import Known
from publisher.domain.subscriber import Standing
from publisher.ledger.columns import Instant
from publisher.ledger.schema import metadata, post, receipt
from publisher.ledger.sqlite import Sqlite
from publisher.ledger.store import Ledger

KEYS = ("a", "b", "c")
NAMES = ("ada", "bob", "cleo")

keys = st.sampled_from(KEYS)
names = st.sampled_from(NAMES)
numbers = st.integers(0, 2)
verdicts = st.lists(st.sampled_from(Verdict), min_size=3, max_size=3)


class Once(RuleBasedStateMachine):
    def __init__(self, database: Sqlite) -> None:
        super().__init__()
        self.rigs: tuple[Rig, Rig] = (FakeRig(), SqliteRig(database))
        self.database = database
        self.now = NOON
        self.flying: list[Claim] = []
        self.lined_up: list[Claim] = []
        self.blamed: list[Claim] = []
        self.files = 0
        self.merged: set[tuple[str, int]] = set()

    @initialize()
    def begins_with_two_posts_and_two_people(self) -> None:
        for key in KEYS[:2]:
            self.publishes(key, hold=False, awaits=True)
        for name in NAMES[:2]:
            self.subscribes(name, resubscribe=False)

    # Passes.

    @rule(key=keys, hold=st.booleans(), awaits=st.booleans())
    def publishes(self, key: str, hold: bool, awaits: bool) -> None:
        one = self.known(key)
        if one is not None and one.publication is not None:
            return
        row = publication(key, awaiting_mail=awaits)
        mailings = [Hold(key=key, reason="held")] if hold and awaits else []
        self.files += 1
        who = identity(key, path=f"content/{self.files}.md")
        self.writes(identities=[who], publications=[row], mailings=mailings)

    @rule(key=keys)
    def withdraws(self, key: str) -> None:
        one = self.known(key)
        if one is None or one.publication is None or not one.live:
            return
        sending = one.issue is not None and one.issue.state is IssueState.SENDING
        mailings = [Pause(key=key, issue_id=one.issue.id, reason="gone")] if sending else []
        gone = replace(one.publication, withdrawn_at=self.now)
        self.writes(publications=[gone], mailings=mailings)

    @rule(key=keys)
    def restores(self, key: str) -> None:
        one = self.known(key)
        if one is None or one.publication is None or one.live:
            return
        paused = one.issue is not None and one.issue.state is IssueState.PAUSED
        mailings = [Hold(key=key, issue_id=one.issue.id, reason="back")] if paused else []
        back = replace(one.publication, withdrawn_at=None)
        self.writes(publications=[back], mailings=mailings)

    @rule()
    def starts_what_may_go(self) -> None:
        for one in self.rigs[0].ledger.view(self.now).known:
            key, opened = one.identity.key, one.issue
            if opened is not None and opened.released:
                self.starts(key, opened.id)
            elif one.publication is not None and one.publication.awaiting_mail:
                self.starts(key, None)

    @rule(key=keys, number=st.none() | numbers)
    def starts_something(self, key: str, number: int | None) -> None:
        self.starts(key, None if number is None else self.issue(number))

    def starts(self, key: str, issue_id: int | None) -> None:
        self.both(lambda ledger: ledger.edition(Start(key=key, issue_id=issue_id)))
        self.both(lambda ledger: start(ledger, key, issue_id, self.now))

    # Delivery.

    @rule(want=st.integers(1, 3))
    def lines_up(self, want: int) -> None:
        """What is begun next, whatever happens until then."""
        self.lined_up = self.both(lambda ledger: in_line(ledger, want, self.now))

    @rule(ends=verdicts, want=st.integers(0, 3), minutes=st.sampled_from((0, 1, 6, 600, -30)))
    def writes_on(self, ends: list[Verdict], want: int, minutes: int) -> None:
        """Settle some, and begin what was lined up once and what waits now."""
        self.now += timedelta(minutes=minutes)
        ended, self.flying = self.flying[: len(ends)], self.flying[len(ends) :]
        settled = [
            one
            for claim, verdict in zip(ended, ends, strict=False)
            for one in settling([claim], verdict, self.now)
        ]
        self.blamed += [
            claim for claim, one in zip(ended, settled, strict=True) if one.state is State.REJECTED
        ]
        waits = self.both(lambda ledger: in_line(ledger, want, self.now))
        line, self.lined_up = [*self.lined_up, *waits], []
        begun = self.both(lambda ledger: ledger.write(settled, line, self.now))
        for claim in begun:
            self.is_rightly_begun(claim)
        self.flying += begun

    @rule(verdict=st.sampled_from(Verdict))
    def delivers_all(self, verdict: Verdict) -> None:
        """Until nothing is due; a day later what was deferred is too."""
        self.writes_on([], want=9, minutes=24 * 60)
        self.writes_on([verdict] * len(self.flying), want=0, minutes=0)

    @precondition(lambda self: self.flying)
    @rule(verdict=st.sampled_from(Verdict))
    def hears_the_same_again(self, verdict: Verdict) -> None:
        claim = self.flying.pop(0)
        for _ in range(2):
            self.both(
                lambda ledger: ledger.write(settling([claim], verdict, self.now), [], self.now)
            )

    @precondition(lambda self: self.blamed)
    @rule()
    def absolves(self) -> None:
        blamed, self.blamed = self.blamed, []
        flying = {(one.issue_id, one.subscriber_id) for one in self.flying}
        blamed = [one for one in blamed if (one.issue_id, one.subscriber_id) not in flying]
        self.both(lambda ledger: ledger.absolve(blamed))

    @rule(repeatable=st.booleans(), on_unknown=st.sampled_from(("hold", "resend")))
    def crashes(self, repeatable: bool, on_unknown: Literal["hold", "resend"]) -> None:
        for rig in self.rigs:
            rig.crash()
        self.flying, self.lined_up = [], []
        self.both(
            lambda ledger: ledger.recover(
                repeatable=repeatable, on_unknown=on_unknown, now=self.now
            )
        )

    # People.

    @rule(name=names, resubscribe=st.booleans())
    def subscribes(self, name: str, resubscribe: bool) -> None:
        self.both(lambda ledger: ledger.add([person(name)], self.now, resubscribe=resubscribe))

    @rule(name=names)
    def unsubscribes(self, name: str) -> None:
        self.both(lambda ledger: ledger.remove(f"{name}@example.com", self.now))

    @rule(which=keys | numbers)
    def releases(self, which: str | int) -> None:
        self.both(lambda ledger: ledger.release(self.target(which), self.now))

    @rule(which=keys | numbers)
    def skips(self, which: str | int) -> None:
        self.both(lambda ledger: ledger.skip(self.target(which), self.now))

    @rule(number=numbers)
    def pauses(self, number: int) -> None:
        self.both(lambda ledger: ledger.pause(self.issue(number)))

    @rule(number=numbers)
    def cancels(self, number: int) -> None:
        self.both(lambda ledger: ledger.cancel(self.issue(number), self.now))

    @rule(number=numbers, to=st.sampled_from(("resend", "accept")))
    def resolves(self, number: int, to: Literal["resend", "accept"]) -> None:
        self.both(lambda ledger: ledger.resolve(self.issue(number), to, self.now))

    @rule(new=keys, old=keys)
    def merges(self, new: str, old: str) -> None:
        begun = {key: self.begun(key) for key in (new, old)}
        paths = [one.identity.path if (one := self.known(key)) else key for key in (new, old)]
        if self.both(lambda ledger: ledger.same(*paths, self.now), default=False) is False:
            return
        self.merged |= {(old, who) for who in begun[new] & begun[old]}
        self.merged |= {(old, who) for key, who in self.merged if key == new}
        rows = self.rigs[0].ledger.issues(finished_limit=1000)
        assert sum(old in row.keys and row.state in UNFINISHED for row in rows) <= 1

    # What has to hold.

    def is_rightly_begun(self, claim: Claim) -> None:
        """No other delivery of one of its posts has reached, or may reach, the same person."""
        ledger = self.rigs[0].ledger
        subscriber = ledger.get(claim.subscriber_id)
        assert subscriber is not None
        assert subscriber.standing is Standing.ACTIVE
        for key in ledger.issue(claim.issue_id).keys:
            others = self.rows(key, claim.subscriber_id)
            del others[claim.issue_id]
            doubtful = {State.UNKNOWN} if (key, claim.subscriber_id) in self.merged else set()
            assert set(others.values()) <= SPARED | doubtful

    @invariant()
    def both_tell_the_same(self) -> None:
        one, other = (self.account(rig.ledger) for rig in self.rigs)
        assert one == other

    @invariant()
    def a_receipt_stands_for_each_delivery_that_reached_or_may_reach_somebody(self) -> None:
        held = self.receipts()
        for (key, who), issue_id in held.items():
            assert self.rows(key, who)[issue_id] not in SPARED
        for key in KEYS:
            for who in range(1, len(NAMES) + 1):
                counted = {id_ for id_, state in self.rows(key, who).items() if state not in SPARED}
                if (key, who) not in self.merged:
                    assert counted == ({held[key, who]} if counted else set())

    @invariant()
    def nobody_has_two_deliveries_of_a_post(self) -> None:
        for key in KEYS:
            for who in range(1, len(NAMES) + 1):
                if (key, who) not in self.merged:
                    states = self.rows(key, who).values()
                    assert sum(state not in SPARED for state in states) <= 1

    @invariant()
    def what_waits_is_open_and_what_is_open_waits(self) -> None:
        for row in self.rigs[0].ledger.issues(finished_limit=1000):
            waits = row.counts[State.QUEUED] + row.counts[State.DEFERRED]
            assert row.state in UNFINISHED or not waits
            if row.state is IssueState.SENDING:
                assert waits + row.counts[State.SENDING]

    def teardown(self) -> None:
        """It is in order, and every instant was written as a number: as text it would sort and
        compare wrongly."""
        ledger = self.rigs[1].ledger
        assert isinstance(ledger, Ledger)
        assert list(ledger.faults(None, lambda _: None)) == []
        with self.database.reading() as db:
            for table in metadata.sorted_tables:
                for column in (one for one in table.c if isinstance(one.type, Instant)):
                    query = f"SELECT DISTINCT typeof({column.name}) FROM {table.name}"
                    kinds = set(db.exec_driver_sql(query).scalars())
                    assert kinds <= {"integer", "null"}, column

    # Means.

    def issue(self, number: int) -> int:
        """The id of one of the issues there are, the newest first."""
        ids = [row.id for row in self.rigs[0].ledger.issues(finished_limit=1000)]
        return ids[-1 - number % len(ids)] if ids else number

    def target(self, which: str | int) -> str | int:
        return self.issue(which) if isinstance(which, int) else which

    def both(self, act: Callable[[AnyLedger], Any], default: Any = None) -> Any:
        """Do it in both ledgers; their one answer, or ``default`` when both refuse it alike."""
        answers = [_outcome(act, rig.ledger) for rig in self.rigs]
        assert answers[0] == answers[1]
        return default if isinstance(answers[0], type) else answers[0]

    def writes(self, **fields: Any) -> None:
        self.both(
            lambda ledger: record(
                ledger, self.now, **{name: tuple(rows) for name, rows in fields.items()}
            )
        )

    def receipts(self) -> dict[tuple[str, int], int]:
        """Which delivery of each post each person had or is to have, by the ledger on disk."""
        rows = select(post.c.key, receipt.c.subscriber_id, receipt.c.issue_id)
        with self.database.reading() as db:
            found = db.execute(rows.join_from(receipt, post)).all()
        return {(key, who): issue_id for key, who, issue_id in found}

    def known(self, key: str) -> Known | None:
        if any(one.identity.key == key for one in self.rigs[0].ledger.view(NOON).known):
            return known(self.rigs[0].ledger, key)
        return None

    def rows(self, key: str, who: int) -> dict[int, State]:
        """The state of each delivery of a post to a person, by issue."""
        ledger = self.rigs[0].ledger
        return {
            row.id: one.state
            for row in ledger.issues(finished_limit=1000)
            if key in row.keys
            for one in ledger.deliveries(row.id)
            if one.subscriber_id == who
        }

    def begun(self, key: str) -> set[int]:
        reached = {State.ACCEPTED, State.UNKNOWN}
        people = range(1, len(NAMES) + 1)
        return {who for who in people if reached & set(self.rows(key, who).values())}

    def account(self, ledger: AnyLedger) -> tuple[Any, ...]:
        issues = ledger.issues(finished_limit=1000)
        return (
            ledger.view(self.now),
            issues,
            [list(ledger.deliveries(one.id)) for one in issues],
            list(ledger.subscribers()),
            ledger.next_attempt_at(),
            ledger.waiting_count(),
            [ledger.audience_of(key) for key in KEYS],
            ledger.sources(KEYS),
        )


def _outcome(act: Callable[[AnyLedger], Any], ledger: AnyLedger) -> Any:
    try:
        return act(ledger)
    except (Refused, NotFound) as error:
        kind: type[PublisherError] = type(error)
        return kind


def test_nobody_gets_a_post_twice_and_both_ledgers_agree(database: Sqlite) -> None:
    run_state_machine_as_test(
        lambda: Once(database),
        settings=settings(max_examples=20, stateful_step_count=30, deadline=None),
    )
