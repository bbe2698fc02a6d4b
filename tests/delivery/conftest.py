"""Delivery over a ledger in memory and over SQLite alike."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from delivery_world import AnyLedger, World
from fakes.ledger import FakeLedger

from publisher.ledger.migrate import migrate
from publisher.ledger.store import Ledger, open_ledger

URL = "sqlite:state/publisher.db"


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("empty")
    migrate(URL, root=root, nonce=bytes(16))
    return root / "state"


@pytest.fixture
def sqlite_ledger(empty_ledger: Path, tmp_path: Path) -> Iterator[Ledger]:
    shutil.copytree(empty_ledger, tmp_path / "state")
    with open_ledger(URL, root=tmp_path, survive="process") as ledger:
        yield ledger


@pytest.fixture(params=["fake", "sqlite"])
def ledger(request: pytest.FixtureRequest) -> AnyLedger:
    if request.param == "fake":
        return FakeLedger()
    found: Ledger = request.getfixturevalue("sqlite_ledger")
    return found


@pytest.fixture
def world(ledger: AnyLedger) -> World:
    return World(ledger=ledger)
