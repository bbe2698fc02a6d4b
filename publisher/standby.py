"""Asks whether a post's own page is up yet, for those who mail only what can be read on the web."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from publisher import __version__
from publisher.publish import PassReport

TIMEOUT_S = 10.0
OK = 200


def status_of(url: str) -> int:
    """What the page answers, after redirects; 0 when nobody does."""
    request = urllib.request.Request(url, headers={"User-Agent": f"publisher/{__version__}"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
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
    _answering: frozenset[str] = frozenset()
    _asking: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answering(self) -> frozenset[str]:
        """The pages that have answered 200 since they were first asked for."""
        return self._answering

    def look(self, urls: Iterable[str]) -> bool:
        """Ask each page; whether one answers that did not before."""
        with self._asking:
            fresh = {url for url in urls if url not in self._answering and self.ask(url) == OK}
            self._answering |= fresh
        return bool(fresh)

    def look_beside(self, urls: Iterable[str], then: Callable[[], None]) -> None:
        """The same in a thread of its own, which calls ``then`` if one answers."""

        def work() -> None:
            if self.look(urls):
                then()

        if not self._asking.locked():
            threading.Thread(target=work, name="pages", daemon=True).start()
