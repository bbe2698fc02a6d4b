"""What the HTTP server bounds that uvicorn does not: the size of a request's head, and the time
for which a connection may stand still.

uvicorn limits neither with httptools, and its keep-alive time begins with the first answer. Each
connection is looked at now and then, which costs a request nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: The longest head of a request; nginx takes 32 KiB, the longest token of ours is 100 bytes.
LARGEST_HEAD = 32 * 1024

_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class GuardedProtocol(HttpToolsProtocol):
    """HTTP/1.1 by httptools, in which the head of a request has an end."""

    _in_head = True
    _head = 0

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_head, self._head = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """What comes from here on is its body."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """Take what came, unless the head that it is part of is too long."""
        super().data_received(data)
        if self._in_head:
            self._head += len(data)
            if self._head > LARGEST_HEAD and not self.transport.is_closing():
                self.transport.write(_TOO_LARGE)
                self.transport.close()


class Stalls:
    """Ends connections that have stood still for ``most_s``, as seen by ``sweep``.

    A client that sends its head byte by byte stands still, and so does one that takes nothing of
    what it is sent. One whose request is being worked on does not.
    """

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._since: dict[Any, tuple[object, float]] = {}

    def sweep(self, connections: Iterable[Any], now: float) -> None:
        """Look at all connections; ``now`` is a monotonic time in seconds."""
        before, self._since = self._since, {}
        for one in connections:
            state = _state(one)
            if state is None:
                continue
            known, since = before.get(one, (None, now))
            if known != state:
                since = now
            if now - since >= self._most_s:
                one.transport.abort()
            else:
                self._since[one] = (state, since)


def _state(connection: HttpToolsProtocol) -> object:
    """What stays the same while a connection stands still; None while it is answered."""
    transport: asyncio.Transport = connection.transport
    cycle, waiting = connection.cycle, transport.get_write_buffer_size()
    if cycle is not None and not cycle.response_complete and not waiting:
        return None
    return (cycle, waiting)
