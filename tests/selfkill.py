"""A command that kills itself (SIGKILL) at one of the moments at which it changes something.

    python selfkill.py MOMENT ARGUMENT...

Moments are counted from 1: a file is opened for writing, renamed or removed, a transaction begins,
or is about to be committed. Between two of them nothing becomes durable.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

from sqlalchemy import event
from sqlalchemy.engine import Engine

from publisher.cli.app import run

WRITES = os.O_WRONLY | os.O_RDWR


class Moments:
    def __init__(self, last: int) -> None:
        self.last = last
        self.count = 0

    def pass_one(self, *_: object) -> None:
        self.count += 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, what: str, arguments: tuple[object, ...]) -> None:
        changes = what in {"os.rename", "os.remove"} or (what == "open" and _writes(arguments))
        if changes and "__pycache__" not in str(arguments[0]):
            self.pass_one()


def _writes(arguments: tuple[object, ...]) -> bool:
    flags = arguments[2]
    return isinstance(flags, int) and bool(flags & WRITES)


def main(moment: int, arguments: Sequence[str]) -> int:
    moments = Moments(moment)
    sys.addaudithook(moments.audit)
    event.listen(Engine, "begin", moments.pass_one)
    event.listen(Engine, "commit", moments.pass_one)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
