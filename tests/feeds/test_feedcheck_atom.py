"""Every rule of the Atom checker catches a feed that breaks it, and lets a good one pass."""

from __future__ import annotations

import pytest
from feedcheck import faults
from feedcheck.atomrules import RULES
from feedsample import GOLDEN

GOOD = (GOLDEN / "atom.xml").read_text("utf-8")
ENTRY = GOOD[GOOD.index("  <entry>") : GOOD.index("</entry>", GOOD.index("  <entry>")) + 9]
AUTHORS = """<author>
      <name>Ada Example</name>
      <email>ada@example.com</email>
    </author>"""
FEED_AUTHOR = AUTHORS.replace("\n  ", "\n")
PAGE = '<link href="https://example.com/a-picture/" rel="alternate" type="text/html"/>'
SELF = '<link href="https://example.com/feeds/atom.xml" rel="self" type="application/atom+xml"/>'
ID = "<id>tag:example.com,2026-01-01:the-flood</id>"

FH = '<fh:archive xmlns:fh="http://purl.org/syndication/history/1.0"/>'
CURRENT = '<link rel="current" href="https://example.com/feeds/now.xml"/>'
GONE = (
    '<at:deleted-entry xmlns:at="http://purl.org/atompub/tombstones/1.0"'
    ' ref="tag:example.com,2026-01-01:gone" when="2026-01-01T00:00:00Z"/>'
)

BROKEN = [
    ("history_is_linked", SELF, SELF + FH),
    ("history_is_linked", SELF, SELF + FH + FH + CURRENT),
    ("history_is_linked", SELF, SELF + CURRENT + CURRENT),
    ("history_is_linked", SELF, SELF + CURRENT.replace("current", "next-archive")),
    ("history_is_linked", SELF, SELF + FH + SELF.replace('"self"', '"current"')),
    ("history_is_linked", PAGE, PAGE + CURRENT.replace("current", "prev-archive")),
    ("history_is_linked", PAGE, PAGE + FH),
    ("tombstones_are_complete", SELF, SELF + GONE + GONE),
    ("tombstones_are_complete", SELF, SELF + GONE.replace("T00:00:00Z", "")),
    ("tombstones_are_complete", SELF, SELF + GONE.replace("tag:example.com,2026-01-01:gone", "x")),
    ("tombstones_are_complete", SELF, SELF + GONE.replace(":gone", ":the-flood")),
    ("tombstones_are_complete", PAGE, PAGE + GONE),
    ("text_is_not_taken_for_html", "<title>A picture</title>", "<title>A &lt;/b> tag</title>"),
    ("text_is_not_taken_for_html", "<title>A picture</title>", "<title>An &amp;nbsp;</title>"),
    ("root_is_feed", "http://www.w3.org/2005/Atom", "http://purl.org/atom/ns#"),
    ("children_are_counted", "<title>Field Notes</title>", ""),
    ("children_are_counted", ID, ID * 2),
    ("children_are_counted", "<updated>2026-02-18T12:00:00+00:00</updated>", ""),
    ("children_are_counted", "<name>Grace</name>", ""),
    ("children_are_counted", "</subtitle>", "</subtitle><subtitle/>"),
    ("elements_are_known", "<generator>", "<pubDate>now</pubDate><generator>"),
    ("elements_are_known", "<generator>", '<docs xmlns="">x</docs><generator>'),
    ("someone_is_author", FEED_AUTHOR, ""),
    ("feed_links_to_itself", SELF, ""),
    ("entries_have_content_or_page", PAGE, ""),
    ("entries_have_content_or_page", PAGE, PAGE.replace("alternate", "related")),
    ("alternates_differ", PAGE, PAGE + PAGE.replace('rel="alternate" ', "")),
    ("content_elsewhere_has_summary", PAGE, PAGE + '<content src="https://example.com/x"/>'),
    ("content_elsewhere_has_summary", '<content type="html">', '<content src="https://a.example">'),
    ("texts_have_a_text_type", "<title>A picture", '<title type="text/html">A picture'),
    ("content_has_a_content_type", 'type="html"', 'type="CDATA"'),
    ("text_and_html_are_escaped", "<title>A picture", "<title><b>A</b> picture"),
    ("ids_are_absolute", ID, "<id>the-flood</id>"),
    ("ids_are_absolute", ID, ID.replace("tag:", " tag:")),
    ("entries_are_told_apart", ENTRY, ENTRY * 2),
    ("dates_are_rfc3339", "2025-01-15T12:00:00+00:00", "2025-01-15 12:00:00+00:00"),
    ("dates_are_rfc3339", "2025-01-15T12:00:00+00:00", "2025-01-15T12:00:00"),
    ("dates_are_rfc3339", "2025-01-15T12:00:00+00:00", "2025-02-30T12:00:00Z"),
    ("dates_are_rfc3339", "2025-01-15T12:00:00+00:00", "2025-01-15T12:00:00z"),
    ("people_have_names", "<name>Grace</name>", "<name> </name>"),
    ("people_can_be_reached", "grace@example.org", "Grace"),
    ("people_can_be_reached", "<uri>https://example.org/g</uri>", "<uri>/g</uri>"),
    ("categories_have_terms", 'term="Birds"', 'label="Birds"'),
    ("categories_have_terms", 'scheme="https://example.com/tags/"', 'scheme="tags"'),
    ("links_lead_somewhere", PAGE, PAGE.replace("https://example.com", "")),
    ("links_lead_somewhere", PAGE, '<link rel="alternate"/>'),
    ("links_have_known_relations", PAGE, PAGE + PAGE.replace("alternate", "")),
    ("links_have_known_relations", PAGE, PAGE + PAGE.replace("alternate", "comrade")),
    ("links_say_what_they_lead_to", 'type="audio/mpeg"', 'type="audio"'),
    ("links_say_what_they_lead_to", 'length="4096"', 'length="4 KB"'),
    ("languages_are_tags", ' xml:lang="en"', ""),
    ("languages_are_tags", 'xml:lang="de-AT"', 'xml:lang="de_AT"'),
    ("titles_say_something", "<title>A picture</title>", "<title> </title>"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;script&gt;&lt;/script&gt;The first"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;p style='x'&gt;The first"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;p onclick='x'&gt;The first"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;a href='#fn:1'&gt;The first"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;img src='//example.com/a'&gt;The first"),
    ("html_is_inert", "&lt;p&gt;The first", "&lt;a href='javascript:x'&gt;The first"),
    (
        "html_is_inert",
        "&lt;p&gt;The first",
        "&lt;img srcset='https://example.com/a 1x, b.png 2x'&gt;The first",
    ),
]


def broken(old: str, new: str) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new).encode()


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_a_broken_atom_feed_is_caught_by_the_rule_it_breaks(rule: str, old: str, new: str) -> None:
    assert rule in {fault.partition(":")[0] for fault in faults(broken(old, new), "atom")}


def test_every_atom_rule_has_a_feed_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in RULES}


def test_every_atom_rule_names_its_section() -> None:
    assert all("ection" in (rule.__doc__ or "") for rule in RULES)


def test_a_good_atom_feed_has_no_faults() -> None:
    assert faults(GOOD.encode(), "atom") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        GOOD.encode()[:-10],
        GOOD.replace("A picture", "A \x01 picture").encode(),
        GOOD.replace("A picture", "A &nbsp; picture").encode(),
        GOOD.replace("<feed", "<!DOCTYPE feed><feed").encode(),
        GOOD.replace("UTF-8", "ISO-8859-1").encode("iso-8859-1", "xmlcharrefreplace"),
    ],
)
def test_what_is_no_xml_in_utf8_is_unreadable(data: bytes) -> None:
    assert [fault.partition(":")[0] for fault in faults(data, "atom")] == ["readable"]
