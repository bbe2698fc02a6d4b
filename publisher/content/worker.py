"""The child process that renders: Markdown, excerpt, cleaning; one body after the other.

It is started by render.py and speaks with it over its standard input and output. A body can make
any of the libraries run for hours, so the kernel keeps the deadline: a timer whose signal nothing
here catches. While a job runs, the end of the parent ends this process in the same way, by the
signal that its closed pipe sends (on Linux; elsewhere that signal is not deadly, and the deadline
does it); between jobs by the end of the input. Neither needs Python to get a turn, which it does
not while a regular expression runs.
"""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from publisher.content.excerpt import first_paragraph, says_something, split
from publisher.content.job import Job, Refusal, answer_bytes, job_from, read_frame, write_frame
from publisher.content.markdown import to_html
from publisher.content.templates import concerned
from publisher.domain.finding import Finding
from publisher.domain.post import Rendered
from publisher.markup.clean import clean
from publisher.markup.policy import FEED, MAIL, WEB
from publisher.markup.rewrite import TooDeep
from publisher.markup.text import ILLEGAL, legal, plain

START_TIMEOUT_S = 60.0
# A body that wants more is a body that wants everything.
MEMORY_BYTES = 1 << 30

POLICIES = {"feed": FEED, "mail": MAIL, "web": WEB}


def rendered(job: Job) -> Rendered:
    """Render one body. Raises what the libraries raise on bodies they can't cope with."""
    policy = POLICIES[job.destination]
    html, left_out = _html(job)
    before, whole = split(html)
    cleaned = clean(whole, policy, base_url=job.url)
    excerpt = clean(before, policy, base_url=job.url).html.strip() if before else ""
    excerpt_html = excerpt if says_something(excerpt) else None
    notes = tuple(Finding(path=job.path, message=note) for note in cleaned.notes)
    return Rendered(
        html=cleaned.html,
        excerpt_html=excerpt_html,
        excerpt_text=_excerpt_text(excerpt_html, job.summary, cleaned.html),
        warnings=(*_removed(job), *left_out, *notes),
    )


def _html(job: Job) -> tuple[str, tuple[Finding, ...]]:
    """A body as HTML that is not clean yet, and what of its template syntax was left out."""
    body = legal(job.body)
    if not concerned(body, job.path):
        return (body if job.is_html else to_html(body, key=job.key)), ()
    from publisher.content.templates.fill import filled  # most bodies do without

    page = filled(job, body)
    losses = [
        Finding(path=job.path, line=job.body_line + line, message=message)
        for line, message in page.losses
    ]
    return page.html, tuple(losses)


def answer(job: Job) -> Rendered | Refusal:
    """Render one body, or say why that is not possible. Any other error ends the process."""
    try:
        return rendered(job)
    except RecursionError:
        return Refusal(reason="lists or quotations are nested too deep to be read")
    except MemoryError:
        return Refusal(reason=f"it takes more than {MEMORY_BYTES >> 20} MB of memory")
    except TooDeep as error:
        return Refusal(reason=str(error))


def main() -> None:
    """Answer jobs until the parent is gone. Frames: the time in milliseconds, then the job."""
    _settle_signals()
    signal.setitimer(signal.ITIMER_REAL, START_TIMEOUT_S)
    jobs, answers = _pipes()
    _limit_memory()
    _warm_up()
    signal.setitimer(signal.ITIMER_REAL, 0)
    while (frame := read_frame(jobs)) is not None:
        with _mortal(int.from_bytes(frame[:4]) / 1000):
            data = answer_bytes(answer(job_from(frame[4:])))
        try:
            write_frame(answers, data)
        except BrokenPipeError:
            return


@contextmanager
def _mortal(timeout_s: float) -> Iterator[None]:
    """In here the deadline, or the end of the parent, ends the process at once."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    if _orphaned():  # it went before the signal could say so
        os._exit(1)
    signal.setitimer(signal.ITIMER_REAL, timeout_s)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGIO, signal.SIG_IGN)


def _orphaned() -> bool:
    """Whether nobody holds the other end of the pipe that jobs come from."""
    pipe = select.poll()
    pipe.register(0, 0)  # a hang-up is told whatever is asked for
    return bool(pipe.poll(0))


def _settle_signals() -> None:
    """The parent says when this process ends, not the terminal or the service manager."""
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGIO):
        signal.signal(number, signal.SIG_IGN)


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Where jobs come from and answers go. What libraries print goes to standard error."""
    answers = os.dup(1)
    os.dup2(2, 1)
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
    return os.fdopen(0, "rb"), os.fdopen(answers, "wb")


def _limit_memory() -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = MEMORY_BYTES if hard == resource.RLIM_INFINITY else min(MEMORY_BYTES, hard)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (OSError, ValueError):  # not every system can; the deadline is left
        return


def _warm_up() -> None:
    """Load what the libraries load at their first use, so that no job pays for it."""
    job = Job(
        path="", body="# A\n\n```python\npass\n```\n", body_line=1, is_html=False,
        url="https://example.com/", key="", summary=None, destination="mail",
    )  # fmt: skip
    rendered(job)


def _removed(job: Job) -> Iterator[Finding]:
    """A warning at the first character of the body that no feed can carry."""
    if first := ILLEGAL.search(job.body):
        line = job.body_line + job.body.count("\n", 0, first.start())
        found = ", ".join(sorted({f"U+{ord(one):04X}" for one in ILLEGAL.findall(job.body)}))
        message = f"characters that no feed can carry were removed: {found}"
        yield Finding(path=job.path, line=line, message=message)


def _excerpt_text(excerpt_html: str | None, summary: str | None, html: str) -> str:
    from_mark = plain(excerpt_html) if excerpt_html else ""
    return from_mark or " ".join(legal(summary or "").split()) or first_paragraph(html)
