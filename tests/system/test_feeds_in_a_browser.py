"""A feed that somebody opens in a browser, and the page that lists the feeds.

The screens are written to build/feeds/ to be looked at; what can be measured is asserted.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from chromium import Chromium

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "feeds"))
from feedsample import FLOOD, HERONS, RULES, live, made_entry  # noqa: E402

from publisher.feeds.atom import atom  # noqa: E402
from publisher.feeds.guide import Guide  # noqa: E402
from publisher.feeds.outline import feed_of, shelves  # noqa: E402
from publisher.feeds.rss import rss  # noqa: E402
from publisher.feeds.terms import new_terms  # noqa: E402

pytestmark = pytest.mark.system

SCREENS = ROOT / "build" / "feeds"
SHIPPED = ROOT / "templates" / "web"

WORD = "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 3


class Handler(SimpleHTTPRequestHandler):
    """Files under the media types that feeds have."""

    extensions_map = {  # noqa: RUF012
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".xml": "application/xml; charset=utf-8",
    }

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is said."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """Feeds on a server of this machine: its address."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=SCREENS)) as server:
        url = f"http://127.0.0.1:{server.server_port}"
        _write(url)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield url
        server.shutdown()
        thread.join()


def _write(url: str) -> None:
    rules = replace(RULES, feeds_url=url, styled=True, authors=True)
    posts = [live("a", terms=(("tags", ("Birds", WORD, "مرحبا")),))]
    laid = shelves(posts, new_terms(posts, [], rules), rules)
    long = made_entry(
        "long", title=f"A title that is long {WORD}", url=f"https://example.com/{WORD}"
    )
    entries = (FLOOD, HERONS, long)
    made_atom = atom(feed_of(laid[0], "atom", entries, FLOOD.updated, rules))
    made_rss = rss(feed_of(laid[0], "rss", entries, FLOOD.updated, rules))
    (SCREENS / "atom.xml").write_bytes(made_atom)
    (SCREENS / "rss.xml").write_bytes(made_rss)
    guide = Guide(site_dir=None, default_dir=SHIPPED)
    (SCREENS / "feed.css").write_text(guide.stylesheet(), encoding="utf-8")
    (SCREENS / "feeds.html").write_text(guide.page(laid, rules), encoding="utf-8")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium


SEEN = """
[...document.querySelectorAll('*')].filter(e => e.getClientRects().length).map(e => e.localName)
"""
EXPLAINED = "getComputedStyle(document.querySelector('feed, channel'), '::before').content"
#: The height of a line as the screen shows it, in points of the screen.
HEIGHT = "parseFloat(getComputedStyle(document.querySelector('title')).fontSize) * {} / innerWidth"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("width", "mobile"), [(390, True), (390, False), (1000, False)], ids=["phone", "narrow", "wide"]
)
@pytest.mark.parametrize("name", ["atom.xml", "rss.xml"])
def test_a_feed_in_a_browser_says_what_it_is_and_can_be_read(
    browser: Chromium, site: str, name: str, width: int, mobile: bool, scheme: str
) -> None:
    """As ``application/xml``: Chromium shows what is served as Atom or RSS as bare text."""
    browser.open(f"{site}/{name}", width=width, scheme=scheme, mobile=mobile)
    browser.screen(SCREENS / f"{name}-{'phone' if mobile else width}-{scheme}.png")
    assert "This is a feed" in browser.value(EXPLAINED)
    assert browser.value("document.documentElement.scrollWidth <= innerWidth")
    assert browser.value(HEIGHT.format(width)) > 24
    seen = browser.value(SEEN)
    assert seen.count("title") == 4
    assert not {"id", "guid", "content", "encoded", "generator", "updated"} & set(seen)
    assert (seen.count("summary"), seen.count("description")) in {(3, 0), (0, 4)}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1000])
def test_the_page_that_lists_the_feeds_fits_any_screen(
    browser: Chromium, site: str, width: int, scheme: str
) -> None:
    browser.open(f"{site}/feeds.html", width=width, scheme=scheme)
    browser.screen(SCREENS / f"feeds-{width}-{scheme}.png")
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value("document.querySelectorAll('head link[rel=alternate]').length") == 3
    assert browser.value("document.querySelectorAll('li').length") == 5
    lines = browser.value("document.querySelector('pre').textContent")
    assert lines.count('<link rel="alternate" type="application/') == 3
