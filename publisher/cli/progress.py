"""Progress of long work on stderr: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from publisher.cli.context import note

WORTH_SHOWING = 50
EVERY_S = 10.0


@contextmanager
def progress(total: int, what: str = "mails") -> Iterator[Callable[[], None]]:
    """A function to call after each unit of work. A handful of units is not worth showing."""
    if total < WORTH_SHOWING:
        yield lambda: None
    elif sys.stderr.isatty():
        with _bar(total, what) as step:
            yield step
    else:
        yield _lines(total, what)


@contextmanager
def _bar(total: int, what: str) -> Iterator[Callable[[], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (what, BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _lines(total: int, what: str) -> Callable[[], None]:
    done = 0
    next_s = time.monotonic() + EVERY_S

    def step() -> None:
        nonlocal done, next_s
        done += 1
        if time.monotonic() >= next_s:
            next_s = time.monotonic() + EVERY_S
            note(f"{what}: {done} of {total}")

    return step
