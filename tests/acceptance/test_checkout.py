"""A checkout that Git is writing is read when it is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from livesite import LiveSite


def test_a_publish_waits_until_git_has_let_go(make_site: Callable[..., LiveSite]) -> None:
    site = make_site()
    (site.root / ".git").mkdir()
    lock = site.root / ".git/index.lock"
    lock.touch()
    site.post("half.md", title="Half", date="2026-01-01", draft="true")

    def finish() -> None:
        site.post("half.md", title="Whole", date="2026-01-01")
        lock.unlink()

    timer = threading.Timer(0.5, finish)
    timer.start()
    did = site.publish("2026-02-01T00:00:00Z")
    timer.join()
    assert did["adopted"] == 1
