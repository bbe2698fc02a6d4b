"""A ``.gz`` file beside each feed file, for web servers that send such files as they are.

Such a server asks of a ``.gz`` file only that it is there, so it must never hold old bytes:
``write.replace`` takes it away before it replaces its file, and it is made anew from what is on the
disk. One that belongs to its file has the same time of change, as nginx asks for.
"""

from __future__ import annotations

import gzip
import os
import stat
from pathlib import Path

from publisher.domain.errors import OutputUnwritable
from publisher.feeds.write import advice, beside, new_file


def pair(path: Path) -> bool:
    """Make the ``.gz`` file of a file, unless it is there; True when it was made.

    The same bytes give the same bytes. Raises OutputUnwritable.
    """
    packed = beside(path)
    try:
        time_ns = path.stat().st_mtime_ns
        if _time_ns(packed) == time_ns:
            return False
        with new_file(packed, gzip.compress(path.read_bytes(), mtime=0)) as new:
            os.utime(new, ns=(time_ns, time_ns))
    except OSError as fault:
        raise OutputUnwritable(f"{packed}: can't be written: {advice(fault)}") from fault
    return True


def _time_ns(path: Path) -> int | None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns if stat.S_ISREG(found.st_mode) else None
