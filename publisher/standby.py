"""Asks whether a post's own page is up yet, for those who mail only what can be read on the web."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.client import HTTPException

from publisher import __version__
from publisher.publish import PassReport

TIMEOUT_S = 10.0
OK = 200

#: A page is asked for each minute: by a pass that may come a little early.
AGAIN_AFTER_S = 55.0


def status_of(url: str) -> int:
    """What the page answers, after redirects; 0 when nobody does."""
    try:
        request = urllib.request.Request(url, headers={"User-Agent": f"publisher/{__version__}"})
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, ValueError, HTTPException):
        return 0


def awaited(report: PassReport) -> list[str]:
    """The pages of posts whose mail a pass neither started nor held."""
    decided = {one.key for one in report.plan.mailings}
    return [
        live.post.url
        for live in report.plan.live
        if live.publication.awaiting_mail and live.publication.key not in decided and live.post
    ]


@dataclass(kw_only=True)
class PageWatch:
    """Remembers which posts' pages have answered 200. Safe for threads."""

    ask: Callable[[str], int] = status_of
    monotonic_s: Callable[[], float] = time.monotonic
    _answering: frozenset[str] = frozenset()
    _asked_s: dict[str, float] = field(default_factory=dict)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answering(self) -> frozenset[str]:
        """The pages that have answered 200 since they were first asked for."""
        return self._answering

    def look(self, urls: Iterable[str]) -> bool:
        """Ask each page that was not asked within a minute; whether one answers that did not."""
        with self._asking:
            due = [url for url in urls if self._is_due(url)]
            fresh = {url for url in due if self.ask(url) == OK}
            self._asked_s = {**self._asked_s, **dict.fromkeys(due, self.monotonic_s())}
            self._answering |= fresh
        return bool(fresh)

    def look_beside(self, urls: Iterable[str], then: Callable[[], None]) -> None:
        """The same in a thread of its own, which calls ``then`` if one answers."""

        def work() -> None:
            if self.look(urls):
                then()

        if not self._asking.locked():
            threading.Thread(target=work, name="pages", daemon=True).start()

    def _is_due(self, url: str) -> bool:
        asked_s = self._asked_s.get(url, float("-inf"))
        return url not in self._answering and self.monotonic_s() - asked_s >= AGAIN_AFTER_S
