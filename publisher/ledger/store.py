"""The ledger: one object for all that is asked of it and written to it.

    open_ledger ─▶ Ledger ─┬─ view, record …        what a pass reads and writes
                           ├─ start, turn, recover … issues and their deliveries
                           ├─ add, unsubscribe …     subscribers
                           └─ release, same …        what a person does beside the daemon

Each method is one transaction, whole or not at all, on its own moment of the ledger. The modules
behind it hold the statements; this one holds nothing but the way to the database.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from publisher.domain.delivery import Claim, Settlement, State
from publisher.domain.plan import Plan, Start
from publisher.domain.publication import Known, LedgerView
from publisher.domain.subscriber import NewSubscriber, Subscriber
from publisher.ledger import (
    deliveries,
    freeze,
    issues,
    merge,
    operator,
    prospects,
    receipts,
    record,
    subscribers,
    view,
)
from publisher.ledger.migrate import require_current, schema_version
from publisher.ledger.place import locate, require_local
from publisher.ledger.record import TermRow
from publisher.ledger.rows import AddResult, DeliveryRow, IssueRow, Outdated, StartedIssue
from publisher.ledger.sqlite import Sqlite, Survive

#: How many rows a page of a long list has.
PAGE = 1000


def open_ledger(
    url: str,
    *,
    root: Path,
    survive: Survive = "power",
    allow_network: bool = False,
    patience_s: float = 20,
) -> Ledger:
    """Open the ledger at ``url`` (``sqlite:PATH``; see ``place.locate``); it has to be there.

    ``survive`` says what a commit outlasts: a power cut, or only the end of the process.
    ``patience_s`` is how long a write waits for another process. Raises UsageError, NoLedger or
    SchemaMismatch where ``migrate`` has to come first, and LedgerUnusable.
    """
    place = locate(url, root, allow_network=allow_network)
    if not place.path.exists():
        require_current(place, None)
    require_local(place)
    database = Sqlite(place, survive=survive, patience_s=patience_s)
    try:
        with database.reading() as db:
            require_current(place, schema_version(db))
    except BaseException:
        database.close()
        raise
    return Ledger(database)


class Ledger:
    """What was published, and who got what.

    Any thread may call any method: writes take turns, in this process by a lock and among
    processes by the database; reads go on beside them. A method that does not find its post or
    issue raises NotFound, one that may not do what it is asked raises Refused, and every one may
    raise LedgerUnusable; none leaves anything half done. ``turn``, ``absolve``, ``start``,
    ``record``, ``passed`` and ``recover`` are for the lock's holder; the rest for any process.
    """

    def __init__(self, database: Sqlite) -> None:
        self._database = database
        self._seen = threading.local()

    # Passes.

    def view(self, now: datetime) -> LedgerView:
        """All of the ledger that a decision at ``now`` reads, as of one moment."""
        with self._database.reading() as db:
            self._seen.merges = view.merges(db)
            return view.view(db, now)

    def record(self, plan: Plan, sources: Mapping[str, bytes], now: datetime) -> None:
        """Write down a plan that was decided on this thread's last ``view``: all but its Starts.

        ``sources`` has the file's bytes for each publication whose ``source_hash`` is new, by key.
        Raises Outdated when two posts were made one since that view: decide anew.
        """
        packed = record.pack(sources)
        with self._database.writing() as db:
            if view.merges(db) != getattr(self._seen, "merges", 0):
                raise Outdated("two posts were made one meanwhile: the next pass sees it")
            record.record(db, plan, packed, now)

    def passed(self, now: datetime) -> None:
        """Note that a pass was made at ``now``, though it changed nothing."""
        with self._database.writing() as db:
            record.passed(db, now)

    def lookup(self, reference: str) -> Known:
        """The post with that path, key or URL. Raises NotFound."""
        with self._database.reading() as db:
            return view.lookup(db, reference)

    def sources(self, keys: Iterable[str]) -> dict[str, bytes]:
        """The last good source of each of these posts, by key; without those never public."""
        with self._database.reading() as db:
            return record.sources(db, keys)

    def terms(self) -> tuple[TermRow, ...]:
        """Every term with a feed: taxonomy, folded form, label, slug; by the first two."""
        with self._database.reading() as db:
            return record.terms(db)

    def remember_terms(self, rows: Iterable[TermRow]) -> None:
        """Keep terms that are new. One that is known keeps its label and slug."""
        with self._database.writing() as db:
            record.remember_terms(db, rows)

    # Issues.

    def edition(self, start: Start) -> int:
        """Which edition of its post an issue is or would be, from 1: Message-IDs depend on it."""
        with self._database.reading() as db:
            return freeze.edition(db, start)

    def start(
        self, start: Start, *, subject: str, content: bytes, now: datetime, salt: bytes
    ) -> StartedIssue:
        """Freeze what an issue says and who gets it; it is ``sending`` then, or done for nobody.

        A paused issue keeps what waits of it, under the new content, and takes in whoever came
        since. Raises Refused when the post is not live, when its first issue was opened or dropped
        meanwhile, or when the issue is neither held nor paused.
        """
        with self._database.writing() as db:
            return freeze.start(db, start, subject=subject, content=content, now=now, salt=salt)

    def issues(self, *, finished_limit: int = 20) -> tuple[IssueRow, ...]:
        """The issues that are not finished, and the last so many that are, oldest first."""
        with self._database.reading() as db:
            return issues.issues(db, finished_limit=finished_limit)

    def issue(self, issue_id: int) -> IssueRow:
        """One issue. Raises NotFound."""
        with self._database.reading() as db:
            return issues.issue_row(db, issue_id)

    def content(self, issue_id: int) -> bytes:
        """What an issue says, as it was frozen. Raises NotFound for one that never started."""
        with self._database.reading() as db:
            return issues.content(db, issue_id)

    def deliveries(self, issue_id: int) -> Iterator[DeliveryRow]:
        """Every recipient of an issue, by subscriber id, a page at a time in constant memory.

        Each page is of its own moment, so that a slow reader holds up nothing: of an issue that
        is being sent, later pages may know more than earlier ones. None for an unknown issue.
        """
        after = 0
        while True:
            with self._database.reading() as db:
                page = issues.delivery_page(db, issue_id, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].subscriber_id

    # Delivery.

    def turn(self, settled: Sequence[Settlement], want: int, now: datetime) -> list[Claim]:
        """Write what was answered, then begin up to ``want`` deliveries that are due.

        A claim is ``sending``, durably, when this returns. Fewer than ``want`` means that no more
        are due. Issues with nothing left are done. A settlement of a delivery that is not
        ``sending`` changes nothing, so a turn that raised LedgerUnusable may be repeated.
        """
        with self._database.writing() as db:
            return deliveries.turn(db, settled, want, now)

    def absolve(self, claims: Sequence[Claim], now: datetime) -> int:
        """Queue rejected deliveries again, with the attempts they had before; how many."""
        with self._database.writing() as db:
            return receipts.absolve(db, claims)

    def recover(
        self, *, repeatable: bool, on_unknown: Literal["hold", "resend"], now: datetime
    ) -> dict[State, int]:
        """Settle what a crash left ``sending``, before the first turn; how many went where.

        To ``queued`` where sending again does no harm (``repeatable``) or is wanted (``resend``),
        else to ``unknown``.
        """
        with self._database.writing() as db:
            return deliveries.recover(db, repeatable=repeatable, on_unknown=on_unknown, now=now)

    def next_attempt_at(self) -> datetime | None:
        """When the next delivery of an issue under way may begin; None when none waits.

        A time long past (1970) for one that was never tried: it may begin whatever the clock says.
        """
        with self._database.reading() as db:
            return deliveries.next_attempt_at(db)

    def waiting_count(self) -> int:
        """How many deliveries of issues under way wait, whether they are due or not."""
        with self._database.reading() as db:
            return deliveries.waiting_count(db)

    # Subscribers.

    def subscribers(self) -> Iterator[Subscriber]:
        """Everyone who ever subscribed, in the order they came, in constant memory."""
        after = 0
        while True:
            with self._database.reading() as db:
                page = subscribers.subscriber_page(db, after, PAGE)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].id

    def find(self, mailbox: str) -> Subscriber | None:
        """The subscriber with that mailbox, active or not."""
        with self._database.reading() as db:
            return subscribers.find(db, mailbox)

    def get(self, subscriber_id: int) -> Subscriber | None:
        """The subscriber with that id, active or not."""
        with self._database.reading() as db:
            return subscribers.get(db, subscriber_id)

    def add(
        self, new: Sequence[NewSubscriber], now: datetime, *, resubscribe: bool = False
    ) -> AddResult:
        """Add whoever is not known. Who left comes back only with ``resubscribe``."""
        with self._database.writing() as db:
            return subscribers.add(db, new, now, resubscribe=resubscribe)

    def remove(self, mailbox: str, now: datetime) -> bool:
        """Unsubscribe a mailbox, which stays known. False when it is not known at all."""
        with self._database.writing() as db:
            return subscribers.leave(db, mailbox=mailbox, now=now)

    def unsubscribe(self, subscriber_id: int, now: datetime) -> bool:
        """Unsubscribe; nothing not begun is sent to them. False when there is no such subscriber.

        Again changes nothing, and answers the same.
        """
        with self._database.writing() as db:
            return subscribers.unsubscribe(db, subscriber_id, now)

    # What would come of something.

    def audience_of(self, key: str) -> int:
        """How many would be mailed a post now: active, and without a receipt for it."""
        with self._database.reading() as db:
            return prospects.audience_of(db, key)

    def foresee_add(self, new: Sequence[NewSubscriber]) -> AddResult:
        """What ``add`` would make of these addresses."""
        with self._database.reading() as db:
            return prospects.foresee_add(db, new)

    # What a person does, beside the daemon.

    def release(self, target: int | str, now: datetime) -> int:
        """Let an issue (its id) go, or mail a live post (its key) to those who have not had it.

        The next pass starts it; its id is the answer. Raises NotFound, Refused.
        """
        with self._database.writing() as db:
            return operator.release(db, target, now)

    def skip(self, target: int | str, now: datetime) -> None:
        """Drop an issue (its id) that is held, or the mail of a post (its key) that waits.

        Raises NotFound, Refused.
        """
        with self._database.writing() as db:
            operator.skip(db, target, now)

    def pause(self, issue_id: int, now: datetime) -> None:
        """Stop an issue that is being sent; what is in flight ends. Raises NotFound, Refused."""
        with self._database.writing() as db:
            operator.pause(db, issue_id, now)

    def cancel(self, issue_id: int, now: datetime) -> int:
        """End an issue; how many deliveries that waited are cancelled. Raises NotFound, Refused."""
        with self._database.writing() as db:
            return operator.cancel(db, issue_id, now)

    def resolve(self, issue_id: int, to: Literal["resend", "accept"], now: datetime) -> int:
        """Say what became of an issue's unknown deliveries; how many. Raises NotFound, Refused."""
        with self._database.writing() as db:
            return operator.resolve(db, issue_id, to, now)

    def same(self, new: str, old: str, now: datetime) -> None:
        """The post at path ``new`` is the one that was known at ``old``, whose key lives on.

        Raises NotFound, Refused.
        """
        with self._database.writing() as db:
            merge.same(db, new, old, now)

    # The file.

    def backup(self, path: Path) -> None:
        """Copy the ledger as it is now to a file that is not there yet (0600), beside its users."""
        self._database.copy(path)

    def data_version(self) -> int:
        """A number that changes when anyone but this Ledger has committed a change."""
        return self._database.version()

    def close(self) -> None:
        """Close the ledger. May be called twice."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
