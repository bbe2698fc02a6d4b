"""A site with many subscribers, and what mailing an issue to them costs."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.blog import make_blog, write_post

#: Makes messages of about 35 KB, HTML and text together.
TIMES_THE_BODY = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Cost:
    """What a command took: wall clock and CPU of all its processes, and the largest one's peak."""

    wall_s: float
    cpu_s: float
    peak_mib: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailing:
    """A whole ``publisher publish`` that mailed an issue to ``people``.

    ``freeze_s`` is from the start of the pass to the first message, ``delivery_s`` from there to
    the last answer, as the ledger has them.
    """

    people: int
    cost: Cost
    freeze_s: float
    delivery_s: float

    @property
    def rate(self) -> float:
        """Messages a second, while it delivered."""
        return self.people / self.delivery_s

    @property
    def cpu_us(self) -> float:
        """CPU of the whole run for each message, in microseconds."""
        return self.cost.cpu_s / self.people * 1e6


class Site:
    """A site in ``root`` that is adopted and has so many subscribers."""

    def __init__(self, root: Path, people: int) -> None:
        self.root = root
        self.people = people
        self._posts = 0
        make_blog(root, 3)
        self.import_cost = self._subscribe()
        self.run("publish")

    def _subscribe(self) -> Cost:
        with (self.root / "people.csv").open("w") as file:
            file.write("email,name\n")
            file.writelines(
                f"reader-{n}@example{n % 50}.org,Reader {n}\n" for n in range(self.people)
            )
        return self.run("subscribers", "import", "people.csv", "--yes")

    def use(self, transport: str, *more: str) -> None:
        """Mail by that way out from now on, with ``more`` lines below ``delivery:``."""
        config = self.root / "config.yaml"
        head, _, rest = config.read_text().partition("delivery:\n")
        lines = "".join(f"  {line}\n" for line in (f"transport: {transport}", *more))
        config.write_text(f"{head}delivery:\n{lines}{rest[rest.index('web:') :]}")

    def mail(self) -> Mailing:
        """Write a post that is due and publish it. RuntimeError when somebody was not mailed."""
        self._posts += 1
        now = datetime.now(UTC)
        path = self.root / f"content/next/next-{self._posts}.md"
        write_post(path, 9_000 + self._posts, {"date": now.strftime("%Y-%m-%dT%H:%M:%SZ")})
        head, text = path.read_text().rsplit("---\n", 1)
        path.write_text(f"{head}---\n{text * TIMES_THE_BODY}")
        cost = self.run("publish")
        return self._mailing(cost)

    def _mailing(self, cost: Cost) -> Mailing:
        with closing(sqlite3.connect(self.root / "state/publisher.db")) as db:
            issue, began, ended = db.execute(
                "SELECT id, started_at, finished_at FROM issue ORDER BY id DESC LIMIT 1"
            ).fetchone()
            accepted, first = db.execute(
                "SELECT count(*), min(first_at) FROM delivery "
                "WHERE issue_id = ? AND state = 'accepted'",
                (issue,),
            ).fetchone()
        if accepted != self.people:
            raise RuntimeError(f"{accepted} of {self.people} were mailed")
        return Mailing(
            people=self.people,
            cost=cost,
            freeze_s=(first - began) / 1e6,
            delivery_s=(ended - first) / 1e6,
        )

    def ledger_mib(self) -> float:
        """The size of the ledger's file."""
        return (self.root / "state/publisher.db").stat().st_size / 2**20

    def run(self, *arguments: str) -> Cost:
        """A command of the program, to its end."""
        return run(self.root, sys.executable, "-m", "publisher", *arguments)


def run(root: Path, *command: str) -> Cost:
    """A command to its end; RuntimeError when that is not a good one."""
    began = time.monotonic()
    with (root / "said").open("w") as said:
        child = subprocess.Popen(command, cwd=root, stdout=said, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(
            f"{command} ended with {child.returncode}: {(root / 'said').read_text()}"
        )
    return Cost(
        wall_s=time.monotonic() - began,
        cpu_s=usage.ru_utime + usage.ru_stime,
        peak_mib=usage.ru_maxrss / 1024,
    )
