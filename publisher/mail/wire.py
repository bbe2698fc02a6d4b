"""A socket to a mail server: whole replies in, bytes out, and a limit on every wait.

It knows nothing of what is said. Writing ends when the kernel has taken the last byte, and when it
has not, it raises and says how many were taken: that is the line between *deferred* and *unknown*.
The socket never blocks, and who waits for it is not told here (see ``talk``).
"""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
from collections.abc import Callable

from publisher.mail.replies import Garbled, Lost, Reply, Unsent, take, take_go_ahead
from publisher.mail.talk import Talk

READ_BYTES = 16_384  # as long as a record of TLS: nothing stays in it when the socket is polled

_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """One connection. One thread talks over it; ``cut`` alone may come from another."""

    def __init__(self, sock: socket.socket, clock: Callable[[], float]) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._descriptor = sock.fileno()
        self._clock = clock
        self._heard = bytearray()
        self._cut = False

    # Out.

    def write(self, data: bytes, limit_s: float) -> Talk[None]:
        """Return when the kernel has taken the last byte. Unsent: it has not, for certain.

        ``limit_s`` is how long the other side may take nothing at all.
        """
        rest: bytes | memoryview = data
        try:
            while True:
                try:
                    # A record of TLS is whole or worthless to the server: what raises is not taken.
                    sent = self._sock.send(rest)
                except _NOT_NOW as blocked:
                    if not (yield self._descriptor, _wanted(blocked, select.POLLOUT), limit_s):
                        raise TimeoutError from None
                else:
                    if sent == len(rest):
                        return
                    rest = memoryview(rest)[sent:]
        except OSError as error:
            why = _said(error, f"nothing was taken for {limit_s:g} s")
            raise Unsent(why, len(data) - len(rest)) from error

    # In.

    def reply(self, limit_s: float) -> Talk[Reply]:
        """The next whole reply, at most ``limit_s`` from now; with 0 only what is there already.

        Lost when there is none, Garbled when it is none.
        """
        if reply := take(self._heard):
            return reply
        end, wanted = self._clock() + limit_s, select.POLLIN
        while True:
            if not (yield self._descriptor, wanted, max(0.0, end - self._clock())):
                raise Lost(f"no answer within {limit_s:g} s{self._half_heard()}")
            wanted = self._listen()
            if reply := take(self._heard):
                return reply

    def _listen(self) -> int:
        """Take in what has come; what to wait for next. Lost when nothing more ever will."""
        try:
            data = self._sock.recv(READ_BYTES)
        except _NOT_NOW as blocked:
            return _wanted(blocked, select.POLLIN)
        except OSError as error:
            raise Lost(_said(error) + self._half_heard()) from error
        if not data:
            who = "we" if self._cut else "the server"
            raise Lost(f"{who} closed the connection{self._half_heard()}")
        self._heard += data
        return select.POLLIN

    def go_ahead(self) -> bool:
        """Take the answers to an envelope, if they have come and are all good; else leave them."""
        return take_go_ahead(self._heard)

    def _half_heard(self) -> str:
        if not self._heard:
            return ""
        start = bytes(self._heard[:200]).decode("utf-8", "backslashreplace")
        return f" in the middle of its reply {start!r}"

    def there(self) -> bool:
        """Whether the server has not left, whatever it has said. Only looks: what is lost without
        a sign stays unseen."""
        try:
            while len(self._heard) < READ_BYTES:
                data = self._sock.recv(READ_BYTES)
                if not data:
                    return False
                self._heard += data
        except _NOT_NOW:
            return True
        except OSError:
            return False
        return True

    def quiet(self) -> bool:
        """Whether the server is there still and has said nothing that was not asked for."""
        return not self._heard and self.there() and not self._heard

    @property
    def talkative(self) -> bool:
        """Whether the server has said more than it was asked for."""
        return bool(self._heard)

    # The connection.

    def start_tls(self, wrap: Callable[[socket.socket], ssl.SSLSocket], limit_s: float) -> None:
        """Talk TLS from here on, as ``wrap`` does, which has to verify who is there.

        Raises ssl.SSLCertVerificationError when it's another, Garbled when it talks no TLS, Lost.
        """
        if self._heard:  # said in the open, to be taken as if it came under TLS (RFC 3207 4.2)
            raise Garbled("the server said something between its answer and TLS")
        try:
            self._sock.settimeout(limit_s)
            self.peer()  # of a connection that is gone wrap_socket() would leak the socket
            self._sock = wrap(self._sock)
            self._sock.setblocking(False)
        except ssl.SSLCertVerificationError:
            raise
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Lost("the server closed the connection when TLS began") from error
        except ssl.SSLError as error:
            raise Garbled(f"TLS failed: {error.reason or error}") from error
        except OSError as error:
            raise Lost(_said(error, f"no TLS within {limit_s:g} s")) from error

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a later connection to the same server may take up; None without TLS."""
        return self._sock.session if isinstance(self._sock, ssl.SSLSocket) else None

    def peer(self) -> str:
        """The other side's numeric address. Lost when it is gone."""
        try:
            return str(self._sock.getpeername()[0])
        except OSError as error:
            raise Lost(f"the connection was lost: {error.strerror}") from error

    def cut(self) -> None:
        """End the connection under whoever reads or writes; what has come can still be read."""
        self._cut = True
        with contextlib.suppress(OSError):
            # Not SSLSocket.shutdown(), which takes TLS away under the other thread.
            socket.socket.shutdown(self._sock, socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the socket back. May be called twice."""
        with contextlib.suppress(OSError):
            self._sock.close()


def _wanted(blocked: OSError, usual: int) -> int:
    """What to wait for: TLS may have to read before it can write, and the other way about."""
    if isinstance(blocked, ssl.SSLWantReadError):
        return select.POLLIN
    return select.POLLOUT if isinstance(blocked, ssl.SSLWantWriteError) else usual


def _said(error: OSError, in_time: str = "") -> str:
    if isinstance(error, TimeoutError) and in_time and error.errno is None:
        return in_time
    if isinstance(error, ssl.SSLError):
        return f"the connection was lost: {error.reason or 'TLS failed'}"
    return f"the connection was lost: {error.strerror or error}"
