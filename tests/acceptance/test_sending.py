"""What a publish does when mail can't go out, or has to wait."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from livesite import LiveSite
from pageserver import serving_pages
from scripted_smtp import FEATURES, ScriptedSmtp

PEOPLE = ("ada@example.com", "grace@example.org", "reader@example.net")
BEFORE, AFTER, LATER = (f"2026-03-02T{time}Z" for time in ("07:59:00", "08:00:10", "08:11:00"))
MakeSite = Callable[..., LiveSite]


def about_to_mail(site: LiveSite) -> LiveSite:
    site.post("old.md", title="Old", date="2026-01-05")
    site.subscribe(*PEOPLE)
    site.publish(BEFORE)
    site.post("next.md", title="Next", date="2026-03-02 08:00")
    return site


def by_relay(make_site: MakeSite, port: int) -> LiveSite:
    return about_to_mail(make_site(transport=f"smtp://127.0.0.1:{port}?tls=none"))


def set_port(site: LiveSite, old: int, new: int) -> None:
    config = site.root / "config.yaml"
    config.write_text(config.read_text().replace(f":{old}?", f":{new}?"))


def test_a_relay_that_is_down_fails_the_publish_and_costs_nobody_anything(
    make_site: MakeSite,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    site = by_relay(make_site, port)
    ran = site.run("--json", "publish", "--at", AFTER, ok=False)
    assert ran.code == 1
    assert [one["path"] for one in ran.document["published"]] == ["content/next.md"]
    assert ran.document["deliveries"] == {}
    assert f"127.0.0.1:{port}: no connection" in ran.err
    report = site.json("report", "1")
    assert {(row["state"], row["attempts"]) for row in report["deliveries"]} == {("queued", 0)}
    assert b"Next" in site.feeds()["atom.xml"]
    with ScriptedSmtp() as server:
        set_port(site, port, server.port)
        assert site.publish(AFTER)["deliveries"] == {"accepted": 3}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ({"greeting": "554 5.7.1 go away"}, "554 5.7.1 go away"),
        ({"MAIL": "550 5.7.1 not with that sender"}, "not with that sender"),
        ({"dot": "550 5.7.1 we do not like you"}, None),
    ],
)
def test_what_the_relay_says_is_passed_on(
    make_site: MakeSite, script: dict[str, str], reason: str | None
) -> None:
    with ScriptedSmtp(script, features=FEATURES) as server:
        site = by_relay(make_site, server.port)
        ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code == (1 if reason else 0)
    assert reason is None or reason in ran.err
    counts = site.json("report", "1")["counts"]
    assert counts == ({"queued": 3} if reason else {"rejected": 3})


def test_a_quota_that_is_used_up_is_said_and_is_no_failure(make_site: MakeSite) -> None:
    site = about_to_mail(make_site(delivery="  rate: 2/day"))
    ran = site.run("--json", "publish", "--at", AFTER)
    assert ran.document["deliveries"] == {"accepted": 2}
    assert "1 wait" in ran.err
    assert len(site.messages()) == 2


@pytest.fixture
def patient(make_site: MakeSite, tmp_path: Path) -> Callable[[str], LiveSite]:
    """A site that mails a post only when its page is up."""

    def make(url: str) -> LiveSite:
        site = make_site(newsletter="  wait_for_page: 10m")
        config = site.root / "config.yaml"
        config.write_text(config.read_text().replace("https://shore.example.com", url))
        return about_to_mail(site)

    return make


def test_mail_waits_for_the_page_of_its_post(patient: Callable[[str], LiveSite]) -> None:
    with serving_pages() as web:
        site = patient(web.url(""))
        did = site.publish(AFTER)
        assert [one["path"] for one in did["published"]] == ["content/next.md"]
        assert (did["issues"], did["held"], site.messages()) == ([], [], [])
        assert b"Next" in site.feeds()["atom.xml"]
        [(path, _)] = web.asked
        web.up = {path}
        did = site.publish(AFTER)
        assert did["deliveries"] == {"accepted": 3}
    assert len(site.messages()) == 3


def test_mail_whose_page_never_comes_up_is_held(patient: Callable[[str], LiveSite]) -> None:
    with serving_pages() as web:
        site = patient(web.url(""))
        site.publish(AFTER)
        [held] = site.publish(LATER)["held"]
    assert "does not answer 200" in held["reason"]
    site.run("release", "content/next.md")
    assert site.publish(LATER)["deliveries"] == {"accepted": 3}
