"""Opening a conversation with a relay: connect, greeting, EHLO, STARTTLS, login.

Whatever fails here concerns the relay and nobody's message: it raises RelayRefused, temporary
where another try may do.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from publisher.domain.delivery import Verdict
from publisher.domain.errors import RelayRefused
from publisher.mail.features import Features, parse_features
from publisher.mail.login import Login
from publisher.mail.replies import Garbled, Lost, Reply, Stage, verdict
from publisher.mail.talk import through
from publisher.mail.target import SmtpTarget, Tls, is_loopback
from publisher.mail.tls import Handshakes
from publisher.mail.wire import Wire


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What it takes to open a conversation. ``handshakes`` are with the target's host."""

    target: SmtpTarget
    login: Login | None
    hello: str
    timeout_s: float
    handshakes: Handshakes
    clock: Callable[[], float]

    def open(self) -> tuple[Wire, Features]:
        """A server that has greeted us, is who it should be, and knows us. Or RelayRefused."""
        with self._refusals():
            wire = Wire(self._dial(), self.clock)
            try:
                features = self._greet(wire)
            except BaseException:
                wire.close()
                raise
            if (session := wire.session) is not None:
                self.handshakes.keep(session)
            return wire, features

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            why = error.verify_message.rstrip(".")
            raise self._refused(f"its certificate can't be trusted: {why}") from error
        except Garbled as error:
            raise self._refused(str(error)) from error
        except Lost as error:
            raise self._refused(str(error), temporary=True) from error

    def _refused(self, why: str, *, temporary: bool = False) -> RelayRefused:
        return RelayRefused(f"{self.target}: {why}", temporary=temporary)

    def _dial(self) -> socket.socket:
        place = (self.target.host, self.target.port)
        try:
            sock = socket.create_connection(place, timeout=self.timeout_s)
        except socket.gaierror as error:
            why = f"the host was not found ({error.strerror})"
        except TimeoutError:
            why = f"no connection within {self.timeout_s:g} s"
        except OSError as error:
            why = f"no connection: {error.strerror or error}"
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # we write in whole groups
            return sock
        raise self._refused(why, temporary=True)

    def _greet(self, wire: Wire) -> Features:
        tls = self.target.tls
        if tls is Tls.IMPLICIT:
            self._protect(wire)
        elif tls is Tls.NONE and not is_loopback(wire.peer()):
            raise self._refused("tls=none is for loopback only, and this is another machine")
        self._judge(Stage.GREETING, through(wire.reply(self.timeout_s)))
        features = self._ehlo(wire)
        if tls is Tls.STARTTLS:
            features = self._starttls(wire, features)
        if self.login is not None:
            self._log_in(wire, features, self.login)
        return features

    def _protect(self, wire: Wire) -> None:
        wire.start_tls(self.handshakes.wrap, self.timeout_s)

    def _ehlo(self, wire: Wire) -> Features:
        return parse_features(self._ask(wire, Stage.EHLO, f"EHLO {self.hello}").lines)

    def _starttls(self, wire: Wire, features: Features) -> Features:
        if not features.starttls:
            raise self._refused(
                "the server offers no STARTTLS; use smtps:// if it talks TLS at once "
                "(?tls=none is for loopback only)"
            )
        self._ask(wire, Stage.STARTTLS, "STARTTLS")
        self._protect(wire)
        return self._ehlo(wire)  # what was offered in the open counts no more (RFC 3207 4.2)

    def _log_in(self, wire: Wire, features: Features, login: Login) -> None:
        lines = login.lines(features.logins)
        if not lines:
            offered = " ".join(sorted(features.logins)) or "none"
            raise self._refused(f"a login by PLAIN or LOGIN is needed; the server offers {offered}")
        try:
            for prompted in lines[:-1]:
                self._prompted(wire, prompted, login)
            self._judge(Stage.AUTH, login.hide(self._say(wire, lines[-1])))
        except Lost as lost:  # it may hold what the server echoed
            raise type(lost)(login.without_secrets(str(lost)) or "the login failed") from None

    def _prompted(self, wire: Wire, line: bytes, login: Login) -> None:
        """Say a line that the server has to answer by asking for the next."""
        reply = self._say(wire, line)
        if reply.code != 334:
            self._judge(Stage.AUTH, login.hide(reply))
            raise Garbled("the server ended the login before it was told all")

    def _ask(self, wire: Wire, stage: Stage, line: str) -> Reply:
        reply = self._say(wire, line.encode())
        self._judge(stage, reply)
        return reply

    def _say(self, wire: Wire, line: bytes) -> Reply:
        through(wire.write(line + b"\r\n", self.timeout_s))
        return through(wire.reply(self.timeout_s))

    def _judge(self, stage: Stage, reply: Reply) -> None:
        outcome = verdict(stage, reply.code, reply.text)
        if outcome.verdict is Verdict.ACCEPTED:
            return
        what = "login refused" if stage is Stage.AUTH else f"refused at {stage}"
        raise self._refused(
            f"{what}: {outcome.reply}", temporary=outcome.verdict is Verdict.DEFERRED
        )
