"""The configurations of docs/how-to/serve-feeds.md, in a real nginx and a real Caddy."""

from __future__ import annotations

import gzip
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import Message
from http.client import HTTPConnection
from pathlib import Path

import pytest

from publisher.feeds.gzipped import pair
from publisher.feeds.write import replace

pytestmark = pytest.mark.system

PAGE = Path(__file__).parents[2] / "docs/how-to/serve-feeds.md"
FEED = b"<feed>" + b"tide " * 400 + b"</feed>"
TYPES = {
    "atom.xml": "application/atom+xml; charset=utf-8",
    "tags/fog-bell/rss.xml": "application/rss+xml; charset=utf-8",
    "archive/12/feed.json": "application/feed+json",
    "feeds.html": "text/html; charset=utf-8",
    "feed.css": "text/css; charset=utf-8",
}


def documented(language: str, heading: str) -> str:
    """The configuration in a section of the page."""
    section = PAGE.read_text().split(f"\n## By {heading}\n")[1].split("\n## ")[0]
    found = re.search(rf"```{language}\n(.*?)```", section, re.DOTALL)
    assert found
    return found[1]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def running(command: list[str], port: int) -> Iterator[int]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 15
        while True:
            assert time.monotonic() < end, "it does not answer"
            assert process.poll() is None, "it has ended"
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def nginx(root: Path, public: Path) -> Iterator[int]:
    port = free_port()
    block = documented("nginx", "nginx").replace("/srv/publisher/public", str(public))
    block = block.replace("listen 443 ssl;", f"listen 127.0.0.1:{port};")
    (root / "nginx.conf").write_text(
        f"daemon off; pid {root}/pid; error_log {root}/errors;\n"
        f"events {{}}\nhttp {{ access_log off;\n{block}\n}}\n"
    )
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-c", str(root / "nginx.conf")], port):
        yield port


@contextmanager
def caddy(root: Path, public: Path) -> Iterator[int]:
    port = free_port()
    block = documented("caddy", "Caddy").replace("/srv/publisher/public", str(public))
    block = block.replace("example.com {", f"http://example.com:{port} {{", 1)
    (root / "Caddyfile").write_text(f"{{\n admin off\n}}\n{block}")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(root / "Caddyfile")]
    with running(command, port):
        yield port


class Site:
    """A server of feeds, and where they are."""

    def __init__(self, port: int, public: Path) -> None:
        self.port = port
        self.public = public

    def get(self, path: str, **said: str) -> tuple[int, Message, bytes]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        headers = {name.replace("_", "-"): value for name, value in said.items()}
        connection.request("GET", f"/feeds/{path}", headers={"Host": "example.com", **headers})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, answer.headers, body


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "Caddy"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    public = tmp_path / "public"
    for name in TYPES:
        replace(public / name, FEED)
    pair(public / "atom.xml")
    (public / "other.txt").write_text("not a feed")
    (tmp_path / "outside.txt").write_text("outside")
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):  # nginx's worker is nobody's
        folder.chmod(folder.stat().st_mode | 0o011)
    with request.param(tmp_path, public) as port:
        yield Site(port, public)


def test_it_answers_as_the_program_would(site: Site) -> None:
    for name, kind in TYPES.items():
        status, headers, body = site.get(name)
        assert (status, headers["content-type"], body) == (200, kind, FEED)
        assert headers["cache-control"] == "no-cache"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["etag"].startswith('"')
        assert site.get(name, If_None_Match=headers["etag"])[0] == 304
        assert site.get(name, If_None_Match='"other"')[0] == 200
    assert site.get("other.txt")[0] == 404
    for outside in ("../outside.txt", "..%2foutside.txt", "%2e%2e/outside.txt"):
        assert b"outside" not in site.get(outside)[2]


def test_gzip_is_sent_as_it_was_written_with_a_tag_of_its_own(site: Site) -> None:
    plain = site.get("atom.xml", Accept_Encoding="identity")[1]
    status, headers, body = site.get("atom.xml", Accept_Encoding="gzip")
    assert (status, headers["content-encoding"]) == (200, "gzip")
    assert body == (site.public / "atom.xml.gz").read_bytes()
    assert "Accept-Encoding" in ", ".join(headers.get_all("vary", []))
    assert headers["etag"] != plain["etag"]
    known = {"Accept_Encoding": "gzip", "If_None_Match": headers["etag"]}
    assert site.get("atom.xml", **known)[0] == 304


def test_a_new_feed_is_seen_at_once_packed_or_not(site: Site) -> None:
    tags = {
        coding: site.get("atom.xml", Accept_Encoding=coding)[1]["etag"]
        for coding in ("identity", "gzip")
    }
    replace(site.public / "atom.xml", FEED + b"!")
    for paired in (False, True):
        if paired:
            pair(site.public / "atom.xml")
        for coding, tag in tags.items():
            status, headers, body = site.get("atom.xml", Accept_Encoding=coding, If_None_Match=tag)
            assert status == 200
            packed = headers["content-encoding"] == "gzip"
            assert packed == (paired and coding == "gzip")
            assert (gzip.decompress(body) if packed else body) == FEED + b"!"
