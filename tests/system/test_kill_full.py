"""The proof in full: two thousand subscribers and twenty kills, and a kill at every moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import Killing
from killpublish import PublishKilling

pytestmark = pytest.mark.system


def test_twenty_kills_among_two_thousand_subscribers(tmp_path: Path) -> None:
    Killing(root=tmp_path / "site", people=2000, kills=20, seed=2026).run().must_be_honest()


def test_twenty_kills_when_the_unknown_are_sent_again(tmp_path: Path) -> None:
    killing = Killing(root=tmp_path / "site", people=2000, kills=20, seed=2027, on_unknown="resend")
    killing.run().must_reach_everybody()


def test_a_publish_killed_at_every_moment(tmp_path: Path) -> None:
    assert PublishKilling(root=tmp_path, stride=1).run() > 50
