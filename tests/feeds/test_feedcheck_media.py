"""Every rule of what feeds borrow catches a feed that breaks it, and lets a good one pass."""

from __future__ import annotations

import pytest
from feedcheck import faults
from feedcheck.mediarules import RULES
from test_feeds_podcast import EPISODE, feed

from publisher.domain.post import Image
from publisher.feeds.rss import rss

GOOD = rss(feed(episode=EPISODE, image=Image(url="https://example.com/a.png"))).decode()

BROKEN = [
    ("media_is_described", 'medium="image"', 'medium="picture"'),
    ("media_is_described", 'type="image/png"', 'type="png"'),
    ("media_is_described", 'thumbnail url="https://example.com/a.png"', 'thumbnail url="/a.png"'),
    ("media_elements_are_known", "<media:thumbnail ", "<media:picture "),
    ("media_elements_are_known", "<item>", '<media:content url="https://e.org/a"/><item>'),
    ("podcast_elements_are_known_and_alone", "<itunes:season>2</itunes:season>",
     "<itunes:subtitle>2</itunes:subtitle>"),
    ("podcast_elements_are_known_and_alone", "<itunes:type>", "<itunes:type>serial</itunes:type>"
     "<itunes:type>"),
    ("podcasts_say_what_directories_need", "<itunes:explicit>false</itunes:explicit>", ""),
    ("podcasts_say_what_directories_need", ">episodic<", ">weekly<"),
    ("podcasts_say_what_directories_need", "<itunes:email>ada@example.com</itunes:email>", ""),
    ("podcasts_say_what_directories_need", "Society &amp; Culture", "Culture"),
    ("podcasts_say_what_directories_need", 'text="Documentary"', 'text=""'),
    ("podcast_values_are_what_they_claim", ">true<", ">yes<"),
    ("podcast_values_are_what_they_claim", ">1:02:03<", ">3723 s<"),
    ("podcast_values_are_what_they_claim", ">7<", ">0<"),
    ("podcast_values_are_what_they_claim", ">bonus<", ">extra<"),
    ("podcast_values_are_what_they_claim", 'href="https://example.com/7.jpg"', 'href="7.jpg"'),
]  # fmt: skip


def test_the_good_feed_has_no_faults() -> None:
    assert faults(GOOD.encode(), "rss") == []


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_a_broken_feed_is_caught_by_its_rule(rule: str, old: str, new: str) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new).encode(), "rss")
    assert rule in {fault.partition(":")[0] for fault in found}


def test_every_rule_is_broken_by_some_feed() -> None:
    assert {rule.__name__ for rule in RULES} == {rule for rule, _, _ in BROKEN}
