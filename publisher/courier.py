"""A courier: a thread that owns one connection and carries one message at a time.

    prepare(a) ─▶ connects, makes a's message ─▶ Ready        nothing of it has left
    carry(b)   ─▶ a's message, and b's envelope with its final dot ─▶ Done(a), and it holds b
    carry(c)   ─▶ b's message, …

It decides nothing and writes nothing down. What it holds is still in line: only when it is told to
carry has the ledger begun it. A relay that can't be reached therefore costs no delivery an attempt.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
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

    def send(self, message: M, following: M | None = None) -> Outcome:
        """Carry one message. Never raises for what a server, a network or a disk can do.

        The envelope of ``following`` may leave with it: then the next call is to send that, or
        ``forget``, unless the outcome calls the connection unusable.
        """

    def forget(self) -> None:
        """What was said to follow will not; nothing of it is a message."""

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
    """The courier has an open connection and holds the message that it was to make."""

    courier: Courier[M]


@dataclass(frozen=True, slots=True)
class Refused(Generic[M]):
    """The courier could not open a connection, and holds nothing."""

    courier: Courier[M]
    error: RelayRefused


@dataclass(slots=True)  # not frozen: one a message, and freezing costs more than the rest of it
class Done(Generic[M]):
    """The courier attempted a delivery. ``fresh`` says that it was the first on its connection.

    ``holds`` says that it holds the one that was to follow, and can carry it at once.
    """

    courier: Courier[M]
    claim: Claim
    outcome: Outcome
    fresh: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Returned(Generic[M]):
    """The courier lost its connection before it sent, and could not open another."""

    courier: Courier[M]
    claim: Claim
    error: RelayRefused


@dataclass(frozen=True, slots=True)
class Crashed(Generic[M]):
    """The courier met a bug and is gone. ``unsent`` was begun, and nothing of it has left; what
    else it had begun stays as the ledger has it."""

    courier: Courier[M]
    error: Exception
    unsent: Claim | None


Note = Ready[M] | Refused[M] | Done[M] | Returned[M] | Crashed[M]


@dataclass(slots=True)
class _Held(Generic[M]):
    """A delivery and its message, or why there can't be one."""

    claim: Claim
    message: M | None
    fault: Unsendable | None = None


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
        self._orders: SimpleQueue[tuple[Callable[[Claim | None], None], Claim | None] | None] = (
            SimpleQueue()
        )
        self._connection: Connection[M] | None = None
        self._held: _Held[M] | None = None
        self._offered = False
        self._unsent: Claim | None = None
        self._cut = False

    def prepare(self, claim: Claim) -> None:
        """Make its message and have a connection open, in place of what it holds; then report
        Ready or Refused."""
        self._orders.put((self._prepare, claim))

    def carry(self, following: Claim | None) -> None:
        """Send what it holds, which is begun, and hold ``following``; then report Done or Returned.

        Only after Ready, or a Done that holds.
        """
        self._orders.put((self._carry, following))

    def rest(self) -> None:
        """Hold nothing; the connection stays open for a while."""
        self._orders.put((self._rest, None))

    def dismiss(self) -> None:
        """Close the connection and end."""
        self._orders.put(None)

    def abort(self) -> None:
        """Come to an end with the message in hand, from another thread: begin none, cut off one."""
        self._cut = True
        if (connection := self._connection) is not None:
            connection.abort()

    def run(self) -> None:
        """Obey orders until dismissed."""
        try:
            while (order := self._next()) is not None:
                do, claim = order
                do(claim)
        except Exception as error:  # noqa: BLE001  the writer raises it: a thread can't
            self._report(Crashed(self, error, self._unsent))
        finally:
            self._hang_up()

    def _next(self) -> tuple[Callable[[Claim | None], None], Claim | None] | None:
        try:
            return self._orders.get(timeout=IDLE_S)
        except Empty:
            self._hang_up()
            return self._orders.get()

    # Orders.

    def _prepare(self, claim: Claim | None) -> None:
        self._rest(None)
        self._held = self._made(claim)
        try:
            self._connect()
        except RelayRefused as error:
            self._held = None
            self._report(Refused(self, error))
        else:
            self._report(Ready(self))

    def _rest(self, _: Claim | None) -> None:
        if self._offered and self._connection is not None:
            self._connection.forget()
        self._held, self._offered = None, False

    def _carry(self, following: Claim | None) -> None:
        held = self._held
        assert held is not None, "it was told to carry and holds nothing"
        self._unsent = held.claim
        then = self._made(following)
        if held.message is None:
            self._settle_at_once(held, then)
        else:
            self._send(held.claim, held.message, then)

    def _made(self, claim: Claim | None) -> _Held[M] | None:
        if claim is None:
            return None
        try:
            return _Held(claim, self._message_of(claim))
        except Unsendable as fault:
            return _Held(claim, None, fault)

    def _settle_at_once(self, held: _Held[M], then: _Held[M] | None) -> None:
        """A message that can't be made is its recipient's fault, and nothing is said to anyone."""
        self._held, self._unsent = then, None
        rejected = Outcome(verdict=Verdict.REJECTED, reply=str(held.fault))
        self._report(Done(self, held.claim, rejected, fresh=False, holds=then is not None))

    def _send(self, claim: Claim, message: M, then: _Held[M] | None) -> None:
        try:
            connection, ahead = self._connect(), self._offered
            if self._cut:
                raise RelayRefused("stopped before it was sent", temporary=True)
            self._unsent = None
            fresh, following = connection.fresh, None if then is None else then.message
            outcome = connection.send(message, following)
            if ahead and _ended(outcome) and not self._cut:
                self._unsent = claim
                self._hang_up()
                connection, self._unsent = self._connect(), None
                fresh, outcome = connection.fresh, connection.send(message, following)
        except RelayRefused as error:
            self._held, self._unsent = None, None
            self._report(Returned(self, claim, error))
            return
        if outcome.usable:
            self._held, self._offered = then, following is not None
        else:
            self._hang_up()
            self._held = None
        self._report(Done(self, claim, outcome, fresh, self._held is not None))

    # The connection.

    def _connect(self) -> Connection[M]:
        """The connection, if it is alive still, or a new one. Raises RelayRefused.

        One with an envelope ahead is not looked at: sending shows whether it is.
        """
        if self._connection is not None and not self._offered and not self._connection.alive():
            self._hang_up()
        if self._connection is None:
            self._connection = self._transport.connect()
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._offered = None, False


def _ended(outcome: Outcome) -> bool:
    """Whether a connection had ended before it took a message, without a word: the server has none
    of it, and it is nobody's fault. With an envelope ahead that is seen only now."""
    return outcome.verdict is Verdict.DEFERRED and not (outcome.usable or outcome.busy)
