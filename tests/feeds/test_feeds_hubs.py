"""Every feed names its hubs and itself, so that a subscriber finds both (WebSub, section 4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from feedcheck import faults
from feedcheck.check import Media
from feedsample import RULES, feed_with, made_entry
from lxml import etree

from publisher.feeds.atom import atom
from publisher.feeds.feed import Feed
from publisher.feeds.hubs import link_header, topic
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.rss import rss

HUBS = ("https://hub.example.com/", "https://hub.example.net/?a=1&b=2")
LINK = "//*[local-name()='feed' or local-name()='channel']/*[local-name()='link'][@rel=$rel]/@href"


@pytest.mark.parametrize(("write", "media"), [(atom, "atom"), (rss, "rss")])
def test_atom_and_rss_link_to_every_hub_and_to_themselves(
    write: Callable[[Feed], bytes], media: Media
) -> None:
    feed = feed_with(made_entry(), rules=replace(RULES, hubs=HUBS))
    document = write(feed)
    assert tuple(etree.fromstring(document).xpath(LINK, rel="hub")) == HUBS
    assert etree.fromstring(document).xpath(LINK, rel="self") == [feed.self_url]
    assert faults(document, media) == []


def test_json_feed_lists_every_hub() -> None:
    document = json_feed(feed_with(made_entry(), rules=replace(RULES, hubs=HUBS)))
    assert json.loads(document)["hubs"] == [{"type": "WebSub", "url": hub} for hub in HUBS]
    assert faults(document, "json") == []


@pytest.mark.parametrize("write", [atom, rss, json_feed])
def test_a_feed_without_a_hub_says_nothing_of_hubs(write: Callable[[Feed], bytes]) -> None:
    assert b"hub" not in write(feed_with(made_entry()))


def test_the_header_names_the_hubs_and_the_feeds_own_address() -> None:
    assert link_header("https://example.com", "tags/été/atom.xml", HUBS) == (
        '<https://hub.example.com/>; rel="hub", '
        '<https://hub.example.net/?a=1&b=2>; rel="hub", '
        '<https://example.com/tags/%C3%A9t%C3%A9/atom.xml>; rel="self"'
    )


def test_the_header_of_a_feed_without_a_hub_names_its_address() -> None:
    assert link_header("https://example.com", "rss.xml", ()) == (
        f'<{topic("https://example.com", "rss.xml")}>; rel="self"'
    )
