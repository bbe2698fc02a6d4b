"""The program with a clock that can be set: ``python leaping.py FILE ARGUMENT...``

FILE holds by how many seconds the wall clock and the boot clock are ahead of the real ones: two
numbers, which may change while it runs. A machine that was suspended for an hour finds both an hour
on; a clock that somebody set, only the first.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from publisher.bootstrap import Edge
from publisher.cli.app import run


def main(file: Path, arguments: list[str]) -> int:
    """Run a command line by the clock that the file says."""
    boot = time.clock_gettime

    def ahead() -> tuple[float, float]:
        wall_s, boot_s = file.read_text().split()
        return float(wall_s), float(boot_s)

    Edge.now = lambda _: datetime.now(UTC) + timedelta(seconds=ahead()[0])  # type: ignore[method-assign]
    time.clock_gettime = lambda clock: boot(clock) + ahead()[1]  # type: ignore[assignment]
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
