"""Hubs and hooks on the command line: publish runs what is due, status says what is not done."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from actor import Actor, status
from livesite import LiveSite

from publisher.domain.errand import AFTER_THE_FEEDS, Kind, NewErrand
from publisher.domain.moment import rfc3339
from publisher.domain.plan import Plan
from publisher.ledger.store import open_ledger


def adopted(root: Path, *, hubs: str = "", hook: str = "", newsletter: str = "") -> LiveSite:
    hooks = f"hooks: {{on_publish: {{{hook}}}}}" if hook else ""
    site = LiveSite(root, newsletter=newsletter, more=f"feeds: {{hubs: [{hubs}]}}\n{hooks}")
    site.post("old.md", title="Old", date="2026-01-05")
    return site


def test_publish_tells_each_hub_of_each_feed_that_changed(tmp_path: Path, actor: Actor) -> None:
    actor.acts |= {"/a": status(204), "/b": status(202)}
    site = adopted(tmp_path, hubs=f"'{actor.url('/a')}', '{actor.url('/b')}'")
    site.run("publish")
    assert len(actor.got) == 6
    actor.got.clear()
    site.run("publish")
    assert actor.got == []
    site.post("tide.md", title="Tide", date="2026-02-01", tags="[sea]")
    site.run("publish")
    assert len(actor.got) == 12
    assert sum(path == "/a" for _, path, _, _ in actor.got) == 6
    assert b"https%3A%2F%2Fshore.example.com%2Ftags%2Fsea%2Fatom.xml" in b" ".join(
        body for _, _, _, body in actor.got
    )


def test_publish_posts_to_the_hook_what_it_did(tmp_path: Path, actor: Actor) -> None:
    actor.acts["/hook?key=hushhush"] = status(200)
    site = adopted(tmp_path, hook=f"url: '{actor.url('/hook?key=hushhush')}'")
    site.run("publish")
    assert actor.got == []
    site.post("tide.md", title="Tide", date="2026-02-01")
    site.run("publish")
    [(method, _, head, body)] = actor.got
    assert (method, head["Content-Type"]) == ("POST", "application/json")
    told = json.loads(body)
    assert [one["path"] for one in told["published"]] == ["content/tide.md"]
    assert told["published"][0]["id"] == "tag:shore.example.com,2020-01-01:content/tide"
    assert "hushhush" not in site.run("config", "show").out


def test_a_hooks_command_is_told_where_it_is_and_none_of_our_secrets(tmp_path: Path) -> None:
    site = adopted(tmp_path, hook="command: [sh, -c, env > found]")
    site.run("publish")
    site.post("tide.md", title="Tide", date="2026-02-01")
    site.run("publish")
    found = dict(line.split("=", 1) for line in (tmp_path / "found").read_text().splitlines())
    ours = {name: value for name, value in found.items() if name.startswith("PUBLISHER")}
    assert ours == {
        "PUBLISHER_EVENT": "publish",
        "PUBLISHER_SITE_URL": "https://shore.example.com",
        "PUBLISHER_FEEDS": str(tmp_path / "public"),
        "PUBLISHER_ATTEMPT": "1",
    }
    assert found.keys() - ours <= {"PATH", "HOME", "PWD", "SHLVL", "OLDPWD", "_"}


def test_a_hook_that_fails_is_said_tried_again_and_never_shows_its_address(
    tmp_path: Path, actor: Actor
) -> None:
    actor.acts["/secret"] = status(500)
    site = adopted(tmp_path, hook=f"url: '{actor.url('/secret')}'")
    site.run("publish")
    site.post("tide.md", title="Tide", date="2026-02-01")
    ran = site.run("publish")
    line = "hooks.on_publish: 1 hook to do: failed 1 time (HTTP 500), next at "
    assert line in ran.err
    assert line in site.run("status").out
    [one] = site.json("status")["errands"]
    assert (one["kind"], one["target"], one["attempts"]) == ("hook", "hooks.on_publish", 1)
    assert site.json("status")["next_wakeup"] == one["next"]
    assert b"secret" not in (tmp_path / "state/publisher.db").read_bytes()
    actor.acts["/secret"] = status(200)
    site.run("publish", "--at", rfc3339(datetime.now(UTC) + timedelta(minutes=1)), "--yes")
    assert len(actor.got) == 2
    assert site.json("status")["errands"] == []


def test_a_hook_that_makes_the_page_lets_the_mail_go_in_the_same_run(
    tmp_path: Path, actor: Actor
) -> None:
    hook = "command: 'touch built'"
    site = adopted(tmp_path, hook=hook, newsletter="  wait_for_page: 1h\n  max_age: 3650d")
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("https://shore.example.com", actor.url("")))
    site.run("publish")
    site.subscribe("ada@example.com")
    site.post("tide.md", title="Tide", date="2026-02-01", permalink="/tide/")
    up = tmp_path / "built"
    actor.acts["/tide/"] = lambda answer: status(200 if up.exists() else 404)(answer)
    site.run("publish")
    assert [(method, path) for method, path, _, _ in actor.got] == [("GET", "/tide/")]
    assert len(site.messages()) == 1


def test_a_run_that_was_killed_before_its_pings_is_made_up_for(
    tmp_path: Path, actor: Actor
) -> None:
    actor.acts["/"] = status(204)
    site = adopted(tmp_path, hubs=f"'{actor.url('/')}'")
    site.run("publish")
    actor.got.clear()
    then = datetime.now(UTC) - 2 * AFTER_THE_FEEDS
    with open_ledger("sqlite:state/publisher.db", root=tmp_path) as ledger:
        ledger.view(then)
        later = NewErrand(
            kind=Kind.ANNOUNCE, target="", payload=rfc3339(then), after=AFTER_THE_FEEDS
        )
        ledger.record(Plan(), {}, then, asked=[later])
    site.run("publish")
    assert len(actor.got) == 3
    assert site.json("status")["errands"] == []


def test_what_waits_for_a_hub_that_is_not_set_any_more_is_given_up(tmp_path: Path) -> None:
    site = adopted(tmp_path, hubs="'http://127.0.0.1:9/'")
    assert "connection refused" in site.run("publish").err
    config = tmp_path / "config.yaml"
    config.write_text(config.read_text().replace("'http://127.0.0.1:9/'", ""))
    site.run("publish")
    assert "3 pings given up: it is not set any more" in site.run("status").out
    assert {one["next"] for one in site.json("status")["errands"]} == {None}


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("url: 'https://a.example/', command: make", "write either url: or command: below it"),
        ("timeout: 5s", "write either url: or command: below it"),
        ("command: []", "expected a command such as [make, site]"),
        ('command: "make \'site"', "expected a command: no closing quotation"),
        ("url: 'ftp://a.example/'", "expected an absolute URL such as"),
        ("url: 'https://ada:pw@a.example/'", "expected an absolute URL such as"),
    ],
)
def test_a_hook_that_makes_no_sense_is_refused(hook: str, said: str, tmp_path: Path) -> None:
    ran = adopted(tmp_path, hook=hook).run("check", ok=False)
    assert ran.code == 2
    assert ": hooks.on_publish" in ran.err
    assert said in ran.err
    assert "pw@" not in ran.err


@pytest.mark.parametrize(
    "hub",
    ["file:///tmp/hub", "https://ada:pw@hub.example/", "https://hub.example/#a", "hub", "'a b'"],
)
def test_a_hub_is_reached_over_http_or_not_at_all(hub: str, tmp_path: Path) -> None:
    ran = adopted(tmp_path, hubs=f'"{hub}"').run("check", ok=False)
    assert (ran.code, ": feeds.hubs: expected an absolute URL" in ran.err) == (2, True)
