"""A dial: a connection to a way out being opened, in a thread of its own.

Names are looked up, hands are shaken and passwords said before anything can be sent, and all that
waits. Whoever asked may give up meanwhile: what is opened after that is closed again by the thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from publisher.domain.delivery import Outcome
from publisher.domain.errors import RelayRefused
from publisher.mail.talk import Talk

M = TypeVar("M", contravariant=True)


class Connection(Protocol[M]):
    """One way out, open. Owned by one thread, but for ``abort``, which may come from another.

    ``fresh`` is True until the other side has judged a message on it.
    """

    @property
    def fresh(self) -> bool:
        """Whether nothing was judged on it yet."""

    def send(self, message: M) -> Outcome:
        """As ``carry``, and wait until it is done."""

    def carry(self, message: M, following: M | None = None) -> Talk[Outcome]:
        """Carry one message. Never raises for what a server, a network or a disk can do.

        The envelope of ``following`` may leave with it: then that is to be carried next, or to be
        forgotten, unless the outcome calls the connection unusable.
        """

    def forget(self) -> Talk[None]:
        """What was said to follow will not; nothing of it is a message."""

    def alive(self) -> bool:
        """Whether the other side seems to be there still; costs no more than a look."""

    def abort(self) -> None:
        """Cut it off, so that what is under way ends with what it knows."""

    def part(self) -> Talk[None]:
        """Close it, politely where that is quick."""

    def close(self) -> None:
        """As ``part``, and wait until it is done. May be called twice."""

    def drop(self) -> None:
        """Close it at once. May be called twice."""


class Transport(Protocol[M]):
    """A way out. ``repeatable`` says that carrying a message twice does no harm."""

    repeatable: bool

    def connect(self) -> Connection[M]:
        """Open a connection, or raise RelayRefused. It waits, and many threads may call it."""


class Dial(Generic[M]):
    """``then`` is called by its thread when ``result`` can be asked for, and never after
    ``give_up``."""

    def __init__(self, transport: Transport[M], then: Callable[[Dial[M]], None]) -> None:
        self._transport = transport
        self._then = then
        self._lock = threading.Lock()
        self._given_up = False
        self._connection: Connection[M] | None = None
        self._error: Exception = RelayRefused("stopped before it was sent", temporary=True)
        threading.Thread(target=self._open, name="dial", daemon=True).start()

    def result(self) -> Connection[M]:
        """The connection, or raise why there is none: RelayRefused, or a bug."""
        if self._connection is None:
            raise self._error
        return self._connection

    def give_up(self) -> None:
        """Nobody is going to ask any more."""
        with self._lock:
            self._given_up = True
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.drop()

    def _open(self) -> None:
        connection, error = None, None
        try:
            connection = self._transport.connect()
        except Exception as caught:  # noqa: BLE001  raised by whoever asks for the result
            error = caught
        with self._lock:
            given_up = self._given_up
            if not given_up:
                self._connection, self._error = connection, error or self._error
                self._then(self)
        if given_up and connection is not None:
            connection.close()
