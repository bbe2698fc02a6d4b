"""SIGTERM and SIGINT as a wish to stop in good order."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def on_signals(halt: Callable[[], None]) -> Iterator[None]:
    """Call ``halt`` at either signal while the block runs.

    It comes between any two steps of the main thread, which may hold a lock at that moment: so it
    may take none that the main thread ever holds.
    """
    kept = {
        number: signal.signal(number, lambda *_: halt())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
