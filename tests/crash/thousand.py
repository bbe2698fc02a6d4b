"""A thousand kills and more, in as many processes as there are cores."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from crash.kills import Killing
from crash.stage import stage
from crash.walk import Tally, by_chance, every_moment

#: What is walked whole: stages, the longest first.
WALKED = ("smtp", "maildir", "first")

#: By chance: a stage, a seed, how many crashes of the restart follow each, and what goes wrong
#: beside (see ``walk.ALSO``).
CHANCED = (
    ("smtp", 1, 1, ""),
    ("maildir", 2, 1, ""),
    ("cold", 3, 0, ""),
    ("tls", 4, 0, ""),
    ("smtp", 5, 0, "power"),
    ("maildir", 6, 0, "power"),
    ("smtp", 7, 0, "behind"),
    ("smtp", 8, 0, "ahead"),
)
TIMES = 25

#: kill -9: a seed for each site, so many daemons of which are killed one after the other.
SEEDS = (2026, 2027, 2028, 2029)
KILLS, PEOPLE = 25, 2000


def everything(say: Callable[[str], None]) -> Tally:
    """All of it. A line is said about each part when it has ended."""
    cores = os.cpu_count() or 1
    total = Tally()
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        parts = {
            pool.submit(
                walked, name, first, cores
            ): f"{name}, every moment, part {first} of {cores}"
            for name in WALKED
            for first in range(1, cores + 1)
        }
        parts |= {pool.submit(killed, seed): f"kill -9, seed {seed}" for seed in SEEDS}
        parts |= {
            pool.submit(chanced, *one): " ".join(["by chance:", *map(str, one)]) for one in CHANCED
        }
        for part in as_completed(parts):
            tally = part.result()
            say(f"{parts[part]}: {tally.kills} kills, {tally.unknown} unknown")
            total += tally
    return total


def walked(name: str, first: int, stride: int) -> Tally:
    """A crash at each moment from ``first`` on."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with stage(name, root / name) as there:
            return every_moment(there, root / "site", first=first, stride=stride)


def chanced(name: str, seed: int, again: int, also: str) -> Tally:
    """Crashes at moments by chance."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        with stage(name, root / name) as there:
            return by_chance(there, root / "site", seed, times=TIMES, again=again, also=also)


def killed(seed: int) -> Tally:
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
    return tally
