"""What any process may ask of the ledger and write to it, beside the one that publishes.

The one that publishes sees it within a second. Whatever of this changes what is sent is an UPDATE
that names the states it may leave, so it does not matter which of the two comes first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from publisher.domain.delivery import State
from publisher.domain.errand import Errand
from publisher.domain.publication import Known
from publisher.domain.subscriber import NewSubscriber, Subscriber
from publisher.ledger import errands, freeze, issues, merge, operator, subscribers, view
from publisher.ledger.rows import AddResult, DeliveryRow, IssueRow
from publisher.ledger.sqlite import Sqlite

#: How many rows a page of a long list has.
PAGE = 1000


class Requests:
    """The part of ``Ledger`` that needs no lock."""

    def __init__(self, database: Sqlite) -> None:
        self._database = database

    # Posts and issues.

    def lookup(self, reference: str) -> Known:
        """The post with that path, key or URL. Raises NotFound."""
        with self._database.reading() as db:
            return view.lookup(db, reference)

    def audience_of(self, key: str) -> int:
        """How many a post would be mailed to now: who is subscribed and has not had it."""
        with self._database.reading() as db:
            return freeze.audience_of(db, key)

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

    def deliveries(self, issue_id: int, states: Collection[State] = ()) -> Iterator[DeliveryRow]:
        """Every recipient of an issue, by subscriber id, a page at a time in constant memory.

        Only those in one of ``states``, where any is named. Each page is of its own moment, so that
        a slow reader holds up nothing: of an issue that is being sent, later pages may know more
        than earlier ones. None for an unknown issue.
        """
        after = 0
        while True:
            with self._database.reading() as db:
                page = issues.delivery_page(db, issue_id, after, PAGE, states)
            yield from page
            if len(page) < PAGE:
                return
            after = page[-1].subscriber_id

    def errands(self) -> tuple[Errand, ...]:
        """What others are still to be asked for, and what was given up and did not go well since.

        In the order asked.
        """
        with self._database.reading() as db:
            return errands.errands(db)

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

    def foresee_add(self, new: Sequence[NewSubscriber]) -> AddResult:
        """What ``add`` would make of these addresses."""
        with self._database.reading() as db:
            return subscribers.foresee_add(db, new)

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

    def pause(self, issue_id: int) -> None:
        """Stop an issue that is being sent; what is in flight ends. Raises NotFound, Refused."""
        with self._database.writing() as db:
            operator.pause(db, issue_id)

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
