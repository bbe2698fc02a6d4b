"""A real server on a free port, with an audience that remembers who left."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from leavers import Audience

from publisher.audience.tokens import Tokens
from publisher.web.app import create_app
from publisher.web.pages import Masthead, Pages, fill_pages
from publisher.web.server import Server

TEMPLATES = Path(__file__).parents[2] / "templates" / "web"


@pytest.fixture(scope="session")
def everybody() -> Audience:
    return Audience()


@pytest.fixture
def audience(everybody: Audience) -> Audience:
    everybody.forget()
    return everybody


@pytest.fixture(scope="session")
def tokens() -> Tokens:
    return Tokens([b"a-secret-of-the-tests"])


@pytest.fixture(scope="session")
def pages() -> Pages:
    return fill_pages(
        Masthead(title="Field Notes", url="https://example.com"), default_dir=TEMPLATES
    )


@pytest.fixture(scope="session")
def port(everybody: Audience, tokens: Tokens, pages: Pages) -> Iterator[int]:
    app = create_app(
        unsubscribe=everybody.unsubscribe,
        tokens_read=lambda token: tokens.read(token, "{}@example.com".format),
        healthy=everybody.healthy,
        pages=pages,
        prefix="/news",
    )
    server = Server(app, "127.0.0.1", 0)
    yield server.start()
    server.stop()


@pytest.fixture
def client(port: int) -> Iterator[httpx2.Client]:
    url = f"http://127.0.0.1:{port}"
    with httpx2.Client(base_url=url, timeout=10, verify=False) as client:  # no list of CAs to load
        yield client
