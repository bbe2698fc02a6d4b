"""Feeds over HTTP: from memory, before anything else of the web side is asked.

A plain ASGI application, since an answer should cost no more than the server's own part of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.web.coding import takes_gzip
from publisher.web.conditions import status_of
from publisher.web.copies import Copies
from publisher.web.pollers import Pollers
from publisher.web.sent import Copy, Header, read_through

_END: Message = {"type": "http.response.body", "body": b""}
_CLOSE: Header = (b"connection", b"close")

#: Headers of which a client may send several lines, which are one list (RFC 9110, section 5.3).
_LISTS = (b"accept-encoding", b"if-match", b"if-none-match", b"x-forwarded-for")


class Feeds:
    """Answers for the files of ``copies``; all other requests are those of ``beside``.

    ``crowded`` says whether connections are so many that none should be kept.
    """

    def __init__(
        self,
        copies: Copies,
        pollers: Pollers,
        beside: ASGIApp,
        crowded: Callable[[], bool] = lambda: False,
    ) -> None:
        self._copies = copies
        self._pollers = pollers
        self._beside = beside
        self.crowded = crowded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        name = self._copies.place(scope["path"]) if scope["type"] == "http" else None
        if name is None:
            await self._beside(scope, receive, send)
            return
        copy = self._copies.ready(name) or await asyncio.to_thread(self._copies.load, name)
        if copy is None:
            await self._beside(scope, receive, send)
        elif scope["method"] not in ("GET", "HEAD"):
            await self._say(send, 405, [(b"allow", b"GET, HEAD")], b"405\n")
        else:
            await self._answer(scope, send, name, copy)

    async def _answer(self, scope: Scope, send: Send, name: str, copy: Copy) -> None:
        asked = _headers(scope["headers"])
        packed = copy.gzip and takes_gzip(asked.get(b"accept-encoding", b""))
        sent = copy.gzip if packed and copy.gzip else copy.plain
        status = status_of(asked, sent.etag, copy.modified)
        whole = status == 200 and scope["method"] == "GET"
        peer = scope["client"][0] if scope["client"] else None
        if wait_s := self._pollers.wait_s(self._pollers.client(peer, asked), name, whole=whole):
            await self._slow_down(send, wait_s)
        elif status == 412:
            await self._say(send, 412, sent.unchanged, b"412\n")
        elif not whole:
            headers = sent.headers if status == 200 else sent.unchanged
            await send(self._start(status, headers))
            await send(_END)
        elif sent.body is None:
            await self._stream(scope, send, name, copy)
        else:
            await send(self._start(200, sent.headers))
            await send({"type": "http.response.body", "body": sent.body})

    async def _stream(self, scope: Scope, send: Send, name: str, copy: Copy) -> None:
        chunks = await asyncio.to_thread(read_through, copy)
        if chunks is None:  # it was replaced since
            await self._anew(scope, send, name)
            return
        await send(self._start(200, copy.plain.headers))
        while chunk := await asyncio.to_thread(next, chunks, b""):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send(_END)

    async def _anew(self, scope: Scope, send: Send, name: str) -> None:
        copy = await asyncio.to_thread(self._copies.load, name)
        if copy is None:
            await self._say(send, 404, [], b"404\n")
        else:
            await self._answer(scope, send, name, copy)

    async def _slow_down(self, send: Send, wait_s: int) -> None:
        said = "This feed is asked for too often: ask with If-None-Match, and less often.\n"
        await self._say(send, 429, [(b"retry-after", str(wait_s).encode())], said.encode())

    async def _say(self, send: Send, status: int, headers: Sequence[Header], text: bytes) -> None:
        own = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(text)).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        if status != 412:
            own.append((b"cache-control", b"no-store"))
        await send(self._start(status, [*own, *headers]))
        await send({"type": "http.response.body", "body": text})

    def _start(self, status: int, headers: Sequence[Header]) -> Message:
        if self.crowded():
            headers = [*headers, _CLOSE]
        return {"type": "http.response.start", "status": status, "headers": headers}


def _headers(lines: Sequence[Header]) -> Mapping[bytes, bytes]:
    """A request's headers by name; the lines of a list are joined."""
    asked = dict(lines)
    if len(asked) < len(lines):
        for name in _LISTS:
            if name in asked:
                asked[name] = b", ".join(value for other, value in lines if other == name)
    return asked
