"""SMTP: a relay, and how to get a connection to it.

What all connections to one relay share is here: who it is and who we are, the sessions of TLS,
and what they have learnt of its PIPELINING.
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable

from publisher.domain.errors import RelayRefused
from publisher.mail.connection import SmtpConnection
from publisher.mail.login import Login
from publisher.mail.pipelining import Pipelining
from publisher.mail.session import Opening
from publisher.mail.target import SmtpTarget
from publisher.mail.tls import Handshakes

_HELLO = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Za-z.:]+\]")


class SmtpTransport:
    """A mail relay. ``connect`` may be called from many threads.

    ``hello`` is the name we give at EHLO (ValueError when it can't be one). ``timeout_s`` limits
    each wait but the one for the reply to a message, where ``dot_timeout_s`` holds: giving up
    there leaves a delivery unknown, so it is the ten minutes of RFC 5321 section 4.5.3.2.
    A connection carries ``messages_per_connection`` messages at most. ``tls_context`` has to
    verify; the default trusts the system's authorities.
    """

    repeatable = False

    def __init__(
        self,
        target: SmtpTarget,
        *,
        password: str | None,
        hello: str,
        timeout_s: float = 30.0,
        dot_timeout_s: float = 600.0,
        messages_per_connection: int = 500,
        tls_context: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not _HELLO.fullmatch(hello):
            raise ValueError(f"{hello!r} can't be said at EHLO: a host name is needed")
        self._target = target
        self._password = password
        self._hello = hello
        self._timeout_s = timeout_s
        self._dot_timeout_s = dot_timeout_s
        self._messages = messages_per_connection
        self._clock = clock
        self._handshakes = Handshakes(target.host, tls_context)
        self._pipelining = Pipelining()

    def connect(self) -> SmtpConnection:
        """A connection that is ready for messages, or RelayRefused."""
        opening = Opening(
            target=self._target, login=self._login(), hello=self._hello, timeout_s=self._timeout_s,
            handshakes=self._handshakes, clock=self._clock,
        )  # fmt: skip
        wire, features = opening.open()
        return SmtpConnection(
            wire, features, self._pipelining, timeout_s=self._timeout_s,
            dot_timeout_s=self._dot_timeout_s, messages=self._messages,
        )  # fmt: skip

    def _login(self) -> Login | None:
        if self._target.user is None:
            return None
        if not self._password:
            why = "a login needs a password; set PUBLISHER_SMTP_PASSWORD"
            raise RelayRefused(f"{self._target}: {why}", temporary=False)
        return Login(user=self._target.user, password=self._password)
