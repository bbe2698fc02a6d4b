"""How things stood after the last pass, so that a pass with nothing new need not find it out again.

What a pass comes to depends on the folder, the ledger, the rules, the feed files and the time. Each
can be told to be as it was at far less cost than a decision: files by what the folder says of them,
the ledger by the numbers of its changes or a digest of its rows, the time by the next instant that
anything waits for. While all of them are the same there is nothing to do, and the report is that of
the last pass.

In a daemon this is remembered; for a single ``publish`` it is kept in a file beside the ledger,
which may be lost or damaged: it only saves work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any, Protocol

from publisher.domain.errors import LedgerUnusable
from publisher.domain.finding import Finding
from publisher.domain.plan import Plan, Policy, Upcoming
from publisher.domain.post import Scan
from publisher.notes import Notes
from publisher.report import PassReport
from publisher.syndicate import WrittenFeed


class MarkedFolder(Protocol):
    """The content folder, as far as it can be told without reading files."""

    def mark(self) -> str | None:
        """The same while a scan would find the same; None where that can't be said."""


class MarkedBook(Protocol):
    """The ledger, as far as it can be told to be unchanged."""

    def changes(self) -> tuple[int, int]:
        """Numbers that differ when anything may have changed but for the time of the last pass."""

    def fingerprint(self) -> str:
        """A digest of all that a decision reads."""


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
    """Remembers the last pass. ``path`` is where it is kept for another process, if anywhere.

    ``rules`` stands for the program and for all of its configuration that a pass depends on. Feed
    files are below ``root``, and ``notes`` say how each was left.
    """

    folder: MarkedFolder
    book: MarkedBook
    notes: Notes
    root: Path
    rules: str
    path: Path | None = None
    _ground: Ground | None = field(default=None, init=False)
    _report: PassReport | None = field(default=None, init=False)

    def ground(self, scan: Scan | None, policy: Policy) -> Ground:
        """What a pass that begins now stands on."""
        mark = None if scan is not None or self.path is None else self.folder.mark()
        return Ground(scan=scan, mark=mark, policy=policy, changes=self.book.changes())

    def again(self, ground: Ground, now: datetime) -> PassReport | None:
        """The report of a pass at ``now``, if there is nothing for it to do."""
        if ground.scan is None:
            return self._kept(ground, now)
        report = self._report
        if report is None or ground != self._ground or not _holds(report, now):
            return None
        return replace(report, at=now) if self._as_left() else None

    def keep(self, ground: Ground, report: PassReport, writes: int) -> None:
        """Remember a pass, in which so many transactions were written; forget those before."""
        self._ground = self._report = None
        with suppress(LedgerUnusable):  # the pass is done all the same
            self._keep(ground, report, writes)

    def _keep(self, ground: Ground, report: PassReport, writes: int) -> None:
        last, own = ground.changes
        if not _is_settled(report) or self.book.changes() != (last, own + writes):
            return
        settled = _with_nothing_done(report)
        self._ground = replace(ground, changes=(last, own + writes))
        self._report = settled
        if self.path is not None and ground.mark is not None:
            self._write(self.path, ground, settled)

    def _kept(self, ground: Ground, now: datetime) -> PassReport | None:
        if self.path is None or ground.mark is None:
            return None
        try:
            kept = json.loads(self.path.read_bytes())
            report = _read(kept["report"])
            same = kept["ground"] == self._told(ground)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        if not same or not _holds(report, now) or not self._as_left():
            return None
        return replace(report, at=now) if kept["ledger"] == self.book.fingerprint() else None

    def _write(self, path: Path, ground: Ground, report: PassReport) -> None:
        ledger = self.book.fingerprint()
        if self._ground is None or self.book.changes() != self._ground.changes:
            return  # somebody wrote in between
        kept = {"ground": self._told(ground), "ledger": ledger, "report": _shape(report)}
        new = path.with_name(f".{path.name}.new")
        with suppress(OSError):
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "w", encoding="ascii") as file:
                json.dump(kept, file)
            os.replace(new, path)

    def _told(self, ground: Ground) -> str:
        policy = replace(ground.policy, answering=frozenset())
        answering, made = sorted(ground.policy.answering), sorted(self.notes.made.items())
        whole = (self.rules, ground.mark, policy, answering, made)
        return blake2b(repr(whole).encode("utf-8", "replace"), digest_size=20).hexdigest()

    def _as_left(self) -> bool:
        """Whether each feed file is on the disk as it was left there."""
        return all(_stands(self.root / name, made) for name, made in self.notes.made.items())


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


def _shape(report: PassReport) -> Mapping[str, Any]:
    """What of a report is told to a person, who is told nothing of live posts."""
    plan = report.plan
    return {
        "at": report.at.isoformat(),
        "wakeup": plan.wakeup and plan.wakeup.isoformat(),
        **{
            what: [
                [one.path, one.url, one.due.isoformat(), one.reason] for one in getattr(plan, what)
            ]
            for what in ("scheduled", "drafts", "held")
        },
        **{
            what: [[one.path, one.line, one.message] for one in getattr(report, what)]
            for what in ("problems", "warnings")
        },
        "feeds": [asdict(one) for one in report.feeds],
    }


def _read(shape: Mapping[str, Any]) -> PassReport:
    scheduled, drafts, held = (
        tuple(
            Upcoming(path=path, url=url, due=datetime.fromisoformat(due), reason=reason)
            for path, url, due, reason in shape[what]
        )
        for what in ("scheduled", "drafts", "held")
    )
    problems, warnings = (
        tuple(Finding(path=path, line=line, message=message) for path, line, message in shape[what])
        for what in ("problems", "warnings")
    )
    wakeup = shape["wakeup"] and datetime.fromisoformat(shape["wakeup"])
    return PassReport(
        at=datetime.fromisoformat(shape["at"]),
        plan=Plan(scheduled=scheduled, drafts=drafts, held=held, problems=problems, wakeup=wakeup),
        shown=(),
        feeds=tuple(WrittenFeed(**one) for one in shape["feeds"]),
        issues=(),
        problems=problems,
        warnings=warnings,
    )
