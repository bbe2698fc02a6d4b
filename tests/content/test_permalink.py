"""The URL of a post, as Jekyll and Hugo would make it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.content.permalink import Traits, own_url, unknown_placeholders, url_of
from publisher.content.place import place_of
from publisher.content.slug import slugify

SITE = "https://example.com"
MOMENT = datetime(2026, 3, 1, 9, 5, 7, tzinfo=timezone(timedelta(hours=2)))


def traits(
    path: str = "content/notes/2026/2026-03-01-My_First.post.md",
    *,
    slug: str | None = None,
    categories: Sequence[str] = ("News", "Big Things"),
) -> Traits:
    place = place_of(path, "content")
    return Traits(date=MOMENT, place=place, slug=slug, categories=categories, author="Ada")


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        (":year/:short_year", "2026/26"),
        (":month/:i_month", "03/3"),
        (":monthname/:long_month/:short_month", "march/March/Mar"),
        (":day/:i_day", "01/1"),
        (":y_day/:yearday", "060/60"),
        (":w_year/:week/:w_day", "2026/09/7"),
        (":weekday/:weekdayname", "0/sunday"),
        (":long_day/:short_day", "Sunday/Sun"),
        (":hour:minute:second", "090507"),
        (":title", "My_First.post"),
        (":slug", "my-first-post"),
        (":categories", "news/big%20things"),
        (":slugified_categories", "news/big-things"),
        (":section/:sections", "notes/notes/2026"),
        (":filename/:contentbasename", "2026-03-01-My_First.post/2026-03-01-My_First.post"),
        (":slugorfilename/:basename", "2026-03-01-My_First.post/2026-03-01-My_First.post"),
        (":name/:path", "My_First.post/notes/2026/2026-03-01-My_First.post"),
        (":category/:author", "News/Ada"),
        (":sections[1:]/:sections[0]/:sections[last]/:sections[:last]", "2026/notes/2026/notes"),
        (":slugorcontentbasename", "2026-03-01-My_First.post"),
        ("x:output_ext", "x.html"),
        (":titlewise", "My_First.postwise"),
    ],
)
def test_each_placeholder_is_filled(pattern: str, path: str) -> None:
    assert url_of(pattern, traits(), SITE) == f"{SITE}/{path}"
    assert unknown_placeholders(pattern) == ()


@pytest.mark.parametrize(
    ("style", "path"),
    [
        ("date", "/news/big%20things/2026/03/01/My_First.post.html"),
        ("pretty", "/news/big%20things/2026/03/01/My_First.post/"),
        ("ordinal", "/news/big%20things/2026/060/My_First.post.html"),
        ("weekdate", "/news/big%20things/2026/W09/Sun/My_First.post.html"),
        ("none", "/news/big%20things/My_First.post.html"),
    ],
)
def test_each_style_of_jekyll_is_known_by_name(style: str, path: str) -> None:
    assert url_of(style, traits(), SITE) == SITE + path
    assert unknown_placeholders(style) == ()


def test_a_post_without_categories_or_sections_leaves_no_empty_part() -> None:
    bare = traits("content/2026-03-01-a.md", categories=())
    assert url_of("/:categories/:section/:title/", bare, SITE) == f"{SITE}/a/"


def test_no_part_of_a_path_leads_upwards() -> None:
    climbing = traits(slug="..", categories=("..", ".", "a/../b"))
    assert url_of("/:categories/:title/", climbing, SITE) == f"{SITE}/a/b/"


def test_a_slug_stands_for_the_file_s_name() -> None:
    slugged = traits(slug="Another One")
    assert url_of("/:title/:slug/", slugged, SITE) == f"{SITE}/Another-One/another-one/"
    assert url_of("/:slugorcontentbasename/", slugged, SITE) == f"{SITE}/Another-One/"


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("content/posts/2026-3-1-a-bundle/index.md", "/posts/a-bundle"),
        ("content/posts/a-bundle/index.de.md", "/posts/a-bundle"),
        ("content/index.md", "/index"),
        ("content/_posts/2026-03-01-5.0.0.md", "/5.0.0"),
        ("content/posts/2026-03-01-c++ & more.md", "/posts/c++-&-more"),
        ("content/posts/2026-03-01.md", "/posts/2026-03-01"),
        ("content/posts/2026-03-01-Grüße-हिन्दी.md", "/posts/Gr%C3%BC%C3%9Fe-"),
        ("content/posts/!!!.md", "/posts/!!!"),
        ("content/posts/2026-03-01-***.md", "/posts/***"),
    ],
)
def test_the_name_of_the_file_or_of_its_bundle_is_the_title(path: str, url: str) -> None:
    assert url_of("/:section/:title", traits(path), SITE).startswith(SITE + url)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("/about/", "https://example.com/b/about/"),
        ("about.html", "https://example.com/b/about.html"),
        ("/:year/:title/", "https://example.com/b/2026/My_First.post/"),
        ("https://example.org/x?y=1#z", "https://example.org/x?y=1#z"),
        ("//example.org/x", "https://example.org/x"),
        ("/a b/ü", "https://example.com/b/a%20b/%C3%BC"),
        ("/100%/a%20b", "https://example.com/b/100%25/a%20b"),
        ("http://bücher.example/", "http://xn--bcher-kva.example/"),
        ("/a:b", "https://example.com/b/a:b"),
        ("/a/?page=2", "https://example.com/b/a/?page=2"),
    ],
)
def test_a_post_s_own_url_is_made_absolute(text: str, url: str) -> None:
    assert own_url(text, traits(), f"{SITE}/b") == url


@pytest.mark.parametrize(
    "text",
    ["javascript:alert(1)", "mailto:ada@example.com", "https://", "http:x", "https://a b/",
     "https://user:word@example.com/", "/{{ page.x }}/", "http://[::1", "/" + "a" * 3000,
     "http://a..ü/"],
)  # fmt: skip
def test_what_is_no_url_of_a_page_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^'"):
        own_url(text, traits(), SITE)


def test_a_pattern_s_unknown_words_are_named() -> None:
    assert unknown_placeholders("/:year/:titel/:mont/") == (":titel", ":mont")


@pytest.mark.parametrize(
    ("text", "default", "pretty"),
    [
        ("Hello, World!", "hello-world", "hello,-world!"),
        ("  a  --  b ", "a-b", "a-b"),
        ("1.2.2-released", "1-2-2-released", "1.2.2-released"),
        ("Ünïcode Ω", "ünïcode-ω", "ünïcode-ω"),
        ("नमस्ते", "नमस्ते", "नमस्ते"),
        ("a–b", "a-b", "a-b"),
        ("😀", "", ""),
        ("---", "", ""),
    ],
)
def test_slugs_are_those_of_jekyll(text: str, default: str, pretty: str) -> None:
    assert slugify(text) == default
    assert slugify(text, "pretty") == pretty


def test_a_cased_slug_keeps_its_capitals() -> None:
    assert slugify("Hello World", "pretty", cased=True) == "Hello-World"


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_slug_and_category_make_a_url_of_plain_characters(text: str) -> None:
    url = url_of("/:categories/:title/", replace(traits(slug=text), categories=(text,)), SITE)
    assert re.fullmatch(
        r"https://example\.com/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-F]{2})*", url
    )
    assert not {"..", "."} & set(url.split("/"))
