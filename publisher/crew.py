"""The crew of one way out: its couriers by what each is at, as far as they have said.

    idle ──prepare──▶ preparing ──Ready──▶ holding ──carry──▶ carrying ──Done──┐
     ▲                    │                  ▲  │                              │
     └──────Refused───────┘     it holds the next └──rest──▶ idle ◀────────────┘

What a courier holds, is to prepare or is to carry next, is in line still and can be taken from it;
what it carries is begun. For one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from publisher.courier import Courier, Crashed, Done, Note, Ready
from publisher.domain.delivery import Claim

M = TypeVar("M")


@dataclass(slots=True)
class _Task:
    """What a courier is to have next, which is in line still, and since when it is at work."""

    next: Claim | None
    since_s: float


@dataclass(kw_only=True)
class Crew(Generic[M]):
    """The couriers of a way out. ``hire`` makes one; they are never more than were asked for."""

    hire: Callable[[], Courier[M]]
    holding: dict[Courier[M], Claim] = field(default_factory=dict)
    _carrying: dict[Courier[M], _Task] = field(default_factory=dict)
    _preparing: dict[Courier[M], _Task] = field(default_factory=dict)
    _idle: deque[Courier[M]] = field(default_factory=deque)
    _all: list[Courier[M]] = field(default_factory=list)

    @property
    def carrying(self) -> int:
        """How many have a message under way."""
        return len(self._carrying)

    @property
    def busy(self) -> bool:
        """Whether one of them is going to report."""
        return bool(self._carrying or self._preparing)

    @property
    def count(self) -> int:
        """How many have, or may be given, a connection."""
        return len(self._carrying) + len(self._preparing) + len(self.holding)

    @property
    def held(self) -> int:
        """How many deliveries that are still in line its couriers have."""
        tasks = (*self._carrying.values(), *self._preparing.values())
        return len(self.holding) + sum(task.next is not None for task in tasks)

    @property
    def ready(self) -> list[Claim]:
        """Those of them that wait for nothing but to be begun, or for a connection."""
        tasks = self._preparing.values()
        return [*self.holding.values(), *(task.next for task in tasks if task.next is not None)]

    def prepare(self, claim: Claim, now_s: float) -> None:
        """Have one that is idle, or a new one, make ready for a delivery."""
        courier = self._idle.pop() if self._idle else self._hire()
        self._preparing[courier] = _Task(claim, now_s)
        courier.prepare(claim)

    def begin(self, courier: Courier[M], now_s: float) -> Claim:
        """What one holds is begun, and in line no more."""
        self._carrying[courier] = _Task(None, now_s)
        return self.holding.pop(courier)

    def carry(self, courier: Courier[M], following: Claim | None) -> None:
        """Have one carry what was begun, and hold ``following`` after that."""
        self._carrying[courier].next = following
        courier.carry(following)

    def heard(self, note: Note[M]) -> Claim | None:
        """Take down what a courier is at now; what it was to hold and does not, if anything."""
        courier = note.courier
        task = self._carrying.pop(courier, None) or self._preparing.pop(courier)
        if isinstance(note, Crashed):
            return task.next
        if task.next is not None and (
            isinstance(note, Ready) or (isinstance(note, Done) and note.holds)
        ):
            self.holding[courier] = task.next
            return None
        connected = isinstance(note, Ready) or (isinstance(note, Done) and note.outcome.usable)
        (self._idle.append if connected else self._idle.appendleft)(courier)
        return task.next

    def release(self, courier: Courier[M]) -> Claim:
        """Take from one what it holds. It goes idle, and keeps its connection for a while."""
        courier.rest()
        self._idle.append(courier)
        return self.holding.pop(courier)

    def rest(self) -> list[Claim]:
        """Release all."""
        return [self.release(courier) for courier in list(self.holding)]

    def take_back(self, before_s: float) -> list[Claim]:
        """Take what is to be next from those that have been at work since before then."""
        taken = []
        for task in (*self._carrying.values(), *self._preparing.values()):
            if task.next is not None and task.since_s < before_s:
                taken.append(task.next)
                task.next = None
        return taken

    def abort(self) -> None:
        """Cut off what is being carried."""
        for courier in self._carrying:
            courier.abort()

    def dismiss(self) -> None:
        """End all of them; each parts as it can."""
        for courier in self._all:
            courier.dismiss()
        for group in (self.holding, self._carrying, self._preparing, self._idle, self._all):
            group.clear()

    def _hire(self) -> Courier[M]:
        courier = self.hire()
        self._all.append(courier)
        return courier
