"""What feedgen gets wrong, as it is: when one of these fails, feedgen was mended, and the work
around it in publisher/feeds/generator.py can go."""

from __future__ import annotations

import locale
from datetime import UTC, datetime

import pytest
from feedgen.feed import FeedGenerator


@pytest.fixture
def raw() -> FeedGenerator:
    made = FeedGenerator()
    made.id("tag:example.com,2026-01-01:feed")
    made.title("Field Notes")
    made.description("Rivers")
    made.link(href="https://example.com/")
    made.updated(datetime(2026, 2, 19, tzinfo=UTC))
    return made


def test_an_entry_link_loses_everything_but_its_address(raw: FeedGenerator) -> None:
    item = raw.add_entry()
    item.id("tag:example.com,2026-01-01:a")
    item.title("A")
    item.link(href="https://example.com/a.mp3", rel="enclosure", type="audio/mpeg", length="9")
    item.content("x", type="html")
    assert b'<link href="https://example.com/a.mp3"/>' in raw.atom_str()


def test_the_last_link_of_any_kind_becomes_that_of_rss(raw: FeedGenerator) -> None:
    raw.link(href="https://example.com/rss.xml", rel="self")
    assert b"<link>https://example.com/rss.xml</link>" in raw.rss_str()


def test_times_default_to_the_clock() -> None:
    assert abs((datetime.now(UTC) - FeedGenerator().updated()).total_seconds()) < 60


def test_a_new_entry_goes_in_front(raw: FeedGenerator) -> None:
    first, second = raw.add_entry(), raw.add_entry()
    assert raw.entry() == [second, first]


def test_the_generator_names_a_version(raw: FeedGenerator) -> None:
    assert raw.generator()["version"]


def test_a_date_of_rss_switches_the_locale_of_the_process(
    raw: FeedGenerator, monkeypatch: pytest.MonkeyPatch
) -> None:
    switched = []
    set_locale = locale.setlocale
    monkeypatch.setattr(
        locale, "setlocale", lambda *args: switched.append(args) or set_locale(*args)
    )
    raw.rss_str()
    assert (locale.LC_ALL, "C") in switched


def test_cdata_content_gets_a_type_that_atom_does_not_know(raw: FeedGenerator) -> None:
    item = raw.add_entry()
    item.id("tag:example.com,2026-01-01:a")
    item.title("A")
    item.content("x", type="CDATA")
    assert b'type="CDATA"' in raw.atom_str()


def test_a_forbidden_character_costs_the_whole_feed(raw: FeedGenerator) -> None:
    raw.title("Field\x0bNotes")
    with pytest.raises(ValueError, match="XML compatible"):
        raw.atom_str()
