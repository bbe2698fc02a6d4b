"""HTTP to others, bounded: an exchange has a deadline, and of an answer only its status is read.

The standard library bounds each read and not their sum, so that a server that sends a byte now and
then could hold a thread for ever: at the deadline the socket is shut down under it. (Looking up a
name has the bounds of the system's resolver.) TLS certificates are verified. Proxies are those of
the environment, as for most programs.
"""

from __future__ import annotations

import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from typing import IO, Any, Literal
from urllib.parse import urljoin, urlsplit

from publisher import __version__
from publisher.domain.errand import Answer

OK = 200
FOUND = 300
BAD = 400
TOO_MANY = 429
OURS_NOT = 500

#: How often a request goes on to where it is sent.
REDIRECTS = 4

Follow = Literal["anywhere", "same host"]


def status_of(
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    follow: Follow = "anywhere",
    timeout_s: float,
    trust: ssl.SSLContext | None = None,
) -> int:
    """The status that the last of at most four redirects answers; POST where there is a ``body``.

    A POST stays one, whatever the redirect: 303 ends it, as it was taken. ``follow`` says where
    redirects may lead; never from https to http. Where one leads elsewhere, its own status is the
    answer. Raises OSError, ValueError or HTTPException where nobody answers in time.
    """
    sockets = _Sockets()
    opener = urllib.request.build_opener(_Http(sockets), _Https(sockets, trust), _NoRedirect())
    head = {"User-Agent": f"publisher/{__version__}", **(headers or {})}
    with _deadline(sockets, timeout_s) as late:
        for _ in range(1 + REDIRECTS):
            request = urllib.request.Request(url, data=body, headers=head)
            try:
                status, to = _exchange(opener, request, timeout_s)
            except (OSError, HTTPException):
                _require_in_time(late)
                raise
            _require_in_time(late)  # the end of a socket that was shut looks like that of a head
            onward = _onward(url, to, status, posting=body is not None, follow=follow)
            if onward is None:
                break
            url = onward
    return status


def post(
    url: str,
    body: bytes,
    media_type: str,
    *,
    timeout_s: float,
    headers: Mapping[str, str] | None = None,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """POST something: done when the answer is 2xx, or 303. Redirects to other hosts don't count.

    The reply never repeats the URL, into which services put secrets.
    """
    try:
        status = status_of(
            url,
            body=body,
            headers={"Content-Type": media_type, **(headers or {})},
            follow="same host",
            timeout_s=timeout_s,
            trust=trust,
        )
    except (OSError, ValueError, HTTPException) as error:
        return Answer(done=False, reply=_said(error), reached=False)
    done = OK <= status < FOUND or status == 303
    led = "HTTP {}: a redirect that is not followed" if FOUND <= status < BAD else "HTTP {}"
    return Answer(
        done=done,
        reply=("HTTP {}" if done else led).format(status),
        reached=status < OURS_NOT and status != TOO_MANY,
    )


def _require_in_time(late: threading.Event) -> None:
    if late.is_set():
        raise TimeoutError("timed out")


def _exchange(
    opener: urllib.request.OpenerDirector, request: urllib.request.Request, timeout_s: float
) -> tuple[int, str | None]:
    """Status and Location of one answer. Its body is left alone."""
    try:
        answer = opener.open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return int(answer.status), answer.headers.get("Location")


def _onward(url: str, to: str | None, status: int, *, posting: bool, follow: Follow) -> str | None:
    """Where a request goes on, if it does."""
    if to is None or status not in (301, 302, 303, 307, 308) or (posting and status == 303):
        return None
    new = urljoin(url, to)
    old_parts, parts = urlsplit(url), urlsplit(new)
    safe = parts.scheme == "https" or (parts.scheme, old_parts.scheme) == ("http", "http")
    here = parts.hostname == old_parts.hostname
    return new if safe and (here or follow == "anywhere") else None


def _said(error: Exception) -> str:
    """What went wrong, in a phrase without the URL."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, TimeoutError):
        return "no answer in time"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {cause.verify_message}"
    if isinstance(cause, OSError) and cause.strerror:
        return f"can't be reached: {cause.strerror.lower()}"
    return f"no answer that is HTTP ({type(cause).__name__})"


class _Sockets:
    """The socket that is in use, to be shut down from another thread."""

    def __init__(self) -> None:
        self._now: socket.socket | None = None
        self._over = False

    def use(self, one: socket.socket) -> None:
        self._now = one
        if self._over:
            self.shut()

    def shut(self) -> None:
        self._over = True
        if self._now is not None:
            with suppress(OSError):
                # Not SSLSocket's own, which takes its state away under the thread that reads.
                socket.socket.shutdown(self._now, socket.SHUT_RDWR)


@contextmanager
def _deadline(sockets: _Sockets, timeout_s: float) -> Iterator[threading.Event]:
    """Shut the sockets when the time is over; the event tells whether it was."""
    late = threading.Event()

    def end() -> None:
        late.set()
        sockets.shut()

    timer = threading.Timer(timeout_s, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


class _Watched(HTTPConnection):
    """A connection that says which socket it uses, from before its TLS handshake on."""

    sockets: _Sockets

    def connect(self) -> None:
        create = socket.create_connection

        def connected(*args: Any, **kwargs: Any) -> socket.socket:
            made = create(*args, **kwargs)
            self.sockets.use(made)
            return made

        self._create_connection = connected
        super().connect()
        self.sockets.use(self.sock)


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


def _connection(kind: type[_Watched], sockets: _Sockets, *args: Any, **kwargs: Any) -> _Watched:
    made = kind(*args, **kwargs)
    made.sockets = sockets
    return made


class _Http(urllib.request.HTTPHandler):
    def __init__(self, sockets: _Sockets) -> None:
        super().__init__()
        self._sockets = sockets

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_connection, _Watched, self._sockets), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, sockets: _Sockets, trust: ssl.SSLContext | None) -> None:
        super().__init__(context=trust)
        self._sockets = sockets
        self._trust = trust

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        made = partial(_connection, _WatchedTls, self._sockets)
        return self.do_open(made, req, context=self._trust)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Leaves redirects to us: the library's turns a POST into a GET, and reads bodies whole."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        return None
