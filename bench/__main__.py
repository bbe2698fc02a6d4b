"""Run every benchmark, or those named, and write what they measured to bench/RESULTS.md.

Each benchmark has its own part of that page, which the others leave as it is.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import delivery, fuzz, growth, hugo, instant, serving

RESULTS = Path(__file__).with_name("RESULTS.md")
ALL: dict[str, Callable[[], str]] = {
    "instant": instant.measure,
    "growth": growth.measure,
    "hugo": hugo.measure,
    "serving": serving.measure,
    "delivery": delivery.measure,
    "fuzz": fuzz.measure,
}
#: Takes ten minutes and measures nothing: only when it is named.
APART = {"fuzz"}
HEAD = """\
# Results

Written by `make bench`. Times are medians of the runs named; compare ratios, not seconds, between
machines.
"""
MARK = re.compile(r"^<!-- ([a-z]+) -->\n", re.MULTILINE)


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(ALL)}")
    for name in names or [name for name in ALL if name not in APART]:
        print(f"{name} …", flush=True)
        part = f"{_circumstances()}\n\n{ALL[name]()}"
        print(part, flush=True)
        _keep(name, part)
    print(f"written to {RESULTS}")


def _keep(name: str, part: str) -> None:
    """Put one benchmark's part in the place of its former one."""
    found = MARK.split(RESULTS.read_text()) if RESULTS.exists() else [""]
    parts = dict(zip(found[1::2], found[2::2], strict=True)) | {name: f"{part.strip()}\n"}
    written = [f"<!-- {one} -->\n{parts[one].strip()}\n" for one in ALL if one in parts]
    RESULTS.write_text("\n".join([HEAD, *written]))


def _circumstances() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])
