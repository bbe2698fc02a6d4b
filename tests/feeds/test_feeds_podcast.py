"""Recordings: enclosures, how long they play, and what directories of podcasts are told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from feedcheck import faults
from feedsample import RULES, feed_with, made_entry
from lxml import etree

from publisher.domain.post import Author, Enclosure, Episode
from publisher.feeds.atom import atom
from publisher.feeds.feed import Feed
from publisher.feeds.itunes import duration
from publisher.feeds.jsonfeed import json_feed
from publisher.feeds.podcast import Podcast
from publisher.feeds.rss import rss

TALK = Enclosure(
    url="https://example.com/talk.mp3", type="audio/mpeg", length=4096, duration_s=3723
)
PODCAST = Podcast(
    image="https://example.com/cover.jpg",
    category=("Society & Culture", "Documentary"),
    author="Ada Example",
    owner=Author(name="Ada Example", email="ada@example.com"),
)
EPISODE = Episode(
    number=7, season=2, kind="bonus", explicit=True, image="https://example.com/7.jpg"
)
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


def feed(podcast: Podcast | None = PODCAST, **changes: Any) -> Feed:
    entry = made_entry(**{"enclosures": (TALK,), "episode": EPISODE, **changes})
    return feed_with(entry, format_="rss", rules=replace(RULES, podcast=podcast))


def said(feed: Feed, parent: str) -> dict[str, Any]:
    """Each itunes element of the channel or of the item: its text or its attributes."""
    node = etree.fromstring(rss(feed)).find(parent)
    assert node is not None
    children = node.iterchildren(f"{ITUNES}*")
    return {child.tag.removeprefix(ITUNES): child.text or dict(child.attrib) for child in children}


def test_a_channel_says_what_directories_need() -> None:
    channel = said(feed(), "channel")
    assert (channel["author"], channel["type"], channel["explicit"], channel["image"]) == (
        "Ada Example",
        "episodic",
        "false",
        {"href": "https://example.com/cover.jpg"},
    )
    root = etree.fromstring(rss(feed()))
    categories = [node.get("text") for node in root.iter(f"{ITUNES}category")]
    assert categories == ["Society & Culture", "Documentary"]
    assert root.findtext(f".//{ITUNES}owner/{ITUNES}email") == "ada@example.com"


def test_an_item_says_what_its_post_says() -> None:
    authors = (Author(name="Ada"), Author(name="Grace"))
    assert said(feed(authors=authors), "channel/item") == {
        "duration": "1:02:03",
        "author": "Ada, Grace",
        "season": "2",
        "episode": "7",
        "episodeType": "bonus",
        "explicit": "true",
        "image": {"href": "https://example.com/7.jpg"},
    }


@pytest.mark.parametrize("podcast", [PODCAST, replace(PODCAST, owner=None, kind="serial"), None])
@pytest.mark.parametrize("episode", [EPISODE, Episode(), None])
def test_no_podcast_has_a_fault(podcast: Podcast | None, episode: Episode | None) -> None:
    made = feed(podcast, episode=episode)
    assert faults(rss(made), "rss") == []
    assert faults(atom(made), "atom") == []
    assert faults(json_feed(made), "json") == []


def test_a_blog_that_is_no_podcast_says_nothing_to_directories() -> None:
    made = feed(None, episode=None)
    assert b"itunes" not in rss(made)
    assert b"itunes" not in atom(feed())


def test_an_item_without_a_file_is_no_episode() -> None:
    authors = (Author(name="Ada"),)
    assert said(feed(enclosures=(), episode=None, authors=authors), "channel/item") == {}


def test_readers_see_each_file_with_its_type_and_length() -> None:
    film = Enclosure(url="https://example.com/talk.mp4", type="video/mp4")
    made = feed(enclosures=(TALK, film))
    read = feedparser.parse(atom(made)).entries[0].enclosures
    assert [(one.href, one.type, one.get("length")) for one in read] == [
        (TALK.url, "audio/mpeg", "4096"),
        (film.url, "video/mp4", None),
    ]
    [only] = feedparser.parse(rss(made)).entries[0].enclosures
    assert (only.href, only.type, only.length) == (TALK.url, "audio/mpeg", "4096")
    assert json.loads(json_feed(made))["items"][0]["attachments"] == [
        {
            "url": TALK.url,
            "mime_type": "audio/mpeg",
            "size_in_bytes": 4096,
            "duration_in_seconds": 3723,
        },
        {"url": film.url, "mime_type": "video/mp4"},
    ]


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00:00"), (61, "0:01:01"), (3600, "1:00:00"), (90061, "25:01:01")],
)
def test_a_duration_has_hours_minutes_and_seconds(seconds: int, written: str) -> None:
    assert duration(seconds) == written
