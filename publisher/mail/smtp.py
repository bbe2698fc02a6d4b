"""SMTP: a conversation with a relay that carries one message at a time.

    envelope: [RSET] MAIL RCPT DATA   in one write where the server offers PIPELINING (RFC 2920)
        │ 354
    message, final dot                in one write, from the segments as they are
        │ reply
    outcome

Until the kernel has the last byte of the final dot a lost connection is DEFERRED, after that
UNKNOWN. What the server said before it went is read first.
"""

from __future__ import annotations

import contextlib
import re
import ssl
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

from publisher.domain.delivery import Outcome, Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.envelope import Commands, commands
from publisher.mail.features import Features
from publisher.mail.login import Login
from publisher.mail.message import Message
from publisher.mail.replies import Lost, Stage, verdict
from publisher.mail.session import Opening
from publisher.mail.stuffing import Stuffed, stuffed
from publisher.mail.target import SmtpTarget
from publisher.mail.wire import Wire

PARTING_S = 1.0

_HELLO = re.compile(r"[A-Za-z0-9.-]+|\[[0-9A-Za-z.:]+\]")
_RSET = (Stage.RSET, b"RSET\r\n")


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
        self._given_context = tls_context
        self._clock = clock

    def connect(self) -> SmtpConnection:
        """A connection that is ready for messages, or RelayRefused."""
        opening = Opening(
            target=self._target, login=self._login(), hello=self._hello, timeout_s=self._timeout_s,
            tls_context=lambda: self._tls_context, clock=self._clock,
        )  # fmt: skip
        wire, features = opening.open()
        return SmtpConnection(
            wire, features, timeout_s=self._timeout_s, dot_timeout_s=self._dot_timeout_s,
            messages=self._messages,
        )  # fmt: skip

    def _login(self) -> Login | None:
        if self._target.user is None:
            return None
        if not self._password:
            why = "a login needs a password; set PUBLISHER_SMTP_PASSWORD"
            raise RelayRefused(f"{self._target}: {why}", temporary=False)
        return Login(user=self._target.user, password=self._password)

    @cached_property
    def _tls_context(self) -> ssl.SSLContext:
        return self._given_context or ssl.create_default_context()


class SmtpConnection:
    """An open connection, owned by one thread; ``abort`` alone may come from another.

    ``fresh`` is True until the server has judged a message on it; a 421 is no judgement.
    """

    def __init__(
        self, wire: Wire, features: Features, *, timeout_s: float, dot_timeout_s: float,
        messages: int,
    ) -> None:  # fmt: skip
        self.fresh = True
        self._wire = wire
        self._features = features
        self._timeout_s = timeout_s
        self._dot_timeout_s = dot_timeout_s
        self._left = messages
        self._open = True
        self._reset_due = False

    def send(self, message: Message) -> Outcome:
        """Carry one message; see ``Verdict`` for what can come of it.

        Never raises for what a server or a network can do. ValueError for a message whose lines
        do not end in CRLF, RuntimeError on a connection that a former outcome called unusable.
        """
        if not self._open:
            raise RuntimeError("this connection is used up; open another")
        body = stuffed(message.segments)
        envelope = commands(
            message.sender, message.recipient, size=body.size, is_ascii=body.ascii,
            features=self._features,
        )  # fmt: skip
        if isinstance(envelope, Outcome):
            return envelope
        return self._after(self._offer(envelope) or self._hand_over(body))

    def _after(self, outcome: Outcome) -> Outcome:
        """Note what an outcome does to the connection, and close it when it is of no more use."""
        self._left -= 1
        self.fresh = self.fresh and outcome.busy
        if not outcome.usable:
            self._drop()
        elif not self._left or self._wire.talkative:
            outcome = replace(outcome, usable=False)
        return outcome

    # The envelope.

    def _offer(self, envelope: Commands) -> Outcome | None:
        """Say whom the message is from and to. None: the server waits for it."""
        steps = [_RSET, *envelope] if self._reset_due else envelope
        groups = [steps] if self._features.pipelining else [[step] for step in steps]
        self._reset_due = False
        for group in groups:
            if refusal := self._say(group):
                self._reset_due = refusal.usable
                return refusal
        return None

    def _say(self, group: Commands) -> Outcome | None:
        """Write the commands in one piece and read every reply. The first refusal decides.

        A server that refuses the recipient may open DATA all the same, when it was asked in the
        same breath: a lone dot then ends a message to nobody (RFC 2920 section 3.1).
        """
        refusal: Outcome | None = None
        stage = group[0][0]
        try:
            self._wire.write([command for _, command in group], self._timeout_s)
            for stage, _ in group:
                outcome = self._heard(stage, self._timeout_s)
                if not outcome.usable:
                    return replace(refusal or outcome, usable=False, busy=outcome.busy)
                if outcome.verdict is not Verdict.ACCEPTED:
                    refusal = refusal or outcome
                elif refusal and stage is Stage.DATA:
                    self._wire.write([b".\r\n"], self._timeout_s)
                    self._wire.reply(self._timeout_s)
        except Lost as lost:
            return replace(refusal or self._last_words(stage, lost), usable=False)
        return refusal

    def _heard(self, stage: Stage, limit_s: float) -> Outcome:
        reply = self._wire.reply(limit_s)
        return verdict(stage, reply.code, reply.text)

    # The message.

    def _hand_over(self, body: Stuffed) -> Outcome:
        """Write the message and its final dot, and read what the server makes of it."""
        if not self._wire.quiet():
            return self._last_words(Stage.DOT, Lost("the server spoke or left out of turn"))
        try:
            self._wire.write(body.segments, self._timeout_s)
        except Lost as lost:
            return self._last_words(Stage.DOT, lost)
        try:
            return self._heard(Stage.DOT, self._dot_timeout_s)
        except Lost as lost:
            why = f"{lost}, after the whole message was sent"
            return Outcome(verdict=Verdict.UNKNOWN, reply=why, usable=False)

    def _last_words(self, stage: Stage, lost: Lost) -> Outcome:
        """The outcome of a connection that ended before the last byte left: never an acceptance.

        A refusal that the server left in the socket tells more than the loss.
        """
        with contextlib.suppress(Lost):
            outcome = self._heard(stage, 0)
            if outcome.verdict not in (Verdict.ACCEPTED, Verdict.UNKNOWN):
                return replace(outcome, usable=False)
        return Outcome(verdict=Verdict.DEFERRED, reply=f"{lost} at {stage}", usable=False)

    # The connection.

    def alive(self) -> bool:
        """Whether it can take a message, as far as a look at the socket tells; nothing is sent."""
        return self._open and self._wire.quiet()

    def abort(self) -> None:
        """Cut the connection, so that a ``send`` under way in another thread ends at once."""
        self._wire.cut()

    def close(self) -> None:
        """Say QUIT and wait a second for the answer at most. May be called twice."""
        if self._open:
            with contextlib.suppress(Lost):
                self._wire.write([b"QUIT\r\n"], PARTING_S)
                self._wire.reply(PARTING_S)
        self._drop()

    def _drop(self) -> None:
        self._open = False
        self._wire.close()
