"""Sites that tests work on through the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from livesite import LiveSite


@pytest.fixture
def site(tmp_path: Path) -> LiveSite:
    """A site with one public post, one that is scheduled and one draft."""
    made = LiveSite(tmp_path / "site")
    made.post("old.md", title="Old", date="2026-01-05 08:00")
    made.post("next.md", title="Next", date="2026-03-02 08:00", tags="[tides]")
    made.post("later.md", title="Later", date="2026-01-01", draft="true")
    return made
