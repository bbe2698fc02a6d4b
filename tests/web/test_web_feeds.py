"""Feeds over HTTP, by a real server: what goes with 200, 304 and the refusals."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from starlette.responses import PlainTextResponse

from publisher.feeds.write import replace
from publisher.web.copies import Copies
from publisher.web.feeds import Feeds
from publisher.web.pollers import Pollers
from publisher.web.server import Server

FEED = b"<feed><updated>2026-03-02T08:00:00Z</updated>" + b"tide " * 999 + b"</feed>"
DATE = "Mon, 02 Mar 2026 08:00:00 GMT"


class Stand:
    """A server of feeds, and what it serves."""

    def __init__(self, root: Path, *, most_polls: int = 0, largest: int = 2**20) -> None:
        self.root = root
        self.now = 100.0
        self.put(FEED)
        self.copies = Copies(root, ("/feeds",), lambda name: f"<{name}>", largest=largest)
        self.copies.refresh(["atom.xml"])
        pollers = Pollers(most_polls, (), lambda: self.now)
        self.feeds = Feeds(self.copies, pollers, PlainTextResponse("beside", 404))
        self.server = Server(self.feeds, "127.0.0.1", 0)
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.server.start()}")

    def put(self, data: bytes) -> None:
        replace(self.root / "atom.xml", data)

    def get(self, said: dict[str, str] | None = None, method: str = "GET") -> httpx2.Response:
        headers = {"Accept-Encoding": "identity", **(said or {})}
        return self.client.request(method, "/feeds/atom.xml", headers=headers)

    def close(self) -> None:
        self.client.close()
        self.server.stop()


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """For tests that leave the feed as it is."""
    stand = Stand(tmp_path_factory.mktemp("public"))
    yield stand
    stand.close()


@pytest.fixture
def changing(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path)
    yield stand
    stand.close()


@pytest.fixture
def rude(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path, most_polls=2)
    yield stand
    stand.close()


@pytest.fixture
def streaming(tmp_path: Path) -> Iterator[Stand]:
    stand = Stand(tmp_path, largest=10)
    yield stand
    stand.close()


def test_a_feed_comes_whole_with_all_that_is_to_be_said_of_it(stand: Stand) -> None:
    answer = stand.get()
    assert (answer.status_code, answer.content) == (200, FEED)
    tag = answer.headers.pop("etag")
    assert answer.headers.pop("date")
    assert tag.startswith('"')
    assert dict(answer.headers) == {
        "content-type": "application/atom+xml; charset=utf-8",
        "content-length": str(len(FEED)),
        "cache-control": "no-cache",
        "last-modified": DATE,
        "link": "<atom.xml>",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
    }


def test_gzip_is_another_representation_with_a_tag_of_its_own(stand: Stand) -> None:
    plain, packed = stand.get(), stand.get({"Accept-Encoding": "gzip, br"})
    assert packed.content == FEED
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(gzip.compress(FEED, 6)) < len(FEED)
    assert packed.headers["etag"] != plain.headers["etag"]
    for answer, other in ((plain, packed), (packed, plain)):
        coding = "gzip" if answer is packed else "identity"
        known = {"Accept-Encoding": coding, "If-None-Match": answer.headers["etag"]}
        assert stand.get(known).status_code == 304
        assert stand.get(known | {"If-None-Match": other.headers["etag"]}).status_code == 200


def test_304_repeats_what_the_standard_asks_for_and_has_no_body(stand: Stand) -> None:
    whole = stand.get()
    same = stand.get({"If-None-Match": whole.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    kept = ("etag", "cache-control", "vary", "last-modified")
    assert {name: same.headers[name] for name in kept} == {
        name: whole.headers[name] for name in kept
    }
    assert same.headers.keys() == {*kept, "date"}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"If-Modified-Since": DATE}, 304),
        ({"If-Modified-Since": DATE, "If-None-Match": '"other"'}, 200),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": '"other"'}, 412),
        ({"Range": "bytes=0-3"}, 200),
    ],
)
def test_conditions_hold_for_get_and_head(
    stand: Stand, method: str, said: dict[str, str], status: int
) -> None:
    answer = stand.get(said, method)
    assert answer.status_code == status
    assert answer.content == (FEED if (status, method) == (200, "GET") else answer.content)


def test_tags_in_several_lines_are_one_list(stand: Stand) -> None:
    tag = stand.get().headers["etag"]
    lines = [("If-None-Match", tag), ("If-None-Match", '"other"'), ("Accept-Encoding", "br")]
    assert stand.client.get("/feeds/atom.xml", headers=lines).status_code == 304


def test_head_says_the_same_as_get_without_the_body(stand: Stand) -> None:
    for coding in ("identity", "gzip"):
        said = {"Accept-Encoding": coding}
        whole, head = stand.get(said), stand.get(said, "HEAD")
        whole.headers.pop("date"), head.headers.pop("date")
        assert (head.status_code, head.content) == (200, b"")
        assert dict(head.headers) == dict(whole.headers)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_nothing_but_reading_is_allowed(stand: Stand, method: str) -> None:
    answer = stand.get(method=method)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    ["/atom.xml", "/feeds/", "/feeds/rss.xml", "/feeds/./atom.xml.gz", "/feeds//atom.xml",
     "/feeds/%2e%2e/atom.xml", "/feeds/..%2fatom.xml", "/feeds/atom.xml/", "/feeds/atom.xml%00",
     "/feeds/.atom.xml.new"],
)  # fmt: skip
def test_what_is_no_feed_is_asked_of_what_stands_beside(stand: Stand, path: str) -> None:
    request = stand.client.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=path.encode())
    answer = stand.client.send(request)
    assert (answer.status_code, answer.text) == (404, "beside")


def test_a_query_changes_nothing(stand: Stand) -> None:
    assert stand.client.get("/feeds/atom.xml?utm=x").content == FEED


def test_new_bytes_are_answered_at_once_and_old_tags_no_more(changing: Stand) -> None:
    tag = changing.get().headers["etag"]
    changing.put(FEED + b"!")
    changing.copies.refresh([])
    answer = changing.get({"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (200, FEED + b"!")


def test_a_feed_that_is_gone_is_not_found(changing: Stand) -> None:
    (changing.root / "atom.xml").unlink()
    changing.copies.refresh([])
    assert changing.get().text == "beside"


def test_many_connections_are_not_kept(stand: Stand) -> None:
    stand.feeds.crowded = lambda: True
    try:
        tag = {"If-None-Match": stand.get().headers["etag"]}
        assert stand.get().headers["connection"] == "close"
        assert stand.get(tag).headers["connection"] == "close"
    finally:
        stand.feeds.crowded = stand.server.crowded
    assert "connection" not in stand.get().headers


def test_a_rude_poller_is_told_when_to_come_back(rude: Stand) -> None:
    who = {"X-Forwarded-For": "192.0.2.7"}
    tag = {"If-None-Match": rude.get().headers["etag"]}
    assert [rude.get(who).status_code for _ in range(3)] == [200, 200, 429]
    refused = rude.get(who)
    assert refused.headers["retry-after"] == "60"
    assert refused.headers["cache-control"] == "no-store"
    assert rude.get(who | tag).status_code == 304
    assert rude.get({"X-Forwarded-For": "192.0.2.8"}).status_code == 200
    rude.now += 60
    assert rude.get(who).status_code == 200


def test_a_large_feed_is_sent_from_the_disk_with_the_same_headers(streaming: Stand) -> None:
    answer = streaming.get({"Accept-Encoding": "gzip"})
    assert answer.content == FEED
    assert int(answer.headers["content-length"]) == len(FEED)
    assert "content-encoding" not in answer.headers
    tag = {"If-None-Match": answer.headers["etag"]}
    assert streaming.get(tag).status_code == 304
    assert streaming.get(method="HEAD").headers["content-length"] == str(len(FEED))


def test_one_that_was_replaced_since_is_sent_as_it_is_now(streaming: Stand) -> None:
    tag = streaming.get().headers["etag"]
    streaming.put(FEED + b"!")
    answer = streaming.get()
    assert answer.content == FEED + b"!"
    assert answer.headers["etag"] != tag


def test_one_that_is_gone_since_is_not_found(streaming: Stand) -> None:
    streaming.get()
    (streaming.root / "atom.xml").unlink()
    assert streaming.get().status_code == 404


def test_no_answer_is_torn_while_the_file_is_replaced(changing: Stand) -> None:
    versions = [FEED + bytes([letter]) * 50_000 for letter in b"abcdefghij"]
    ended = threading.Event()
    answers: list[httpx2.Response] = []

    def ask() -> None:
        while not ended.is_set():
            answers.append(changing.get({"Accept-Encoding": "gzip"} if len(answers) % 2 else {}))

    asking = threading.Thread(target=ask)
    asking.start()
    for data in versions * 3:
        changing.put(data)
        changing.copies.refresh([])
    ended.set()
    asking.join()
    assert len(answers) > 5
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} <= {FEED, *versions}
