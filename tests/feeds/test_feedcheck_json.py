"""Every rule of the JSON Feed checker catches a feed that breaks it, and lets a good one pass."""

from __future__ import annotations

import json

import pytest
from feedcheck import faults
from feedcheck.jsonrules import RULES
from feedsample import GOLDEN

GOOD = (GOLDEN / "feed.json").read_text("utf-8")
VERSION = '"version": "https://jsonfeed.org/version/1.1",'
TITLE = '"title": "Field Notes",'
PICTURE = '"id": "https://example.com/a-picture/",'
SINGULAR = '"author": {\n        "name": "Ada Example"\n      },'

BROKEN = [
    ("version_comes_first", VERSION, ""),
    ("version_comes_first", VERSION + "\n  " + TITLE, TITLE + VERSION),
    ("version_comes_first", "version/1.1", "version/1"),
    ("required_members_are_there", TITLE, ""),
    ("required_members_are_there", '"feed_url"', '"_feed_url"'),
    ("members_are_of_their_type", TITLE, '"title": null,'),
    ("members_are_of_their_type", '"size_in_bytes": 4096', '"size_in_bytes": "4096"'),
    ("members_are_of_their_type", '"size_in_bytes": 4096', '"size_in_bytes": true'),
    ("members_are_of_their_type", PICTURE, '"id": 3,'),
    ("members_are_known", '"description"', '"subtitle"'),
    ("members_are_known", '"description"', '"_dotted.name"'),
    ("members_are_known", '"mime_type": "audio/ogg"', '"mime_type": "audio/ogg", "length": 1'),
    ("lists_hold_what_they_should", '"Birds"', "7"),
    ("lists_hold_what_they_should", '"Birds"', '" "'),
    ("lists_hold_what_they_should", '"items": [', '"items": [ "x",'),
    ("items_have_ids", PICTURE, ""),
    ("items_have_ids", PICTURE, PICTURE.replace("https://example.com/a-picture/", "")),
    ("items_have_ids", PICTURE, '"id": "tag:example.com,2026-01-01:the-flood",'),
    ("items_have_content", '"content_html": "",', ""),
    ("authors_say_something", '"name": "Grace"\n', ""),
    ("both_forms_of_author_agree", SINGULAR, SINGULAR.replace("Ada", "Bob")),
    ("dates_are_rfc3339", "2025-01-15T12:00:00Z", "Wed, 15 Jan 2025 12:00:00 GMT"),
    ("languages_are_tags", '"language": "en"', '"language": "en_GB"'),
    ("languages_are_tags", '"language": "de-AT"', '"language": "d"'),
    ("urls_are_absolute", '"url": "https://example.com/a-picture/"', '"url": "/a-picture/"'),
    ("urls_are_absolute", '"url": "https://example.org/g"', '"url": "example.org"'),
    ("urls_are_absolute", '"image": "https://example.com/img', '"image": "/img'),
    ("next_page_is_another", TITLE, TITLE + '"next_url": "https://example.com/feeds/feed.json",'),
    ("attachments_are_complete", '"mime_type": "audio/ogg"', '"title": "x"'),
    ("attachments_are_complete", '"size_in_bytes": 4096', '"size_in_bytes": -1'),
    ("hubs_are_complete", TITLE, TITLE + '"hubs": [{"type": "WebSub"}],'),
    ("text_is_unicode", '"title": "A picture"', '"title": "A \\u0008 picture"'),
    ("text_is_unicode", '"title": "A picture"', '"title": "A \\ud800 picture"'),
    ("html_is_inert", "<p>The first", "<iframe></iframe><p>The first"),
]


@pytest.mark.parametrize(("rule", "old", "new"), BROKEN)
def test_a_broken_json_feed_is_caught_by_the_rule_it_breaks(rule: str, old: str, new: str) -> None:
    assert old in GOOD
    found = faults(GOOD.replace(old, new).encode(), "json")
    assert rule in {fault.partition(":")[0] for fault in found}


def test_every_json_rule_has_a_feed_that_breaks_it() -> None:
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in RULES}


def test_every_json_rule_names_its_section() -> None:
    headings = ("Top-level", "Items", "Attachments", "Extensions", "Deprecations", "Suggestions")
    assert all((rule.__doc__ or "").startswith(headings) for rule in RULES)


def test_a_good_json_feed_has_no_faults() -> None:
    assert faults(GOOD.encode(), "json") == []


def test_an_extension_of_ones_own_is_no_fault() -> None:
    extended = {**json.loads(GOOD), "_field_notes": {"about": "https://example.com/about"}}
    assert faults(json.dumps(extended).encode(), "json") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        GOOD.encode("utf-16"),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.replace(VERSION, VERSION * 2).encode(),
        GOOD.replace("4096", "NaN").encode(),
    ],
)
def test_what_is_no_json_object_is_unreadable(data: bytes) -> None:
    assert [fault.partition(":")[0] for fault in faults(data, "json")] == ["readable"]
