"""Sites that tests work on through the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from livesite import LiveSite


@pytest.fixture
def make_site(tmp_path: Path) -> Callable[..., LiveSite]:
    """A site in a folder of its own."""

    def make(name: str = "site", **settings: object) -> LiveSite:
        return LiveSite(tmp_path / name, **settings)

    return make
