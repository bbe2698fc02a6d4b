"""A process between a mailer and a relay.

between.py delay PORT RELAY_PORT MILLISECONDS     every byte takes that long, each way
between.py plain PORT RELAY_PORT                  nothing but passes on
between.py starttls PORT RELAY_PORT CERT KEY      STARTTLS for a relay that has none
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Awaitable, Callable

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def delayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way_s: float) -> None:
    """Pass on what comes, in order, each piece ``way_s`` after it came."""
    loop = asyncio.get_running_loop()
    pending: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def leave() -> None:
        while True:
            at_s, data = await pending.get()
            await asyncio.sleep(at_s - loop.time())
            if not data:
                writer.close()
                return
            writer.write(data)

    leaving = asyncio.ensure_future(leave())
    while data := await _read(reader):
        pending.put_nowait((loop.time() + way_s, data))
    pending.put_nowait((loop.time() + way_s, b""))
    await leaving


async def _read(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read(1 << 16)
    except ConnectionError:
        return b""


def long_way(relay_port: int, way_ms: str = "0") -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", relay_port)
        way_s = float(way_ms) / 1000
        await asyncio.gather(delayed(reader, outer, way_s), delayed(inner, writer, way_s))

    return serve


def starttls(relay_port: int, cert: str, key: str) -> Serve:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_connection("127.0.0.1", relay_port)
        writer.write(await inner.readline())
        if not await reader.readline():
            return  # somebody who only looked whether we are there
        writer.write(b"250-bench\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go on\r\n")
        await writer.drain()
        await writer.start_tls(context)
        await asyncio.gather(delayed(reader, outer, 0), delayed(inner, writer, 0))

    return serve


async def main(kind: str, port: str, relay_port: str, *rest: str) -> None:
    kinds: dict[str, Callable[..., Serve]] = {
        "delay": long_way,
        "plain": long_way,
        "starttls": starttls,
    }
    serve = kinds[kind](int(relay_port), *rest)
    server = await asyncio.start_server(serve, "127.0.0.1", int(port), backlog=1024, limit=1 << 20)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
