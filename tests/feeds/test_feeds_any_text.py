"""Whatever a writer types, every feed stays a good feed, and says what was typed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import feedparser
import pytest
from feedcheck import faults
from feedsample import NOON, RULES, feed_with, post, publication, rendered
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from publisher.domain.post import Author, Enclosure, Image
from publisher.feeds.atom import atom
from publisher.feeds.entry import Entry, entry
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.rss import rss

WRITERS = {"atom": atom, "rss": rss, "json": json_feed}
ATOM = {"a": "http://www.w3.org/2005/Atom"}

NASTY = st.sampled_from(
    [
        "]]>",
        "<![CDATA[",
        "<b>bold</b> & <script>alert(1)</script>",
        "&amp; &lt; &#x3C; &nbsp;",
        "\x00\x08\x0b\x1f\ufffe\uffff",
        "\ud800",
        "مرحبا \u202eabc\u202c",
        "👩‍🚀 ❤️ 🇦🇹",
        "\u2028\u2029\x85\u00a0",
        "a\r\nb\tc",
        "very long " * 3000,
        "{{ x }} {% y %} ${Z}",
        "-->",
        "\"' onmouseover=x",
    ]
)
TEXT = st.one_of(st.text(st.characters(), max_size=60), NASTY, st.lists(NASTY).map("".join))
AUTHORS = st.builds(
    Author,
    name=TEXT,
    email=st.sampled_from([None, "ada@example.com"]),
    url=st.sampled_from([None, "https://example.com/ada"]),
)


@st.composite
def entries(draw: st.DrawFn, key: str = "a") -> Entry:
    words = draw(TEXT)
    written = post(
        key,
        title=draw(TEXT),
        authors=tuple(draw(st.lists(AUTHORS, max_size=3))),
        terms=(("tags", tuple(draw(st.lists(TEXT, max_size=3)))), ("odd/ näme", (draw(TEXT),))),
        language=draw(st.sampled_from([None, "en", "de", "pt_BR"]) | TEXT),
        image=draw(st.sampled_from([None, Image(url="https://example.com/i.png", alt="<>")])),
        enclosures=draw(st.sampled_from([(), (Enclosure(url="https://x.example/a", type="a/b"),)])),
    )
    html = f"<p>{words.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    body = rendered(html, draw(TEXT), draw(st.sampled_from([None, html])))
    return entry(publication(key), written, body, full_content=draw(st.booleans()))


@pytest.mark.parametrize("format_", ["atom", "rss", "json"])
@given(
    first=entries("a"),
    second=entries("b"),
    title=TEXT,
    description=TEXT,
    author=st.none() | AUTHORS,
)
@settings(deadline=None, max_examples=60)
def test_any_text_makes_a_good_feed(
    format_: str,
    first: Entry,
    second: Entry,
    title: str,
    description: str,
    author: Author | None,
) -> None:
    rules = replace(RULES, site_title=title, site_description=description, author=author)
    feed = feed_with(first, second, format_=format_, rules=rules)
    assert faults(WRITERS[format_](feed), format_) == []


@given(one=entries())
@settings(deadline=None, max_examples=60)
def test_every_format_says_the_same(one: Entry) -> None:
    feed = feed_with(one)
    told = json.loads(json_feed(feed))["items"][0]
    in_atom = etree.fromstring(atom(feed)).find("a:entry", ATOM)
    item = etree.fromstring(rss(feed)).find("channel/item")
    title = "".join(item.find("title").itertext())
    assert one.title == told["title"] == shown(in_atom, "a:title") == title
    assert one.content_html == told["content_html"]
    assert one.content_html == (in_atom.findtext("a:content", "", ATOM) or "")
    assert one.summary == told.get("summary", "") == shown(in_atom, "a:summary")
    terms = [node.get("term") for node in in_atom.findall("a:category", ATOM)]
    assert [term for _, term in one.terms] == terms
    assert terms == ["".join(node.itertext()) for node in item.findall("category")]


def shown(entry: etree._Element, name: str) -> str:
    """A text of Atom as a person sees it."""
    node = entry.find(name, ATOM)
    text = "" if node is None else node.text or ""
    return unescape(text) if node is not None and node.get("type") == "html" else text


@given(one=entries())
@settings(deadline=None, max_examples=30)
def test_a_reader_reads_from_atom_what_was_written(one: Entry) -> None:
    read = feedparser.parse(atom(feed_with(one)), sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo
    title = read.entries[0].title
    if read.entries[0].title_detail.type == "text/html":
        title = unescape(title)
    assert flat(title) == flat(as_feedparser_mends(one.title))
    assert read.entries[0].id == one.id
    assert read.entries[0].published_parsed[:6] == NOON.timetuple()[:6]


def as_feedparser_mends(text: str) -> str:
    """It takes a text that could be UTF-8 read as Latin-1 for just that, and reads it again."""
    try:
        return text.strip().encode("iso-8859-1").decode()
    except UnicodeError:
        return text


def flat(text: str) -> str:
    """feedparser trims texts by Unicode's idea of white space, and reads entities once more."""
    return re.sub(r"\s+", " ", text).strip()
