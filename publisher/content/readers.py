"""Reading thousands of posts on all cores: processes that read and parse beside this one.

    paths ─ shares ─┬─▶ reader ─▶ what its files came to ─┬─▶ Folder
                    └─▶ this process, from the other end ──┘

Only for a first scan of many files; what a reader can't do, for whatever reason, is left to this
process. Like the renderer, a reader is a new interpreter and no fork, and ends with its pipes.
"""

from __future__ import annotations

import marshal
import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Thread
from typing import IO

from publisher.content.job import read_frame, write_frame
from publisher.content.kept import Kept
from publisher.content.rules import PostRules

#: How many files are given out at once, and how many have to be for a reader to be worth its start.
SHARE = 250
WORTH_A_READER = 2_000

_BOOT = "import sys; sys.path[:] = sys.argv[1:]; from publisher.content.readers import main; main()"


class Readers:
    """Processes that read ``paths`` beside this one, from the first on."""

    def __init__(self, root: Path, rules: PostRules, paths: Sequence[str], cores: int) -> None:
        shares = [list(paths[at : at + SHARE]) for at in range(0, len(paths), SHARE)]
        self._shares = deque(shares)
        self._read: dict[str, Kept] = {}
        self._threads: list[Thread] = []
        for _ in range(min(cores - 1, len(paths) // WORTH_A_READER)):
            thread = Thread(target=self._work, args=(root, rules), name="reader", daemon=True)
            thread.start()
            self._threads.append(thread)

    def own(self) -> Iterator[str]:
        """The paths that this process reads itself: from the last on, until all are given out."""
        while self._threads:
            try:
                share = self._shares.pop()
            except IndexError:
                return
            yield from share

    def read(self) -> dict[str, Kept]:
        """What the readers read, once they are done. What is missing was not to be read there."""
        for thread in self._threads:
            thread.join()
        return self._read

    def _work(self, root: Path, rules: PostRules) -> None:
        """Ask a reader for one share after the other. What it can't do is nobody's loss."""
        try:
            process = subprocess.Popen(
                [sys.executable, "-c", _BOOT, *(entry or os.getcwd() for entry in sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                process_group=0,
            )
        except OSError:
            return
        with process:
            assert process.stdin
            assert process.stdout
            try:
                write_frame(process.stdin, pickle.dumps((str(root), rules)))
                while self._shares:
                    self._ask(process.stdin, process.stdout)
            except (IndexError, BrokenPipeError):
                pass
            finally:
                process.kill()

    def _ask(self, jobs: IO[bytes], answers: IO[bytes]) -> None:
        write_frame(jobs, marshal.dumps(self._shares.popleft()))
        answer = read_frame(answers)
        if answer is None:
            raise BrokenPipeError
        self._read |= {path: Kept(*one) for path, one in marshal.loads(answer).items()}


def main() -> None:
    """A reader: answer shares of paths until the other side is gone."""
    from publisher.content.folder import Folder

    jobs, answers = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
    first = read_frame(jobs)
    if first is None:
        return
    root, rules = pickle.loads(first)
    folder = Folder(Path(root), rules)
    while (frame := read_frame(jobs)) is not None:
        found = {path: tuple(one) for path, one in folder.read_ahead(marshal.loads(frame))}
        try:
            write_frame(answers, marshal.dumps(found))
        except BrokenPipeError:
            return
