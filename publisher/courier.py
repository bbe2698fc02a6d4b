"""A courier: has one connection, and carries one message at a time over it.

    prepare(a) ─▶ connects, makes a's message ─▶ Ready        nothing of it has left
    carry(b)   ─▶ a's message, and b's envelope with its final dot ─▶ Done(a), and it holds b
    carry(c)   ─▶ b's message, …

It decides nothing and writes nothing down. What it holds is still in line: only when it is told to
carry has the ledger begun it. A relay that can't be reached therefore costs no delivery an attempt.
All it does is one talk, which waits for orders, for the server, or for a connection to be opened.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from publisher.carrier import FOREVER_S, NOTHING, Carrier
from publisher.dial import Connection, Dial, Transport
from publisher.domain.delivery import Claim, Outcome, Verdict
from publisher.domain.errors import RelayRefused, Unsendable
from publisher.mail.talk import Talk

IDLE_S = 10.0

M = TypeVar("M", contravariant=True)


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


#: What is to be done, and with which delivery. None: to end.
_Order = tuple[Callable[[Claim | None], Talk[None]], Claim | None] | None


class Courier(Generic[M]):
    """Carries messages over a connection of its own, which it closes when it is idle for long.

    For the thread that carries. ``message_of`` may raise Unsendable.
    """

    def __init__(
        self,
        transport: Transport[M],
        message_of: Callable[[Claim], M],
        carrier: Carrier[Note[M] | None],
    ) -> None:
        self._transport = transport
        self._message_of = message_of
        self._carrier = carrier
        self._orders: deque[_Order] = deque()
        self._connection: Connection[M] | None = None
        self._dial: Dial[M] | None = None
        self._held: _Held[M] | None = None
        self._offered = False
        self._unsent: Claim | None = None
        self._cut = False
        self._idle = False
        self._task = carrier.start(self._obey())

    def prepare(self, claim: Claim) -> None:
        """Make its message and have a connection open, in place of what it holds; then report
        Ready or Refused."""
        self._told((self._prepare, claim))

    def carry(self, following: Claim | None) -> None:
        """Send what it holds, which is begun, and hold ``following``; then report Done or Returned.

        Only after Ready, or a Done that holds.
        """
        self._told((self._carry, following))

    def rest(self) -> None:
        """Hold nothing; the connection stays open for a while."""
        self._told((self._rest, None))

    def dismiss(self) -> None:
        """Close the connection and end."""
        self._told(None)
        self._stop_dialling()

    def abort(self) -> None:
        """Come to an end with the message in hand: begin none, cut off one."""
        self._cut = True
        if self._connection is not None:
            self._connection.abort()
        self._stop_dialling()

    # Its talk.

    def _obey(self) -> Talk[None]:
        """Obey orders until dismissed."""
        try:
            while (order := (yield from self._next())) is not None:
                do, claim = order
                yield from do(claim)
            self._hang_up()
        except Exception as error:  # noqa: BLE001  the writer raises it when it hears of it
            self._carrier.report(Crashed(self, error, self._unsent))
        finally:
            if self._connection is not None:
                self._connection.drop()
            if self._dial is not None:
                self._dial.give_up()

    def _told(self, order: _Order) -> None:
        self._orders.append(order)
        if self._idle:
            self._carrier.resume(self._task)

    def _next(self) -> Talk[_Order]:
        limit_s = IDLE_S
        while not self._orders:
            self._idle = True
            called = yield NOTHING, 0, limit_s
            self._idle = False
            if not called:
                self._hang_up()
                limit_s = FOREVER_S
        return self._orders.popleft()

    # Orders.

    def _prepare(self, claim: Claim | None) -> Talk[None]:
        yield from self._rest(None)
        self._held = self._made(claim)
        try:
            if self._usable() is None:
                yield from self._connect()
        except RelayRefused as error:
            self._held = None
            self._carrier.report(Refused(self, error))
        else:
            self._carrier.report(Ready(self))

    def _rest(self, _: Claim | None) -> Talk[None]:
        if self._offered and self._connection is not None:
            yield from self._connection.forget()
        self._held, self._offered = None, False

    def _carry(self, following: Claim | None) -> Talk[None]:
        held = self._held
        assert held is not None, "it was told to carry and holds nothing"
        self._unsent = held.claim
        then = self._made(following)
        if held.message is None:
            self._settle_at_once(held, then)
        else:
            yield from self._send(held.claim, held.message, then)

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
        self._carrier.report(Done(self, held.claim, rejected, fresh=False, holds=then is not None))

    def _send(self, claim: Claim, message: M, then: _Held[M] | None) -> Talk[None]:
        following, ahead = None if then is None else then.message, self._offered
        try:
            fresh, outcome = yield from self._attempt(message, following)
            if ahead and _ended(outcome) and not self._cut:
                self._unsent = claim
                self._hang_up()
                fresh, outcome = yield from self._attempt(message, following)
        except RelayRefused as error:
            self._held, self._unsent = None, None
            self._carrier.report(Returned(self, claim, error))
            return
        if outcome.usable:
            self._held, self._offered = then, following is not None
        else:
            self._hang_up()
            self._held = None
        self._carrier.report(Done(self, claim, outcome, fresh, self._held is not None))

    def _attempt(self, message: M, following: M | None) -> Talk[tuple[bool, Outcome]]:
        """Whether it was the first on its connection, and what came of it. Raises RelayRefused."""
        connection = self._usable() or (yield from self._connect())
        if self._cut:
            raise RelayRefused("stopped before it was sent", temporary=True)
        self._unsent = None
        fresh = connection.fresh
        return fresh, (yield from connection.carry(message, following))

    # The connection.

    def _usable(self) -> Connection[M] | None:
        """The connection, if it is alive still, as far as a look at it tells.

        One with an envelope ahead is not looked at: sending shows whether it is.
        """
        if self._connection is not None and not self._offered and not self._connection.alive():
            self._hang_up()
        return self._connection

    def _connect(self) -> Talk[Connection[M]]:
        """Open a connection. Raises RelayRefused."""
        dial = self._dial = Dial(
            self._transport, lambda dial: self._carrier.call(lambda: self._connected(dial))
        )
        yield NOTHING, 0, FOREVER_S
        self._dial = None
        self._connection = dial.result()
        return self._connection

    def _connected(self, dial: Dial[M]) -> None:
        if dial is self._dial:  # else it was given up, and that was told
            self._carrier.resume(self._task)

    def _stop_dialling(self) -> None:
        if self._dial is not None:
            self._dial.give_up()
            self._carrier.resume(self._task)

    def _hang_up(self) -> None:
        if self._connection is not None:
            self._carrier.start(self._connection.part())
        self._connection, self._offered = None, False


def _ended(outcome: Outcome) -> bool:
    """Whether a connection had ended before it took a message, without a word: the server has none
    of it, and it is nobody's fault. With an envelope ahead that is seen only now."""
    return outcome.verdict is Verdict.DEFERRED and not (outcome.usable or outcome.busy)
