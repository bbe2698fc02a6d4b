"""The fence: a mark beside the ledger keeps an older copy of it from repeating what was sent.

The ledger counts every attempt it has seen settled, and so does the mark, a small file that stays
where it is when the ledger is put back from a backup. Whoever publishes compares the two first:

    ledger ahead, or no mark yet       the mark is brought up to it
    mark ahead                         an older copy: refused
    another ledger, an empty one, none refused

The mark is written after each commit and never flushed to the disk: it outlives the process, and
lags behind the ledger in a power cut. A copy of the ledger together with its mark, put back
together, can't be told from the ledger.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from publisher.domain.delivery import WAITING, State
from publisher.domain.errors import LedgerUnusable
from publisher.ledger.place import Place
from publisher.ledger.rows import IssueRow

#: How many issues a refusal names.
NAMED = 5

_KIND = "publisher-mark 1"


class Fenced(LedgerUnusable):
    """The ledger is not the newest that was used here. ``more`` were settled after it, if known."""

    def __init__(self, message: str, more: int | None = None) -> None:
        self.more = more
        super().__init__(message)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Which ledger, by its random id (32 hex digits), and how many attempts it saw settled."""

    ledger: str
    settled: int

    def record(self) -> bytes:
        """The mark as it is kept: a line of one width, with a checksum."""
        body = f"{_KIND} {self.ledger:>32} {self.settled:020d}"
        return f"{body} {zlib.crc32(body.encode()):08x}\n".encode()


class Fence:
    """The mark of the ledger that is in use, open to be advanced by the one writer."""

    def __init__(self, place: Place, mark: Mark) -> None:
        """Bring the mark up to a ledger that was not refused. Raises LedgerUnusable."""
        self._ledger = mark.ledger
        if not place.mark.exists():
            set_mark(place, mark)
        try:
            self._descriptor: int | None = os.open(place.mark, os.O_WRONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unwritable(place, error) from error
        self.advance(mark.settled)

    def advance(self, settled: int) -> None:
        """Note how many were settled by a commit that was made.

        A write that fails leaves a mark that is behind, which only refuses less; the next one
        makes it good. The commit is made, so nobody may be told that it was not.
        """
        if self._descriptor is not None:
            with suppress(OSError):
                os.pwrite(self._descriptor, Mark(ledger=self._ledger, settled=settled).record(), 0)

    def close(self) -> None:
        """Let go of the mark. May be called twice."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read(place: Place) -> Mark | None:
    """The mark beside a ledger, None where there is none. Raises LedgerUnusable for no mark."""
    try:
        kept = place.mark.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerUnusable(f"{place.shown}.mark: can't be read: {error.strerror}") from error
    fields = kept.decode("ascii", "replace").removeprefix(_KIND).split()
    if len(fields) == 3 and fields[1].isdecimal():
        mark = Mark(ledger=fields[0], settled=int(fields[1]))
        if mark.record() == kept:
            return mark
    raise LedgerUnusable(
        f"{place.shown}.mark: this is no mark of a ledger, or it is damaged: if {place.shown} is "
        "the newest ledger that there is, run publisher ledger adopt"
    )


def require_not_lost(place: Place) -> None:
    """Raise Fenced where a ledger was in use, and is gone or empty: a new one would forget all."""
    try:
        empty = place.path.stat().st_size == 0
    except FileNotFoundError:
        empty = True
    except OSError as error:
        raise LedgerUnusable(f"{place.shown}: can't be read: {error.strerror}") from error
    if empty and (mark := read(place)) is not None:
        raise Fenced(
            f"{place.shown}: the ledger is gone or empty, and {place.shown}.mark says that it had "
            f"settled {_deliveries(mark.settled)}\n"
            "  A new one would know no subscriber, nor who left and who was mailed what.\n"
            f"  Put the ledger back (docs: back up, and restore) or, to begin anew: {_ADOPT}",
            mark.settled,
        )


def require_newest(
    place: Place, own: Mark, open_issues: Sequence[IssueRow], *, survives_power: bool
) -> None:
    """Raise Fenced where a ledger is not the newest one that was in use here.

    ``own`` is what the ledger says of itself, ``open_issues`` what it could go on sending, and
    ``survives_power`` whether its commits outlast a power cut.
    """
    mark = read(place)
    if mark is None or (mark.ledger == own.ledger and mark.settled <= own.settled):
        return
    if mark.ledger == own.ledger:
        more = mark.settled - own.settled
        what = (
            f"{place.shown}: this is an older copy of the ledger: {_deliveries(more)} more were "
            f"settled after it was made ({mark.settled} by {place.shown}.mark, {own.settled} here)"
        )
        if not survives_power:
            what += (
                "\n  Or the power failed: with delivery.survive: process that takes the last "
                "commits with it."
            )
    else:
        more = None
        what = (
            f"{place.shown}: this is not the ledger that was in use here last: {place.shown}.mark "
            f"is of another one, that had settled {_deliveries(mark.settled)}"
        )
    raise Fenced("\n".join([what, *_repeats(open_issues), _WAY_OUT]), more)


def _repeats(open_issues: Sequence[IssueRow]) -> list[str]:
    """What going on could send again."""
    lines = ["  It would mail again every post that went out after that"]
    for row in open_issues[:NAMED]:
        waits = sum(row.counts[state] for state in (*WAITING, State.SENDING))
        who = f"{waits} who may have had it wait here" if waits else f"{row.state} here"
        lines.append(f"  and issue {row.id} «{row.subject}»: {who}")
    if len(open_issues) > NAMED:
        lines.append(f"  and {len(open_issues) - NAMED} more issues: publisher status")
    return lines


def set_mark(place: Place, mark: Mark) -> None:
    """Put a mark (0600) into the place of whatever is there, durably, whole or not at all.

    For the lock's holder. Raises LedgerUnusable.
    """
    part = place.mark.with_name(f".{place.mark.name}.part")
    try:
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, mark.record())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.replace(part, place.mark)
        folder = os.open(place.mark.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise _unwritable(place, error) from error


def _unwritable(place: Place, error: OSError) -> LedgerUnusable:
    return LedgerUnusable(f"{place.shown}.mark: can't be written: {error.strerror}")


def _deliveries(number: int) -> str:
    return "1 delivery" if number == 1 else f"{number} deliveries"


_ADOPT = "publisher ledger adopt"
_WAY_OUT = (
    f"  Put the newest ledger back or, if it is gone, go on with this one: {_ADOPT} (it mails "
    "nobody: what is in doubt waits for you)"
)
