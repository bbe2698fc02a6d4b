"""A letter composed with the shipped templates."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from newsletter_samples import (
    DUE,
    GRACE,
    HERE,
    SHIPPED,
    SITE,
    a_letter,
    an_envelope,
    shipped,
)

from publisher.domain.errors import TemplateFault
from publisher.newsletter.body import Body
from publisher.newsletter.compile import compile_issue
from publisher.newsletter.compose import LARGEST_PART, compose
from publisher.newsletter.quoted import encode
from publisher.newsletter.templates import Templates

SAMPLE = (HERE / "sample.html").read_text(encoding="utf-8")
GOLDEN = HERE / "golden.eml"


def composed(html: str = "<p>First.</p><p>Second.</p>", **changes: object) -> Body:
    return compose(a_letter(html, **changes), shipped())


def test_a_message_is_the_golden_one_byte_for_byte() -> None:
    """After a change that is meant: GOLDEN=write pytest -k golden, and read the difference."""
    envelope = an_envelope(reply_to="reply@example.com", unsubscribe_mailto="leave@example.com")
    message = b"".join(compile_issue(composed(SAMPLE), envelope).fill(GRACE))
    message = message.replace(b"\r\n", b"\n")  # so that git may check it out as it likes
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_bytes(message)
    assert message == GOLDEN.read_bytes()


def test_both_parts_say_who_sends_it_and_how_to_leave() -> None:
    body = composed()
    for page in (
        body.html_for("ada@example.com", "https://news.example.com/u/x"),
        body.text_for("ada@example.com", "https://news.example.com/u/x"),
    ):
        assert "https://news.example.com/u/x" in page
        assert "ada@example.com" in page
        assert "12345 Exampletown" in page
        assert "https://example.com/2026/02/fog/" in page
        assert "slot-" not in page


def test_the_page_fetches_nothing_that_the_post_does_not() -> None:
    assert not re.search(r'src=|url\(|@import|<link|<script|http-equiv="refresh', composed().html)


def test_layout_tables_are_not_read_out_and_pictures_have_words() -> None:
    html = composed(SAMPLE).html
    layout = [table for table in re.findall(r"<table[^>]*>", html) if "cellpadding" in table]
    assert len(layout) >= 3
    assert all('role="presentation"' in table for table in layout)
    assert all(" alt=" in image for image in re.findall(r"<img[^>]*>", html))
    assert '<html lang="en" dir="ltr"' in html


def test_the_preheader_comes_first_and_is_followed_by_filling() -> None:
    html = composed(rendered={"excerpt_text": "What an inbox shows."}).html
    shown = re.search(r'<div class="preheader" style="display:none[^>]*>([^<]*)</div>', html)
    assert shown
    assert shown[1].startswith("What an inbox shows.")
    assert len(shown[1]) > 150
    assert html.index("What an inbox shows.") < html.index("Field Notes</a>")


def test_a_body_that_fits_is_whole() -> None:
    body = composed("<p>word</p>" * 500)
    assert not body.excerpt_only
    assert "Continue reading" not in body.html + body.text


@pytest.mark.parametrize("char", ["x", "é", "漢"])
def test_a_page_that_would_be_cut_gives_way_to_its_excerpt(char: str) -> None:
    long = f"<p>{(char * 9 + ' ') * (LARGEST_PART // 9)}</p>"
    body = composed(long, rendered={"excerpt_text": "In short."})
    assert body.excerpt_only
    assert len(encode(body.html)) <= LARGEST_PART
    assert "In short.</p>" in body.html
    assert char * 9 not in body.html + body.text
    assert ">Continue reading</a>" in body.html
    assert "Continue reading: https://example.com/2026/02/fog/" in body.text


def test_the_size_that_counts_is_that_of_the_encoded_page() -> None:
    """25,000 letters of two bytes are 50,000 bytes of UTF-8, and 150,000 as they are sent."""
    assert composed(f"<p>{'é' * 25_000}</p>").excerpt_only
    assert not composed(f"<p>{'e' * 70_000}</p>").excerpt_only


def test_an_excerpt_that_is_too_long_itself_is_cut_as_plain_text() -> None:
    long = "<p>word</p>" * 9000
    body = composed(long, rendered={"excerpt_html": long, "excerpt_text": "word " * 9000})
    assert body.excerpt_only
    assert len(encode(body.html)) <= LARGEST_PART
    assert "…</p>" in body.html


def test_the_same_letter_is_composed_to_the_same_pages() -> None:
    assert composed(SAMPLE) == composed(SAMPLE)


def test_a_post_can_not_name_the_token_of_its_own_issue() -> None:
    first = composed("<p>x</p>")
    second = composed(f"<p>{first.tokens.unsubscribe}</p>")
    page = second.html_for("ada@example.com", "https://news.example.com/u/x")
    assert first.tokens.unsubscribe in page


def with_files(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    return Templates(folder, SHIPPED)


@pytest.mark.parametrize("name", ["post_html", "post_txt"])
def test_a_template_without_a_way_out_is_a_fault(tmp_path: Path, name: str) -> None:
    with pytest.raises(TemplateFault, match=rf"{name.replace('_', '.')}: prints no .*unsubscribe"):
        compose(a_letter(), with_files(tmp_path, **{name: "Hello"}))


def test_a_style_sheet_that_can_not_be_inlined_is_a_fault(tmp_path: Path) -> None:
    templates = with_files(tmp_path, inline_css='a[title="a,b"] { color: red }')
    with pytest.raises(TemplateFault, match=r"^templates/email/inline.css: can't be inlined"):
        compose(a_letter(), templates)


def test_a_page_whose_styles_can_not_be_inlined_still_goes_out(tmp_path: Path) -> None:
    """Two style elements, one of them broken, stand in for what premailer has yet to trip over."""
    broken = '<style>a[title="a,b"] { color: red }</style>'
    page = f"<html><head>{broken}</head><body>{{{{ unsubscribe_url }}}}</body></html>"
    body = compose(a_letter(), with_files(tmp_path, post_html=page))
    (warning,) = body.warnings
    assert "could not be inlined into this issue" in warning.message
    assert "h1.title { margin" in body.html
    assert body.tokens.unsubscribe in body.html


def test_a_letter_of_several_posts_can_be_composed(tmp_path: Path) -> None:
    """What a digest will need: a template that walks all posts, and excerpts for each of them."""
    page = "{% for post in posts %}<p>{{ post.title }}</p>{{ post.html }}{% endfor %}"
    text = "{% for post in posts %}{{ post.title }}: {{ post.text }}\n{% endfor %}"
    way = "{{ unsubscribe_url }}"
    templates = with_files(tmp_path, digest_html=page + way, digest_txt=text + way)
    one, other = a_letter(), a_letter("<p>Other.</p>", post={"title": "Another"})
    both = replace(one, posts=(*one.posts, *other.posts), kind="digest")
    body = compose(both, templates)
    assert "Another: Other." in body.text
    assert "What the fog hides: First." in body.text


def test_a_site_without_extras_makes_a_page_without_gaps() -> None:
    site = replace(SITE, feed_url=None, author=None, postal_address="One line")
    body = compose(a_letter(site=site, post={"authors": ()}), shipped())
    assert "feed reader" not in body.html + body.text
    assert f"{DUE.day} February 2026 · <a" in body.html
    assert "\n\n\n" not in body.text
