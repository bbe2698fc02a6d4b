"""The ledgers that the contract is held against. A third has only to be added to ``KINDS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ledger_world import URL, AnyLedger, FakeRig, Rig, SqliteRig

from publisher.ledger.migrate import migrate
from publisher.ledger.place import locate
from publisher.ledger.sqlite import Sqlite

KINDS = ("fake", "sqlite")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger with nothing in it."""
    root = tmp_path_factory.mktemp("template")
    migrate(URL, root=root, nonce=bytes(16))
    return root / "state" / "publisher.db"


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sqlite]:
    """A migrated ledger that the tests of the contract use one after the other."""
    root = tmp_path_factory.mktemp("database")
    migrate(URL, root=root, nonce=bytes(16))
    made = Sqlite(locate(URL, root), survive="process")
    yield made
    made.close()


@pytest.fixture(params=KINDS)
def new_rig(request: pytest.FixtureRequest) -> Callable[[], Rig]:
    """Makes ledgers with nothing in them; one at a time."""
    if request.param == "fake":
        return FakeRig
    database: Sqlite = request.getfixturevalue("database")
    return lambda: SqliteRig(database)


@pytest.fixture
def rig(new_rig: Callable[[], Rig]) -> Rig:
    return new_rig()


@pytest.fixture
def ledger(rig: Rig) -> AnyLedger:
    return rig.ledger
