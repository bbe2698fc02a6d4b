"""What each format does with an entry, where the golden feeds do not show why."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from feedcheck import faults
from feedsample import NOON, RULES, feed_with, made_entry
from lxml import etree

from publisher.domain.post import Author, Enclosure
from publisher.feeds.atom import atom
from publisher.feeds.entry import Entry
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.rss import rfc822, rss

NS = {
    "atom": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "content": "http://purl.org/rss/1.0/modules/content/",
}
ADA = Author(name="Ada", email="ada@example.com")
GRACE = Author(name="Grace")


def in_atom(path: str, *entries: Entry) -> list[str]:
    return etree.fromstring(atom(feed_with(*entries))).xpath(path, namespaces=NS)


def in_rss(path: str, *entries: Entry) -> list[str]:
    return etree.fromstring(rss(feed_with(*entries))).xpath(path, namespaces=NS)


def first_item(*entries: Entry) -> dict[str, object]:
    return json.loads(json_feed(feed_with(*entries)))["items"][0]


# Atom


def test_atom_keeps_every_enclosure_and_only_known_lengths() -> None:
    files = (
        Enclosure(url="https://example.com/a.mp3", type="audio/mpeg", length=0),
        Enclosure(url="https://example.com/b.mp3", type="audio/mpeg"),
    )
    entry = made_entry(enclosures=files)
    assert in_atom("//atom:link[@rel='enclosure']/@href", entry) == [file.url for file in files]
    assert in_atom("//atom:link[@rel='enclosure']/@length", entry) == ["0"]


def test_an_atom_entry_links_to_its_page_as_the_alternate() -> None:
    pages = in_atom("//atom:entry/atom:link[@rel='alternate']/@href", made_entry("a-walk"))
    assert pages == ["https://example.com/a-walk/"]


def test_an_atom_feed_names_the_site_where_there_is_no_author() -> None:
    feed = feed_with(made_entry(), rules=replace(RULES, author=None))
    assert b"<name>Field Notes</name>" in atom(feed)
    assert faults(atom(feed), "atom") == []


def test_an_entry_names_its_language_only_where_it_is_not_the_feeds() -> None:
    path = "//atom:entry/@xml:lang"
    assert in_atom(path, made_entry(language="en"), made_entry("b", language="de")) == ["de"]


def test_a_local_offset_of_odd_seconds_is_told_in_utc() -> None:
    old = datetime(1890, 1, 1, tzinfo=timezone(timedelta(minutes=53, seconds=28)))
    entry = replace(made_entry(), published=old)
    assert in_atom("//atom:published/text()", entry) == ["1889-12-31T23:06:32+00:00"]
    assert faults(atom(feed_with(entry)), "atom") == []


def test_entries_stay_in_the_order_given() -> None:
    entries = [made_entry(key) for key in ("a", "b", "c")]
    urls = [entry.url for entry in entries]
    assert in_atom("//atom:entry/atom:link/@href", *entries) == urls
    assert in_rss("//item/link/text()", *entries) == urls


# RSS


def test_an_author_alone_and_with_an_address_is_rss_own() -> None:
    entry = made_entry(authors=(ADA,))
    assert in_rss("//item/author/text()", entry) == ["ada@example.com (Ada)"]
    assert in_rss("//item/dc:creator", entry) == []


@pytest.mark.parametrize("authors", [(GRACE,), (ADA, GRACE), (ADA, ADA)])
def test_authors_without_address_or_not_alone_are_creators(authors: tuple[Author, ...]) -> None:
    entry = made_entry(authors=authors)
    assert in_rss("//item/author", entry) == []
    assert in_rss("//item/dc:creator/text()", entry) == [author.name for author in authors]


def test_a_name_can_not_end_the_comment_that_it_is_in() -> None:
    entry = made_entry(authors=(replace(ADA, name="Ada) <x@example.net> (\\"),))
    assert in_rss("string(//item/author)", entry) == "ada@example.com (Ada] <x@example.net> [/)"
    assert faults(rss(feed_with(entry)), "rss") == []


def test_an_rss_channel_names_its_editor_once() -> None:
    assert in_rss("//managingEditor/text()") == ["ada@example.com (Ada Example)"]
    nobody = rss(feed_with(rules=replace(RULES, author=None)))
    assert b"<dc:creator>Field Notes</dc:creator>" in nobody
    assert b"managingEditor" not in nobody


def test_rss_takes_the_first_enclosure_and_writes_zero_for_an_unknown_length() -> None:
    files = (
        Enclosure(url="https://example.com/a.mp3", type="audio/mpeg"),
        Enclosure(url="https://example.com/b.mp3", type="audio/mpeg", length=1),
    )
    entry = made_entry(enclosures=files)
    assert in_rss("//enclosure/@url", entry) == ["https://example.com/a.mp3"]
    assert in_rss("//enclosure/@length", entry) == ["0"]


def test_a_guid_is_a_permalink_only_when_it_is_the_posts_own_address() -> None:
    here = replace(made_entry("a"), id="https://example.com/a/")
    moved = replace(made_entry("b"), id="https://example.com/old/b/")
    assert in_rss("//guid/@isPermaLink", here, moved, made_entry("c")) == ["true", "false", "false"]


def test_a_summary_is_text_in_rss_although_readers_take_it_for_html() -> None:
    entry = replace(made_entry(), summary="a <b> & c")
    assert in_rss("//item/description/text()", entry) == ["a &lt;b&gt; &amp; c"]


def test_the_description_comes_before_the_content() -> None:
    tags = in_rss("//item/description/following-sibling::content:encoded", made_entry())
    assert len(tags) == 1


def test_a_body_without_an_excerpt_is_still_described() -> None:
    entry = replace(made_entry(), summary="")
    assert in_rss("//item/description/text()", entry) == ["<p>Some words.</p>"]


def test_a_site_without_a_description_is_described_by_its_title() -> None:
    feed = feed_with(made_entry(), rules=replace(RULES, site_description=""))
    assert b"<description>Field Notes</description>" in rss(feed)
    assert b"<subtitle" not in atom(feed)
    assert "description" not in json.loads(json_feed(feed))


def test_a_date_in_rss_is_in_gmt_with_the_right_day_and_four_digits() -> None:
    berlin = timezone(timedelta(hours=1))
    assert rfc822(datetime(2026, 3, 1, 0, 30, tzinfo=berlin)) == "Sat, 28 Feb 2026 23:30:00 GMT"
    assert rfc822(datetime(987, 1, 1, tzinfo=berlin)).split()[3] == "0986"


# JSON Feed


def test_json_leaves_out_what_there_is_not() -> None:
    assert first_item(replace(made_entry(), summary="")).keys() == {
        "id",
        "url",
        "title",
        "content_html",
        "date_published",
        "date_modified",
    }


def test_json_names_all_authors_and_the_first_again_for_older_readers() -> None:
    item = first_item(made_entry(authors=(ADA, GRACE)))
    assert item["authors"] == [{"name": "Ada"}, {"name": "Grace"}]
    assert item["author"] == {"name": "Ada"}


def test_json_tells_no_one_an_address() -> None:
    assert b"@" not in json_feed(feed_with(made_entry(authors=(ADA,))))


def test_a_tag_that_is_a_category_too_is_one_tag_in_json() -> None:
    entry = made_entry(terms=(("categories", ("a", "b")), ("tags", ("b", "c"))))
    assert first_item(entry)["tags"] == ["a", "b", "c"]


def test_json_knows_a_length_of_nothing_from_none() -> None:
    files = (
        Enclosure(url="https://example.com/a.mp3", type="audio/mpeg", length=0),
        Enclosure(url="https://example.com/b.mp3", type="audio/mpeg"),
    )
    told = first_item(made_entry(enclosures=files))["attachments"]
    assert [one.get("size_in_bytes") for one in told] == [0, None]


def test_an_empty_body_is_still_content_in_json() -> None:
    assert first_item(replace(made_entry(), content_html=""))["content_html"] == ""


# All


@pytest.mark.parametrize(("format_", "write"), [("atom", atom), ("rss", rss), ("json", json_feed)])
def test_a_feed_without_entries_is_a_good_feed(format_: str, write: object) -> None:
    assert faults(write(feed_with(format_=format_)), format_) == []


@pytest.mark.parametrize(("format_", "write"), [("atom", atom), ("rss", rss), ("json", json_feed)])
def test_an_entry_of_nothing_but_a_title_is_good_in_every_format(
    format_: str, write: object
) -> None:
    bare = Entry(
        id="tag:x,2026:a", url="https://example.com/", title="A", published=NOON, updated=NOON
    )
    assert faults(write(feed_with(bare, format_=format_)), format_) == []


def test_text_that_looks_like_html_is_the_html_that_shows_it() -> None:
    made = made_entry(title="The </div> & the &nbsp; of <b> it")
    title = etree.fromstring(atom(feed_with(made))).find("{*}entry/{*}title")
    assert title is not None
    assert (title.get("type"), title.text) == (
        "html", "The &lt;/div&gt; &amp; the &amp;nbsp; of &lt;b&gt; it",
    )  # fmt: skip
    plain = etree.fromstring(atom(feed_with(made_entry(title="1 < 2 & <b>"))))
    assert plain.find("{*}entry/{*}title").get("type") is None
