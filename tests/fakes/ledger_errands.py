"""Errands in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count

from fakes.ledger_people import People
from fakes.ledger_state import one_at_a_time

from publisher.domain.errand import AFTER_THE_FEEDS, Errand, Kind, NewErrand, Tried


@dataclass
class FakeErrand:
    errand: Errand
    done_at: datetime | None = None

    @property
    def way(self) -> tuple[Kind, str]:
        return self.errand.kind, self.errand.target

    def kept(self, now: datetime) -> bool:
        return self.errand.next_at is not None or self.errand.first_at >= now - timedelta(days=7)


class Errands(People):
    def __init__(self) -> None:
        super().__init__()
        self._errands: list[FakeErrand] = []
        self._errand_ids = count(1)

    @one_at_a_time
    def announce(self, pings: Sequence[NewErrand], now: datetime) -> None:
        for one in self._waiting_errands():
            errand = one.errand
            held = errand.next_at and now < errand.next_at <= now + AFTER_THE_FEEDS
            if errand.kind is Kind.HOOK and not errand.attempts and held:
                one.errand = replace(errand, next_at=now)
            elif errand.kind is Kind.ANNOUNCE:
                one.errand, one.done_at = replace(errand, next_at=None), now
        self._ask(pings, now)

    @one_at_a_time
    def due_errands(self, kind: Kind, target: str, now: datetime, most: int) -> tuple[Errand, ...]:
        found = [one.errand for one in self._waiting_errands() if one.way == (kind, target)]
        due = [one for one in found if one.next_at and one.next_at <= now]
        return tuple(sorted(due, key=lambda one: (-one.attempts, one.id))[:most])

    @one_at_a_time
    def next_errand_at(self, kind: Kind, target: str) -> datetime | None:
        found = [one.errand for one in self._waiting_errands() if one.way == (kind, target)]
        return min((one.next_at for one in found if one.next_at), default=None)

    @one_at_a_time
    def write_errand(self, tried: Tried, now: datetime) -> bool:
        for one in self._waiting_errands():
            same = one.errand.id == tried.errand.id
            if same and one.errand.first_at == tried.errand.first_at:
                one.errand = replace(
                    one.errand, next_at=tried.next_at, attempts=tried.attempts, reply=tried.reply
                )
                one.done_at = now if tried.done else None
                return True
        return False

    @one_at_a_time
    def keep_errands(self, ways: Collection[tuple[Kind, str]]) -> int:
        lost = [one for one in self._waiting_errands() if one.way not in ways]
        for one in lost:
            reply = "given up: it is not set any more"
            one.errand = replace(one.errand, next_at=None, reply=reply)
        return len(lost)

    @one_at_a_time
    def errands(self) -> tuple[Errand, ...]:
        return tuple(one.errand for one in self._errands if self._of_interest(one))

    def _of_interest(self, one: FakeErrand) -> bool:
        if one.errand.next_at or one.done_at:
            return one.errand.next_at is not None
        since = one.errand.first_at
        done = [other.done_at for other in self._errands if other.way == one.way]
        return not any(at and at >= since for at in done)

    def _waiting_errands(self) -> list[FakeErrand]:
        return [one for one in self._errands if one.errand.next_at is not None]

    def _ask(self, new: Iterable[NewErrand], now: datetime) -> None:
        for one in dict.fromkeys(new):
            same = [
                other
                for other in self._waiting_errands()
                if (*other.way, other.errand.payload) == (one.kind, one.target, one.payload)
            ]
            for other in same:
                other.errand = replace(
                    other.errand, next_at=now + one.after, first_at=now, attempts=0
                )
            if not same:
                errand = Errand(
                    id=next(self._errand_ids), kind=one.kind, target=one.target,
                    payload=one.payload, attempts=0, first_at=now, next_at=now + one.after,
                )  # fmt: skip
                self._errands.append(FakeErrand(errand))
        self._errands = [one for one in self._errands if one.kept(now)]
