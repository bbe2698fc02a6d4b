"""The carrier: one thread carries on all talks, and sleeps only where every one of them waits.

    start, resume ──▶ talks ──▶ poll ──▶ go on with those that have what they waited for
                        ▲                            │
                        └────────────────────────────┴──▶ news: the notes that came of it

The thread that writes is the one that carries: nobody has to be woken for an order or a note, and
nobody takes the interpreter from it. What can't be had without waiting (a host's address, a
handshake) is had in a thread of its own, which says so by ``call``.
"""

from __future__ import annotations

import contextlib
import select
import socket
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from publisher.mail.talk import Talk

N = TypeVar("N")

#: In place of a descriptor: the wait is to be resumed, or for the time.
NOTHING = -1

FOREVER_S = float("inf")


class Task:
    """A talk under way: what it waits for, and until when."""

    __slots__ = ("descriptor", "events", "talk", "until_s")

    def __init__(self, talk: Talk[None]) -> None:
        self.talk = talk
        self.descriptor, self.events, self.until_s = NOTHING, 0, FOREVER_S


class Carrier(Generic[N]):
    """Talks, and the notes that come of them. For one thread; ``put`` and ``call`` are for any.

    Between ``open`` and ``close`` it holds descriptors, and talks go on. ``slept_s`` is how long
    there was nothing to do.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.slept_s = 0.0
        self._monotonic = monotonic
        self._notes: list[N] = []
        self._put: deque[N] = deque()
        self._calls: deque[Callable[[], None]] = deque()
        self._tasks: set[Task] = set()
        self._waiting: dict[int, Task] = {}
        self._poll = select.poll()
        self._soonest_s = FOREVER_S
        self._bell = _Bell()

    def open(self) -> None:
        """Be ready to carry."""
        self._poll.register(self._bell.hang(), select.POLLIN)

    def close(self, patience_s: float) -> None:
        """Let the talks end for so long, and break off the others."""
        end_s = self._monotonic() + patience_s
        while self._tasks and (left_s := end_s - self._monotonic()) > 0:
            self._round(left_s)
        for task in list(self._tasks):
            task.talk.close()
        self._tasks.clear()
        self._waiting.clear()
        self._notes.clear()
        self._calls.clear()
        self._poll, self._soonest_s = select.poll(), FOREVER_S
        self._bell.take_down()

    # From any thread.

    def put(self, note: N) -> None:
        """Leave a note, at any time."""
        self._put.append(note)
        self._bell.ring()

    def call(self, do: Callable[[], None]) -> None:
        """Have something done by the thread that carries."""
        self._calls.append(do)
        self._bell.ring()

    # Notes.

    def report(self, note: N) -> None:
        """Leave a note, out of a talk."""
        self._notes.append(note)

    def news(self, timeout_s: float) -> list[N]:
        """Carry on, and wait so long at most for a note; then all there are."""
        end_s = self._monotonic() + timeout_s
        self._round(0.0 if self._notes else timeout_s)
        while not self._notes and (left_s := end_s - self._monotonic()) > 0:
            self._round(left_s)
        known = 0
        while len(self._notes) > known:  # what came meanwhile is written with it
            known = len(self._notes)
            self._round(0.0)
        notes, self._notes = self._notes, []
        return notes

    def _round(self, most_s: float) -> None:
        """Wait until some talk can go on, and go on with all that can."""
        began_s = self._monotonic()
        wait_s = max(0.0, min(most_s, self._soonest_s - began_s))
        ready = self._poll.poll(None if wait_s == FOREVER_S else wait_s * 1000)
        now_s = self._monotonic()
        if wait_s:
            self.slept_s += now_s - began_s
        for descriptor, _ in ready:
            task = self._waiting.get(descriptor)
            if task is None:
                self._answer()
            else:
                self._go_on(task, True)
        if self._soonest_s <= now_s:
            self._wake_late(now_s)

    def _answer(self) -> None:
        """Take in what other threads had to say."""
        self._bell.hush()
        while self._calls:
            self._calls.popleft()()
        while self._put:
            self._notes.append(self._put.popleft())

    # Talks.

    def start(self, talk: Talk[None]) -> Task:
        """Begin a talk and carry it on. It has to end by itself when it is told the time is up."""
        task = Task(talk)
        self._tasks.add(task)
        self._go_on(task, None)
        return task

    def resume(self, task: Task) -> None:
        """Go on with a talk that waits for this and nothing else."""
        self._go_on(task, True)

    def _go_on(self, task: Task, came: bool | None) -> None:
        try:
            descriptor, events, limit_s = task.talk.send(came)  # type: ignore[arg-type]
        except StopIteration:
            descriptor, events, limit_s = NOTHING, 0, FOREVER_S
            self._tasks.discard(task)
        if descriptor != task.descriptor or events != task.events:
            self._watch(task, descriptor, events)
        task.until_s = until_s = self._monotonic() + limit_s
        if until_s < self._soonest_s:
            self._soonest_s = until_s

    def _watch(self, task: Task, descriptor: int, events: int) -> None:
        before = task.descriptor
        if before != descriptor and self._waiting.get(before) is task:  # it may be another's by now
            self._poll.unregister(before)
            del self._waiting[before]
        if descriptor != NOTHING:
            self._poll.register(descriptor, events)
            self._waiting[descriptor] = task
        task.descriptor, task.events = descriptor, events

    def _wake_late(self, now_s: float) -> None:
        """Tell those whose time is up. What has come meanwhile was seen before."""
        self._soonest_s = FOREVER_S
        for task in [one for one in self._tasks if one.until_s <= now_s]:
            self._go_on(task, False)
        self._soonest_s = min((one.until_s for one in self._tasks), default=FOREVER_S)


class _Bell:
    """Wakes a poll from another thread."""

    def __init__(self) -> None:
        self._ends: tuple[socket.socket, socket.socket] | None = None
        self._rung = False

    def hang(self) -> int:
        """The descriptor to be polled."""
        ear, clapper = self._ends = socket.socketpair()
        ear.setblocking(False)
        clapper.setblocking(False)
        self._rung = True
        clapper.send(b"!")  # for what was said before
        return ear.fileno()

    def ring(self) -> None:
        """Be heard by the next poll, or by the one that waits now. Where none hangs it is lost."""
        if self._ends is not None and not self._rung:
            self._rung = True
            with contextlib.suppress(OSError):  # it was taken down this very moment
                self._ends[1].send(b"!")

    def hush(self) -> None:
        """Whatever is said from now on rings again; what was said before is to be taken in now."""
        if self._ends is not None:
            with contextlib.suppress(BlockingIOError):
                self._ends[0].recv(16)
        self._rung = False  # after that: else it could take the sound of a new ring with it

    def take_down(self) -> None:
        """Give the descriptors back."""
        for end in self._ends or ():
            end.close()
        self._ends = None
