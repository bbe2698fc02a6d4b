"""Asks whether a post's own page is up yet, for those who mail only what can be read on the web."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from publisher.report import PassReport

TIMEOUT_S = 10.0
OK = 200

#: A page is asked for each minute: by a pass that may come a little early.
AGAIN_AFTER_S = 55.0

#: After the site was told to build itself its pages are asked for at once, then at gaps that grow
#: from a second on: by the thread that asks while they are shorter than this, then by passes.
FIRST_GAP_S = 1.0
LONGEST_GAP_S = 20.0


def status_of(url: str) -> int:
    """What the page answers, after redirects; 0 when nobody does."""
    from http.client import HTTPException  # what waits for no page loads no HTTP

    from publisher.push import http

    try:
        return http.status_of(url, timeout_s=TIMEOUT_S)
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
    pause: Callable[[float], object] = time.sleep
    _answering: frozenset[str] = frozenset()
    _built_s: float = float("-inf")
    _asked_s: dict[str, float] = field(default_factory=dict)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answering(self) -> frozenset[str]:
        """The pages that have answered 200 since they were first asked for."""
        return self._answering

    def built(self) -> None:
        """The site was told to build itself: its pages may be up now, or in a moment."""
        self._built_s = self.monotonic_s()

    def look(self, urls: Iterable[str]) -> bool:
        """Ask each page that was not asked of late; whether one answers that did not."""
        with self._asking:
            due = [url for url in urls if self._is_due(url)]
            fresh = {url for url in due if self.ask(url) == OK}
            self._asked_s = {**self._asked_s, **dict.fromkeys(due, self.monotonic_s())}
            self._answering |= fresh
        return bool(fresh)

    def look_beside(self, urls: Iterable[str], then: Callable[[], None]) -> None:
        """The same in a thread of its own, which calls ``then`` if one answers.

        For a while after the site was built it goes on to ask.
        """
        wanted = tuple(urls)

        def work() -> None:
            while not self.look(wanted):
                if (gap_s := self._gap_s()) > LONGEST_GAP_S:
                    return
                self.pause(gap_s)
            then()

        if not self._asking.locked():
            threading.Thread(target=work, name="pages", daemon=True).start()

    def _is_due(self, url: str) -> bool:
        asked_s = self._asked_s.get(url, float("-inf"))
        return url not in self._answering and self.monotonic_s() - asked_s >= self._gap_s()

    def _gap_s(self) -> float:
        """How long to leave a page alone: half as long as the site has had to build itself."""
        since_s = self.monotonic_s() - self._built_s
        return min(AGAIN_AFTER_S, max(FIRST_GAP_S, since_s / 2))
