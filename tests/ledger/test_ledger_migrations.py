"""The schema: the same made at once or by its history, and upgraded after a copy, or told of."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from ledger_world import URL, identity, publication, publish, record, subscribe
from sqlalchemy import create_engine

import publisher
from publisher.domain.errors import LedgerUnusable, SchemaMismatch
from publisher.ledger import migrations
from publisher.ledger.migrate import HISTORY, Migration, migrate
from publisher.ledger.rows import NoLedger
from publisher.ledger.schema import HEAD, metadata
from publisher.ledger.store import open_ledger

NEXT = '''
"""A later release."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade():
    with op.batch_alter_table("subscriber") as table:
        table.add_column(sa.Column("language", sa.Text()))
    {more}
'''


def schema(path: Path) -> dict[str, list[str]]:
    """Every table and index with the parts of its definition, whatever their order and spacing."""
    query = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'alembic%'"
    with closing(sqlite3.connect(path)) as db:
        return {name: _parts(sql) for name, sql in db.execute(query)}


def _parts(sql: str) -> list[str]:
    """What is in the outermost brackets, split at the commas that are in no others."""
    head, _, rest = sql.partition("(")
    body, _, options = rest.rpartition(")")
    parts, depth = [""], 0
    for character in body:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and not depth:
            parts.append("")
        else:
            parts[-1] += character
    return sorted(" ".join(part.split()) for part in (*parts, head, options))


def later(tmp_path: Path, more: str = "") -> str:
    """A history with one more revision than this program's."""
    history = tmp_path / "later %"
    versions = history / "versions"
    versions.mkdir(parents=True)
    ours = Path(migrations.__file__).parent
    (history / "env.py").write_text((ours / "env.py").read_text())
    for revision in (ours / "versions").glob("*.py"):
        (versions / revision.name).write_text(revision.read_text())
    (versions / "0004_later.py").write_text(NEXT.format(more=more))
    return str(history)


def test_a_schema_made_at_once_and_one_made_by_its_history_are_the_same(
    tmp_path: Path, template: Path
) -> None:
    fresh = tmp_path / "fresh.db"
    engine = create_engine(f"sqlite:///{fresh}")
    metadata.create_all(engine)
    engine.dispose()
    assert schema(template) == schema(fresh)
    assert schema(fresh)["delivery"] != []


def test_alembic_sees_no_difference_either(template: Path) -> None:
    engine = create_engine(f"sqlite:///{template}")
    with engine.connect() as db:
        context = MigrationContext.configure(db)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_head_this_program_asks_for_is_that_of_its_history() -> None:
    config = Config()
    config.set_main_option("script_location", HISTORY)
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [HEAD]
    revisions = [one.revision for one in script.walk_revisions()]
    assert all(re.fullmatch(r"\d{4}", revision) for revision in revisions)
    assert revisions == sorted(revisions, reverse=True)


def test_every_constraint_has_a_name() -> None:
    unnamed = [
        constraint
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert unnamed == []


def test_a_new_ledger_is_made_without_a_copy(tmp_path: Path) -> None:
    assert migrate(URL, root=tmp_path, nonce=bytes(16)) == Migration(before=None, after=HEAD)
    assert sorted(path.name for path in (tmp_path / "state").iterdir()) == ["publisher.db"]


def test_a_ledger_that_is_up_to_date_is_left_alone(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    before = (tmp_path / "state" / "publisher.db").read_bytes()
    assert migrate(URL, root=tmp_path, nonce=bytes(16)) == Migration(before=HEAD, after=HEAD)
    assert (tmp_path / "state" / "publisher.db").read_bytes() == before


def test_an_older_ledger_is_copied_and_then_upgraded(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    with open_ledger(URL, root=tmp_path) as ledger:
        publish(ledger, "a")
        subscribe(ledger, "ada")
    copy = tmp_path / "state" / "publisher.db.schema-0003"
    done = migrate(URL, root=tmp_path, nonce=bytes(16), history=later(tmp_path), head="0004")
    assert done == Migration(before="0003", after="0004", copy=copy)
    with closing(sqlite3.connect(tmp_path / "state" / "publisher.db")) as db:
        assert db.execute("SELECT mailbox, language FROM subscriber").fetchall() == [
            ("ada@example.com", None)
        ]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [("0003",)]
        assert db.execute("SELECT key FROM post").fetchall() == [("a",)]


def test_a_ledger_of_the_first_release_gets_a_name_and_the_domains_of_its_subscribers(
    tmp_path: Path,
) -> None:
    old = later(tmp_path)
    for revision in (tmp_path / "later %" / "versions").glob("000[234]*.py"):
        revision.unlink()
    migrate(URL, root=tmp_path, nonce=bytes(16), history=old, head="0001")
    path = tmp_path / "state" / "publisher.db"
    add = "INSERT INTO subscriber VALUES (?, ?, ?, '', 'active', 0, NULL)"
    boxes = ["ada@example.com", "bob+x@xn--bcher-kva.example", '"a@b"@example.net', "nobody"]
    with closing(sqlite3.connect(path)) as db:
        db.executemany(add, [(number, box, box) for number, box in enumerate(boxes, 1)])
        db.commit()
    done = migrate(URL, root=tmp_path, nonce=bytes(range(16)))
    assert (done.before, done.after) == ("0001", HEAD)
    with closing(sqlite3.connect(path)) as db:
        domains = [row[0] for row in db.execute("SELECT domain FROM subscriber ORDER BY id")]
        assert domains[:3] == ["example.com", "xn--bcher-kva.example", "example.net"]
        marks = db.execute("SELECT ledger, settled FROM mark").fetchall()
        assert marks == [("000102030405060708090a0b0c0d0e0f", 0)]


@pytest.mark.parametrize("failure", ["fails", "breaks references"])
def test_an_upgrade_that_goes_wrong_changes_nothing(failure: str, tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    with open_ledger(URL, root=tmp_path) as ledger:
        record(ledger, identities=(identity("a"),), publications=(publication("a"),))
    sql = {"fails": "nonsense", "breaks references": "DELETE FROM post"}[failure]
    history = later(tmp_path, f'op.execute("{sql}")')
    with pytest.raises(Exception, match=r"nonsense|references are broken"):
        migrate(URL, root=tmp_path, nonce=bytes(16), history=history, head="0004")
    with open_ledger(URL, root=tmp_path) as ledger:
        assert ledger.lookup("a").identity == identity("a")


def test_a_ledger_that_is_not_there_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(NoLedger, match=r"state/publisher\.db: there is no ledger yet: publisher"):
        open_ledger(URL, root=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_made_and_no_more_is_no_ledger_yet(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "publisher.db").touch()
    with pytest.raises(NoLedger):
        open_ledger(URL, root=tmp_path)
    assert migrate(URL, root=tmp_path, nonce=bytes(16)).before is None


def test_a_newer_ledger_is_refused_with_what_to_do(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16), history=later(tmp_path), head="0004")
    refused = "0004, newer than this program's 0003: upgrade"
    with pytest.raises(SchemaMismatch, match=refused):
        open_ledger(URL, root=tmp_path)
    with pytest.raises(SchemaMismatch, match=refused):
        migrate(URL, root=tmp_path, nonce=bytes(16))


def test_an_older_ledger_is_refused_with_the_line_to_run(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    with closing(sqlite3.connect(tmp_path / "state" / "publisher.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '0000'")
        db.commit()
    with pytest.raises(SchemaMismatch, match=r"is 0000 .* run publisher publish once"):
        open_ledger(URL, root=tmp_path)


def test_a_database_of_something_else_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "publisher.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipe (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(LedgerUnusable, match="a database, but no ledger"):
        migrate(URL, root=tmp_path, nonce=bytes(16))
    assert path.read_bytes() == before


def test_opening_and_finding_nothing_to_upgrade_imports_no_alembic(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    program = f"""
import sys
from pathlib import Path
from publisher.ledger.migrate import migrate
from publisher.ledger.store import open_ledger
root = Path({str(tmp_path)!r})
migrate({URL!r}, root=root, nonce=bytes(16))
with open_ledger({URL!r}, root=root) as ledger:
    ledger.issues()
print(sorted(name for name in sys.modules if name.partition(".")[0] in ("alembic", "mako")))
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


def test_the_migrations_are_found_where_the_package_is_installed_and_no_checkout_is(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site % packages"
    package = Path(publisher.__file__).parent
    shutil.copytree(package, site / "publisher", ignore=shutil.ignore_patterns("__pycache__"))
    program = f"""
from pathlib import Path
from publisher.ledger import migrate
assert migrate.__file__.startswith({str(site)!r})
print(migrate.migrate({URL!r}, root=Path({str(tmp_path)!r}), nonce=bytes(16)).after)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(site)},
    )
    assert ran.stdout.strip() == HEAD


def test_a_schema_of_no_version_of_this_program_is_refused_in_a_sentence(tmp_path: Path) -> None:
    migrate(URL, root=tmp_path, nonce=bytes(16))
    with closing(sqlite3.connect(tmp_path / "state/publisher.db")) as db:
        db.execute("UPDATE alembic_version SET version_num = '0000'")
        db.commit()
    with pytest.raises(SchemaMismatch, match="restore a backup"):
        migrate(URL, root=tmp_path, nonce=bytes(16))
