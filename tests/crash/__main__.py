"""A thousand kills and more, and what they came to. Exit code 1 when a promise was not kept.

python -m crash                        all of it, in as many processes as there are cores
python -m crash smtp 137 [20] [power]  one crash again: stage, moment (of the restart, too)
python -m crash kills 2026             the kill -9s of one seed again
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from crash.kills import Killing
from crash.stage import stage
from crash.walk import ALSO, Tally, by_chance, crash, every_moment

#: Crashes by chance: of the restart, of a cold start, under TLS, with a power cut.
BY_CHANCE = 30

#: What is killed by kill -9: seeds, each with so many daemons, one after the other.
SEEDS = (2026, 2027, 2028, 2029)
KILLS, PEOPLE = 25, 2000


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for and print the tally."""
    began_s = time.monotonic()
    tally = _again(arguments) if arguments else _everything()
    _say(f"{tally.kills} kills in {time.monotonic() - began_s:.0f} s")
    for kind, number in sorted(tally.kinds.items()):
        _say(f"  {number:5} {kind}")
    _say(f"unknown: {tally.unknown} (at most one per connection and kill)")
    _say(f"messages twice, people lost, anything else: {len(tally.broken)}")
    for broken in tally.broken:
        _say(f"  python -m crash {broken}")
    return 1 if tally.broken else 0


def _everything() -> Tally:
    """Each part in a process of its own, the longest first."""
    cores = os.cpu_count() or 1
    tally = Tally()
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        parts = [
            *(
                pool.submit(_walked, name, first, cores)
                for name in ("smtp", "maildir", "first")
                for first in range(1, cores + 1)
            ),
            *(pool.submit(_killed, seed) for seed in SEEDS),
            pool.submit(_chanced, "smtp", 1, 1, ""),
            pool.submit(_chanced, "maildir", 2, 1, ""),
            pool.submit(_chanced, "cold", 3, 0, ""),
            pool.submit(_chanced, "tls", 4, 0, ""),
            pool.submit(_chanced, "smtp", 5, 0, "power"),
            pool.submit(_chanced, "maildir", 6, 0, "power"),
        ]
        for part in parts:
            tally += part.result()
    return tally


def _walked(name: str, first: int, stride: int) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with stage(name, root / name) as there:
            tally = every_moment(there, root / "site", first=first, stride=stride)
    _say(f"{name}: every moment from {first} on by {stride}: {tally.kills} kills")
    return tally


def _chanced(name: str, seed: int, again: int, also: str) -> Tally:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with stage(name, root / name) as there:
            tally = by_chance(there, root / "site", seed, times=BY_CHANCE, again=again, also=also)
    _say(f"{name}, by chance {also}, {again} more while it restarts: {tally.kills} kills")
    return tally


def _killed(seed: int) -> Tally:
    """kill -9 of one daemon after the other."""
    tally = Tally(kills=KILLS)
    tally.kinds["kill -9"] = KILLS
    with tempfile.TemporaryDirectory() as folder:
        try:
            after = Killing(root=Path(folder), people=PEOPLE, kills=KILLS, seed=seed).run()
            tally.unknown = len(after.unknown)
            after.must_be_honest()
        except AssertionError as error:
            tally.broken.append(f"kills {seed}: {error}")
    _say(f"kill -9, seed {seed}: {KILLS} kills, {tally.unknown} unknown")
    return tally


def _again(arguments: Sequence[str]) -> Tally:
    name, *rest = arguments
    if name == "kills":
        return _killed(int(rest[0]))
    also = rest.pop() if rest[-1] in ALSO else ""
    with tempfile.TemporaryDirectory() as folder, stage(name, Path(folder) / name) as there:
        return crash(there, Path(folder) / "site", [int(moment) for moment in rest], also=also)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
