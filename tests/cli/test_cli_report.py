"""report: a table, CSV or JSON of every recipient, written while it is read."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from livesite import ENVIRONMENT, LiveSite

from publisher.audience.tokens import message_ids
from publisher.cli.report import CHUNK, Format, pieces
from publisher.domain.delivery import State
from publisher.domain.errors import LedgerUnusable
from publisher.domain.issue import IssueState
from publisher.ledger.rows import DeliveryRow, IssueRow

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = LiveSite(tmp_path_factory.mktemp("sent"))
    site.post("next.md", title="Next", date="2026-03-02 08:00")
    site.subscribe("ada@example.com", "grace@example.org", "=cmd@example.com", "o'hara@example.net")
    site.publish(BEFORE)
    site.publish(AFTER)
    unknown = "state = 'unknown', reply = 'no answer, «maybe» \"sent\"'"
    rejected = "state = 'rejected', reply = '-1 550 no'"
    write(site, f"UPDATE delivery SET {unknown} WHERE subscriber_id = 2")
    write(site, f"UPDATE delivery SET {rejected} WHERE subscriber_id = 3")
    write(site, "UPDATE tally SET accepted = 2, unknown = 1, rejected = 1")
    return site.root


@pytest.fixture
def sent(made_once: Path, tmp_path: Path) -> LiveSite:
    """A site that has mailed issue 1 to four people, with what servers say written in."""
    shutil.copytree(made_once, tmp_path / "sent")
    return LiveSite(tmp_path / "sent")


def write(site: LiveSite, statement: str) -> None:
    with sqlite3.connect(site.root / "state/publisher.db") as db:
        db.execute(statement)
    db.close()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_table_has_a_line_for_each_recipient(sent: LiveSite) -> None:
    head, *lines = sent.run("report", "1").out.splitlines()
    assert head == "issue 1 done: «Next» to 4 (2 accepted, 1 rejected, 1 unknown)"
    assert lines == [
        "accepted   ada@example.com",
        'unknown    grace@example.org  no answer, «maybe» "sent"',
        "rejected   =cmd@example.com  -1 550 no",
        "accepted   o'hara@example.net",
    ]
    assert sent.run("report", "1", "--format", "table").out.splitlines() == [head, *lines]


def test_csv_says_what_json_says_but_for_the_apostrophe_before_a_formula(sent: LiveSite) -> None:
    document = sent.json("report", "1")["deliveries"]
    text = sent.run("report", "1", "--csv").out
    assert text == sent.run("report", "1", "--format", "csv").out
    assert text.count("\r\n") == 5
    plain = [{key: re.sub("^'", "", cell) for key, cell in row.items()} for row in rows(text)]
    assert plain == [{key: str(value) for key, value in row.items()} for row in document]
    assert [row["address"] for row in rows(text)][2:] == ["'=cmd@example.com", "o'hara@example.net"]
    assert [row["reply"] for row in rows(text)][2] == "'-1 550 no"


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "'"])
def test_no_cell_of_a_csv_is_a_formula(first: str) -> None:
    (row,) = rows("".join(made(Format.CSV, [one(reply=f'{first}1", 2')])))
    assert row["reply"] == f"'{first}1\", 2"


def test_json_is_one_document_in_one_format_however_it_was_asked_for(sent: LiveSite) -> None:
    asked = [("--json", "report", "1"), ("report", "1", "--format", "json")]
    first, second = [sent.run(*words).out for words in asked]
    assert first == second
    assert list(json.loads(first)) == ["issue", "audience", "counts", "deliveries"]


def test_two_formats_at_once_are_refused(sent: LiveSite) -> None:
    for words in (["--json", "--csv"], ["--csv", "--format", "table"]):
        ran = sent.run("report", "1", *words, ok=False)
        assert ran.code == 2
        assert "name one format" in ran.err


def test_only_those_who_need_a_person_can_be_asked_for(sent: LiveSite) -> None:
    asked = sent.json("report", "1", "--state", "unknown", "--state", "rejected")
    assert [row["state"] for row in asked["deliveries"]] == ["unknown", "rejected"]
    assert (asked["audience"], sum(asked["counts"].values())) == (4, 4)
    assert len(sent.run("report", "1", "--state", "unknown").out.splitlines()) == 2
    assert rows(sent.run("report", "1", "--csv", "--state", "queued").out) == []
    assert sent.json("report", "1", "--state", "queued")["deliveries"] == []
    assert sent.run("report", "1", "--state", "lost", ok=False).code == 2


def test_of_an_issue_under_way_it_is_said_that_rows_may_be_newer(sent: LiveSite) -> None:
    assert sent.run("report", "1").err == ""
    write(sent, "UPDATE issue SET state = 'sending', finished_at = NULL")
    assert "rows may be newer than the counts" in sent.run("report", "1", "--json").err


def test_a_report_that_breaks_off_is_one_document_that_says_so() -> None:
    def failing() -> Iterator[DeliveryRow]:
        yield from (one(number=number) for number in range(CHUNK + 1))
        raise LedgerUnusable("ledger.db: the disk does not read")

    said: list[str] = []
    with pytest.raises(LedgerUnusable):
        said.extend(made(Format.JSON, failing()))
    document = json.loads("".join(said))
    assert document["error"] == "ledger.db: the disk does not read"
    assert len(document["deliveries"]) == CHUNK


def test_a_reader_that_goes_away_is_no_trouble(sent: LiveSite) -> None:
    readers = ", ".join(
        f"({n}, 'r{n}@example.com', 'r{n}@example.com', '', 'active', 1)" for n in range(10, 9000)
    )
    columns = "id, mailbox, address, name, standing, created_at"
    write(sent, f"INSERT INTO subscriber ({columns}) VALUES {readers}")
    write(
        sent,
        "INSERT INTO delivery (issue_id, subscriber_id, state, attempts, reply)"
        " SELECT 1, id, 'accepted', 1, 'ok' FROM subscriber WHERE id >= 10",
    )
    for form in Format:
        words = [sys.executable, "-m", "publisher", "report", "1", "--format", form]
        with subprocess.Popen(
            words, cwd=sent.root, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as reporting:
            assert reporting.stdout
            assert reporting.stderr
            assert reporting.stdout.readline()
            reporting.stdout.close()
            assert reporting.stderr.read() == b""
        assert reporting.returncode in (0, 1)


@pytest.mark.parametrize("form", Format)
def test_a_long_report_is_begun_before_it_is_read_and_held_nowhere(form: Format) -> None:
    taken = 0

    def endless() -> Iterator[DeliveryRow]:
        nonlocal taken
        while True:
            taken += 1
            yield one(number=taken)

    said = iter(made(form, endless()))
    next(said)
    assert taken == 0
    assert next(said).count("\n") >= CHUNK - 1
    assert taken == CHUNK


def made(form: Format, of: Iterable[DeliveryRow]) -> Iterator[str]:
    row = IssueRow(
        id=1, state=IssueState.DONE, subject="Next", reason=None, released=False, edition=1,
        salt=b"salt", keys=("next",), paths=("content/next.md",), audience=0,
        counts=dict.fromkeys(State, 0), created_at=NOON, started_at=NOON, finished_at=NOON,
        at_stage=None,
    )  # fmt: skip
    return pieces(form, row, iter(of), message_ids(b"salt", "example.com"), UTC)


def one(*, number: int = 1, reply: str = "250 2.0.0 Ok: queued as 4Xy") -> DeliveryRow:
    address = f"reader{number}@example.com"
    return DeliveryRow(number, address, address, State.ACCEPTED, 1, reply)
