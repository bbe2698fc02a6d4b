"""A thousand kills and more, and what they came to. Exit code 1 when a promise was not kept.

python -m crash                        all of it, in as many processes as there are cores
python -m crash smtp 137 [20] [power]  one crash again: stage, moment (of the restart, too)
python -m crash kills 2026             the kill -9s of one seed again
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from crash.stage import stage
from crash.thousand import everything, killed
from crash.walk import ALSO, Tally, crash


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for and print the tally."""
    began_s = time.monotonic()
    tally = _again(arguments) if arguments else everything(_say)
    _say(f"{tally.kills} kills in {time.monotonic() - began_s:.0f} s, by where they came:")
    for kind, number in sorted(tally.kinds.items(), key=lambda item: item[0].split()[::-1]):
        _say(f"  {number:5} {kind}")
    twice, lost = (sum(f": {what}: " in one for one in tally.broken) for what in ("twice", "lost"))
    _say(
        f"messages twice: {twice}, lost: {lost}, anything else: {len(tally.broken) - twice - lost}"
    )
    _say(f"unknown: {tally.unknown}, at most one for each connection and kill")
    for broken in tally.broken:
        _say(f"  python -m crash {broken}")
    return 1 if tally.broken else 0


def _again(arguments: Sequence[str]) -> Tally:
    name, *rest = arguments
    if name == "kills":
        return killed(int(rest[0]))
    also = rest.pop() if rest[-1] in ALSO else ""
    with tempfile.TemporaryDirectory() as folder, stage(name, Path(folder) / name) as there:
        return crash(there, Path(folder) / "site", [int(moment) for moment in rest], also=also)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
