"""``verify`` finds no fault in a ledger that the program wrote, and every one that is put there."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_world import (
    NOON,
    URL,
    answer,
    claim,
    publish,
    start,
    subscribe,
)

from publisher.domain.delivery import State, Verdict
from publisher.ledger.fence import Mark
from publisher.ledger.store import Ledger, open_ledger


@pytest.fixture
def ledger(tmp_path: Path, template: Path) -> Iterator[Ledger]:
    """A ledger with a delivery in every state."""
    shutil.copytree(template.parent, tmp_path / "state")
    with open_ledger(URL, root=tmp_path) as made:
        fill(made)
        yield made


def fill(ledger: Ledger) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada", "bob", "cleo", "dan", "eve", "fay", "gus")
    start(ledger, "a")
    answer(ledger, claim(ledger, 1), Verdict.REJECTED)
    answer(ledger, claim(ledger, 1), Verdict.UNKNOWN)
    answer(ledger, claim(ledger, 1), Verdict.DEFERRED)
    answer(ledger, claim(ledger, 1))
    ledger.remove("eve@example.com", NOON)
    claim(ledger, 1)
    start(ledger, "b")
    ledger.cancel(2, NOON)


def faults(ledger: Ledger, mark: Mark | None = None) -> list[str]:
    return list(ledger.faults(mark, lambda _: None))


def damage(tmp_path: Path, *statements: str) -> None:
    """What a program that is not ours could do to the file."""
    with closing(sqlite3.connect(tmp_path / "state" / "publisher.db")) as db:
        db.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            assert db.execute(statement).rowcount, statement
        db.commit()


def test_a_ledger_that_the_program_wrote_is_in_order(ledger: Ledger) -> None:
    found = ledger.issue(1).counts
    assert {state for state, number in found.items() if number} == {*State}
    assert faults(ledger) == []


def test_two_posts_that_became_one_are_in_order(ledger: Ledger) -> None:
    answer(ledger, claim(ledger, 0))
    ledger.recover(repeatable=False, on_unknown="hold", now=NOON)
    publish(ledger, "c")
    start(ledger, "c")
    answer(ledger, claim(ledger, 2))
    ledger.same("content/c.md", "content/a.md", NOON)
    assert faults(ledger) == []


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (
            ["UPDATE tally SET accepted = 5 WHERE issue_id = 1"],
            "issue 1: its tally says 5 accepted, there are 1",
        ),
        (
            ["DELETE FROM receipt WHERE subscriber_id = 4"],
            "issue 1: 1 deliveries have no receipt for their post, such as that to subscriber 4",
        ),
        (
            ["UPDATE delivery SET state = 'rejected' WHERE issue_id = 1 AND subscriber_id = 4"],
            "content/a.md: 1 receipts of people who did not get it, such as subscriber 4",
        ),
        (
            ["UPDATE delivery SET next_at = NULL WHERE state = 'queued'"],
            "issue 1: 1 deliveries wait with no time, or the reverse",
        ),
        (
            ["UPDATE delivery SET next_at = 0 WHERE state = 'deferred'"],
            "issue 1: 1 deliveries wait with no time, or the reverse",
        ),
        (
            ["UPDATE issue SET state = 'done', finished_at = 1 WHERE id = 1"],
            "issue 1: it is done, and 3 of its deliveries wait",
        ),
        (
            ["UPDATE issue_post SET post_id = 2 WHERE issue_id = 1"],
            "receipts of people who did not get it",
        ),
        (["DELETE FROM subscriber WHERE id = 7"], "rows of delivery refer to a subscriber"),
        (["DELETE FROM tally WHERE issue_id = 2"], "issue 2: its tally says None cancelled"),
        (["DROP TABLE term"], "its tables are not this program's"),
        (["DROP INDEX ix_delivery_waiting"], "its tables are not this program's"),
    ],
)
def test_a_fault_is_found_and_said(
    statements: list[str], said: str, ledger: Ledger, tmp_path: Path
) -> None:
    if statements[0].startswith("DROP"):
        with closing(sqlite3.connect(tmp_path / "state" / "publisher.db")) as db:
            db.execute(statements[0])
    else:
        damage(tmp_path, *statements)
    assert any(said in fault for fault in faults(ledger)), faults(ledger)


def test_a_page_that_is_torn_is_found(ledger: Ledger, tmp_path: Path) -> None:
    ledger.close()
    path = tmp_path / "state" / "publisher.db"
    with closing(sqlite3.connect(path)) as db:
        (page,) = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'receipt'").fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
    kept = bytearray(path.read_bytes())
    kept[(page - 1) * size : page * size] = b"\xa5" * size
    path.write_bytes(kept)
    with open_ledger(URL, root=tmp_path) as torn:
        assert "malformed" in " ".join(faults(torn))


def test_the_mark_has_to_be_of_this_ledger_and_not_ahead(ledger: Ledger) -> None:
    own = ledger.mark()
    assert faults(ledger, own) == []
    assert faults(ledger, Mark(ledger=own.ledger, settled=0)) == []
    (ahead,) = faults(ledger, Mark(ledger=own.ledger, settled=own.settled + 3))
    assert ahead == "the mark beside it is ahead by 3: this is an older copy"
    (other,) = faults(ledger, Mark(ledger="f" * 32, settled=0))
    assert "of another ledger" in other


def test_what_is_looked_at_is_told_step_by_step(ledger: Ledger) -> None:
    told: list[str] = []
    assert list(ledger.faults(None, told.append)) == []
    assert told == ["the file", "its tables", "its issues", "its receipts", "its mark"]
