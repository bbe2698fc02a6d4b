"""A courier: a thread that owns one connection and carries one message at a time. And the crew.

It decides nothing and writes nothing down. It is told to make ready before it is given a message,
so that a relay which can't be reached costs no delivery an attempt, and reports every outcome. The
crew knows what each courier is at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, Protocol, TypeVar

from publisher.domain.delivery import Claim, Outcome, Verdict
from publisher.domain.errors import RelayRefused, Unsendable

IDLE_S = 10.0

M = TypeVar("M", contravariant=True)


class Connection(Protocol[M]):
    """One way out, open. Owned by one thread, but for ``abort``, which comes from another.

    ``fresh`` is True until the other side has judged a message on it.
    """

    @property
    def fresh(self) -> bool:
        """Whether nothing was judged on it yet."""

    def send(self, message: M) -> Outcome:
        """Carry one message. Never raises for what a server, a network or a disk can do."""

    def alive(self) -> bool:
        """Whether the other side seems to be there still; costs no more than a look."""

    def close(self) -> None:
        """Part politely where that is quick. May be called twice."""

    def abort(self) -> None:
        """Cut it off at once, so that a ``send`` under way ends with what it knows."""


class Transport(Protocol[M]):
    """A way out. ``repeatable`` says that carrying a message twice does no harm."""

    repeatable: bool

    def connect(self) -> Connection[M]:
        """Open a connection, or raise RelayRefused."""


@dataclass(frozen=True, slots=True)
class Ready(Generic[M]):
    """The courier has an open connection and can be given a message."""

    courier: Courier[M]


@dataclass(frozen=True, slots=True)
class Refused(Generic[M]):
    """The courier could not open a connection."""

    courier: Courier[M]
    error: RelayRefused


@dataclass(frozen=True, slots=True)
class Done(Generic[M]):
    """The courier attempted a delivery. It is ready again if its connection is usable.

    ``fresh`` says that it was the first on its connection.
    """

    courier: Courier[M]
    claim: Claim
    outcome: Outcome
    fresh: bool


@dataclass(frozen=True, slots=True)
class Returned(Generic[M]):
    """The courier lost its connection before it began, and could not open another."""

    courier: Courier[M]
    claim: Claim
    error: RelayRefused


@dataclass(frozen=True, slots=True)
class Crashed(Generic[M]):
    """The courier met a bug and is gone. ``unbegun`` is what it had in hand and did not begin;
    what it did begin stays as the ledger has it."""

    courier: Courier[M]
    error: Exception
    unbegun: Claim | None


Note = Ready[M] | Refused[M] | Done[M] | Returned[M] | Crashed[M]


class _Order:
    """What a courier is told, beside a claim to carry."""


PREPARE = _Order()
DISMISS = _Order()


class Courier(threading.Thread, Generic[M]):
    """Carries messages over a connection of its own, which it closes when it is idle for long."""

    def __init__(
        self,
        transport: Transport[M],
        message_of: Callable[[Claim], M],
        report: Callable[[Note[M]], None],
    ) -> None:
        super().__init__(name="courier", daemon=True)
        self._transport = transport
        self._message_of = message_of
        self._report = report
        self._orders: SimpleQueue[Claim | _Order] = SimpleQueue()
        self._connection: Connection[M] | None = None
        self._unbegun: Claim | None = None
        self._cut = False

    def prepare(self) -> None:
        """Open a connection unless a live one is there, then report Ready or Refused."""
        self._orders.put(PREPARE)

    def take(self, claim: Claim) -> None:
        """Carry the message of a claim, then report Done, or Returned where it could not begin.

        Only after Ready, or a usable Done.
        """
        self._orders.put(claim)

    def dismiss(self) -> None:
        """Close the connection and end."""
        self._orders.put(DISMISS)

    def abort(self) -> None:
        """Come to an end with the message in hand, from another thread: begin none, cut off one."""
        self._cut = True
        if (connection := self._connection) is not None:
            connection.abort()

    def run(self) -> None:
        """Obey orders until dismissed."""
        try:
            while (order := self._next()) is not DISMISS:
                if isinstance(order, Claim):
                    self._carry(order)
                else:
                    self._make_ready()
        except Exception as error:  # noqa: BLE001  the writer raises it: a thread can't
            self._report(Crashed(self, error, self._unbegun))
        finally:
            self._hang_up()

    def _next(self) -> Claim | _Order:
        try:
            return self._orders.get(timeout=IDLE_S)
        except Empty:
            self._hang_up()
            return self._orders.get()

    def _make_ready(self) -> None:
        try:
            self._connect()
        except RelayRefused as error:
            self._report(Refused(self, error))
        else:
            self._report(Ready(self))

    def _carry(self, claim: Claim) -> None:
        self._unbegun = claim
        try:
            message = self._message_of(claim)
        except Unsendable as error:
            self._unbegun = None
            rejected = Outcome(verdict=Verdict.REJECTED, reply=str(error))
            self._report(Done(self, claim, rejected, fresh=False))
            return
        try:
            connection = self._connect()  # it may have been closed since: nothing has left yet
            if self._cut:
                raise RelayRefused("stopped before it was sent", temporary=True)
        except RelayRefused as error:
            self._unbegun = None
            self._report(Returned(self, claim, error))
            return
        self._unbegun = None
        fresh = connection.fresh
        outcome = connection.send(message)
        if not outcome.usable:
            self._hang_up()
        self._report(Done(self, claim, outcome, fresh=fresh))

    def _connect(self) -> Connection[M]:
        """The connection, if it is alive still, or a new one. Raises RelayRefused."""
        if self._connection is not None and not self._connection.alive():
            self._hang_up()
        if self._connection is None:
            self._connection = self._transport.connect()
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


@dataclass(kw_only=True)
class Crew(Generic[M]):
    """The couriers of a run by what they are at, as far as they have said. For one thread.

    ``hire`` makes one; they are never more than were asked for at once.
    """

    hire: Callable[[], Courier[M]]
    ready: list[Courier[M]] = field(default_factory=list)
    carrying: set[Courier[M]] = field(default_factory=set)
    preparing: set[Courier[M]] = field(default_factory=set)
    _idle: list[Courier[M]] = field(default_factory=list)
    _all: list[Courier[M]] = field(default_factory=list)

    @property
    def busy(self) -> bool:
        """Whether one of them is going to report."""
        return bool(self.carrying or self.preparing)

    @property
    def count(self) -> int:
        """How many have, or may be given, a connection."""
        return len(self.carrying) + len(self.preparing) + len(self.ready)

    def prepare(self, number: int) -> None:
        """Have so many more make ready."""
        for _ in range(number):
            courier = self._idle.pop() if self._idle else self._hire()
            self.preparing.add(courier)
            courier.prepare()

    def hand_out(self, claims: Sequence[Claim]) -> None:
        """Give each claim to one that is ready."""
        for claim in claims:
            courier = self.ready.pop()
            self.carrying.add(courier)
            courier.take(claim)

    def rest(self) -> None:
        """Let those that are ready go idle; they keep their connections for a while."""
        self._idle += self.ready
        self.ready.clear()

    def heard(self, note: Note[M]) -> None:
        """Take down what a courier is at now, by what it said."""
        self.preparing.discard(note.courier)
        self.carrying.discard(note.courier)
        if isinstance(note, Ready) or (isinstance(note, Done) and note.outcome.usable):
            self.ready.append(note.courier)
        elif not isinstance(note, Crashed):
            self._idle.append(note.courier)

    def abort(self) -> None:
        """Cut off what is being carried."""
        for courier in self.carrying:
            courier.abort()

    def dismiss(self, patience_s: float, monotonic: Callable[[], float]) -> None:
        """End all of them, and wait that long for it; one that hangs ends with the process."""
        for courier in self._all:
            courier.dismiss()
        end_s = monotonic() + patience_s
        for courier in self._all:
            courier.join(max(0.0, end_s - monotonic()))
        for group in (self.ready, self.carrying, self.preparing, self._idle, self._all):
            group.clear()

    def _hire(self) -> Courier[M]:
        courier = self.hire()
        courier.start()
        self._all.append(courier)
        return courier
