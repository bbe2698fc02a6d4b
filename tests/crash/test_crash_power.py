"""The power fails: with ``survive: process`` the ledger's last commits are gone with it.

What ``survive: power`` promises then is walked in test_crash_walk.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from livesite import LiveSite

from crash.power import commits, cut_the_log, log_of
from crash.stage import CONNECTIONS, LATER, LATEST, Stage, stage


@contextmanager
def cut_off(root: Path) -> Iterator[tuple[Stage, LiveSite]]:
    """A site whose power failed while it mailed, with all of its log still there."""
    with stage("smtp", root / "smtp", delivery="  survive: process") as there:
        site = there.copy(root / "site")
        there.nest.run(site.root, *there.arguments, last=there.moment("after send", 0.7))
        assert sum(there.arrived(site).values()) >= 4
        yield there, site


def with_so_many_commits(there: Stage, site: LiveSite, kept: int) -> LiveSite:
    copy = there.make(site.root.with_name("cut"))
    shutil.rmtree(copy.root)
    shutil.copytree(site.root, copy.root)
    cut_the_log(copy, kept)
    return copy


def mailed_again(there: Stage, site: LiveSite) -> int:
    return sum(times - 1 for times in there.arrived(site).values())


def lets_no_more_be_repeated_than_was_in_flight(root: Path, stride: int) -> tuple[int, int]:
    """Cut the log at one commit after the other; how often it was refused, and how often not."""
    refused = went_on = 0
    with cut_off(root) as (there, site):
        seen = list(there.relay.server.arrived), list(there.relay.server.accepted)
        for kept in range(len(commits(log_of(site).read_bytes())), -1, -stride):
            there.relay.recall(*seen)
            cut = with_so_many_commits(there, site, kept)
            flight = there.nest.run(cut.root, "publish", "--at", LATER)
            if flight.code:
                refused += 1
                assert "publisher ledger adopt" in flight.err, flight.err
                assert mailed_again(there, cut) == 0, kept
                _is_adopted_and_mails_nobody_twice(there, cut)
            else:
                went_on += 1
                assert mailed_again(there, cut) <= CONNECTIONS, kept
    return refused, went_on


def _is_adopted_and_mails_nobody_twice(there: Stage, site: LiveSite) -> None:
    before = there.arrived(site)
    site.run("ledger", "adopt")
    for at in (LATER, LATEST):
        flight = there.nest.run(site.root, "publish", "--at", at)
        assert flight.code == 0, flight.err
    assert there.arrived(site) == before
    assert site.run("status").code == 0


def test_a_ledger_that_lost_its_last_commits_repeats_no_more_than_was_in_flight(
    tmp_path: Path,
) -> None:
    refused, went_on = lets_no_more_be_repeated_than_was_in_flight(tmp_path, stride=5)
    assert refused
    assert went_on


@pytest.mark.system
def test_so_it_is_whatever_number_of_commits_is_lost(tmp_path: Path) -> None:
    refused, went_on = lets_no_more_be_repeated_than_was_in_flight(tmp_path, stride=1)
    assert refused > 5
    assert went_on
