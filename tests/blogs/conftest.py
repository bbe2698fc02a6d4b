"""The blogs, each published once for all tests that one process runs."""

from __future__ import annotations

from functools import lru_cache

import pytest
from blogrun import GENERATORS, Blog, publish


@pytest.fixture(scope="session", params=GENERATORS)
def blog(request: pytest.FixtureRequest, published: dict[str, Blog]) -> Blog:
    """Each of the blogs."""
    return published[request.param]


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Blog]:
    """A mapping that publishes a blog when it is asked for it."""

    @lru_cache
    def one(generator: str) -> Blog:
        return publish(generator, tmp_path_factory.mktemp("blogs") / generator)

    class Published(dict[str, Blog]):
        def __missing__(self, generator: str) -> Blog:
            return one(generator)

    return Published()
