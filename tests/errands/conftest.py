"""A server for the tests of what is asked of others."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from actor import Actor


@pytest.fixture
def actor() -> Iterator[Actor]:
    with Actor() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()
