"""What is killed mails nobody twice, forgets nobody, and says what it can't know.

The full form, two thousand subscribers and twenty kills, and a publish that is killed at every
single moment, is in tests/system.
"""

from __future__ import annotations

from pathlib import Path

from killing import Killing
from killpublish import PublishKilling


def test_a_daemon_killed_while_it_mails_leaves_few_unknown_and_none_twice(tmp_path: Path) -> None:
    Killing(root=tmp_path / "site", people=300, kills=5, seed=11).run().must_be_honest()


def test_a_publish_killed_anywhere_is_finished_by_the_next(tmp_path: Path) -> None:
    assert PublishKilling(root=tmp_path, stride=17).run() >= 3
