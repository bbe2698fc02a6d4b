"""How things stood after the last pass, so that a pass with nothing new need not find it out again.

What a pass comes to depends on the folder, the ledger, the rules, the feed files and the time. Each
can be told to be as it was at far less cost than a decision: files by what the folder says of them,
the ledger by the numbers of its changes or a digest of its rows, the time by the next instant that
anything waits for. While all of them are the same there is nothing to do, and the report is that of
the last pass.

A daemon remembers it here; for a ``publish`` of its own process ``glance`` keeps it in a file.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from publisher.domain.errors import LedgerUnusable
from publisher.domain.plan import Plan, Policy
from publisher.domain.post import Scan
from publisher.feeds.rules import ARCHIVE
from publisher.notes import Notes
from publisher.report import PassReport


class MarkedFolder(Protocol):
    """The content folder, as far as it can be told without reading files."""

    def mark(self) -> str | None:
        """The same while a scan would find the same; None where that can't be said."""


class MarkedBook(Protocol):
    """The ledger, as far as it can be told to be unchanged."""

    def changes(self) -> tuple[int, int]:
        """Numbers that differ when anything may have changed but for the time of the last pass."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What a pass stands on, taken before it reads anything else.

    ``scan`` is what a daemon found, ``mark`` stands for the folder where there is none.
    """

    scan: Scan | None
    mark: str | None
    policy: Policy
    changes: tuple[int, int]


@dataclass(kw_only=True)
class Standing:
    """Remembers the last pass. ``notes`` say how each feed file below ``root`` was left."""

    folder: MarkedFolder
    book: MarkedBook
    notes: Notes
    root: Path
    _ground: Ground | None = field(default=None, init=False)
    _report: PassReport | None = field(default=None, init=False)

    def ground(self, scan: Scan | None, policy: Policy) -> Ground:
        """What a pass that begins now stands on."""
        mark = None if scan is not None else self.folder.mark()
        return Ground(scan=scan, mark=mark, policy=policy, changes=self.book.changes())

    def again(self, ground: Ground, now: datetime) -> PassReport | None:
        """The report of a pass at ``now``, if there is nothing for it to do."""
        report = self._report
        if (
            report is None
            or ground.scan is None
            or ground != self._ground
            or not _holds(report, now)
        ):
            return None
        between = self._ground is not None and ground.scan is self._ground.scan
        return replace(report, at=now) if self._as_left(archives=not between) else None

    def keep(self, ground: Ground, report: PassReport, writes: int) -> None:
        """Remember a pass, in which so many transactions were written; forget those before."""
        self._ground = self._report = None
        with suppress(LedgerUnusable):  # the pass is done all the same
            self._keep(ground, report, writes)

    def _keep(self, ground: Ground, report: PassReport, writes: int) -> None:
        last, own = ground.changes
        if not _is_settled(report) or self.book.changes() != (last, own + writes):
            return
        self._ground = replace(ground, changes=(last, own + writes))
        self._report = _with_nothing_done(report)

    def settled(self) -> tuple[str, PassReport] | None:
        """The folder's mark, and what a pass right now would say; None where it has more to do."""
        if self._ground is None or self._report is None or self._ground.mark is None:
            return None
        return (self._ground.mark, self._report) if self._is_as_it_was() else None

    def _is_as_it_was(self) -> bool:
        return self._ground is not None and self.book.changes() == self._ground.changes

    def left(self) -> dict[str, list[Any]]:
        """How each feed file was left, by its path: inode, size and time."""
        return {str(self.root / name): list(made[1:]) for name, made in self.notes.made.items()}

    def _as_left(self, *, archives: bool) -> bool:
        """Whether each feed file is on the disk as it was left there. Of ``archives`` there are
        more with each post: they are looked at when the folder is, and not at each tick."""
        return all(
            _stands(self.root / name, made)
            for name, made in self.notes.made.items()
            if archives or not name.startswith(f"{ARCHIVE}/")
        )


def _holds(report: PassReport, now: datetime) -> bool:
    """Whether no instant that anything waits for has come since, nor the clock been set back."""
    until = report.plan.wakeup
    return report.at <= now and (until is None or now < until)


def _is_settled(report: PassReport) -> bool:
    """Whether nothing is left to be done by a pass right after this one."""
    done = not (report.faults or report.issues or report.plan.mailings)
    return done and not any(live.publication.awaiting_mail for live in report.plan.live)


def _with_nothing_done(report: PassReport) -> PassReport:
    plan = report.plan
    return replace(
        report,
        plan=Plan(
            live=plan.live,
            waiting=plan.waiting,
            scheduled=plan.scheduled,
            drafts=plan.drafts,
            held=plan.held,
            problems=plan.problems,
            wakeup=plan.wakeup,
        ),
        feeds=tuple(replace(one, changed=False) for one in report.feeds),
    )


def _stands(path: Path, made: list[Any]) -> bool:
    try:
        found = path.stat()
    except OSError:
        return False
    return made[1:] == [found.st_ino, found.st_size, found.st_mtime_ns]
