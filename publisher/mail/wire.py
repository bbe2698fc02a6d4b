"""A socket to a mail server: whole replies in, segments out, and a limit on every wait.

It knows nothing of what is said. Writing returns when the kernel has taken the last byte, and
raises when it has not: that difference is the line between *deferred* and *unknown*.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable, Sequence

from publisher.mail.replies import Garbled, Lost, Reply, take

READ_BYTES = 16_384
MOST_SEGMENTS = 1_000  # the kernel takes 1,024 at once

Chunk = bytes | memoryview

_NOT_NOW = (TimeoutError, BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class Wire:
    """One connection. One thread talks over it; ``cut`` alone may come from another."""

    def __init__(self, sock: socket.socket, clock: Callable[[], float]) -> None:
        self._sock = sock
        self._clock = clock
        self._heard = bytearray()
        self._cut = False

    def write(self, segments: Sequence[bytes], limit_s: float) -> None:
        """Return when the kernel has taken the last byte. Lost: it has not, for certain.

        ``limit_s`` is how long the other side may take nothing at all.
        """
        rest: Sequence[Chunk] = segments
        if isinstance(self._sock, ssl.SSLSocket):
            rest = [b"".join(segments)]
        try:
            self._sock.settimeout(limit_s)
            while rest := _unsent(rest, self._put(rest)):
                pass
        except OSError as error:
            raise Lost(_said(error, f"nothing was taken for {limit_s:g} s")) from error

    def _put(self, segments: Sequence[Chunk]) -> int:
        if isinstance(self._sock, ssl.SSLSocket):
            # A record is whole or worthless to the server: what raises has not been taken.
            return self._sock.send(segments[0])
        return self._sock.sendmsg(segments[:MOST_SEGMENTS])

    def reply(self, limit_s: float) -> Reply:
        """The next whole reply, at most ``limit_s`` from now; with 0 only what is there already.

        Lost when there is none, Garbled when it is none.
        """
        end = self._clock() + limit_s
        while (reply := take(self._heard)) is None:
            if not self._listen(max(0.0, end - self._clock()), limit_s):
                who = "we" if self._cut else "the server"
                raise Lost(f"{who} closed the connection{self._half_heard()}")
        return reply

    def _listen(self, patience_s: float, limit_s: float) -> bool:
        """Take in what has come; False when nothing more ever will."""
        try:
            self._sock.settimeout(patience_s)
            data = self._sock.recv(READ_BYTES)
        except OSError as error:
            why = _said(error, f"no answer within {limit_s:g} s")
            raise Lost(why + self._half_heard()) from error
        self._heard += data
        return bool(data)

    def _half_heard(self) -> str:
        if not self._heard:
            return ""
        start = bytes(self._heard[:200]).decode("utf-8", "backslashreplace")
        return f" in the middle of its reply {start!r}"

    def quiet(self) -> bool:
        """Whether the server is there still and has said nothing that was not asked for.

        Only looks: what is lost without a sign stays unseen.
        """
        if self._heard:
            return False
        try:
            self._sock.settimeout(0)
            self._heard += self._sock.recv(READ_BYTES)
        except _NOT_NOW:
            return True
        except OSError:
            return False
        return False

    def start_tls(self, context: ssl.SSLContext, host: str, limit_s: float) -> None:
        """Talk TLS from here on, to a server that proves to be ``host``.

        Raises ssl.SSLCertVerificationError when it does not, Garbled when it talks no TLS, Lost.
        """
        if self._heard:  # said in the open, to be taken as if it came under TLS (RFC 3207 4.2)
            raise Garbled("the server said something between its answer and TLS")
        try:
            self._sock.settimeout(limit_s)
            self.peer()  # of a connection that is gone wrap_socket() would leak the socket
            self._sock = context.wrap_socket(self._sock, server_hostname=host)
        except ssl.SSLCertVerificationError:
            raise
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            raise Lost("the server closed the connection when TLS began") from error
        except ssl.SSLError as error:
            raise Garbled(f"TLS failed: {error.reason or error}") from error
        except OSError as error:
            raise Lost(_said(error, f"no TLS within {limit_s:g} s")) from error

    def peer(self) -> str:
        """The other side's numeric address. Lost when it is gone."""
        try:
            return str(self._sock.getpeername()[0])
        except OSError as error:
            raise Lost(f"the connection was lost: {error.strerror}") from error

    @property
    def talkative(self) -> bool:
        """Whether the server has said more than it was asked for."""
        return bool(self._heard)

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


def _unsent(segments: Sequence[Chunk], sent: int) -> Sequence[Chunk]:
    """What is left after the kernel took ``sent`` bytes; empty segments are gone from the front."""
    for number, segment in enumerate(segments):
        view = memoryview(segment)
        if sent < len(view):
            return [view[sent:], *segments[number + 1 :]]
        sent -= len(view)
    return ()


def _said(error: OSError, in_time: str) -> str:
    if isinstance(error, _NOT_NOW):
        return in_time
    if isinstance(error, ssl.SSLError):
        return f"the connection was lost: {error.reason or 'TLS failed'}"
    return f"the connection was lost: {error.strerror or error}"
