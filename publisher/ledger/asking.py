"""What the lock's holder asks of the ledger about errands. The statements are in ``errands``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from publisher.domain.errand import Errand, Kind, NewErrand, Tried
from publisher.ledger import errands
from publisher.ledger.requests import Requests
from publisher.ledger.sqlite import Sqlite


class Asking(Requests):
    """The part of ``Ledger`` that is about errands. No decision reads what came of them."""

    def __init__(self, database: Sqlite) -> None:
        super().__init__(database)
        self._beside = 0  # transactions that wrote nothing which a decision reads

    def announce(self, pings: Sequence[NewErrand], now: datetime) -> None:
        """A pass has written its feeds: let its hooks go, and ask for these pings."""
        with self._database.writing() as db:
            errands.announce(db, pings, now)

    def due_errands(self, kind: Kind, target: str, now: datetime, most: int) -> tuple[Errand, ...]:
        """Errands of one kind to one target that may be run now, those most often tried first."""
        with self._database.reading() as db:
            return errands.due(db, kind, target, now, most)

    def next_errand_at(self, kind: Kind, target: str) -> datetime | None:
        """When the next of them may be run; None when none waits."""
        with self._database.reading() as db:
            return errands.next_at(db, kind, target)

    def write_errand(self, tried: Tried, now: datetime) -> bool:
        """Keep what came of an attempt; False when the errand was asked for anew meanwhile."""
        with self._database.writing() as db:
            self._beside += 1
            return errands.write(db, tried, now)

    def keep_errands(self, ways: Collection[tuple[Kind, str]]) -> int:
        """Give up what waits for a target that is not among these; how many those were."""
        with self._database.writing() as db:
            self._beside += 1
            return errands.keep_only(db, ways)
