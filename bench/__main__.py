"""Run every benchmark, or those named, and write what they measured to bench/RESULTS.md."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from bench import growth, instant

RESULTS = Path(__file__).with_name("RESULTS.md")
ALL: dict[str, Callable[[], str]] = {"instant": instant.measure, "growth": growth.measure}


def main(names: list[str]) -> None:
    unknown = [name for name in names if name not in ALL]
    if unknown:
        sys.exit(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(ALL)}")
    sections = []
    for name in names or ALL:
        print(f"{name} …", flush=True)
        section = ALL[name]()
        print(section, flush=True)
        sections.append(section)
    if not names:
        RESULTS.write_text("\n".join([_head(), *sections]))
        print(f"written to {RESULTS}")


def _head() -> str:
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        "# Results\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}. "
        "Written by `make bench`. Times are medians of the runs named; compare ratios, "
        "not seconds, between machines.\n"
    )


main(sys.argv[1:])
