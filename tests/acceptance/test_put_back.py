"""An older copy of the ledger is refused and, when it is adopted, mails nobody a second time."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from livesite import LiveSite

from publisher.ledger.lock import Lock

PEOPLE = ("ada@example.com", "grace@example.org", "reader@example.net")
BEFORE, FIRST, SECOND, LATER = (
    f"2026-03-02T{time}Z" for time in ("07:59:00", "08:00:10", "09:00:10", "10:00:00")
)
MakeSite = Callable[..., LiveSite]


@pytest.fixture(scope="module")
def mailed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two posts were mailed, the second one after a copy of the ledger was made."""
    site = LiveSite(tmp_path_factory.mktemp("mailed"))
    site.post("old.md", title="Old", date="2026-01-05")
    site.subscribe(*PEOPLE)
    site.publish(BEFORE)
    site.post("one.md", title="One", date="2026-03-02 08:00")
    site.publish(FIRST)
    site.run("ledger", "backup", "copy.db")
    site.post("two.md", title="Two", date="2026-03-02 09:00")
    site.publish(SECOND)
    assert len(site.messages()) == 6
    return site.root


@pytest.fixture
def site(mailed: Path, tmp_path: Path) -> LiveSite:
    """A site like that one, of its own."""
    return LiveSite(shutil.copytree(mailed, tmp_path / "site"))


def ledger(site: LiveSite) -> Path:
    return site.root / "state" / "publisher.db"


def put_back(site: LiveSite, copy: str = "copy.db") -> None:
    for path in ledger(site).parent.glob("publisher.db-*"):
        path.unlink()
    shutil.copyfile(site.root / copy, ledger(site))


def take_away_mail(site: LiveSite) -> None:
    for path in site.messages():
        path.unlink()


def test_a_copy_that_is_put_back_is_refused_in_a_few_plain_lines(site: LiveSite) -> None:
    put_back(site)
    ran = site.run("publish", "--at", LATER, ok=False)
    assert (ran.code, ran.out) == (1, "")
    lines = ran.err.splitlines()
    assert lines[0] == (
        "publisher: state/publisher.db: this is an older copy of the ledger: 3 deliveries more "
        "were settled after it was made (6 by state/publisher.db.mark, 3 here)"
    )
    assert "every post that went out after that" in lines[1]
    assert "publisher ledger adopt" in lines[-1]
    assert len(lines) == 3


def test_the_daemon_refuses_it_too(site: LiveSite) -> None:
    put_back(site)
    ran = site.run("run", ok=False)
    assert ran.code == 1
    assert "this is an older copy of the ledger" in ran.err


def test_with_json_the_refusal_is_one_document(site: LiveSite) -> None:
    put_back(site)
    ran = site.run("--json", "publish", "--at", LATER, ok=False)
    assert ran.code == 1
    assert "publisher ledger adopt" in ran.document["error"]


def test_an_adopted_copy_mails_nothing_again_by_itself(site: LiveSite) -> None:
    put_back(site)
    take_away_mail(site)
    adopted = site.json("ledger", "adopt")
    assert (adopted["ledger"], adopted["stopped"]) == ("state/publisher.db", [])
    later = site.publish(LATER)
    assert (site.messages(), later["deliveries"]) == ([], {})
    [held] = later["held"]
    assert held["path"] == "content/two.md"
    assert "may have been mailed already" in held["reason"]
    site.run("skip", "content/two.md")
    assert site.publish(LATER)["held"] == []
    assert site.messages() == []


def test_what_is_released_then_is_mailed(site: LiveSite) -> None:
    put_back(site)
    take_away_mail(site)
    site.run("ledger", "adopt")
    site.publish(LATER)
    site.run("release", "content/two.md")
    assert site.publish(LATER)["deliveries"] == {"accepted": 3}


def test_new_posts_go_out_after_an_adoption(site: LiveSite) -> None:
    put_back(site)
    take_away_mail(site)
    site.run("ledger", "adopt")
    site.publish(LATER)
    ahead = "2099-03-02T08:00:00Z"
    site.post("three.md", title="Three", date="2099-03-02 08:00")
    done = site.publish(ahead, "--yes")
    assert [one["subject"] for one in done["issues"]] == ["Three"]
    assert len(site.messages()) == 3


def half_mailed(make_site: MakeSite) -> LiveSite:
    """One of three has had the post when the copy is made, and then the others get it."""
    rate = "rate: 1/day"
    site = make_site(delivery=f"  {rate}")
    site.subscribe(*PEOPLE)
    site.publish(BEFORE)
    site.post("one.md", title="One", date="2026-03-02 08:00")
    assert site.publish(FIRST)["deliveries"] == {"accepted": 1}
    site.run("ledger", "backup", "copy.db")
    config = site.root / "config.yaml"
    config.write_text(config.read_text().replace(rate, "rate: none"))
    assert site.publish(SECOND)["deliveries"] == {"accepted": 2}
    return site


def test_an_issue_under_way_is_named_and_stopped(make_site: MakeSite) -> None:
    site = half_mailed(make_site)
    put_back(site)
    take_away_mail(site)
    ran = site.run("publish", "--at", LATER, ok=False)
    assert "and issue 1 «One»: 2 who may have had it wait here" in ran.err
    said = site.run("ledger", "adopt").out
    assert "issue 1 «One» is paused: the ledger was put back from an older copy: up to 2" in said
    assert site.publish(LATER)["deliveries"] == {}
    [issue] = site.json("status")["issues"]
    assert (issue["state"], issue["counts"]) == ("paused", {"accepted": 1, "queued": 2})
    assert "publisher release 1" in issue["reason"]


def test_what_a_person_had_let_go_before_the_copy_waits_again(make_site: MakeSite) -> None:
    site = half_mailed(make_site)
    put_back(site)
    site.run("issue", "pause", "1")
    site.run("release", "1")
    site.run("ledger", "adopt")
    assert site.publish(LATER)["issues"] == []


def test_the_newest_ledger_put_back_is_taken_as_if_nothing_had_been(site: LiveSite) -> None:
    shutil.copyfile(ledger(site), site.root / "newest.db")
    put_back(site)
    site.run("publish", "--at", LATER, ok=False)
    put_back(site, "newest.db")
    assert site.publish(LATER)["deliveries"] == {}


def test_after_an_adoption_the_other_ledger_is_refused(site: LiveSite) -> None:
    shutil.copyfile(ledger(site), site.root / "newest.db")
    put_back(site)
    site.run("ledger", "adopt")
    put_back(site, "newest.db")
    ran = site.run("publish", "--at", LATER, ok=False)
    assert "this is not the ledger that was in use here last" in ran.err
    assert "publisher ledger adopt" in ran.err


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_a_ledger_that_is_gone_is_not_begun_anew_unasked(left: str, site: LiveSite) -> None:
    for path in ledger(site).parent.glob("publisher.db*"):
        if not path.name.endswith(".mark"):
            path.unlink()
    if left != "nothing":
        ledger(site).touch()
    ran = site.run("publish", "--at", LATER, ok=False)
    assert ran.code == 1
    assert "the ledger is gone or empty" in ran.err
    assert ledger(site).exists() == (left != "nothing")
    take_away_mail(site)
    site.run("ledger", "adopt")
    done = site.publish(LATER)
    assert (done["adopted"], done["deliveries"], site.messages()) == (3, {}, [])


def test_nobody_is_subscribed_to_a_new_ledger_in_the_place_of_one_that_is_gone(
    site: LiveSite,
) -> None:
    ledger(site).unlink()
    ran = site.run("subscribers", "add", "new@example.com", ok=False)
    assert (ran.code, ledger(site).exists()) == (1, False)
    assert "the ledger is gone or empty" in ran.err


def test_a_copy_put_back_with_its_mark_is_not_noticed(site: LiveSite) -> None:
    """The one thing that the mark can't tell; an adoption that is asked for holds all the same."""
    mark = ledger(site).with_name("publisher.db.mark")
    os.replace(mark, site.root / "mark")
    put_back(site)
    site.publish(FIRST)  # makes the mark that the copy had
    take_away_mail(site)
    twice = site.publish(SECOND)
    assert (twice["deliveries"], len(site.messages())) == ({"accepted": 3}, 3)
    take_away_mail(site)
    mark.unlink()
    put_back(site)
    site.run("ledger", "adopt")
    assert [one["path"] for one in site.publish(LATER)["held"]] == ["content/two.md"]
    assert site.messages() == []


def test_a_ledger_without_a_mark_gets_one(site: LiveSite) -> None:
    mark = ledger(site).with_name("publisher.db.mark")
    kept = mark.read_bytes()
    mark.unlink()
    site.publish(LATER)
    assert (mark.read_bytes(), mark.stat().st_mode & 0o777) == (kept, 0o600)


def test_a_mark_that_is_damaged_says_what_to_do(site: LiveSite) -> None:
    mark = ledger(site).with_name("publisher.db.mark")
    mark.write_bytes(mark.read_bytes()[:-5])
    ran = site.run("publish", "--at", LATER, ok=False)
    assert ran.code == 1
    assert ran.err.startswith("publisher: state/publisher.db.mark: this is no mark of a ledger")
    assert len(ran.err.splitlines()) == 1
    site.run("ledger", "adopt")
    assert site.publish(LATER)["deliveries"] == {}


def test_a_power_cut_may_be_why_where_commits_dont_survive_one(make_site: MakeSite) -> None:
    site = make_site(delivery="  survive: process")
    site.subscribe(*PEOPLE)
    site.publish(BEFORE)
    site.run("ledger", "backup", "copy.db")
    site.post("one.md", title="One", date="2026-03-02 08:00")
    site.publish(FIRST)
    put_back(site)
    ran = site.run("publish", "--at", LATER, ok=False)
    assert "Or the power failed: with delivery.survive: process" in ran.err


def test_beside_a_process_that_publishes_nothing_is_adopted(site: LiveSite) -> None:
    with Lock.acquire(site.root / "state" / "publisher.db.lock", role="daemon"):
        ran = site.run("ledger", "adopt", ok=False)
    assert ran.code == 1
    assert "publishes and delivers already" in ran.err
