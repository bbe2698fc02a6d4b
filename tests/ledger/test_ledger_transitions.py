"""The tables of states are walked: everything that can be done in every state leads only where the
table allows, and everything that the table allows can be done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import pytest
from ledger_world import (
    HOUR,
    NOON,
    Rig,
    answer,
    claim,
    person,
    publish,
    record,
    start,
    subscribe,
)

from publisher.domain.delivery import TRANSITIONS as DELIVERY
from publisher.domain.delivery import Cause, Claim, State, Verdict
from publisher.domain.errors import Refused
from publisher.domain.issue import TRANSITIONS as ISSUE
from publisher.domain.issue import IssueState
from publisher.domain.plan import Hold, Pause

ADA, LATER = "ada@example.com", NOON + 9 * HOUR


class Scene:
    """The post ``a``, its issue 1, and Ada, whose delivery or issue is brought into a state."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.ledger = rig.ledger
        self.claims: list[Claim] = []
        publish(self.ledger, "a")

    def delivery(self, state: State) -> None:
        """Ada's delivery is in that state, and Bob's, which waits, keeps the issue open."""
        subscribe(self.ledger, "ada", "bob")
        start(self.ledger, "a")
        self.claims = claim(self.ledger, 1)
        if state is State.CANCELLED:
            answer(self.ledger, self.claims, Verdict.RETURNED)
            self.ledger.remove(ADA, NOON)
            answer(self.ledger, claim(self.ledger, 1), Verdict.RETURNED)
            self.ledger.add([person("ada")], NOON, resubscribe=True)
        elif state is State.QUEUED:
            answer(self.ledger, self.claims, Verdict.RETURNED)
        elif state is not State.SENDING:
            answer(self.ledger, self.claims, Verdict(state))
        assert self.ada() is state

    def issue(self, state: IssueState) -> None:
        """The issue is in that state; unless it never started, Ada's delivery is in flight."""
        subscribe(self.ledger, "ada")
        if state is IssueState.HELD:
            record(self.ledger, mailings=(Hold(key="a", reason="-"),))
            return
        start(self.ledger, "a")
        self.claims = claim(self.ledger)
        if state is IssueState.PAUSED:
            self.ledger.pause(1)
        elif state is IssueState.CANCELLED:
            self.ledger.cancel(1, NOON)
        elif state is IssueState.DONE:
            answer(self.ledger, self.claims, Verdict.UNKNOWN)
        assert self.ledger.issue(1).state is state

    def ada(self) -> State:
        return State(next(iter(self.ledger.deliveries(1))).state)

    def unsubscribed(self) -> None:
        self.ledger.remove(ADA, NOON)
        claim(self.ledger, now=LATER)

    def crashed(self, *, repeatable: bool, again: bool = False) -> None:
        self.rig.crash()
        self.ledger = self.rig.ledger
        self.ledger.recover(
            repeatable=repeatable, on_unknown="resend" if again else "hold", now=NOON
        )

    def settled(self, verdict: Verdict) -> None:
        answer(self.ledger, self.claims, verdict)

    def joined(self) -> None:
        """Another post turns out to be this one; its issue, begun later, is being sent too."""
        self.ledger.add([person("cleo")], NOON)
        publish(self.ledger, "b")
        start(self.ledger, "b")
        self.ledger.same("content/b.md", "content/a.md", NOON)

    def refrozen(self) -> None:
        self.ledger.pause(1)
        start(self.ledger, "a", issue_id=1)

    def released_to_nobody(self) -> None:
        self.ledger.remove(ADA, NOON)
        self.ledger.release(1, NOON)
        start(self.ledger, "a", issue_id=1)


Act = Callable[[Scene], object]

DELIVERY_ACTS: Mapping[str, tuple[Act, Cause | None]] = {
    **{
        f"settled {verdict}": (lambda at, verdict=verdict: at.settled(verdict), Cause.DELIVERY)
        for verdict in Verdict
    },
    "begun": (lambda at: claim(at.ledger, now=LATER), Cause.DELIVERY),
    "absolved": (lambda at: at.ledger.absolve(at.claims), Cause.DELIVERY),
    "unsubscribed": (Scene.unsubscribed, Cause.CANCEL),
    "its issue cancelled": (lambda at: at.ledger.cancel(1, NOON), Cause.CANCEL),
    "its issue paused": (lambda at: at.ledger.pause(1), None),
    "its issue frozen anew": (Scene.refrozen, None),
    "crashed": (lambda at: at.crashed(repeatable=False), Cause.CRASH),
    "crashed, to be resent": (lambda at: at.crashed(repeatable=False, again=True), Cause.CRASH),
    "crashed, repeatable": (lambda at: at.crashed(repeatable=True), Cause.CRASH),
    "taken for accepted": (lambda at: at.ledger.resolve(1, "accept", NOON), Cause.PERSON),
    "sent again": (lambda at: at.ledger.resolve(1, "resend", NOON), Cause.PERSON),
    "joined with another issue": (Scene.joined, Cause.PERSON),
    "sent again though gone": (
        lambda at: at.ledger.remove(ADA, NOON) and at.ledger.resolve(1, "resend", NOON),
        Cause.PERSON,
    ),
}

ISSUE_ACTS: Mapping[str, Act] = {
    "started": lambda at: start(at.ledger, "a", issue_id=1),
    "released to nobody": Scene.released_to_nobody,
    "held": lambda at: record(at.ledger, mailings=(Hold(key="a", issue_id=1, reason="-"),)),
    "paused": lambda at: at.ledger.pause(1),
    "paused by a pass": lambda at: record(
        at.ledger, mailings=(Pause(key="a", issue_id=1, reason="-"),)
    ),
    "released": lambda at: at.ledger.release(1, NOON),
    "skipped": lambda at: at.ledger.skip(1, NOON),
    "cancelled": lambda at: at.ledger.cancel(1, NOON),
    "taken for accepted": lambda at: at.ledger.resolve(1, "accept", NOON),
    "sent again": lambda at: at.ledger.resolve(1, "resend", NOON),
    "its last delivery accepted": lambda at: at.settled(Verdict.ACCEPTED),
    "crashed": lambda at: at.crashed(repeatable=False),
    "a turn": lambda at: claim(at.ledger, now=LATER),
}


@pytest.mark.parametrize("was", State)
def test_a_delivery_goes_just_where_the_table_allows(
    was: State, new_rig: Callable[[], Rig]
) -> None:
    reached = {was}
    for deed, (act, cause) in DELIVERY_ACTS.items():
        scene = Scene(new_rig())
        scene.delivery(was)
        with suppress(Refused):
            act(scene)
        now = scene.ada()
        assert now is was or cause in DELIVERY.get((was, now), ()), deed
        reached.add(now)
    assert reached == {was, *(now for before, now in DELIVERY if before is was)}


@pytest.mark.parametrize("was", IssueState)
def test_an_issue_goes_just_where_the_table_allows(
    was: IssueState, new_rig: Callable[[], Rig]
) -> None:
    reached = {was}
    for deed, act in ISSUE_ACTS.items():
        scene = Scene(new_rig())
        scene.issue(was)
        with suppress(Refused):
            act(scene)
        now = scene.ledger.issue(1).state
        assert now is was or now in ISSUE[was], deed
        reached.add(now)
    assert reached == {was, *ISSUE[was]}
