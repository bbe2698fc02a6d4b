"""What an entry takes from a post, its publication and its rendered body."""

from __future__ import annotations

from datetime import timedelta

import pytest
from feedsample import NOON, made_entry, post, publication, rendered

from publisher.domain.post import Author
from publisher.feeds.entry import Entry, entry

BODY = rendered("<p>One.</p><p>Two.</p>", "One & only.")


def excerpted(*, html: str | None = None, text: str = "One & only.", title: str = "A walk") -> str:
    body = rendered("<p>One.</p><p>Two.</p>", text, html)
    made = entry(publication("a"), post("a", title=title), body, full_content=False)
    return made.content_html


def test_the_id_is_the_publications_and_not_the_address() -> None:
    made = entry(publication("a", feed_id="tag:x,2026:a"), post("b"), BODY, full_content=True)
    assert (made.id, made.url) == ("tag:x,2026:a", "https://example.com/b/")


def test_published_is_the_due_instant_and_updated_the_publications() -> None:
    later = NOON + timedelta(hours=1)
    known = publication("a", due=NOON, updated=later)
    made = entry(known, post("a", updated=NOON + timedelta(days=9)), BODY, full_content=True)
    assert (made.published, made.updated) == (NOON, later)


def test_full_content_is_the_body_and_the_summary_the_excerpt() -> None:
    made = entry(publication("a"), post("a"), BODY, full_content=True)
    assert (made.content_html, made.summary) == ("<p>One.</p><p>Two.</p>", "One & only.")


def test_an_excerpt_in_html_stands_before_the_link_to_the_post() -> None:
    assert excerpted(html="<p><em>One.</em></p>") == (
        '<p><em>One.</em></p>\n<p><a href="https://example.com/a/">A walk\u00a0…</a></p>'
    )


def test_an_excerpt_in_text_is_escaped_into_a_paragraph() -> None:
    assert excerpted().startswith("<p>One &amp; only.</p>\n<p><a ")


def test_a_post_that_says_nothing_is_a_link() -> None:
    assert excerpted(text="") == '<p><a href="https://example.com/a/">A walk\u00a0…</a></p>'


def test_a_title_can_not_break_out_of_the_link() -> None:
    assert ">&lt;/a&gt;&lt;script&gt;\u00a0…</a>" in excerpted(title="</a><script>")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  A\n walk\t", "A walk"),
        ("A\x08 wa\ud800lk\ufffe", "A walk"),
        ("10\u00a0000 steps", "10\u00a0000 steps"),
        ("<em>A</em> &amp; walk", "<em>A</em> &amp; walk"),
        ("\x01\x02", "https://example.com/a-walk/"),
        ("\u00a0\u2003", "https://example.com/a-walk/"),
    ],
)
def test_a_title_is_one_line_of_text_that_any_format_can_carry(given: str, shown: str) -> None:
    assert made_entry(title=given).title == shown


def test_a_body_is_rid_of_what_xml_forbids() -> None:
    made = entry(publication("a"), post("a"), rendered("<p>a\x0bb</p>\r\n"), full_content=True)
    assert made.content_html == "<p>ab</p>\r\n"


def test_nameless_authors_and_terms_are_left_out() -> None:
    made = made_entry(
        authors=(Author(name=" \x00"), Author(name=" Ada\n", email="ada@example.com")),
        terms=(("tags", ("\x01", " a  b ")),),
    )
    assert made.authors == (Author(name="Ada", email="ada@example.com"),)
    assert made.terms == (("tags", "a b"),)


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("de", "de"),
        ("pt_BR", "pt-BR"),
        (" zh-Hant-TW ", "zh-Hant-TW"),
        ("Deutsch, bitte", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_is_a_tag_or_none(given: str | None, tag: str | None) -> None:
    assert made_entry(language=given).language == tag


def test_an_entry_without_zones_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        Entry(id="a", url="u", title="t", published=NOON.replace(tzinfo=None), updated=NOON)
