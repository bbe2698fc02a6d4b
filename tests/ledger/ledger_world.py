"""Posts, people and outcomes for the tests of the ledger, and the ledgers that they run over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Protocol

from fakes.ledger import FakeLedger

from publisher.domain.delivery import Claim, Outcome, Settlement, Verdict, settle
from publisher.domain.line import Lane
from publisher.domain.plan import Plan, Start
from publisher.domain.publication import Identity, Known, Publication
from publisher.domain.subscriber import NewSubscriber
from publisher.ledger.rows import StartedIssue
from publisher.ledger.schema import mark, metadata
from publisher.ledger.sqlite import Sqlite
from publisher.ledger.store import Ledger

NOON = datetime(2026, 2, 19, 12, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
URL = "sqlite:state/publisher.db"
AnyLedger = Ledger | FakeLedger


class Rig(Protocol):
    """One ledger, and what can happen to the process that has it open."""

    ledger: AnyLedger

    def crash(self) -> None: ...


class FakeRig:
    def __init__(self) -> None:
        self.ledger: AnyLedger = FakeLedger()

    def crash(self) -> None:
        assert isinstance(self.ledger, FakeLedger)
        self.ledger.crash()


class SqliteRig:
    """A ledger on disk, wiped first. To open a new one takes longer than most tests do."""

    def __init__(self, database: Sqlite) -> None:
        self._database = database
        with database.writing() as db:
            for table in reversed(metadata.sorted_tables):
                db.execute(mark.update().values(settled=0) if table is mark else table.delete())
        self.ledger: AnyLedger = Ledger(database)

    def crash(self) -> None:
        self.ledger.close()
        self.ledger = Ledger(self._database)


def identity(key: str, /, **fields: Any) -> Identity:
    one = Identity(
        key=key,
        path=f"content/{key}.md",
        names=(),
        source_hash=f"source of {key}",
        title=key.title(),
        date=datetime(2026, 2, 19, 9, tzinfo=timezone(timedelta(hours=1))),
        url=f"https://example.com/{key}/",
    )
    return replace(one, **fields)


def publication(key: str, /, **fields: Any) -> Publication:
    one = Publication(
        key=key,
        feed_id=f"tag:example.com,2026:{key}",
        due=NOON,
        live_at=NOON,
        updated=NOON,
        source_hash=f"source of {key}",
        content_hash=f"content of {key}",
        awaiting_mail=True,
    )
    return replace(one, **fields)


def record(ledger: AnyLedger, now: datetime = NOON, **fields: Any) -> None:
    """Write a plan down as a pass does: after a look at the ledger, with every source at hand."""
    ledger.view(now)
    plan = Plan(**fields)
    sources = {one.key: f"text of {one.source_hash}".encode() for one in plan.publications}
    ledger.record(plan, sources, now)


def publish(ledger: AnyLedger, *keys: str, **fields: Any) -> None:
    """Make posts live that the ledger did not know."""
    record(
        ledger,
        identities=tuple(identity(key) for key in keys),
        publications=tuple(publication(key, **fields) for key in keys),
    )


def withdraw(ledger: AnyLedger, key: str, *mailings: Any) -> None:
    gone = replace(known(ledger, key).publication, withdrawn_at=NOON)
    record(ledger, publications=(gone,), mailings=mailings)


def restore(ledger: AnyLedger, key: str, *mailings: Any) -> None:
    back = replace(known(ledger, key).publication, withdrawn_at=None)
    record(ledger, publications=(back,), mailings=mailings)


def known(ledger: AnyLedger, key: str) -> Known:
    return next(one for one in ledger.view(NOON).known if one.identity.key == key)


def person(name: str) -> NewSubscriber:
    return NewSubscriber(
        address=f"{name.title()}@Example.com", mailbox=f"{name}@example.com", name=name.title()
    )


def subscribe(ledger: AnyLedger, *names: str) -> list[int]:
    """Add people; their ids."""
    ledger.add([person(name) for name in names], NOON)
    found = [ledger.find(f"{name}@example.com") for name in names]
    return [one.id for one in found if one]


def start(
    ledger: AnyLedger, key: str, issue_id: int | None = None, now: datetime = NOON, text: str = "x"
) -> StartedIssue:
    return ledger.start(
        Start(key=key, issue_id=issue_id),
        subject=f"About {key}",
        content=text.encode(),
        now=now,
        salt=b"salt",
    )


def in_line(ledger: AnyLedger, want: int = 100, now: datetime = NOON) -> list[Claim]:
    """What waits and may begin: of each issue under way, the newest first."""
    found: list[Claim] = []
    for issue in ledger.under_way():
        place, more = None, len(found) < want
        while more:
            page = ledger.waiting(issue, Lane(), place, want - len(found), now)
            found += page.claims
            place = page.next
            more = place is not None and len(found) < want
    return found


def claim(ledger: AnyLedger, want: int = 100, now: datetime = NOON) -> list[Claim]:
    """Line up deliveries and begin them, until there are as many as wanted or no more."""
    begun: list[Claim] = []
    while len(begun) < want and (lined_up := in_line(ledger, want - len(begun), now)):
        begun += ledger.write([], lined_up, now)
    return begun


def settling(
    claims: Iterable[Claim], verdict: Verdict = Verdict.ACCEPTED, now: datetime = NOON
) -> list[Settlement]:
    outcome = Outcome(verdict=verdict, reply=f"said {verdict}")
    return [settle(one, outcome, now, jitter=0.5) for one in claims]


def answer(
    ledger: AnyLedger,
    claims: Iterable[Claim],
    verdict: Verdict = Verdict.ACCEPTED,
    now: datetime = NOON,
) -> None:
    """Settle deliveries and begin none."""
    ledger.write(settling(claims, verdict, now), [], now)


def states(ledger: AnyLedger, issue_id: int) -> dict[str, str]:
    """The state of each delivery of an issue by the name of its subscriber."""
    return {row.mailbox.partition("@")[0]: str(row.state) for row in ledger.deliveries(issue_id)}


def counts(ledger: AnyLedger, issue_id: int) -> dict[str, int]:
    """The deliveries of an issue by state, without those of which there are none."""
    row = ledger.issue(issue_id)
    assert sum(row.counts.values()) == row.audience
    return {str(state): number for state, number in row.counts.items() if number}
