"""Errands as people see them: a line in the log for each attempt, and what status says of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from publisher.cli import shapes
from publisher.domain.errand import Errand, Kind, Tried

Say = Callable[..., object]


def log_attempt(tried: Tried, info: Say, warning: Say) -> None:
    """A line for one attempt, with the feed of a ping."""
    about = {"hub": tried.errand.target, "feed": tried.errand.payload}
    said: dict[str, Any] = about if tried.errand.kind is Kind.PING else {}
    if tried.done:
        info(f"{tried.errand.kind} done", **said, attempts=tried.attempts, reply=tried.reply)
    else:
        until = shapes.instant(tried.next_at)
        warning(
            f"{tried.errand.kind} failed",
            **said,
            attempts=tried.attempts,
            reply=tried.reply,
            next=until,
        )


def shape(one: Errand) -> dict[str, Any]:
    """An errand that waits, or was given up, for a script."""
    return {
        "kind": one.kind,
        "target": one.target,
        "feed": one.payload if one.kind is Kind.PING else None,
        "attempts": one.attempts,
        "reply": one.reply or None,
        "next": shapes.instant(one.next_at),
    }


def shown(errands: Sequence[Errand]) -> list[Errand]:
    """Those that a person or a script has a use for: the others are ours alone."""
    return [one for one in errands if one.kind is not Kind.ANNOUNCE]


def next_at(errands: Sequence[Errand]) -> datetime | None:
    """When the next of them is run."""
    probes = [_probe(some) for _, some in _by_way(errands)]
    return min((one.next_at for one in probes if one.next_at), default=None)


def lines(errands: Sequence[Errand], zone: tzinfo) -> Iterator[str]:
    """The same for a person: a line for each hub, and for the hook."""

    for (kind, target, _), some in _by_way(shown(errands)):
        probe = _probe(some)
        what = f"hub {target}" if kind == Kind.PING else target
        number = shapes.count(len(some), str(kind))
        if probe.next_at is None:
            yield f"{what}: {number} {probe.reply}"
        elif not probe.attempts:
            yield f"{what}: {number} to do"
        else:
            tried = f"failed {shapes.count(probe.attempts, 'time')} ({probe.reply})"
            yield f"{what}: {number} to do: {tried}, next at {shapes.local(probe.next_at, zone)}"


def _by_way(errands: Sequence[Errand]) -> Iterator[tuple[tuple[str, str, bool], list[Errand]]]:
    """Those to one target together; what was given up by itself."""

    def way(one: Errand) -> tuple[str, str, bool]:
        return one.kind, one.target, one.next_at is None

    for key, group in groupby(sorted(errands, key=way), way):
        yield key, list(group)


def _probe(some: Sequence[Errand]) -> Errand:
    """The one that is tried first: the others wait for it while nobody is reached."""
    return max(some, key=lambda one: one.attempts)
