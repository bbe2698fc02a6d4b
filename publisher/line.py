"""The line: the next few deliveries of each issue under way, for each lane, as the ledger has them.

    ledger ──a page of at most 64──▶ queue of an issue's lane ──take──▶ in hand ──▶ begun
                                             ▲                             │
                                             └───────── put back ──────────┘

Issues take turns, and so do the lanes of each, so a long one does not hold up another. What is in
hand waits in the ledger still, and is not lined up a second time. Nothing is kept of anybody else.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from publisher.domain.delivery import Claim
from publisher.domain.line import Lane, Page, Place, UnderWay

#: How many of an issue's lane are in memory at most.
PAGE = 64

ANY = Lane()


class LineBook(Protocol):
    """The ledger as the line needs it. Only the writer's thread calls it."""

    def under_way(self) -> tuple[UnderWay, ...]:
        """The issues that are being sent, and whose turn it is in each; the newest first."""

    def waiting(
        self, issue: UnderWay, lane: Lane, after: Place | None, most: int, now: datetime
    ) -> Page:
        """What may begin now, in order, behind a place in the line."""


@dataclass(slots=True)
class _Queue:
    """Those of one lane of an issue. ``more``: the ledger may have others behind ``place``."""

    lane: str | None
    claims: deque[Claim] = field(default_factory=deque)
    place: Place | None = None
    more: bool = True

    def again(self) -> None:
        self.claims.clear()
        self.place, self.more = None, True


@dataclass(kw_only=True)
class Line:
    """Who is next. For one thread. Lanes are known by their names, see ``domain.lanes``.

    ``held`` counts the deliveries in hand by lane; ``hungry`` says that a look found nobody and
    has to go on. Every method that reads may raise LedgerUnusable.
    """

    book: LineBook
    lanes: Mapping[str | None, Lane] = field(default_factory=lambda: {None: ANY})
    held: Counter[str | None] = field(default_factory=Counter)
    hungry: bool = False
    _issues: dict[int, UnderWay] = field(default_factory=dict)
    _queues: dict[int, deque[_Queue]] = field(default_factory=dict)
    _turns: deque[int] = field(default_factory=deque)
    _hand: dict[tuple[int, int], str | None] = field(default_factory=dict)
    _flying: Counter[int] = field(default_factory=Counter)
    _told: set[int] = field(default_factory=set)

    # What is under way.

    def refresh(self) -> None:
        """See which issues are under way; one that begins, or opens to others, is lined up."""
        found = {one.issue_id: one for one in self.book.under_way()}
        for gone in self._issues.keys() - found.keys():
            del self._queues[gone]
            self._turns.remove(gone)
        for issue_id, one in found.items():
            if issue_id not in self._issues:
                self._turns.appendleft(issue_id)
            if self._issues.get(issue_id) != one:
                self._queues[issue_id] = deque(map(_Queue, self.lanes))
                self._told.discard(issue_id)
        self._issues = found

    def again(self, issue_id: int | None = None) -> None:
        """Line up anew, from the front, what waits of an issue or of all."""
        for each in self._queues if issue_id is None else {issue_id} & self._queues.keys():
            self._told.discard(each)
            for queue in self._queues[each]:
                queue.again()

    # Who is next.

    def take(self, may: Callable[[str | None], bool], now: datetime) -> Claim | None:
        """The next delivery of a lane that ``may``; it is in hand then. None: nobody is next."""
        for _ in range(len(self._turns)):
            issue_id = self._turns[0]
            self._turns.rotate(-1)
            queues = self._queues[issue_id]
            for _ in range(len(queues)):
                queue = queues[0]
                queues.rotate(-1)
                if may(queue.lane) and (queue.claims or self._fill(issue_id, queue, now)):
                    return self._handed(queue)
        return None

    def _handed(self, queue: _Queue) -> Claim:
        claim = queue.claims.popleft()
        self._hand[claim.issue_id, claim.subscriber_id] = queue.lane
        self.held[queue.lane] += 1
        return claim

    def _fill(self, issue_id: int, queue: _Queue, now: datetime) -> bool:
        """Read a page, where there may be one; whether anybody was on it."""
        if not queue.more:
            return False
        page = self.book.waiting(
            self._issues[issue_id], self.lanes[queue.lane], queue.place, PAGE, now
        )
        queue.place, queue.more = page.next, page.next is not None
        hand = self._hand
        queue.claims.extend(
            one for one in page.claims if (one.issue_id, one.subscriber_id) not in hand
        )
        self.hungry |= queue.more and not queue.claims
        return bool(queue.claims)

    # What becomes of them.

    def lane_of(self, claim: Claim) -> str | None:
        """The lane of a delivery in hand."""
        return self._hand[claim.issue_id, claim.subscriber_id]

    def put_back(self, claim: Claim) -> None:
        """What was in hand is next again, unless its issue is no longer under way."""
        lane = self._let_go(claim)
        for queue in self._queues.get(claim.issue_id, ()):
            if queue.lane == lane:
                queue.claims.appendleft(claim)

    def begun(self, claim: Claim) -> None:
        """What was in hand is in flight, until ``settled``."""
        self._let_go(claim)
        self._flying[claim.issue_id] += 1

    def refused(self, claim: Claim) -> None:
        """What was in hand may not begin as it was lined up: something was changed meanwhile."""
        self._let_go(claim)
        self.again(claim.issue_id)

    def settled(self, issue_id: int) -> None:
        """What was in flight has come to its end, in the ledger too."""
        self._flying[issue_id] -= 1
        if not self._flying[issue_id]:
            del self._flying[issue_id]

    def _let_go(self, claim: Claim) -> str | None:
        lane = self._hand.pop((claim.issue_id, claim.subscriber_id))
        self.held[lane] -= 1
        return lane

    # The end of it.

    @property
    def dry(self) -> bool:
        """Whether nobody is next, as far as it has been read."""
        return not any(
            queue.claims or queue.more for queues in self._queues.values() for queue in queues
        )

    def waits(self, lane: str | None, now: datetime) -> bool:
        """Whether anybody is next in a lane."""
        for issue_id, queues in self._queues.items():
            for queue in queues:
                if queue.lane == lane and (queue.claims or self._fill(issue_id, queue, now)):
                    return True
        return False

    def run_dry(self) -> list[int]:
        """The issues of which nobody is next, in hand or in flight; each is named once."""
        busy = {issue_id for issue_id, _ in self._hand} | self._flying.keys() | self._told
        ended = [
            issue_id
            for issue_id, queues in self._queues.items()
            if issue_id not in busy and not any(one.claims or one.more for one in queues)
        ]
        self._told.update(ended)
        return ended
