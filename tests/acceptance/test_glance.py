"""A ``publish`` with nothing to do tells so at a glance, and sees every change that matters."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from livesite import ENVIRONMENT, LiveSite

from publisher import glance
from publisher.content.walk import COARSE_S

PROBE = """
import sys
from publisher import glance
code = glance.main(sys.argv[1:])
loaded = [name for name in ("sqlalchemy", "pydantic", "typer", "yaml") if name in sys.modules]
sys.exit(f"loaded {loaded}" if loaded else code)
"""


def glanced(root: Path, *arguments: str, at: datetime | None = None, **environ: str) -> bool:
    """Whether a glance was enough."""
    asked = ("--config", str(root / "config.yaml"), *(arguments or ("publish",)))
    code = glance.glance(asked, {**ENVIRONMENT, **environ}, at or datetime.now(UTC))
    assert code in (0, None)
    return code == 0


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("quiet") / "site")


def made(root: Path) -> Path:
    """A site whose last pass left nothing to do, and had something to say of everything."""
    site = LiveSite(root)
    site.post("live.md", "Text.", title="Live", date="2026-01-01", tags="[a]")
    site.post("draft.md", "Text.", title="Draft", date="2026-01-01", draft="true")
    site.post("later.md", "Text.", title="Later", date="2999-01-01")
    site.post("broken.md", "Text.", title="[")
    site.post("untitled.md", "Text.", date="2026-01-02")
    site.run("publish")
    time.sleep(COARSE_S + 0.1)  # files that are newer may change and look the same
    site.run("publish")
    return site.root


def test_it_says_what_a_whole_pass_says(quiet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = LiveSite(quiet)
    for arguments in (("publish",), ("publish", "--json")):
        assert glanced(quiet, *arguments)
        at_a_glance = capsys.readouterr()
        whole = site.run(*arguments)
        assert (at_a_glance.out, at_a_glance.err) == (whole.out, whole.err)
    assert whole.document["scheduled"][0]["path"] == "content/later.md"
    assert "content/broken.md" in whole.err
    assert "content/untitled.md" in whole.err


def test_nothing_of_the_program_is_loaded_for_it(quiet: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "publish"],
        cwd=quiet, env=ENVIRONMENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_it_is_noted_that_a_pass_was_made(quiet: Path) -> None:
    before = datetime.now(UTC)
    assert glanced(quiet)
    with closing(sqlite3.connect(quiet / "state/publisher.db")) as db:
        found = db.execute("SELECT value FROM meta WHERE key = 'last_pass_at'").fetchone()
    assert datetime.fromisoformat(found[0]) >= before


def test_anything_but_a_plain_publish_is_left_to_the_program(quiet: Path) -> None:
    for arguments in (
        ("plan",), ("publish", "--strict"), ("publish", "--withdraw"), ("publish", "publish"),
        ("publish", "--at", "2026-01-01T00:00:00Z"), ("publish", "--help"), ("--json",),
    ):  # fmt: skip
        assert not glanced(quiet, *arguments)
    assert glanced(quiet, "-v", "publish", "--json")


def test_time_that_brings_something_and_a_clock_set_back_are_seen(quiet: Path) -> None:
    for at in (datetime(2999, 1, 1, tzinfo=UTC), datetime.now(UTC) - timedelta(days=1)):
        assert not glanced(quiet, at=at)
    assert glanced(quiet, at=datetime(2998, 12, 31, tzinfo=UTC))


@contextmanager
def replaced(path: Path, data: bytes | None) -> Iterator[None]:
    """A file with other bytes or, with None, moved away; and the very file again afterwards."""
    aside = path.with_name("aside")
    os.rename(path, aside)
    try:
        if data is not None:
            path.write_bytes(data)
        yield
    finally:
        os.replace(aside, path)


@pytest.mark.parametrize("name", ["config.yaml", "state/publisher.db.mark", "state/standing.json"])
def test_a_changed_file_is_seen(quiet: Path, name: str) -> None:
    data = (quiet / name).read_bytes()
    for other in (None, b"", data + b"\n#", data[: len(data) // 2]):
        if name == "state/standing.json" and other == data + b"\n#":
            other = data.replace(b'"mark": "', b'"mark": "0')
        with replaced(quiet / name, other):
            assert not glanced(quiet)
    assert glanced(quiet)


@pytest.mark.parametrize("name", ["atom.xml", "tags/a/feed.json"])
def test_a_feed_that_is_not_as_it_was_left_is_seen(quiet: Path, name: str) -> None:
    for other in (None, b"", (quiet / "public" / name).read_bytes()):
        with replaced(quiet / "public" / name, other):
            assert not glanced(quiet)
    assert glanced(quiet)


def test_the_environment_is_seen_as_far_as_it_matters(quiet: Path) -> None:
    assert not glanced(quiet, PUBLISHER_SECRET="another-secret-for-tests")
    assert glanced(quiet, UNRELATED="1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE post SET title = title || '!' WHERE path = 'content/live.md'",
        "UPDATE publication SET updated = updated + 1",
        "UPDATE publication SET awaiting_mail = 1",
        "UPDATE term SET label = 'other'",
        "INSERT INTO meta (key, value) VALUES ('merges', '1')",
        "UPDATE mark SET settled = settled + 1",
        "UPDATE alembic_version SET version_num = '9999'",
        "INSERT INTO post_name SELECT id, 'name' FROM post LIMIT 1",
        "INSERT INTO issue (state, subject, released, edition, salt, created_at, started_at, "
        "frozen, stage) VALUES ('paused', 's', 0, 1, x'00', 0, 0, 0, 0)",
        "INSERT INTO errand (kind, target, payload, next_at, attempts, reply) "
        "VALUES ('ping', 't', '', 1, 0, '')",
    ],
)
def test_a_changed_ledger_is_seen(quiet: Path, statement: str, tmp_path: Path) -> None:
    ledger = quiet / "state/publisher.db"
    with closing(sqlite3.connect(ledger)) as db, closing(sqlite3.connect(tmp_path / "copy")) as to:
        db.backup(to)
    with closing(sqlite3.connect(ledger, isolation_level=None)) as db:
        assert db.execute(statement).rowcount > 0
    assert not glanced(quiet)
    with closing(sqlite3.connect(ledger)) as db, closing(sqlite3.connect(tmp_path / "copy")) as of:
        of.backup(db)
    assert glanced(quiet)


def test_a_lock_that_is_held_is_left_to_the_program(quiet: Path) -> None:
    with (quiet / "state/publisher.db.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert not glanced(quiet)
    assert glanced(quiet)


def test_a_checkout_that_git_writes_is_left_to_the_program(quiet: Path) -> None:
    lock = quiet / ".git/index.lock"
    lock.parent.mkdir()
    lock.touch()
    assert not glanced(quiet)
    lock.unlink()
    assert glanced(quiet)
    lock.parent.rmdir()


def test_mail_that_waits_is_left_to_the_program(tmp_path: Path) -> None:
    """Here a pass has nothing to decide either, but there is something to be sent."""
    site = LiveSite(tmp_path / "site", transport="smtp://127.0.0.1:1?tls=none")
    site.run("publish")
    site.run("subscribers", "add", "grace@example.org")
    site.post("new.md", "Text.", title="New", date=datetime.now(UTC).date())
    (site.root / "state/standing.json").unlink()
    site.run("publish", ok=False)
    assert not (site.root / "state/standing.json").exists()


def test_a_changed_folder_is_seen(tmp_path: Path) -> None:
    """On a site of its own: what changes a file's own time of change can't be undone."""
    root = made(tmp_path / "site")
    path = root / "content/live.md"
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime))
    time.sleep(COARSE_S + 0.1)
    assert not glanced(root)
    LiveSite(root).run("publish")
    assert glanced(root)
    (root / "content/draft.md").unlink()
    assert not glanced(root)
