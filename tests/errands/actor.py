"""Servers that do to a request whatever a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Act = Callable[[BaseHTTPRequestHandler], None]


class Actor(ThreadingHTTPServer):
    """``acts`` says by path what is done; ``got`` keeps the method, path, head and body of each."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.acts: dict[str, Act] = {}
        self.got: list[tuple[str, str, dict[str, str], bytes]] = []
        self.over = threading.Event()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"

    def handle_error(self, *_: object) -> None:
        """Whoever asked has gone: that is what is tried here."""


class _Answer(BaseHTTPRequestHandler):
    server: Actor

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.server.got.append((self.command, self.path, dict(self.headers), body))
        self.server.acts[self.path](self)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        pass


def status(code: int, **head: str) -> Act:
    """Answer with a status and nothing else."""

    def act(answer: BaseHTTPRequestHandler) -> None:
        answer.send_response(code)
        for name, value in head.items():
            answer.send_header(name, value)
        answer.send_header("Content-Length", "0")
        answer.end_headers()

    return act
