"""Whatever is written: no crash, no hang, no feed with a fault. bench/fuzz.py does it at length."""

from __future__ import annotations

import pytest
from grist import MILLS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

#: All of them together, in the shares that each mill has.
INPUTS = 1000


@pytest.mark.parametrize("name", MILLS)
def test_anything_is_taken_or_refused(name: str) -> None:
    mill = MILLS[name]

    @settings(
        max_examples=INPUTS * mill.share // 100,
        deadline=5000,  # content.render_timeout
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ground(data: st.DataObject) -> None:
        mill.check(data.draw(mill.inputs))

    ground()
