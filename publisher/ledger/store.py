"""The ledger: one object for all that is asked of it and written to it.

    open_ledger ─▶ Ledger ── view, record …          what a pass reads and writes
                     │       start, write, recover … issues and their deliveries
                   Asking ── announce, due_errands … pings and hooks
                     ▼
                  Requests ─ add, unsubscribe …      subscribers
                             release, same …         what a person does, from any process

Each method is one transaction, whole or not at all, on its own moment of the ledger. The modules
behind it hold the statements; these two hold nothing but the way to the database.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from publisher.domain.delivery import Claim, Settlement, State
from publisher.domain.errand import NewErrand
from publisher.domain.line import Lane, Page, Place, Spent, UnderWay
from publisher.domain.plan import Plan, Start
from publisher.domain.publication import LedgerView
from publisher.domain.relay import RelayNote
from publisher.domain.stages import Stages
from publisher.ledger import (
    adopt,
    deliveries,
    errands,
    freeze,
    line,
    manners,
    receipts,
    record,
    verify,
    view,
)
from publisher.ledger.asking import Asking
from publisher.ledger.fence import Fence, Mark
from publisher.ledger.migrate import require_current, schema_version
from publisher.ledger.place import locate, require_local
from publisher.ledger.record import TermRow
from publisher.ledger.rows import IssueRow, Outdated, StartedIssue
from publisher.ledger.sqlite import Sqlite, Survive
from publisher.ledger.stages import end_stage


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


class Ledger(Asking):
    """What was published, and who got what.

    Any thread may call any method: writes take turns, in this process by a lock and among
    processes by the database; reads go on beside them. A method that does not find its post or
    issue raises NotFound, one that may not do what it is asked raises Refused, and every one may
    raise LedgerUnusable; none leaves anything half done. What is written here is for the lock's
    holder alone; ``Requests`` is for any process.
    """

    def __init__(self, database: Sqlite) -> None:
        super().__init__(database)
        self._seen = threading.local()
        self._fence: Fence | None = None

    # Which ledger this is.

    def mark(self) -> Mark:
        """Which ledger this is, and how many attempts it has seen settled."""
        with self._database.reading() as db:
            return adopt.own_mark(db)

    def guard(self, fence: Fence) -> None:
        """Tell the fence, from now on, of each commit that settles."""
        self._fence = fence

    def faults(self, mark: Mark | None, tell: Callable[[str], None]) -> Iterator[str]:
        """Everything that is wrong with the ledger, a sentence each, in constant memory.

        ``mark`` is what stood beside it a moment before; ``tell`` hears what is being looked at.
        """
        return verify.faults(self._database, mark, tell)

    def adopt(self, ledger_id: str, now: datetime) -> tuple[IssueRow, ...]:
        """Be the newest ledger there is from now on, though an older copy; the open issues.

        They are stopped, and mail of posts due by now is held: it may have gone out. The ledger's
        name is ``ledger_id`` (32 hex digits) then.
        """
        with self._database.writing() as db:
            return adopt.adopt(db, ledger_id, now)

    # Passes.

    def view(self, now: datetime) -> LedgerView:
        """All of the ledger that a decision at ``now`` reads, as of one moment."""
        with self._database.reading() as db:
            self._seen.merges = view.merges(db)
            return view.view(db, self._database.swift(db), now)

    def changes(self) -> tuple[int, int]:
        """Numbers that differ when anything may have changed but for the time of the last pass.

        The second counts what this Ledger wrote. It costs a look at shared memory.
        """
        return self._database.version(), self._database.writes - self._beside

    def record(
        self,
        plan: Plan,
        sources: Mapping[str, bytes],
        now: datetime,
        *,
        asked: Sequence[NewErrand] = (),
    ) -> None:
        """Write down a plan that was decided on this thread's last ``view``: all but its Starts.

        ``sources`` has the file's bytes for each publication whose ``source_hash`` is new, by key;
        ``asked`` are the errands that follow from it.
        Raises Outdated when two posts were made one since that view: decide anew.
        """
        packed = record.pack(sources)
        with self._database.writing_swiftly() as (db, swift):
            if view.merges(db) != getattr(self._seen, "merges", 0):
                raise Outdated("two posts were made one meanwhile: the next pass sees it")
            record.record(db, swift, plan, packed, now)
            errands.ask(db, asked, now)

    def passed(self, now: datetime) -> None:
        """Note that a pass was made at ``now``, though it changed nothing."""
        with self._database.writing() as db:
            record.passed(db, now)
            self._beside += 1

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

    def edition(self, start: Start) -> int:
        """Which edition of its post an issue is or would be, from 1: Message-IDs depend on it."""
        with self._database.reading() as db:
            return freeze.edition(db, start)

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
        """Freeze what an issue says and who gets it; it is ``sending`` then, or done for nobody.

        A paused issue keeps what waits of it, under the new content, and takes in whoever came
        since, and goes on in the stages it first started with. Raises Refused when the post is not
        live, when its first issue was opened or dropped meanwhile, or when the issue is neither
        held nor paused.
        """
        with self._database.writing() as db:
            return freeze.start(
                db,
                start,
                subject=subject,
                content=content,
                now=now,
                salt=salt,
                stages=stages,
            )

    # Delivery.

    def under_way(self) -> tuple[UnderWay, ...]:
        """The issues that are being sent, newest first, and whose turn it is in each."""
        with self._database.reading() as db:
            return line.under_way(db)

    def waiting(
        self, issue: UnderWay, lane: Lane, after: Place | None, most: int, now: datetime
    ) -> Page:
        """Deliveries of a lane that may begin now, ``most`` at most, in line behind ``after``.

        Those never tried come first, then those whose time has come. A call looks at a bounded
        number of rows: fewer than ``most`` are the end only where ``next`` is None. What came
        back into line meanwhile may stand before ``after``: at the end begin anew.
        """
        with self._database.reading_swiftly() as swift:
            return line.waiting(swift, issue, lane, after, most, now)

    def end_stage(self, issue_id: int, now: datetime) -> bool:
        """Take an issue on from a stage that is over, or from the wait after it; whether it moved.

        To the next stage in which somebody waits, to a wait, or to a pause with its reason. It
        stays where it is while somebody of the stage is queued or in flight; asking is cheap.
        """
        with self._database.writing() as db:
            return end_stage(db, issue_id, now)

    def write(
        self,
        settled: Sequence[Settlement],
        begin: Sequence[Claim],
        now: datetime,
        *,
        spent: Sequence[Spent] = (),
    ) -> list[Claim]:
        """Write what was answered, then begin what stands in line; those begun are the answer.

        They are ``sending``, durably, when this returns. Not begun is what is no longer as it was
        lined up: begun already, frozen anew, stopped; whoever left or had the post is cancelled.
        Issues with nothing left are done. A settlement of a delivery that is not ``sending``
        changes nothing, so a write that raised LedgerUnusable may be repeated.
        """
        with self._database.writing_swiftly() as (db, swift):
            begun, total = deliveries.write(db, swift, settled, begin, now, spent)
        self._advance(total)
        return begun

    def spent(self, since: datetime) -> tuple[Spent, ...]:
        """What was spent in the grains that began then or later, by meter and grain."""
        with self._database.reading() as db:
            return manners.spent_since(db, since)

    def relays(self) -> tuple[RelayNote, ...]:
        """What relays have shown of themselves, by name."""
        with self._database.reading() as db:
            return manners.relays(db)

    def note_relay(self, note: RelayNote) -> None:
        """Keep how a relay stands, in place of what was known of it."""
        with self._database.writing() as db:
            manners.note_relay(db, note)

    def _advance(self, settled: int | None) -> None:
        if self._fence and settled is not None:
            self._fence.advance(settled)

    def absolve(self, claims: Sequence[Claim]) -> int:
        """Queue rejected deliveries again, with the attempts they had before; how many."""
        with self._database.writing() as db:
            return receipts.absolve(db, claims)

    def recover(
        self, *, repeatable: bool, on_unknown: Literal["hold", "resend"], now: datetime
    ) -> dict[State, int]:
        """Settle what a crash left ``sending``, before the first write; how many went where.

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
