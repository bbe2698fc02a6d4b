"""Asking for a post's own page, over HTTP."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Iterator

import pytest
from pageserver import PageServer, serving_pages

from publisher.standby import AGAIN_AFTER_S, PageWatch, status_of


@pytest.fixture
def web() -> Iterator[PageServer]:
    with serving_pages() as server:
        yield server


def test_a_page_that_is_there_answers_200_and_one_that_is_not_404(web: PageServer) -> None:
    web.up = {"/tide/"}
    assert (status_of(web.url("/tide/")), status_of(web.url("/fog/"))) == (200, 404)
    assert web.asked[0][1].startswith("publisher/")


def test_a_page_that_moved_counts_where_it_leads(web: PageServer) -> None:
    web.up, web.moved = {"/tide/"}, {"/old/": "/tide/", "/lost/": "/fog/", "/round/": "/round/"}
    assert [status_of(web.url(path)) for path in ("/old/", "/lost/", "/round/")] == [200, 404, 302]


@pytest.mark.parametrize("answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 2\xff\r\n\r\n"])
def test_a_server_that_talks_nonsense_is_no_answer(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"

        def serve() -> None:
            with listener.accept()[0] as talk:
                talk.recv(1000)
                talk.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        assert status_of(url) == 0
        thread.join()


def test_nobody_there_is_no_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert status_of(f"http://127.0.0.1:{port}/") == 0
    assert status_of("http://[broken/") == 0


class Clock:
    s = 1000.0

    def __call__(self) -> float:
        return self.s


def test_a_page_is_asked_for_each_minute_until_it_answers() -> None:
    asked: list[str] = []
    answers = {"a": [404, 404, 200], "b": [200]}
    clock = Clock()

    def ask(url: str) -> int:
        asked.append(url)
        return answers[url].pop(0)

    pages = PageWatch(ask=ask, monotonic_s=clock)
    looks = []
    for _ in range(20):
        looks.append(pages.look(["a", "b"]))
        clock.s += AGAIN_AFTER_S / 5
    assert asked == ["a", "b", "a", "a"]
    assert [number for number, found in enumerate(looks) if found] == [0, 10]
    assert pages.answering == {"a", "b"}


def test_looking_beside_tells_when_one_answers_and_never_asks_twice_at_once() -> None:
    go_on, told = threading.Event(), threading.Event()
    asked: list[str] = []

    def ask(url: str) -> int:
        asked.append(url)
        assert go_on.wait(10)
        return 200

    pages = PageWatch(ask=ask)
    pages.look_beside(["a"], told.set)
    while not asked:
        threading.Event().wait(0.001)
    pages.look_beside(["a"], told.set)
    pages.look_beside(["a"], told.set)
    assert not told.is_set()
    go_on.set()
    assert told.wait(10)
    assert (asked, pages.answering) == (["a"], {"a"})


def test_looking_beside_says_nothing_when_none_answers() -> None:
    told = threading.Event()
    done = threading.Event()

    def ask(_: str) -> int:
        done.set()
        return 404

    pages = PageWatch(ask=ask)
    pages.look_beside(["a"], told.set)
    assert done.wait(10)
    for thread in threading.enumerate():
        if thread.name == "pages":
            thread.join(10)
    assert not told.is_set()


def test_once_the_site_was_built_its_pages_are_asked_for_at_gaps_that_grow_from_a_second() -> None:
    clock, asked = Clock(), list[float]()
    told = threading.Event()

    def ask(_: str) -> int:
        asked.append(clock.s - 1000)
        return 200 if clock.s >= 1030 else 404

    def pause(seconds: float) -> None:
        clock.s += seconds

    pages = PageWatch(ask=ask, monotonic_s=clock, pause=pause)
    pages.look(["a"])
    pages.built()
    pages.look_beside(["a"], told.set)
    assert told.wait(10)
    gaps = [later - sooner for sooner, later in itertools.pairwise(asked)]
    assert gaps == sorted(gaps)
    assert gaps[:2] == [1, 1]
    assert len(asked) < 10
    assert asked[-1] < 60


def test_a_site_whose_page_does_not_come_is_left_to_the_passes_again() -> None:
    clock, asked = Clock(), list[float]()

    def ask(_: str) -> int:
        asked.append(clock.s - 1000)
        return 404

    def pause(seconds: float) -> None:
        clock.s += seconds

    pages = PageWatch(ask=ask, monotonic_s=clock, pause=pause)
    pages.built()
    pages.look_beside(["a"], lambda: None)
    for thread in threading.enumerate():
        if thread.name == "pages":
            thread.join(10)
    assert asked
    assert clock.s - 1000 < 90
