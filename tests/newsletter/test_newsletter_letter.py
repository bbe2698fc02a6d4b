from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from newsletter_samples import DUE, SITE, a_letter, a_post, rendered

from publisher.domain.post import Author
from publisher.newsletter.letter import date_text, letter


def test_the_title_is_the_subject_and_the_excerpt_the_preheader() -> None:
    made = a_letter(rendered={"excerpt_text": "Three landmarks that vanish."})
    assert made.subject == "What the fog hides"
    assert made.preheader == "Three landmarks that vanish."


def test_a_hostile_title_is_one_line_of_bounded_length() -> None:
    made = a_letter(post={"title": "a\r\nBcc: eve@example.com\u2028\u202e" + "x" * 500})
    assert made.subject.startswith("a Bcc: eve@example.com x")
    assert len(made.subject) <= 200


def test_without_a_title_or_an_excerpt_the_site_speaks() -> None:
    made = a_letter(post={"title": "\0"}, rendered={"excerpt_text": ""})
    assert made.subject == "Field Notes"
    assert made.preheader == "Short notes on tides."


def test_the_day_is_the_one_in_the_zone_of_the_site() -> None:
    late = datetime(2026, 2, 19, 23, 30, tzinfo=ZoneInfo("UTC"))
    made = letter(a_post(), rendered(), SITE, late, ZoneInfo("Europe/Berlin"))
    assert made.posts[0].date_text == "20 February 2026"


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "19 February 2026"), ("en-GB", "19 February 2026"), ("de", "2026-02-19")],
)
def test_a_day_is_in_words_only_where_they_are_english(language: str, text: str) -> None:
    assert date_text(DUE, language) == text


@pytest.mark.parametrize(
    ("names", "language", "byline"),
    [
        ([], "en", "Ada Example"),
        (["A"], "en", "A"),
        (["A", "B", "C"], "en", "A, B and C"),
        (["A", "B"], "de", "A, B"),
        (["A\nB"], "en", "A B"),
    ],
)
def test_the_byline_names_the_authors_or_the_site_s_own(
    names: list[str], language: str, byline: str
) -> None:
    authors = tuple(Author(name=name) for name in names)
    made = a_letter(post={"authors": authors, "language": language})
    assert made.posts[0].byline == byline


def test_a_post_has_its_own_language_in_a_letter_of_the_site_s() -> None:
    made = a_letter(post={"language": "ar"})
    assert (made.language, made.direction) == ("en", "ltr")
    assert (made.posts[0].language, made.posts[0].direction) == ("ar", "rtl")


@pytest.mark.parametrize(
    ("html", "facts", "direction"),
    [
        ("<p>שלום</p>", {}, "rtl"),
        ("<p>Hello</p>", {}, "ltr"),
        ("<p>שלום</p>", {"language": "en"}, "ltr"),
        ("<p>Hello</p>", {"language": "FA_IR"}, "rtl"),
        ("<p>Hello</p>", {"language": "arn"}, "ltr"),
        ("<p>Hello</p>", {"direction": "rtl"}, "rtl"),
    ],
)
def test_a_post_runs_as_it_says_or_its_language_or_its_first_letter_does(
    html: str, facts: dict[str, str], direction: str
) -> None:
    assert a_letter(html, post=facts).posts[0].direction == direction


def test_by_excerpts_the_marked_part_stands_for_the_body() -> None:
    made = a_letter("<p>a</p><p>b</p>", rendered={"excerpt_html": "<p>a <b>x</b></p>"})
    assert made.by_excerpts().posts[0].html == "<p>a <b>x</b></p>"
    assert not made.by_excerpts().posts[0].whole
    assert made.posts[0].whole


def test_by_excerpts_without_a_mark_the_plain_text_does() -> None:
    made = a_letter(rendered={"excerpt_text": "a < b"})
    assert made.by_excerpts().posts[0].html == "<p>a &lt; b</p>"
    assert (
        len(a_letter(rendered={"excerpt_text": "x " * 9000}).by_plain_excerpts().posts[0].html)
        < 2100
    )
