"""Every rule of the RSS checker catches a feed that breaks it, and lets a good one pass."""

from __future__ import annotations

import pytest
from feedcheck import faults
from feedcheck.rssrules import RULES
from feedsample import GOLDEN

GOOD = (GOLDEN / "rss.xml").read_text("utf-8")
SELF = '<atom:link href="https://example.com/feeds/rss.xml" rel="self" type="application/rss+xml"/>'
GUID = '<guid isPermaLink="true">https://example.com/a-picture/</guid>'
LAST = '<guid isPermaLink="false">tag:example.com,2026-01-01:two-herons</guid>'
ENCLOSURE = '<enclosure url="https://example.com/flood.mp3" length="4096" type="audio/mpeg"/>'

FH = '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/>'
CURRENT = '<atom:link rel="current" href="https://example.com/feeds/now.xml"/>'

BROKEN = [
    ("history_is_linked", "<language>", f"{FH}<language>"),
    ("history_is_linked", "<language>", f"{CURRENT}{CURRENT}<language>"),
    ("history_is_linked", "<pubDate>", f"{CURRENT}<pubDate>"),
    ("root_is_rss", ' version="2.0"', ' version="0.91"'),
    ("root_is_rss", "</channel>", "</channel><channel/>"),
    ("children_are_counted", "<title>Field Notes</title>", ""),
    ("children_are_counted", GUID, ""),
    ("children_are_counted", ENCLOSURE, ENCLOSURE * 2),
    ("children_are_counted", "</language>", "</language><language>en</language>"),
    ("children_are_counted", "<generator>", "<textInput/><generator>"),
    ("elements_are_known", "<generator>", "<tagline>x</tagline><generator>"),
    ("elements_are_known", GUID, GUID + "<creator>Ada</creator>"),
    ("channel_says_something", "<title>Field Notes</title>", "<title> </title>"),
    ("channel_links_to_itself", SELF, ""),
    ("channel_links_to_itself", SELF, SELF.replace("rss+xml", "xml")),
    (
        "channel_links_to_itself",
        "<link>https://example.com/</link>",
        "<link>https://example.com/feeds/rss.xml</link>",
    ),
    ("head_comes_first", "</channel>", "<ttl>60</ttl></channel>"),
    ("languages_are_tags", "<language>en</language>", ""),
    ("languages_are_tags", "<language>en</language>", "<language>English (UK)</language>"),
    ("items_say_something", "<title>A picture</title>", ""),
    ("guids_are_unique", GUID, LAST),
    ("permalinks_are_urls", LAST, LAST.replace("false", "true")),
    ("permalinks_are_urls", LAST, LAST.replace(' isPermaLink="false"', "")),
    ("permalinks_are_urls", LAST, LAST.replace("false", "no")),
    ("description_precedes_content", "<description>The first part.</description>", ""),
    ("dates_are_rfc822", "Wed, 15 Jan 2025", "Thu, 15 Jan 2025"),
    ("dates_are_rfc822", "Wed, 15 Jan 2025", "Wed, 15 Jan 25"),
    ("dates_are_rfc822", "Wed, 15 Jan 2025 12:00:00 GMT", "Wed, 15 Jan 2025 12:00:00 Z"),
    ("dates_are_rfc822", "Wed, 15 Jan 2025 12:00:00 GMT", "Wed,  15 Jan 2025 12:00:00 GMT"),
    ("dates_are_rfc822", "Wed, 15 Jan 2025 12:00:00 GMT", "Wed, 15 Jan 2025 24:00:00 GMT"),
    ("dates_are_rfc822", "Wed, 15 Jan 2025 12:00:00 GMT", "2025-01-15T12:00:00Z"),
    ("mailboxes_have_names", "grace@example.org (Grace [on duty])", "grace@example.org"),
    ("mailboxes_have_names", "grace@example.org (Grace [on duty])", "Grace"),
    ("mailboxes_have_names", "(Grace [on duty])", "(Grace (on duty))"),
    (
        "authors_are_said_once",
        "<dc:creator>Grace",
        "<author>g@example.org (G)</author><dc:creator>G",
    ),
    ("authors_are_said_once", "<dc:creator>Grace", "<dc:creator>"),
    ("enclosures_are_complete", ' length="4096"', ""),
    ("enclosures_are_complete", ' length="4096"', ' length="-1"'),
    ("enclosures_are_complete", 'type="audio/mpeg"', 'type="mp3"'),
    ("enclosures_are_complete", 'url="https://example.com/flood.mp3"', 'url="/flood.mp3"'),
    ("text_has_no_children", "<title>A picture", "<title>A <b>picture</b>"),
    ("plain_text_is_unmistakable", "Flood &#x26;", "Flood &amp;"),
    ("plain_text_is_unmistakable", "a &#x3C; b", "a &lt; b"),
    ("plain_text_is_unmistakable", "<title>A picture", "<title><![CDATA[A]]> picture"),
    (
        "urls_are_absolute",
        "<link>https://example.com/a-picture/</link>",
        "<link>/a-picture/</link>",
    ),
    ("urls_are_absolute", "/a-picture/</link>", "/a picture/</link>"),
    ("urls_are_absolute", 'url="https://example.com/img/flood.png"', 'url="flood.png"'),
    ("categories_are_named", ">C++</category>", "></category>"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;form&gt;The first"),
    ("html_is_inert", "<description>The first", "<description>&lt;a href='/x'&gt;The first"),
]


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_a_broken_rss_feed_is_caught_by_the_rule_it_breaks(rule: str, old: str, new: str) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new).encode(), "rss")
    assert rule in {fault.partition(":")[0] for fault in found}


def test_every_rss_rule_has_a_feed_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in RULES}


def test_every_rss_rule_names_its_source() -> None:
    assert all((rule.__doc__ or "").startswith(("Specification", "Profile")) for rule in RULES)


def test_a_good_rss_feed_has_no_faults() -> None:
    assert faults(GOOD.encode(), "rss") == []
