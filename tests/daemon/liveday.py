"""A daemon as a real process, and how a test waits for what it does."""

from __future__ import annotations

import email
import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

from livesite import LiveSite

PEOPLE = ("ada@example.com", "grace@example.org", "reader@example.net")
PATIENCE_S = 30.0

T = TypeVar("T")


def wait_for(found: Callable[[], T], seconds: float = PATIENCE_S) -> T:
    """What ``found`` answers as soon as that is something."""
    end = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)
    return answer


def soon(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def date(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


class LiveDay:
    """A site with a running daemon."""

    def __init__(self, site: LiveSite, process: subprocess.Popen[str], skip: int) -> None:
        self.site = site
        self.process = process
        self._skip = skip

    def log(self, event: str | None = None) -> list[dict[str, Any]]:
        """What this daemon has said."""
        assert self.process.poll() is None or self.process.returncode is not None
        lines = self.site.log()[self._skip :]
        return [line for line in lines if event in (None, line["event"])]

    def said(self, event: str, **fields: object) -> dict[str, Any]:
        """Wait for a line with this event and these fields."""

        def found() -> list[dict[str, Any]]:
            assert self.process.poll() is None, self.log()
            lines = self.log(event)
            return [line for line in lines if fields.items() <= line.items()]

        return wait_for(found)[0]

    def feed(self, name: str = "feed.json") -> bytes:
        path = self.site.root / "public" / name
        return path.read_bytes() if path.exists() else b""

    def in_feeds(self, text: str) -> bool:
        names = ("atom.xml", "rss.xml", "feed.json")
        return all(text.encode() in self.feed(name) for name in names)

    def mailed(self) -> Counter[tuple[str, str]]:
        """How often each address got each subject."""
        return Counter((one["To"], one["Subject"]) for one in self.messages())

    def messages(self) -> list[EmailMessage]:
        return [read(path) for path in self.site.messages()]

    def healthy(self) -> dict[str, Any]:
        """What /healthz answers; before the first pass is made that is 503."""
        port = self.said("ready")["port"]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=10) as answer:
                found: dict[str, Any] = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                found = json.loads(error.read())
            assert found["reason"] == "no pass yet"
        return found


def read(path: Path) -> EmailMessage:
    message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@contextmanager
def live(site: LiveSite) -> Iterator[LiveDay]:
    """A daemon that is ready and has made its first pass; it has to end well."""
    skip = len(site.log()) if (site.root / "daemon.log").exists() else 0
    with site.daemon() as process:
        day = LiveDay(site, process, skip)
        day.said("ready")
        yield day
        began_s = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert time.monotonic() - began_s < 12
    assert day.log()[-1]["event"] == "stopped"
