"""The ledgers that the contract is held against. A third has only to be added to ``KINDS``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ledger_world import URL, AnyLedger, FakeRig, Rig, SqliteRig

from publisher.ledger.migrate import migrate

KINDS = ("fake", "sqlite")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated ledger with nothing in it."""
    root = tmp_path_factory.mktemp("template")
    migrate(URL, root=root)
    return root / "state" / "publisher.db"


@pytest.fixture(params=KINDS)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    made: Rig
    if request.param == "fake":
        made = FakeRig()
    else:
        made = SqliteRig(request.getfixturevalue("template"), tmp_path)
    yield made
    made.ledger.close()


@pytest.fixture
def ledger(rig: Rig) -> AnyLedger:
    return rig.ledger


@pytest.fixture
def on_disk(template: Path, tmp_path: Path) -> Iterator[SqliteRig]:
    made = SqliteRig(template, tmp_path)
    yield made
    made.ledger.close()
