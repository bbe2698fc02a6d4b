"""The ways out: relays or a folder, each with its own speed, crew and troubles.

A way that refuses is left alone for a while and the others go on; only when none is left does the
whole run pause, which is told once, and once more when something is accepted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from publisher.crew import Crew
from publisher.dial import Transport
from publisher.domain.fleet import Fleet
from publisher.domain.line import Spent
from publisher.domain.relay import Relay, RelayNote

M = TypeVar("M")

#: So many messages that a rate which lets them go at once is none.
MOST = 1 << 60


class Rate(Protocol):
    """How fast messages may leave. Not safe for threads: the writer alone asks.

    Times are monotonic, in seconds.
    """

    @property
    def limited(self) -> bool:
        """Whether it limits anything at all."""

    def wait(self, now_s: float) -> float:
        """Seconds until the next message may leave; 0 when one may now."""

    def affordable(self, now_s: float, most: int) -> int:
        """How many messages may leave by then, up to ``most``."""

    def spend(self, now_s: float, count: int = 1) -> None:
        """Count messages as gone; below zero, take back what was counted just now."""

    def taken(self, now: datetime) -> tuple[Spent, ...]:
        """What quotas have used since the last call."""

    def seed(self, spent: Sequence[Spent], now: datetime, now_s: float) -> None:
        """Count what was used before a restart."""


@dataclass(kw_only=True)
class Way(Generic[M]):
    """One way out. ``weight`` is its share of the messages beside others; 0 makes it a spare."""

    transport: Transport[M]
    relay: Relay
    rate: Rate
    weight: int = 1
    crew: Crew[M] = field(init=False)

    @property
    def name(self) -> str:
        """What it is called, the same after a restart."""
        return self.relay.name

    @property
    def room(self) -> bool:
        """Whether it bears one more connection."""
        return self.crew.count < self.relay.limit


class Left:
    """How many messages may go, or be held ready, by each of some rates; counted down as they do.

    Rates that set no limit are left out, and cost nothing; ``unlimited`` where all are.
    """

    __slots__ = ("_left", "unlimited")

    def __init__(self, numbers: Iterable[tuple[Rate, int]]) -> None:
        self._left = {rate: number for rate, number in numbers if number < MOST >> 1}
        self.unlimited = not self._left

    def may(self, rates: Iterable[Rate]) -> bool:
        """Whether one more may, by all of these."""
        return all(self._left.get(rate, 1) > 0 for rate in rates)

    def use(self, rates: Iterable[Rate]) -> None:
        """Count one."""
        for rate in rates:
            if rate in self._left:
                self._left[rate] -= 1


@dataclass(kw_only=True)
class Ways(Generic[M]):
    """All of them, by what they have shown. For one thread.

    ``on_pause`` hears why and until when nothing at all is begun, ``on_clear`` that it goes again.
    """

    all: Sequence[Way[M]]
    on_pause: Callable[[str, datetime], None]
    on_clear: Callable[[], None]
    _noted: dict[str, RelayNote] = field(default_factory=dict)
    _alarmed: bool = False
    _used: Sequence[str] = ()

    def __post_init__(self) -> None:
        self._by_name = {way.name: way for way in self.all}
        self._fleet = Fleet({way.name: way.weight for way in self.all})
        self._givers = Fleet({way.name: way.weight for way in self.all})

    def in_use(self, now: datetime) -> list[Way[M]]:
        """Those to be used now; none while every one is paused."""
        up = [way.name for way in self.all if not way.relay.paused(now)]
        if not up:
            self._alarm()
        self._used = self._fleet.in_use(up)
        return [self._by_name[name] for name in self._used]

    def next_to_begin(
        self, able: Sequence[Way[M]], busy: Sequence[Way[M]], now_s: float
    ) -> Way[M] | None:
        """Whose turn the next message is, of those that hold one; see ``Fleet.choose``."""
        names, at_work = [way.name for way in able], [way.name for way in busy]
        idle = [name for name in self._used if name not in names and name not in at_work]
        return self._named(self._fleet.choose(names, busy=at_work, idle=idle, now_s=now_s))

    def next_to_hold(self, able: Sequence[Way[M]]) -> Way[M]:
        """Who is given the next message to hold, of those that have room."""
        names = [way.name for way in able]
        idle = [name for name in self._used if name not in names]
        return self._named(self._givers.choose(names, idle=idle)) or able[0]

    def may_hold_next(self, way: Way[M], now_s: float) -> bool:
        """Whether one that is at work may hold the next message too, by what the others had."""
        others = [name for name in self._used if name != way.name]
        return not others or bool(self._givers.choose([way.name], busy=others, now_s=now_s))

    def holds_none(self, way: Way[M]) -> None:
        """Who was to hold the next message could not be given one."""
        if len(self._used) > 1:
            self._givers.pass_over(way.name)

    def _named(self, name: str | None) -> Way[M] | None:
        return None if name is None else self._by_name[name]

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until one that is busy has been waited for long enough, if one is."""
        return self._fleet.wait_s(now_s)

    # Pauses.

    @property
    def paused_until(self) -> datetime | None:
        """When the first of those that are paused is to be tried again."""
        return min(
            (way.relay.paused_until for way in self.all if way.relay.paused_until), default=None
        )

    @property
    def stopped(self) -> str | None:
        """Why nothing can be begun, where every one is paused."""
        if any(way.relay.paused_until is None for way in self.all):
            return None
        reasons = dict.fromkeys(str(way.relay.reason) for way in self.all)
        return "; ".join(reasons)

    def accepted(self) -> None:
        """Something was accepted: whatever the trouble was, it is over."""
        if self._alarmed:
            self._alarmed = False
            self.on_clear()

    def _alarm(self) -> None:
        if not self._alarmed and self.stopped and self.paused_until:
            self._alarmed = True
            self.on_pause(self.stopped, self.paused_until)

    # What outlives the run.

    def restore(self, notes: Sequence[RelayNote], now: datetime) -> None:
        """Know again what they had shown."""
        known = {note.name: note for note in notes}
        for way in self.all:
            if note := known.get(way.name):
                way.relay = Relay.restored(note, way.relay.connections, now)
            self._noted[way.name] = way.relay.note()

    def resume(self) -> None:
        """Try every one now, whatever it has shown."""
        for way in self.all:
            way.relay.resume()

    def note_down(self, note_relay: Callable[[RelayNote], None]) -> None:
        """Have what changed since it was noted last written. Raises what ``note_relay`` does."""
        for way in self.all:
            if self._noted.get(way.name) != (note := way.relay.note()):
                note_relay(note)
                self._noted[way.name] = note
