"""A talk: what is said to a server, written once, whoever waits for it.

It is a generator that does all it can without waiting and yields what it waits for. It is sent True
when that has come and False when it has not in time, and returns what came of it. One thread can so
carry on many talks, and ``through`` one that there is nothing beside.
"""

from __future__ import annotations

import select
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

#: A descriptor, the events of ``select.poll`` that are waited for, and for how many seconds.
Wait = tuple[int, int, float]

Talk = Generator[Wait, bool, T]


def through(talk: Talk[T]) -> T:
    """Carry on a talk to its end, and wait wherever it waits."""
    try:
        descriptor, events, limit_s = next(talk)
        while True:
            poll = select.poll()
            poll.register(descriptor, events)
            descriptor, events, limit_s = talk.send(bool(poll.poll(limit_s * 1000)))
    except StopIteration as end:
        result: T = end.value
        return result
