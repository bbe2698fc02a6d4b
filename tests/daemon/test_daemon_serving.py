"""The daemon serves what it writes: at the addresses of the feeds, and nothing beside them."""

from __future__ import annotations

import gzip
import urllib.error
import urllib.request
from http.client import HTTPResponse
from pathlib import Path
from urllib.request import Request

from liveday import LiveDay, date, live, soon, wait_for
from livesite import LiveSite


def test_feeds_are_served_below_their_url_and_new_as_soon_as_they_are_written(
    tmp_path: Path,
) -> None:
    site = LiveSite(
        tmp_path / "site",
        more="feeds:\n  url: https://shore.example.com/feeds\n  gzip: true\n"
        "  hubs: [https://hub.example.com/]",
    )
    site.post("old.md", title="Old", date="2026-01-05", tags="[Fog bell]")
    site.run("publish")
    with live(site) as day:
        wait_for(lambda: day.healthy()["last_pass_at"])
        for name in ("atom.xml", "rss.xml", "feed.json", "tags/fog-bell/atom.xml", "feeds.html"):
            assert asked(day, f"/feeds/{name}")[1] == day.feed(name)
        for path in ("/atom.xml", "/feeds/", "/feeds/../config.yaml", "/state/publisher.db"):
            assert asked(day, path)[0] == 404
        with answered(day, "/feeds/atom.xml") as answer:
            headers = answer.headers
        assert '<https://shore.example.com/feeds/atom.xml>; rel="self"' in headers["link"]
        new_bytes_are_there(day, headers["etag"])
        assert gzip.decompress(day.feed("atom.xml.gz")) == day.feed("atom.xml")


def new_bytes_are_there(day: LiveDay, etag: str) -> None:
    known = {"If-None-Match": etag}
    assert asked(day, "/feeds/atom.xml", known) == (304, b"")
    day.site.post("tide.md", title="Tide", date=date(soon(-60)))
    wait_for(lambda: asked(day, "/feeds/atom.xml", known)[0] == 200)
    day.said("published", path="content/tide.md")
    wait_for(lambda: asked(day, "/feeds/atom.xml")[1] == day.feed("atom.xml"))
    assert b"Tide" in day.feed("atom.xml")


def answered(day: LiveDay, path: str, headers: dict[str, str] | None = None) -> HTTPResponse:
    port = day.said("ready")["port"]
    request = Request(f"http://127.0.0.1:{port}{path}", headers=headers or {})
    answer: HTTPResponse = urllib.request.urlopen(request)
    return answer


def asked(day: LiveDay, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """The status and the body."""
    try:
        with answered(day, path, headers) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
