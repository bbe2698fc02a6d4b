"""What a feed reader reads from the sample feed is what the posts said."""

from __future__ import annotations

from typing import Any

import feedparser
import pytest
from feedsample import FLOOD, HERONS, PICTURE, sample

from publisher.feeds.atom import atom
from publisher.feeds.rss import rss

ENTRIES = (FLOOD, HERONS, PICTURE)


@pytest.fixture(params=["atom", "rss"])
def read(request: pytest.FixtureRequest) -> Any:
    data = {"atom": atom, "rss": rss}[request.param](sample(request.param))
    found = feedparser.parse(data, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo
    return found


def test_a_reader_sees_the_feed(read: Any) -> None:
    assert read.feed.title == "Field Notes"
    assert read.feed.link == "https://example.com/"
    assert read.feed.subtitle == "On rivers & <weather>"
    assert read.feed.language == "en"
    assert read.feed.updated_parsed[:6] == (2026, 2, 19, 15, 0, 0)
    assert read.feed.author_detail == {"name": "Ada Example", "email": "ada@example.com"}


def test_a_reader_sees_who_each_entry_is(read: Any) -> None:
    assert [one.id for one in read.entries] == [one.id for one in ENTRIES]
    assert [one.link for one in read.entries] == [one.url for one in ENTRIES]
    assert [one.title for one in read.entries] == [one.title for one in ENTRIES]


def test_a_reader_sees_when_each_entry_was_published(read: Any) -> None:
    shown = [one.published_parsed[:6] for one in read.entries]
    assert shown == [one.published.timetuple()[:6] for one in ENTRIES]


def test_a_reader_sees_the_terms_and_where_they_are_from(read: Any) -> None:
    assert [(tag.scheme, tag.term) for tag in read.entries[0].tags] == [
        ("https://example.com/categories/", "Rivers & lakes"),
        ("https://example.com/tags/", "C++"),
        ("https://example.com/tags/", "été"),
    ]


def test_a_reader_sees_every_author(read: Any) -> None:
    assert [author.name for author in read.entries[1].authors] == ["Ada Example", "Grace"]
    assert read.entries[0].authors[0].email == "grace@example.org"


def test_a_reader_sees_the_whole_content_as_html(read: Any) -> None:
    assert [one.content[0].value for one in read.entries[:2]] == [
        FLOOD.content_html,
        HERONS.content_html,
    ]
    assert read.entries[0].content[0].type == "text/html"


def test_a_reader_sees_the_first_enclosure_whole(read: Any) -> None:
    first = read.entries[0].enclosures[0]
    assert (first.href, first.type, first.length) == (
        "https://example.com/flood.mp3",
        "audio/mpeg",
        "4096",
    )


def test_a_reader_sees_the_image_and_the_language(read: Any) -> None:
    assert read.entries[0].media_content == [
        {"url": "https://example.com/img/flood.png", "medium": "image", "type": "image/png"}
    ]
    assert read.entries[0].media_thumbnail == [{"url": "https://example.com/img/flood.png"}]


def test_a_reader_of_atom_sees_updates_summaries_and_languages() -> None:
    read = feedparser.parse(atom(sample("atom")))
    first = read.entries[0]
    assert first.updated_parsed[:6] == (2026, 2, 19, 15, 0, 0)
    assert first.summary == FLOOD.summary
    assert first.content[0].language == "de-AT"


def test_a_reader_of_rss_reads_the_summary_as_html() -> None:
    read = feedparser.parse(rss(sample("rss")))
    assert read.entries[0].summary == "It rose &amp; rose, 3 &lt; 4."
