"""A crash at each moment in turn, or at those that are asked for, and what is left each time."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from livesite import LiveSite

from crash.power import lose_what_was_not_synced
from crash.promise import after_a_crash, after_a_restart
from crash.stage import Stage

#: What the clock says at a restart, where it goes wrong: hours or a year behind, a day ahead.
BEHIND = ("2026-03-02T07:00:00Z", "2025-03-02T12:00:00Z")
AHEAD = ("2026-03-03T14:00:00Z",)


def _at_another_time(*times: str) -> Callable[[Stage, LiveSite], None]:
    def restart(stage: Stage, site: LiveSite) -> None:
        for at in times:
            flight = stage.nest.run(site.root, "publish", "--at", at)
            assert flight.code == 0, flight.err

    return restart


#: What may go wrong beside the end of the process, by what it is called.
ALSO: Mapping[str, Callable[[Stage, LiveSite], None]] = {
    "": lambda *_: None,
    "power": lambda stage, site: lose_what_was_not_synced(site, stage.ready),
    "behind": _at_another_time(*BEHIND),
    "ahead": _at_another_time(*AHEAD),
}


@dataclass(kw_only=True)
class Tally:
    """What a number of crashes came to. ``kinds``: how many of them at which kind of moment;
    ``broken``: each promise that was not kept, with what repeats it."""

    kills: int = 0
    unknown: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def __iadd__(self, other: Tally) -> Tally:
        self.kills += other.kills
        self.unknown += other.unknown
        self.kinds += other.kinds
        self.broken += other.broken
        return self


def every_moment(stage: Stage, at: Path, *, first: int = 1, stride: int = 1) -> Tally:
    """Crash at every moment, or every ``stride``-th, until a run ends by itself."""
    tally = Tally()
    moment = first
    while (one := crash(stage, at, [moment])).kills:
        tally += one
        moment += stride
    return tally


def each_kind(stage: Stage, at: Path) -> Tally:
    """Crash at one moment of each kind, one in the middle of those."""
    tally = Tally()
    for kind in sorted(set(stage.trail)):
        tally += crash(stage, at, [stage.moment(kind)])
    return tally


def by_chance(
    stage: Stage, at: Path, seed: int, *, times: int, again: int = 0, also: str = ""
) -> Tally:
    """Crash at ``times`` moments by chance, each followed by ``again`` crashes of the restart."""
    chance = random.Random(seed)
    tally = Tally()
    for _ in range(times):
        moments = [chance.randint(1, len(stage.trail))]
        for _ in range(again):
            moments.append(chance.randint(1, max(1, len(stage.trail) - moments[-1])))
        tally += crash(stage, at, moments, also=also)
    return tally


def crash(
    stage: Stage, at: Path, moments: Sequence[int], *, trouble: str = "end", also: str = ""
) -> Tally:
    """Crash at one moment of a run, at the next one of the run after it and so on; then restart.

    A run that has no such moment ends by itself.
    """
    site = stage.copy(at)
    tally = Tally()
    wrong: list[str] = []
    try:
        for moment in moments:
            flight = stage.nest.run(site.root, *stage.arguments, last=moment, trouble=trouble)
            if trouble != "end" and (flight.code not in (0, 1) or "Traceback" in flight.err):
                wrong.append(f"ends with {flight.code}: {flight.err[-500:]}")
            if flight.moment is not None:
                tally.kills += 1
                tally.kinds[flight.moment] += 1
                ALSO[also](stage, site)
            wrong += after_a_crash(stage, site)
        verdict = after_a_restart(stage, site, tally.kills)
        tally.unknown = verdict.unknown
        wrong += verdict.broken
    except AssertionError as error:
        wrong.append(str(error))
    where = ", ".join(tally.kinds)
    how = " ".join([stage.name, *map(str, moments), *filter(None, [also])])
    tally.broken = [f"{how} ({where}): {what}" for what in wrong]
    return tally
