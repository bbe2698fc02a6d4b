from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.embeds import page
from publisher.markup.urls import (
    LINK_SCHEMES,
    candidates,
    data_image,
    fragment_on,
    resolve,
)

BASE = "https://ada.example.com/2026/tide/"


@pytest.mark.parametrize(
    ("url", "absolute"),
    [
        ("high.png", BASE + "high.png"),
        ("../low/", "https://ada.example.com/2026/low/"),
        ("/about", "https://ada.example.com/about"),
        ("//cdn.example.net/a.js", "https://cdn.example.net/a.js"),
        ("#note", BASE + "#note"),
        ("?page=2", BASE + "?page=2"),
        ("", BASE),
        ("https://example.org/a?b=c&d#e", "https://example.org/a?b=c&d#e"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("mailto:ada@example.com?subject=High tide", "mailto:ada@example.com?subject=High%20tide"),
        ("tel:+4930123", "tel:+4930123"),
        ("magnet:?xt=urn:btih:0", "magnet:?xt=urn:btih:0"),
        (" \n high tide.png\t", BASE + "high%20tide.png"),
        ("hi\ngh.png", BASE + "high.png"),
        ("/größe/漢字", "https://ada.example.com/größe/漢字"),
        ("\\\\h.example\\x", "https://h.example/x"),
        ('a"b<c>', BASE + "a%22b%3Cc%3E"),
        ("a\u202eb", BASE + "a%E2%80%AEb"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
    ],
)
def test_a_url_means_what_it_means_on_the_posts_page(url: str, absolute: str) -> None:
    assert resolve(url, BASE) == absolute


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", " \x01javascript:alert(1)",
        "java\tscript:alert(1)", "java\x00script:alert(1)", "vbscript:x", "data:text/html,x",
        "file:///etc/passwd", "blob:x", "ftp://example.com/", "http:", "http://", "https:x",
        "http://[bad", "C:\\x",
    ],
)  # fmt: skip
def test_a_url_with_no_good_use_is_none(url: str) -> None:
    assert resolve(url, BASE) is None


@given(st.text())
def test_resolving_again_changes_nothing(url: str) -> None:
    once = resolve(url, BASE)
    if once is not None:
        assert resolve(once, BASE) == once
        assert urlsplit(once).scheme in LINK_SCHEMES


@pytest.mark.parametrize(
    ("srcset", "found"),
    [
        ("a.png 1x, b.png 2x", [("a.png", "1x"), ("b.png", "2x")]),
        ("a.png", [("a.png", "")]),
        ("a.png, b.png 480w", [("a.png", ""), ("b.png", "480w")]),
        ("/w_200,h_1/a.png 200w,\n /w_4,h_2/a.png 400w", [
            ("/w_200,h_1/a.png", "200w"), ("/w_4,h_2/a.png", "400w"),
        ]),
        (" , ,", []),
        ("a.png 1.5x,", [("a.png", "1.5x")]),
    ],
)  # fmt: skip
def test_a_srcset_is_taken_apart_where_browsers_do(
    srcset: str, found: list[tuple[str, str]]
) -> None:
    assert list(candidates(srcset)) == found


def test_only_bitmaps_are_data_images() -> None:
    assert data_image("data:image/png;base64,iVBO Rw0=\n") == "data:image/png;base64,iVBORw0="
    assert data_image("data:image/svg+xml;base64,AAAA") is None
    assert data_image('data:image/png;base64,A" onload="x') is None
    assert data_image("data:text/html;base64,AAAA") is None


def test_a_fragment_belongs_to_a_page_only_where_the_rest_is_the_page() -> None:
    assert fragment_on(BASE + "#a%20b", BASE) == "a b"
    assert fragment_on(BASE + "other#a", BASE) is None
    assert fragment_on(BASE, BASE) is None


@pytest.mark.parametrize(
    ("player", "shown"),
    [
        ("https://www.youtube.com/embed/aB_c-1?rel=0", "https://www.youtube.com/watch?v=aB_c-1"),
        ("https://www.youtube-nocookie.com/embed/x", "https://www.youtube.com/watch?v=x"),
        ("https://www.youtube.com/embed/videoseries?list=PL1",
         "https://www.youtube.com/playlist?list=PL1"),
        ("https://player.vimeo.com/video/42?h=1", "https://vimeo.com/42"),
        ("https://www.dailymotion.com/embed/video/x1", "https://www.dailymotion.com/video/x1"),
        ("https://player.twitch.tv/?video=7&parent=e", "https://www.twitch.tv/videos/7"),
        ("https://tube.example.org/videos/embed/u-1", "https://tube.example.org/videos/watch/u-1"),
        ("https://codepen.io/ada/embed/xyz/?tab=js", "https://codepen.io/ada/pen/xyz"),
        ("https://codepen.io/ada/embed/preview/aB1?x=1", "https://codepen.io/ada/pen/aB1"),
        ("https://open.spotify.com/embed/track/a1?x=1", "https://open.spotify.com/track/a1"),
        ("https://notes.example/@ada/12/embed", "https://notes.example/@ada/12"),
        ("https://asciinema.org/a/14/iframe", "https://asciinema.org/a/14"),
        ("https://gist.github.com/ada/0f.js?file=a.rb", "https://gist.github.com/ada/0f"),
    ],
)  # fmt: skip
def test_a_player_has_a_page(player: str, shown: str) -> None:
    found = page(player)
    assert found is not None
    assert found.url == shown


@pytest.mark.parametrize(
    "player",
    [
        "https://ads.example.com/embed/x",
        "https://youtube.com.example.org/embed/x",
        "https://player.twitch.tv/?channel=x",
        "https://www.youtube.com/",
    ],
)
def test_other_frames_have_none(player: str) -> None:
    assert page(player) is None
