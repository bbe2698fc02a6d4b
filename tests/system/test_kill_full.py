"""The proof in full: two thousand subscribers, twenty kills at random moments."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import kill_while_mailing


@pytest.mark.system
def test_twenty_kills_among_two_thousand_subscribers(tmp_path: Path) -> None:
    after = kill_while_mailing(tmp_path / "site", people=2000, kills=20, seed=2026)
    print(f"unknown: {after.counts.get('unknown', 0)} of at most {after.kills * 4}")
    after.must_be_honest()
