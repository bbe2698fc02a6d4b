"""Ended at any of its side effects, a publish mails nobody twice and forgets nobody.

Here a crash for each kind of effect; ``make crash`` has one for each effect.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from crash.stage import stage
from crash.walk import Tally, by_chance, crash, each_kind, every_moment


def test_a_publish_that_ends_at_any_kind_of_effect_is_finished_by_the_next(tmp_path: Path) -> None:
    with stage("smtp", tmp_path / "smtp") as there:
        kinds = Counter(there.trail)
        tally = each_kind(there, tmp_path / "site")
    assert tally.broken == []
    assert tally.kills >= 15
    for kind in ("statement", "commit", "replace", "write", "send"):
        assert kinds[f"before {kind}"] == kinds[f"after {kind}"] > 0
    assert kinds["before receive"] >= kinds["after receive"] > 0  # some meet a time-out


def test_so_it_is_when_the_restart_ends_too_and_when_the_power_fails(tmp_path: Path) -> None:
    with stage("smtp", tmp_path / "smtp") as there:
        tally = by_chance(there, tmp_path / "site", 12, times=2, again=1)
        tally += by_chance(there, tmp_path / "site", 13, times=3, also="power")
    assert tally.broken == []
    assert tally.kills >= 5


@pytest.mark.parametrize("name", ["maildir", "first"])
def test_so_it_is_with_a_maildir_and_in_a_first_run(name: str, tmp_path: Path) -> None:
    with stage(name, tmp_path / name) as there:
        tally = by_chance(there, tmp_path / "site", 14, times=3)
    assert tally.broken == []
    assert tally.kills >= 2


def test_what_is_sent_again_on_request_is_seen_by_this_harness(tmp_path: Path) -> None:
    """With ``on_unknown: resend`` the promise is another one: the harness has to say so."""
    with stage("smtp", tmp_path / "smtp", delivery="  on_unknown: resend") as there:
        tally = Tally()
        for share in range(50, 100, 5):
            tally += crash(there, tmp_path / "site", [there.moment("after send", share / 100)])
            if tally.broken:
                break
    assert any("was mailed 2 times" in what for what in tally.broken)


@pytest.mark.system
@pytest.mark.parametrize("name", ["smtp", "tls", "cold", "maildir", "first"])
def test_a_crash_at_every_eleventh_moment(name: str, tmp_path: Path) -> None:
    with stage(name, tmp_path / name) as there:
        tally = every_moment(there, tmp_path / "site", stride=11)
    assert tally.broken == []
    assert tally.kills > 15
