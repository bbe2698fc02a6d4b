"""subscribers: import, add, remove, list, export."""

from __future__ import annotations

import stat

from livesite import LiveSite


def write(site: LiveSite, text: str) -> None:
    (site.root / "people.csv").write_text(text)


def test_an_import_is_a_dry_run_until_yes(site: LiveSite) -> None:
    write(site, "email,name\nada@example.com,Ada\n")
    dry = site.json("subscribers", "import", "people.csv")
    assert (dry["dry_run"], dry["added"]) == (True, 1)
    assert site.json("subscribers", "list")["subscribers"] == []
    done = site.json("subscribers", "import", "people.csv", "--yes")
    assert (done["dry_run"], done["added"]) == (False, 1)
    again = site.json("subscribers", "import", "people.csv")
    assert (again["added"], again["unchanged"]) == (0, 1)


def test_every_refused_line_is_said_and_the_others_are_in(site: LiveSite) -> None:
    write(site, "email,name\nada@example.com,Ada\nnot an address,X\n,Empty\ngrace@example.org,G\n")
    ran = site.run("subscribers", "import", "people.csv", "--yes", ok=False)
    assert ran.code == 1
    assert "people.csv:3: " in ran.err
    assert "people.csv:4: " in ran.err
    people = site.json("subscribers", "list")["subscribers"]
    assert [one["address"] for one in people] == ["ada@example.com", "grace@example.org"]


def test_who_left_is_brought_back_by_no_import(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.run("subscribers", "remove", "ADA@Example.com")
    write(site, "email\nada@example.com\n")
    done = site.json("subscribers", "import", "people.csv", "--yes")
    assert (done["added"], done["unsubscribed"]) == (0, 1)
    refused = site.run("subscribers", "add", "ada@example.com", ok=False)
    assert refused.code == 1
    assert "--resubscribe" in refused.err
    site.run("subscribers", "add", "ada@example.com", "--resubscribe")
    assert len(site.json("subscribers", "list")["subscribers"]) == 1


def test_removing_nobody_is_said(site: LiveSite) -> None:
    ran = site.run("subscribers", "remove", "nobody@example.com", ok=False)
    assert (ran.code, "no such subscriber" in ran.err) == (1, True)


def test_an_address_that_is_none_is_a_usage_error(site: LiveSite) -> None:
    ran = site.run("subscribers", "add", "ada@@example.com", ok=False)
    assert ran.code == 2


def test_an_export_can_be_imported_and_is_for_its_owner_alone(site: LiveSite) -> None:
    site.subscribe("ada@example.com", "grace@example.org")
    site.run("subscribers", "remove", "grace@example.org")
    site.run("subscribers", "export", "out.csv")
    out = site.root / "out.csv"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "grace@example.org" in out.read_text()
    again = site.json("subscribers", "import", "out.csv")
    assert (again["unchanged"], again["added"]) == (1, 0)


def test_a_missing_file_is_a_usage_error(site: LiveSite) -> None:
    ran = site.run("subscribers", "import", "nowhere.csv", ok=False)
    assert (ran.code, "nowhere.csv" in ran.err) == (2, True)
