"""Rendering, seen from the parent: jobs go to worker processes that can be ended at any time.

A thread can't be stopped, and a body can make a library run for hours: so bodies render in a child
process (worker.py) that ends at the deadline and is replaced. The child is a new interpreter, not
a fork: it inherits no lock, and no descriptor but its pipes. It begins at the first job that the
cache can't answer, and ends with this process.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from queue import LifoQueue
from typing import Protocol, Self

from publisher.content.job import (
    Job,
    Refusal,
    answer_from,
    job_bytes,
    read_frame,
    write_frame,
)
from publisher.domain.errors import RendererUnavailable
from publisher.domain.finding import Finding
from publisher.domain.post import Rendered

__all__ = ["Job", "RenderFailed", "Renderer", "ResultCache"]

LONGEST_BODY = 2_000_000
# A body that failed for want of time is tried again, because the machine may have been busy; but
# not for ever, because each time costs the others the whole of the deadline.
MOST_TRIES = 3
MOST_REMEMBERED = 1_000
#: To start a worker takes about as long as to render that many bodies.
WORTH_A_WORKER = 40

# The modules of this process, from where this process has them, and no folder of the site before.
_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from publisher.content.worker import main; main()"


class RenderFailed(Exception):
    """A body could not be rendered. ``finding`` says which and why; ``detail`` is for a log."""

    def __init__(self, finding: Finding, detail: str = "") -> None:
        self.finding = finding
        self.detail = detail
        super().__init__(str(finding))


class ResultCache(Protocol):
    """Keeps results by job. It may forget; it may not raise."""

    def get(self, job: Job) -> Rendered | None:
        """The result of this very job, if it is known."""

    def put(self, job: Job, rendered: Rendered) -> None:
        """Keep the result of a job."""


class Renderer:
    """Renders bodies, each within ``timeout_s`` seconds. Any thread may call it."""

    def __init__(
        self, *, timeout_s: float = 5.0, workers: int = 1, cache: ResultCache | None = None
    ) -> None:
        self._timeout_s = timeout_s
        self._cache = cache
        self._workers = workers
        self._idle: LifoQueue[_Worker] = LifoQueue()
        for _ in range(workers):
            self._idle.put(_Worker())
        self._failed: dict[bytes, tuple[int, RenderFailed]] = {}

    def start(self) -> None:
        """Start a worker without waiting for it, so that the first job finds it ready."""
        worker = self._idle.get()
        try:
            worker.start()
        finally:
            self._idle.put(worker)  # on top: it is the next to be asked

    def render(self, job: Job) -> Rendered:
        """Render one body, unless the cache has it. Raises RenderFailed."""
        known = self._cache.get(job) if self._cache is not None else None
        if known is not None:
            return known
        if len(job.body) > LONGEST_BODY:
            raise _failure(job, f"it has {len(job.body)} characters; split it into several posts")
        rendered = self._tried(job)
        if self._cache is not None:
            self._cache.put(job, rendered)
        return rendered

    def render_all(self, jobs: Sequence[Job]) -> list[Rendered | RenderFailed]:
        """Each job's result, in order, on all workers. A job that fails stops no other."""
        workers = min(self._workers, 1 + len(jobs) // WORTH_A_WORKER)
        if workers == 1:
            return [self._result(job) for job in jobs]
        from concurrent.futures import ThreadPoolExecutor  # a pass with nothing new does without

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(self._result, jobs))

    def close(self) -> None:
        """End the workers, after the jobs under way. No job can be rendered any more."""
        with self._all() as workers:
            for worker in workers:
                worker.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _result(self, job: Job) -> Rendered | RenderFailed:
        try:
            return self.render(job)
        except RenderFailed as failure:
            return failure

    def _tried(self, job: Job) -> Rendered:
        data = job_bytes(job)
        name = blake2b(data, digest_size=20).digest()
        tries, failure = self._failed.get(name, (0, None))
        if failure and tries >= MOST_TRIES:
            raise RenderFailed(failure.finding, failure.detail)
        try:
            return self._asked(job, data)
        except RenderFailed as new:
            if len(self._failed) >= MOST_REMEMBERED:
                self._failed.clear()
            self._failed[name] = (tries + 1, new)
            raise

    def _asked(self, job: Job, data: bytes) -> Rendered:
        worker = self._idle.get()
        try:
            frame = int(self._timeout_s * 1000).to_bytes(4) + data
            reply = worker.ask(frame)
            while isinstance(reply, _Ended) and reply.by_mistake:
                reply = worker.ask(frame)
        finally:
            self._idle.put(worker)
        if isinstance(reply, _Ended):
            raise _failure(job, reply.reason(self._timeout_s), reply.errors)
        answer = answer_from(reply)
        if isinstance(answer, Refusal):
            raise _failure(job, answer.reason)
        return answer

    @contextmanager
    def _all(self) -> Iterator[list[_Worker]]:
        """Every worker, once none has a job."""
        workers = [self._idle.get() for _ in range(self._workers)]
        try:
            yield workers
        finally:
            for worker in workers:
                self._idle.put(worker)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ended:
    """How a worker ended in the middle of a job, and what it wrote on standard error."""

    code: int
    errors: str

    @property
    def by_mistake(self) -> bool:
        """Whether it took us for gone. The kernel wakes the reader of a pipe before it sends the
        signal that there is something to read: a quick worker is by then where it ends at it."""
        return self.code == -signal.SIGIO

    def reason(self, timeout_s: float) -> str:
        if self.code == -signal.SIGALRM:
            return (
                f"it took longer than {timeout_s:g} s and was stopped; shorten it, or look for "
                "what is nested or repeated a thousand times"
            )
        if self.code < 0:
            return f"the renderer was ended by {signal.Signals(-self.code).name}"
        return (self.errors.strip().splitlines() or ["the renderer ended"])[-1]


class _Worker:
    """One worker process, begun when it is needed and again after it ended. Not thread safe."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False

    def start(self) -> subprocess.Popen[bytes]:
        """The process, begun if there is none that runs."""
        if self._closed:
            raise RuntimeError("the renderer is closed")
        if self._process and self._process.poll() is not None:
            self._end()
        if not self._process:
            self._process = _begun()
        return self._process

    def ask(self, frame: bytes) -> bytes | _Ended:
        """Send a job, wait for the answer."""
        process = self.start()
        try:
            reply = _exchanged(process, frame)
        except BaseException:
            self._end()  # half a conversation can't be gone on with
            raise
        return self._ended(process) if reply is None else reply

    def close(self) -> None:
        """End the process, for good."""
        self._closed = True
        self._end()

    def _ended(self, process: subprocess.Popen[bytes]) -> _Ended:
        """Why the process hung up: it has ended, or is about to."""
        try:
            code = process.wait(1.0)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        errors = process.stderr.read() if process.stderr else b""
        self._end()
        return _Ended(code=code, errors=errors.decode(errors="replace"))

    def _end(self) -> None:
        """End the process at once, and leave neither a zombie nor a descriptor."""
        process, self._process = self._process, None
        if process:
            with suppress(BrokenPipeError), process:
                process.kill()


def _begun() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            [sys.executable, "-c", _BOOT, *(entry or os.getcwd() for entry in sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for this process; the worker ends with it
        )
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"{sys.executable}: can't be started to render posts: {reason}"
        raise RendererUnavailable(message) from error


def _exchanged(process: subprocess.Popen[bytes], frame: bytes) -> bytes | None:
    """The answer to a frame; None when the process hangs up instead."""
    assert process.stdin
    assert process.stdout
    try:
        write_frame(process.stdin, frame)
    except BrokenPipeError:
        return None
    return read_frame(process.stdout)


def _failure(job: Job, reason: str, detail: str = "") -> RenderFailed:
    finding = Finding(path=job.path, line=job.body_line, message=f"can't be rendered: {reason}")
    return RenderFailed(finding, detail)
