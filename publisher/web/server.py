"""The web server of the daemon: uvicorn in a thread of its own, on a socket that we opened.

Opening it here says at once, and in one line, why it can't be had, and tells the port when any
free one was asked for. Signals stay with the daemon.
"""

from __future__ import annotations

import errno
import socket
import threading
import time

import uvicorn
from starlette.types import ASGIApp

from publisher.domain.errors import PublisherError
from publisher.web.guard import GuardedProtocol, Stalls

#: How long to wait for the thread to begin to answer, and for answers in flight when it ends.
START_S = 10.0
DRAIN_S = 2

#: Requests at once beyond which new ones get 503: the daemon keeps its descriptors for its work.
CONCURRENT = 400

#: Connections at once beyond which none is kept for another request.
CROWDED = CONCURRENT // 4

#: How long a client may take for the head of a request, or stop taking its answer.
STALL_S = 10.0

_REASONS = {
    errno.EADDRINUSE: "another program listens there already: stop it, or change web.listen",
    errno.EACCES: "not allowed; ports below 1024 belong to root: choose a higher one in web.listen",
    errno.EADDRNOTAVAIL: "this machine has no such address: change web.listen",
}


class ListenRefused(PublisherError):
    """The address of ``web.listen`` can't be listened on."""


class Server:
    """Serves an application from ``start`` to ``stop``, in a thread. Use it once."""

    def __init__(self, app: ASGIApp, host: str, port: int, *, stall_s: float = STALL_S) -> None:
        self._host = host
        self._port = port
        self._uvicorn = _Uvicorn(_config(app), stall_s)
        self._thread: threading.Thread | None = None

    def start(self) -> int:
        """Begin to answer; returns the port, which is new where 0 was asked for.

        Raises ListenRefused.
        """
        listener = _listener(self._host, self._port)
        port: int = listener.getsockname()[1]
        thread = threading.Thread(
            target=self._uvicorn.run, kwargs={"sockets": [listener]}, name="web", daemon=True
        )
        thread.start()
        self._thread = thread
        if not self._uvicorn.ready.wait(START_S):
            raise ListenRefused(f"{_shown(self._host, port)}: the web server did not begin")
        return port

    def stop(self) -> None:
        """Take no more requests, finish those in flight within seconds, and end the thread."""
        self._uvicorn.should_exit = True
        if self._thread is None:
            return
        self._thread.join(DRAIN_S + 1)
        if self._thread.is_alive():
            self._uvicorn.force_exit = True
            self._thread.join(DRAIN_S + 1)

    def crowded(self) -> bool:
        """Whether connections are so many that none should be kept."""
        return len(self._uvicorn.server_state.connections) > CROWDED

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()


class _Uvicorn(uvicorn.Server):
    """Says when it answers, and ends connections that stand still."""

    def __init__(self, config: uvicorn.Config, stall_s: float) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stalls = Stalls(stall_s)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # a second
            self._stalls.sweep(self.server_state.connections, time.monotonic())
        return await super().on_tick(counter)


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="uvloop",
        http=GuardedProtocol,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="warning",
        access_log=False,  # addresses hold tokens
        server_header=False,
        proxy_headers=False,  # nothing but the count of polls asks who a client is
        limit_concurrency=CONCURRENT,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=DRAIN_S,
    )


def _listener(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=256)
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or (error.strerror or str(error)).lower()
        raise ListenRefused(f"{_shown(host, port)}: can't listen: {reason}") from error


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
