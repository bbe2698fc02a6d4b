"""A hundred thousand inputs, by hypothesis: front matter, dates, Markdown, HTML, templates.

    python -m bench fuzz

The inputs and what has to hold of each are those of ``tests/fuzz``; here there are more of them,
and other ones at every run. A failure is shrunk and printed with what brings it back. It is no part
of a plain ``python -m bench``: it measures nothing.
"""

from __future__ import annotations

import faulthandler
import os
import secrets
import sys
import time
import traceback
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

_TESTS = Path(__file__).parents[1] / "tests"
#: So many between two lines of progress; what hypothesis remembers of a batch goes with it.
BATCH = 1000
#: A body may take five seconds (``content.render_timeout``); what hangs beyond that is shown.
DEADLINE_S = 5.0
HUNG_S = 60.0


def measure() -> str:
    """Run them all. ``FUZZ_INPUTS`` says how many, else a hundred thousand."""
    sys.path[:0] = [str(_TESTS), str(_TESTS / "fuzz")]
    from grist import MILLS

    wanted = int(os.environ.get("FUZZ_INPUTS", "100000"))
    lines = ["| inputs | number | failures | seconds | slowest (ms) |", "|---|--:|--:|--:|--:|"]
    found: list[str] = []
    for name, mill in MILLS.items():
        run = _Run(mill)
        while run.done < wanted * mill.share // 100:
            run.batch(secrets.randbits(64))
            print(f"  {name}: {run.done} inputs, {len(run.failures)} failures", flush=True)
        lines.append(
            f"| {name} | {run.done:,} | {len(run.failures)} | {run.took_s:.0f} "
            f"| {run.slowest_s * 1000:.0f} |"
        )
        found += run.failures
    return "\n".join(["## Fuzz", "", *lines, *(f"\n```\n{one}\n```" for one in found)])


class _Run:
    """One mill at work."""

    def __init__(self, mill: object) -> None:
        self._mill = mill
        self.done = 0
        self.took_s = self.slowest_s = 0.0
        self.failures: list[str] = []

    def batch(self, number: int) -> None:
        """Some inputs of one seed; a failure ends the batch."""

        @seed(number)
        @settings(
            max_examples=BATCH,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def ground(data: st.DataObject) -> None:
            self._one(data.draw(self._mill.inputs))

        begun = time.monotonic()
        try:
            ground()
        except Exception:  # noqa: BLE001  (whatever it is, it is what is looked for)
            self.failures.append(f"seed {number}\n{traceback.format_exc(limit=-4)}")
        self.took_s += time.monotonic() - begun

    def _one(self, given: object) -> None:
        self.done += 1
        faulthandler.dump_traceback_later(HUNG_S, exit=True)
        begun = time.monotonic()
        try:
            self._mill.check(given)
        finally:
            faulthandler.cancel_dump_traceback_later()
        took_s = time.monotonic() - begun
        self.slowest_s = max(self.slowest_s, took_s)
        assert took_s < DEADLINE_S, f"took {took_s:.1f} s"
