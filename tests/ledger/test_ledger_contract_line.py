"""The line of what waits: pages of it, lanes, shares; and beginning what stood in it."""

from __future__ import annotations

from ledger_world import NOON, AnyLedger, claim, publish, settling, start, subscribe

from publisher.domain.delivery import State
from publisher.domain.line import Lane, UnderWay

ALL = Lane()


def test_what_waits_is_lined_up_and_begun(ledger: AnyLedger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    (issue,) = ledger.under_way()
    assert issue == UnderWay(issue_id=1)
    page = ledger.waiting(issue, ALL, None, 1, NOON)
    (ada,) = page.claims
    assert (ada.mailbox, ada.first_at, ada.was, ada.frozen) == (
        "ada@example.com",
        None,
        State.QUEUED,
        1,
    )
    rest = ledger.waiting(issue, ALL, page.next, 9, NOON)
    assert ([one.name for one in rest.claims], rest.next) == (["Bob"], None)
    assert ledger.write([], page.claims, NOON) == [ada]
    assert ledger.write(settling([ada]), rest.claims, NOON) == list(rest.claims)
    assert claim(ledger) == []
