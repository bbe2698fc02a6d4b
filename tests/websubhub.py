"""A small WebSub hub (W3C WebSub, 23 January 2018), as a process of its own; and a subscriber.

The hub takes subscriptions and verifies them (section 5.3), takes what a publisher tells it,
fetches the feed, makes sure that the feed names it and itself, and sends it on to whoever
subscribed, signed (sections 7 and 7.1). What it was told and did it answers at ``/log``.

    python websubhub.py PORT
"""

from __future__ import annotations

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

TIMEOUT_S = 10


class Hub(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _HubAnswer)
        self.url = f"http://127.0.0.1:{self.server_port}/"
        self.subscriptions: dict[tuple[str, str], str] = {}
        self.done: list[list[str]] = []

    def subscribe(self, topic: str, callback: str, secret: str) -> None:
        """Ask the callback whether it asked: it answers with the challenge."""
        asked = urlencode(
            {"hub.mode": "subscribe", "hub.topic": topic, "hub.challenge": "tide",
             "hub.lease_seconds": "60"}
        )  # fmt: skip
        with urllib.request.urlopen(f"{callback}?{asked}", timeout=TIMEOUT_S) as answer:
            if answer.read() == b"tide":
                self.subscriptions[topic, callback] = secret
                self.done.append(["subscribed", topic])

    def distribute(self, topic: str) -> None:
        """Fetch a feed and send it to its subscribers."""
        with urllib.request.urlopen(topic, timeout=TIMEOUT_S) as answer:
            body, kind = answer.read(), answer.headers["Content-Type"]
        if self.url.encode() not in body or topic.encode() not in body:
            self.done.append(["does not name hub and self", topic])
            return
        for (wanted, callback), secret in self.subscriptions.items():
            if wanted == topic:
                signed = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
                head = {
                    "Content-Type": kind,
                    "X-Hub-Signature": f"sha256={signed}",
                    "Link": f'<{topic}>; rel="self", <{self.url}>; rel="hub"',
                }
                sent = urllib.request.Request(callback, data=body, headers=head)
                urllib.request.urlopen(sent, timeout=TIMEOUT_S).close()
        self.done.append(["distributed", topic])


class _HubAnswer(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self._say(200, json.dumps(self.server.done).encode())

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        form = dict(parse_qsl(self.rfile.read(length).decode()))
        if self.headers["Content-Type"] != "application/x-www-form-urlencoded":
            self._say(415)
        elif form.get("hub.mode") == "subscribe":
            self._say(202)
            self.server.subscribe(form["hub.topic"], form["hub.callback"], form["hub.secret"])
        elif form["hub.url"] != form["hub.topic"]:
            self._say(400)
        else:
            self.server.done.append(["told", form["hub.url"]])
            self._say(202)
            self.server.distribute(form["hub.url"])

    def _say(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Subscriber(ThreadingHTTPServer):
    """Wants to be told of feeds, and keeps what it is sent if the signature is right."""

    daemon_threads = True
    SECRET = "between us"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SubscriberAnswer)
        self.got: list[bytes] = []

    def subscribe(self, hub: str, topic: str) -> None:
        form = {
            "hub.mode": "subscribe", "hub.topic": topic, "hub.secret": self.SECRET,
            "hub.callback": f"http://127.0.0.1:{self.server_port}/",
        }  # fmt: skip
        urllib.request.urlopen(hub, data=urlencode(form).encode(), timeout=TIMEOUT_S).close()


class _SubscriberAnswer(BaseHTTPRequestHandler):
    server: Subscriber

    def do_GET(self) -> None:
        challenge = parse_qs(urlsplit(self.path).query)["hub.challenge"][0].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(challenge)))
        self.end_headers()
        self.wfile.write(challenge)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        signed = hmac.new(self.server.SECRET.encode(), body, hashlib.sha256).hexdigest()
        if hmac.compare_digest(self.headers["X-Hub-Signature"], f"sha256={signed}"):
            self.server.got.append(body)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    with server:
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def serving_files(folder: Path, port: int = 0) -> Iterator[str]:
    """A plain web server for what is in a folder; where it is."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Files, directory=str(folder)))
    server.daemon_threads = True
    with serving(server):
        yield f"http://127.0.0.1:{server.server_port}"


@contextmanager
def hub_process(port: int = 0) -> Iterator[str]:
    """A hub in a process of its own; its URL."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(port)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def hub_log(hub: str) -> list[list[str]]:
    """What a hub was told and did, in order."""
    with urllib.request.urlopen(f"{hub}log", timeout=TIMEOUT_S) as answer:
        found: list[list[str]] = json.load(answer)
    return found


if __name__ == "__main__":
    made = Hub(int(sys.argv[1]))
    sys.stdout.write(f"{made.url}\n")
    sys.stdout.flush()
    made.serve_forever()
