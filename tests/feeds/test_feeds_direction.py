"""Text from right to left: by what a post says, by its language, by its first letter."""

from __future__ import annotations

from typing import Any

import pytest
from feedcheck import faults
from feedsample import feed_with, post, publication, rendered
from lxml import etree

from publisher.feeds.atom import atom
from publisher.feeds.entry import Entry, entry
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.rss import rss

ARABIC = "<p>مرحبا بالعالم</p>"


def made(html: str, **changes: Any) -> Entry:
    return entry(publication("a"), post("a", **changes), rendered(html, "x"), full_content=True)


@pytest.mark.parametrize(
    ("html", "facts", "start"),
    [
        (ARABIC, {}, '<div dir="rtl">'),
        ("<p>123 <b>שלום</b></p>", {}, '<div dir="rtl">'),
        ('<p title="English">&nbsp;— שלום</p>', {}, '<div dir="rtl">'),
        ("<p>x</p>", {"language": "ar"}, '<div dir="rtl" lang="ar">'),
        ("<p>x</p>", {"language": "fa_IR"}, '<div dir="rtl" lang="fa-IR">'),
        ("<p>x</p>", {"language": "pa-Arab"}, '<div dir="rtl" lang="pa-Arab">'),
        ("<p>x</p>", {"direction": "rtl"}, '<div dir="rtl">'),
    ],
)
def test_what_runs_from_right_to_left_says_so(html: str, facts: dict[str, Any], start: str) -> None:
    assert made(html, **facts).content_html == f"{start}{html}</div>"


@pytest.mark.parametrize(
    ("html", "facts"),
    [
        ("<p>Hello</p>", {}),
        ("<p>Grüße, שלום</p>", {}),
        ("<p>两只苍鹭</p>", {}),
        ("<p>🪶 1 2 3 —</p>", {}),
        ("<p>x</p>", {"language": "en"}),
        ("<p>x</p>", {"language": "az-Latn"}),
        ("<p>x</p>", {"language": "ks-Deva"}),
        (ARABIC, {"direction": "ltr"}),
        (ARABIC, {"language": "en"}),
        ("", {"language": "ar"}),
    ],
)
def test_what_runs_from_left_to_right_stays_as_it_is(html: str, facts: dict[str, Any]) -> None:
    assert made(html, **facts).content_html == html


def test_each_format_says_the_language_and_the_direction() -> None:
    feed = feed_with(made(ARABIC, language="ar"))
    node = etree.fromstring(atom(feed)).find("{*}entry")
    assert node is not None
    assert node.get("{http://www.w3.org/XML/1998/namespace}lang") == "ar"
    assert (node.findtext("{*}content") or "").startswith('<div dir="rtl" lang="ar">')
    assert b"<dc:language>ar</dc:language>" in rss(feed)
    assert b'"language": "ar"' in json_feed(feed)
    assert faults(atom(feed), "atom") == faults(rss(feed), "rss") == []
