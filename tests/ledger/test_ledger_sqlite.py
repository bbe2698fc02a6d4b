"""What only SQLite does: durability, other processes, a disk that fails, and copies."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from ledger_world import (
    NOON,
    URL,
    answer,
    claim,
    counts,
    in_line,
    person,
    publish,
    settling,
    start,
    subscribe,
)
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError, OperationalError

from publisher.domain.delivery import Settlement, State
from publisher.domain.errors import LedgerUnusable, Refused
from publisher.ledger.begin import _BEGIN, _PASS_OVER
from publisher.ledger.deliveries import _NEXT
from publisher.ledger.line import _FARTHEST, _UNDER_WAY, _page
from publisher.ledger.migrate import migrate
from publisher.ledger.place import locate
from publisher.ledger.prepared import Prepared
from publisher.ledger.receipts import _GIVE_UP
from publisher.ledger.settle import _SETTLE
from publisher.ledger.sqlite import Sqlite, Survive
from publisher.ledger.store import Ledger, open_ledger


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A site with a ledger in which nothing is yet."""
    migrate(URL, root=tmp_path, nonce=bytes(16))
    return tmp_path


@pytest.fixture
def path(root: Path) -> Path:
    return root / "state" / "publisher.db"


@pytest.fixture
def database(root: Path) -> Iterator[Sqlite]:
    made = Sqlite(locate(URL, root), patience_s=0.05)
    yield made
    made.close()


@pytest.fixture
def ledger(database: Sqlite) -> Ledger:
    return Ledger(database)


# Transactions.


@pytest.mark.parametrize(("survive", "level"), [("power", 2), ("process", 1)])
def test_a_commit_survives_what_was_asked_for(survive: Survive, level: int, root: Path) -> None:
    database = Sqlite(locate(URL, root), survive=survive)
    for begin in (database.writing, database.reading):
        with begin() as db:
            assert db.exec_driver_sql("PRAGMA synchronous").scalar() == level
            assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    database.close()


def test_a_write_that_fails_leaves_nothing(database: Sqlite) -> None:
    def fail() -> None:
        with database.writing() as db:
            db.execute(text("INSERT INTO meta VALUES ('half', 'done')"))
            db.execute(text("CREATE TABLE extra (x)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as db:
        assert db.execute(text("SELECT count(*) FROM meta")).scalar() == 0
        assert not inspect(db).has_table("extra")


def test_a_reader_sees_one_moment_while_another_writes(database: Sqlite) -> None:
    count = text("SELECT count(*) FROM meta")
    with database.reading() as reader:
        before = reader.execute(count).scalar()
        with database.writing() as writer:
            writer.execute(text("INSERT INTO meta VALUES ('new', 'mark')"))
        assert reader.execute(count).scalar() == before == 0
    with database.reading() as reader:
        assert reader.execute(count).scalar() == 1


def test_a_write_locks_from_its_beginning_on(database: Sqlite, path: Path) -> None:
    with database.writing(), closing(sqlite3.connect(path, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM meta").fetchone() == (0,)


def test_references_are_held_to(database: Sqlite) -> None:
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), database.writing() as db:
        db.execute(text("INSERT INTO issue_post VALUES (7, 7)"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE delivery SET state = 'lost'",
        "UPDATE delivery SET state = 'queued'",
        "UPDATE delivery SET next_at = 1",
        "UPDATE delivery SET attempts = -1",
        "UPDATE issue SET state = 'gone'",
        "UPDATE issue SET state = 'done'",
        "UPDATE issue SET finished_at = 1",
        "UPDATE issue SET started_at = NULL",
        "UPDATE issue SET released = 2",
        "UPDATE tally SET queued = -1",
        "UPDATE subscriber SET standing = 'asleep'",
        "UPDATE subscriber SET standing = 'unsubscribed'",
        "UPDATE subscriber SET unsubscribed_at = 1",
        "INSERT INTO receipt VALUES (1, 1, 1)",
        "INSERT INTO delivery SELECT * FROM delivery",
        "INSERT INTO subscriber SELECT 9, mailbox, '', '', standing, 0, NULL, '' FROM subscriber",
    ],
)
def test_the_database_itself_refuses_what_can_not_be(
    statement: str, ledger: Ledger, database: Sqlite
) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    start(ledger, "a")
    claim(ledger)
    with pytest.raises(IntegrityError), database.writing() as db:
        db.execute(text(statement))


# Other processes.


def test_a_ledger_that_another_process_keeps_locked_is_said_and_usable_after(
    ledger: Ledger, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(2):
            with pytest.raises(LedgerUnusable, match=r"state/publisher\.db: another program keeps"):
                ledger.passed(NOON)
        assert ledger.view(NOON).last_pass_at is None
        other.execute("COMMIT")
    ledger.passed(NOON)
    assert ledger.view(NOON).last_pass_at == NOON


def test_a_write_waits_for_that_of_another_process(root: Path, path: Path) -> None:
    with (
        open_ledger(URL, root=root) as ledger,
        closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.2, other.execute, ["COMMIT"])
        timer.start()
        ledger.passed(NOON)
        timer.join()
        assert ledger.view(NOON).last_pass_at == NOON


def test_a_change_by_anyone_else_changes_the_number_and_ones_own_does_not(root: Path) -> None:
    with open_ledger(URL, root=root) as daemon, open_ledger(URL, root=root) as person_s:
        first = daemon.data_version()
        daemon.passed(NOON)
        assert daemon.data_version() == first
        publish(person_s, "a")
        second = daemon.data_version()
        assert second != first
        assert daemon.data_version() == second
        person_s.lookup("a")
        assert daemon.data_version() == second


def test_two_processes_that_claim_at_once_share_the_deliveries(root: Path) -> None:
    """One writer is the rule; the statement itself holds without it."""
    with open_ledger(URL, root=root, survive="process") as ledger:
        publish(ledger, "a")
        ledger.add([person(f"reader{number}") for number in range(300)], NOON)
        start(ledger, "a")
        program = f"""
from datetime import UTC, datetime
from pathlib import Path
from publisher.domain.line import Lane
from publisher.ledger.store import open_ledger
now = datetime(2026, 2, 19, 12, tzinfo=UTC)
with open_ledger({URL!r}, root=Path({str(root)!r}), survive="process") as ledger:
    (issue,) = ledger.under_way()
    while line := ledger.waiting(issue, Lane(), None, 7, now).claims:
        print(*(one.subscriber_id for one in ledger.write([], line, now)))
"""
        workers = [
            subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        claimed = [int(word) for one in workers for word in one.communicate()[0].split()]
        assert sorted(claimed) == list(range(1, 301))
        assert counts(ledger, 1) == {"sending": 300}


def test_a_process_killed_in_the_middle_of_writing_leaves_the_ledger_as_it_was(
    root: Path,
) -> None:
    program = f"""
import os
from pathlib import Path
from publisher.ledger.place import locate
from publisher.ledger.sqlite import Sqlite
from sqlalchemy import text
database = Sqlite(locate({URL!r}, Path({str(root)!r})))
with database.writing() as db:
    db.execute(text("PRAGMA cache_size = 1"))
    for number in range(2000):
        row = dict(key=f"k{{number}}", value="x" * 500)
        db.execute(text("INSERT INTO meta VALUES (:key, :value)"), row)
    os.kill(os.getpid(), 9)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == -9
    with open_ledger(URL, root=root) as ledger:
        ledger.passed(NOON)
        assert ledger.view(NOON).last_pass_at == NOON


# Threads.


def test_threads_may_use_one_ledger_together(ledger: Ledger) -> None:
    publish(ledger, "a")
    ledger.add([person(f"reader{number}") for number in range(200)], NOON)
    start(ledger, "a")
    failures: list[BaseException] = []

    def leaving(first: int) -> None:
        for who in range(first, 101, 2):
            assert ledger.unsubscribe(who, NOON)

    def reading() -> None:
        for _ in range(20):
            assert sum(ledger.issue(1).counts.values()) == 200
            assert len(ledger.view(NOON).known) == 1
            ledger.data_version()

    def delivering() -> None:
        while claims := claim(ledger, 5):
            answer(ledger, claims)

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # noqa: BLE001  told to the test's own thread
                failures.append(error)

        return run

    work = [lambda: leaving(1), lambda: leaving(2), reading, reading, delivering]
    threads = [threading.Thread(target=guarded(one)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    done = ledger.issue(1).counts
    assert done[State.ACCEPTED] + done[State.CANCELLED] == 200
    assert done[State.ACCEPTED] >= 100


# A disk that fails.


def spoil(path: Path, how: str) -> None:
    if how == "garbage":
        path.write_bytes(b"not a database at all, but of some length" * 100)
    elif how == "cut":
        os.truncate(path, 5000)
    elif how == "overwritten":
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 60000)


@pytest.mark.parametrize("how", ["garbage", "cut", "overwritten"])
def test_a_damaged_ledger_is_said_and_not_touched(how: str, root: Path, path: Path) -> None:
    spoil(path, how)
    before = path.read_bytes()
    with (
        pytest.raises(LedgerUnusable, match=r"state/publisher\.db: .*put back a backup"),
        open_ledger(URL, root=root) as ledger,
    ):
        publish(ledger, "a")
    assert path.read_bytes() == before


def test_a_full_disk_is_said_and_nothing_is_half_written(ledger: Ledger, database: Sqlite) -> None:
    with database.writing() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}").all()
    with pytest.raises(LedgerUnusable, match="the disk is full: make room"):
        ledger.add([person(f"reader{number}") for number in range(2000)], NOON)
    assert list(ledger.subscribers()) == []
    with database.writing() as db:
        db.exec_driver_sql("PRAGMA max_page_count = 100000").all()
    assert ledger.add([person("ada")], NOON).added == 1


def test_a_ledger_that_can_not_be_written_is_said_and_can_be_read(
    ledger: Ledger, database: Sqlite
) -> None:
    subscribe(ledger, "ada")
    with database.writing() as db:
        db.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(LedgerUnusable, match="can't be written: make the file and its folder"):
        ledger.unsubscribe(1, NOON)
    assert len(list(ledger.subscribers())) == 1


def test_a_folder_that_may_not_be_entered_is_said(root: Path) -> None:
    (root / "state").rename(root / "elsewhere")
    database = Sqlite(locate(URL, root))
    with pytest.raises(LedgerUnusable, match="can't be opened: check that the file is there"):
        Ledger(database).view(NOON)
    assert not (root / "state").exists()


def test_a_bug_is_not_taken_for_a_fault_of_the_disk(database: Sqlite) -> None:
    with pytest.raises(OperationalError, match="no such table"), database.writing() as db:
        db.execute(text("SELECT * FROM nowhere"))


# Copies.


def test_a_backup_is_a_ledger_of_its_own_file(ledger: Ledger, root: Path) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada")
    (root / "kept").mkdir()
    ledger.backup(root / "kept" / "copy.db")
    subscribe(ledger, "bob")
    assert [path.name for path in (root / "kept").iterdir()] == ["copy.db"]
    assert stat.S_IMODE((root / "kept" / "copy.db").stat().st_mode) == 0o600
    with open_ledger("sqlite:kept/copy.db", root=root) as copy:
        assert copy.lookup("a") == ledger.lookup("a")
        assert [one.mailbox for one in copy.subscribers()] == ["ada@example.com"]


def test_a_backup_is_made_while_another_process_writes(ledger: Ledger, path: Path) -> None:
    subscribe(ledger, "ada")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("DELETE FROM subscriber")
        ledger.backup(path.with_name("copy.db"))
        other.execute("ROLLBACK")
    with closing(sqlite3.connect(path.with_name("copy.db"))) as copy:
        assert copy.execute("SELECT count(*) FROM subscriber").fetchone() == (1,)


def test_a_file_that_is_there_is_not_written_over(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(Refused, match=r"copy\.db: there is a file already: name another"):
        ledger.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_backup_that_can_not_be_made_leaves_nothing(
    ledger: Ledger, path: Path, tmp_path: Path
) -> None:
    with pytest.raises(LedgerUnusable, match="the copy can't be made"):
        ledger.backup(tmp_path / "nowhere" / "copy.db")
    assert not (tmp_path / "nowhere").exists()
    subscribe(ledger, "ada")
    ledger.close()
    spoil(path, "cut")
    with pytest.raises(LedgerUnusable, match="put back a backup"):
        ledger.backup(tmp_path / "copy.db")
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


# The hot path.

INDEXES = ("ix_delivery_waiting", "ix_issue_unfinished", "sqlite_autoindex_subscriber_1")


ONE = r"PRIMARY KEY \((rowid=\?|issue_id=\?|issue_id=\? AND \w+=\?|post_id=\? AND \w+=\?)\)"
PLANS = {
    "a page": (_page(False, None, 0), "in_line"),
    "a page of a lane": (_page(False, 2, 3), "in_line"),
    "a page of a stage": (_page(True, None, 0), "in_line"),
    "the end of a page": (_FARTHEST, "in_line"),
    "begin": (_BEGIN, "delivery"),
    "pass over": (_PASS_OVER, "delivery"),
    "settle": (_SETTLE, "delivery"),
    "give up receipts": (Prepared(_GIVE_UP), "receipt"),
    "which issues": (Prepared(_UNDER_WAY), "issue"),
    "when next": (Prepared(_NEXT), "delivery"),
}


def plan(database: Sqlite, statement: Prepared) -> list[str]:
    with database.reading_swiftly() as swift:
        text = statement.text(swift.dialect)
        values = dict.fromkeys(re.findall(r":(\w+)", text))
        found = swift.driver.execute(f"EXPLAIN QUERY PLAN {text}", values).fetchall()
    return [step for *_, step in found if step.startswith(("SCAN", "SEARCH", "USE"))]


@pytest.mark.parametrize("name", PLANS)
def test_what_every_message_costs_goes_by_an_index(name: str, database: Sqlite) -> None:
    statement, table = PLANS[name]
    steps = plan(database, statement)
    assert [step for step in steps if step.startswith(f"SEARCH {table} ")] or table == "issue"
    for step in steps:
        by_index = re.search(r"USING (COVERING )?INDEX (\w+)", step)
        assert re.search(ONE, step) or (by_index and by_index[2] in INDEXES), step


def test_a_page_begins_at_its_place_and_reads_the_line_alone(database: Sqlite) -> None:
    for name in ("a page", "a page of a lane", "a page of a stage", "the end of a page"):
        steps = plan(database, PLANS[name][0])
        place = "(next_at,subscriber_id)>(?,?) AND (next_at,subscriber_id)<(?,?)"
        line = f"SEARCH in_line USING COVERING INDEX ix_delivery_waiting (issue_id=? AND {place})"
        assert line in steps
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps


def test_an_index_holds_what_waits_and_no_more(ledger: Ledger, database: Sqlite) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob", "cleo")
    start(ledger, "a")
    answer(ledger, claim(ledger, 2))
    query = text("SELECT count(*) FROM delivery INDEXED BY ix_delivery_waiting WHERE next_at >= 0")
    with database.reading() as db:
        assert db.execute(query).scalar() == 1


def statements(database: Sqlite, work: Callable[[], object]) -> int:
    """How many statements something takes."""
    done: list[str] = []
    database.version()
    writer = database._writer
    assert writer is not None
    driver = writer.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.set_trace_callback(done.append)
    work()
    driver.set_trace_callback(None)
    return len(done)


def test_an_audience_of_any_size_is_frozen_in_the_same_few_statements(
    ledger: Ledger, database: Sqlite
) -> None:
    publish(ledger, "a", "b")
    subscribe(ledger, "ada")
    few = statements(database, lambda: start(ledger, "a"))
    ledger.add([person(f"reader{number}") for number in range(1000)], NOON)
    many = statements(database, lambda: start(ledger, "b"))
    assert ledger.issue(2).audience == 1001
    assert many == few


def test_a_write_takes_few_statements_whatever_the_audience(
    ledger: Ledger, database: Sqlite
) -> None:
    publish(ledger, "a")
    ledger.add([person(f"reader{number}") for number in range(1000)], NOON)
    start(ledger, "a")
    settled, line = settling(claim(ledger, 4)), in_line(ledger, 4)
    # BEGIN, 4 × settle, mark, 4 × begin, count, COMMIT
    assert statements(database, lambda: ledger.write(settled, line, NOON)) == 12


def test_a_write_that_fails_in_the_middle_leaves_nothing(ledger: Ledger, database: Sqlite) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    (ada,) = claim(ledger, 1)
    line = in_line(ledger)
    with database.writing() as db:
        db.execute(
            text("CREATE TRIGGER no BEFORE UPDATE ON tally BEGIN SELECT RAISE(FAIL, 'x'); END")
        )
    with pytest.raises(sqlite3.IntegrityError):
        ledger.write(settling([ada]), line, NOON)
    with database.writing() as db:
        db.execute(text("DROP TRIGGER no"))
    assert counts(ledger, 1) == {"sending": 1, "queued": 1}
    assert ledger.write(settling([ada]), line, NOON) == line


def test_each_settlement_that_is_written_is_counted_and_none_twice(ledger: Ledger) -> None:
    publish(ledger, "a")
    subscribe(ledger, "ada", "bob")
    start(ledger, "a")
    settled = settling(claim(ledger))
    assert ledger.mark().settled == 0
    ledger.write(settled[:1], [], NOON)
    assert ledger.mark().settled == 1
    ledger.write(settled, [], NOON)
    assert ledger.mark().settled == 2


def test_the_log_stays_short_through_a_long_delivery_with_readers_beside(
    root: Path, path: Path
) -> None:
    ledger = Ledger(Sqlite(locate(URL, root), survive="process"))
    publish(ledger, "a")
    ledger.add([person(f"reader{number}") for number in range(4000)], NOON)
    start(ledger, "a")
    log, longest = path.with_name("publisher.db-wal"), 0
    settled: list[Settlement] = []
    reader = iter(ledger.deliveries(1))
    while begun := ledger.write(settled, in_line(ledger, 4), NOON):
        settled = settling(begun)
        next(reader, None)
        longest = max(longest, log.stat().st_size)
    assert ledger.issue(1).state == "done"
    ledger.close()
    assert longest < 8_000_000  # without checkpoints 40 MB
