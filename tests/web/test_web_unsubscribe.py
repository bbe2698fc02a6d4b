"""One click out, over real HTTP: asking changes nothing, posting acts, and nothing else does."""

import re
import socket
import threading
import time
from collections.abc import Iterator

import httpx2
import pytest
from leavers import Audience

import publisher.web.unsubscribe
from publisher.audience.tokens import Tokens

FORM = {"List-Unsubscribe": "One-Click"}
REQUIRED = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow, noarchive",
}


@pytest.fixture
def link(tokens: Tokens) -> str:
    return f"/u/{tokens.sign(7, '7@example.com')}"


def buttons(page: str) -> int:
    return len(re.findall("<button", page))


def test_opening_the_link_shows_one_button_and_changes_nothing(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    for _ in range(3):
        answer = client.get(link)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert buttons(answer.text) == 1
        assert '<form method="post">' in answer.text
    head = client.head(link)
    assert (head.status_code, head.content) == (200, b"")
    assert audience.left == []


@pytest.mark.parametrize(
    "request_",
    [
        {"data": FORM},
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"content": b"List-Unsubscribe=One-Click", "headers": {"Content-Type": "text/plain"}},
        {"content": b"\xff\x00", "headers": {"Content-Type": "multipart/form-data"}},
        {"data": FORM, "headers": {"Cookie": "a=b", "Origin": "null", "Sec-Fetch-Site": "none"}},
    ],
    ids=["urlencoded", "multipart", "empty", "no content type", "broken multipart", "a browser"],
)
def test_a_post_acts_at_once_with_200_no_redirect_and_no_cookie(
    client: httpx2.Client, audience: Audience, link: str, request_: dict[str, object]
) -> None:
    answer = client.post(link, **request_)
    assert answer.status_code == 200
    assert "unsubscribed" in answer.text
    assert not {"location", "refresh", "set-cookie"} & set(answer.headers)
    assert audience.left == [7]


def test_a_body_in_chunks_without_a_length_is_taken(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"List-Unsub"
        yield b"scribe=One-Click"

    assert client.post(link, content=chunks()).status_code == 200
    assert audience.left == [7]


def test_posting_again_gives_the_same_answer(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    first, second = client.post(link, data=FORM), client.post(link, data=FORM)
    assert (first.status_code, first.text) == (second.status_code, second.text) == (200, first.text)
    assert set(audience.left) == {7}


def test_the_button_of_the_page_posts_to_where_the_page_is(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    page = client.get(link).text
    form = re.search(r"<form([^>]*)>", page)
    button = re.search(r'<button name="([^"]*)" value="([^"]*)">', page)
    assert form is not None
    assert button is not None
    assert "action" not in form[1]
    assert client.post(link, data={button[1]: button[2]}).status_code == 200
    assert audience.left == [7]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize(
    "change",
    [
        lambda token: token[:-1],
        lambda token: token + "0",
        lambda token: token.swapcase(),
        lambda token: "x",
        lambda token: token + "%0A",
        lambda token: token + "%00",
        lambda token: token + "/",
        lambda token: "%F0%9F%92%A9",
        lambda token: "a" * 5_000,
        lambda token: Tokens([b"another-secret-of-the-tests"]).sign(7, "7@example.com"),
    ],
)
def test_a_wrong_token_is_not_found_and_changes_nothing(
    client: httpx2.Client, audience: Audience, link: str, method: str, change: object
) -> None:
    assert callable(change)
    answer = client.request(method, f"/u/{change(link.removeprefix('/u/'))}")
    assert answer.status_code == 404
    assert audience.left == []


@pytest.mark.parametrize("path", ["/", "/u", "/u/", "/favicon.ico", "/u/a/b", "/docs", "/news"])
def test_nothing_else_is_there_and_nothing_redirects(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "This link leads nowhere" in answer.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_no_other_method_acts(
    client: httpx2.Client, audience: Audience, link: str, method: str
) -> None:
    answer = client.request(method, link)
    assert answer.status_code == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert audience.left == []


def test_a_get_that_says_it_is_a_post_is_a_get(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    headers = {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST"}
    client.get(f"{link}?List-Unsubscribe=One-Click&_method=POST", headers=headers)
    assert audience.left == []


def test_every_answer_keeps_the_token_to_itself(client: httpx2.Client, link: str) -> None:
    answers = [
        client.get(link), client.post(link), client.get("/u/x"), client.put(link),
        client.post(link, content=b"x" * 70_000),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [200, 200, 404, 405, 413]
    for answer in answers:
        assert dict(answer.headers).items() >= REQUIRED.items()
        assert "server" not in answer.headers
    for answer in answers[:3]:
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_the_token_is_in_no_log(
    client: httpx2.Client,
    link: str,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    client.get(link)
    client.post(link, data=FORM)
    out, err = capfd.readouterr()
    ours = [record.message for record in caplog.records if not record.name.startswith("http")]
    assert "subscriber" in out
    assert link.removeprefix("/u/") not in out + err + "".join(ours)


def chunked(size: int) -> Iterator[bytes]:
    for _ in range(size // 1000):
        yield b"x" * 1000


@pytest.mark.parametrize("content", [b"x" * 65_537, None])
def test_a_body_past_the_cap_is_refused_and_changes_nothing(
    client: httpx2.Client, audience: Audience, link: str, content: bytes | None
) -> None:
    answer = client.post(link, content=chunked(200_000) if content is None else content)
    assert answer.status_code == 413
    assert audience.left == []


def test_a_form_that_is_cut_off_changes_nothing_and_harms_nobody(
    port: int,
    client: httpx2.Client,
    audience: Audience,
    link: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.create_connection(("127.0.0.1", port)) as raw:
        head = f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nList-Unsub"
        raw.sendall(head.encode())
        time.sleep(0.1)
    time.sleep(0.1)
    assert client.get(link).status_code == 200
    assert audience.left == []
    assert not [record for record in caplog.records if record.name.startswith("uvicorn")]


def test_a_form_that_takes_too_long_is_given_up(
    port: int, audience: Audience, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher.web.unsubscribe, "BODY_S", 0.2)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n".encode())
        assert raw.recv(100).startswith(b"HTTP/1.1 408")
    assert audience.left == []


def test_what_is_no_http_is_refused(port: int, client: httpx2.Client) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw:
        raw.sendall(b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert client.get("/healthz").status_code == 200


def test_nobody_is_told_that_it_worked_when_it_did_not(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    audience.broken = True
    answer = client.post(link, data=FORM)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "60"
    assert "you are not unsubscribed yet" in answer.text
    assert "publisher.db" not in answer.text
    audience.broken = False
    assert client.post(link, data=FORM).status_code == 200


def test_a_proxy_may_pass_the_path_of_web_url_on(
    client: httpx2.Client, audience: Audience, link: str
) -> None:
    assert client.get(f"/news{link}").status_code == 200
    assert client.post(f"/news{link}").status_code == 200
    assert client.get("/news/healthz").status_code == 200
    assert audience.left == [7]


def test_many_leave_at_once(client: httpx2.Client, audience: Audience, tokens: Tokens) -> None:
    def leave(number: int) -> None:
        assert (
            client.post(f"/u/{tokens.sign(number, f'{number}@example.com')}", data=FORM).status_code
            == 200
        )

    threads = [threading.Thread(target=leave, args=(number,)) for number in range(1, 41)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(audience.left) == list(range(1, 41))
