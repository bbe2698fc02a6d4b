"""What a pass leads to: whom it tells, and what."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from publisher.announce import ON_PUBLISH, Announcer
from publisher.domain.errand import AFTER_THE_FEEDS, Kind
from publisher.domain.plan import Event, Plan
from publisher.domain.publication import Publication

NOON = datetime(2026, 2, 19, 12, tzinfo=UTC)
HUBS = ("https://hub.example.com/", "https://hub.example.net/")
SITE = Announcer(
    site_url="https://example.com", feeds_url="https://example.com/feeds", hubs=HUBS, hook=True
)
PUBLICATION = Publication(
    key="tide", feed_id="tag:example.com,2026:tide", due=NOON, live_at=NOON, updated=NOON,
    source_hash="s", content_hash="c",
)  # fmt: skip


def event(name: str) -> Event:
    return Event(
        path=f"content/{name}.md", url=f"https://example.com/{name}/", due=NOON, id=f"tag:{name}"
    )


def test_a_hook_is_told_once_what_a_pass_did() -> None:
    plan = Plan(
        published=(event("tide"), event("fog")), restored=(event("surf"),),
        revised=(event("old"),), withdrawn=(event("gone"),),
    )  # fmt: skip
    [hook] = SITE.of_plan(plan, NOON)
    assert (hook.kind, hook.target, hook.after) == (Kind.HOOK, ON_PUBLISH, AFTER_THE_FEEDS)
    said = json.loads(hook.payload)
    assert said["published"][0] == {
        "path": "content/tide.md", "url": "https://example.com/tide/",
        "due": "2026-02-19T12:00:00Z", "id": "tag:tide",
    }  # fmt: skip
    assert [one["id"] for one in said["published"]] == ["tag:tide", "tag:fog", "tag:surf"]
    assert [one["id"] for one in said["revised"]] == ["tag:old"]
    assert [one["id"] for one in said["withdrawn"]] == ["tag:gone"]
    assert (said["site"], said["at"]) == ("https://example.com", "2026-02-19T12:00:00Z")


def test_adoption_tells_no_hook_and_every_hub() -> None:
    plan = Plan(adopted_at=NOON, adopted=(event("old"),), publications=(PUBLICATION,))
    [later] = SITE.of_plan(plan, NOON)
    assert (later.kind, later.after) == (Kind.ANNOUNCE, AFTER_THE_FEEDS)


def test_a_pass_that_changes_nothing_tells_nobody() -> None:
    assert SITE.of_plan(Plan(renamed=(event("tide"),)), NOON) == ()
    assert SITE.of_feeds([]) == ()


def test_who_has_neither_hub_nor_hook_tells_nobody() -> None:
    plan = Plan(published=(event("tide"),), publications=(PUBLICATION,))
    assert Announcer().of_plan(plan, NOON) == ()
    assert Announcer().of_feeds(["atom.xml"]) == ()


def test_each_hub_is_told_of_each_feed_but_archives() -> None:
    places = ["atom.xml", "tags/été/rss.xml", "archive/12/atom.xml", "archive/seas/rss.xml"]
    pings = SITE.of_feeds(places)

    assert [(one.target, one.payload) for one in pings] == [
        (hub, feed)
        for hub in HUBS
        for feed in (
            "https://example.com/feeds/atom.xml",
            "https://example.com/feeds/tags/%C3%A9t%C3%A9/rss.xml",
            "https://example.com/feeds/archive/seas/rss.xml",
        )
    ]
