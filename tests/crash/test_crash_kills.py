"""kill -9 at random times leaves few unknown, and what the ledger says adds up."""

from __future__ import annotations

from pathlib import Path

import pytest

from crash.kills import Killing


def test_a_daemon_killed_while_it_mails_leaves_few_unknown_and_none_twice(tmp_path: Path) -> None:
    Killing(root=tmp_path / "site", people=300, kills=5, seed=11).run().must_be_honest()


@pytest.mark.system
def test_twenty_kills_among_two_thousand_subscribers(tmp_path: Path) -> None:
    Killing(root=tmp_path / "site", people=2000, kills=20, seed=2026).run().must_be_honest()


@pytest.mark.system
def test_twenty_kills_when_the_unknown_are_sent_again(tmp_path: Path) -> None:
    killing = Killing(root=tmp_path / "site", people=2000, kills=20, seed=2027, on_unknown="resend")
    killing.run().must_reach_everybody()
