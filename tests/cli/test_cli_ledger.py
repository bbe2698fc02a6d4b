"""ledger verify, on the command line."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from livesite import LiveSite


def test_a_ledger_in_order_is_said_to_be(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish("2026-03-02T07:59:00Z")
    site.publish("2026-03-02T08:00:10Z")
    ran = site.run("ledger", "verify")
    assert (ran.out, ran.err) == ("the ledger is in order\n", "")
    assert site.json("ledger", "verify") == {"faults": []}


def test_every_fault_is_a_line_and_the_exit_code_says_so(site: LiveSite) -> None:
    site.subscribe("ada@example.com")
    site.publish("2026-03-02T07:59:00Z")
    site.publish("2026-03-02T08:00:10Z")
    with closing(sqlite3.connect(site.root / "state" / "publisher.db")) as db:
        db.execute("DELETE FROM receipt")
        db.execute("UPDATE tally SET accepted = 3")
        db.commit()
    mark = site.root / "state" / "publisher.db.mark"
    mark.write_text("not a mark\n")
    ran = site.run("ledger", "verify", ok=False)
    assert ran.code == 1
    lines = ran.out.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("ledger: ") for line in lines)
    assert "this is no mark of a ledger" in lines[0]
    assert lines[1] == "ledger: issue 1: its tally says 3 accepted, there are 1"
    assert "have no receipt" in lines[2]
    as_json = site.run("--json", "ledger", "verify", ok=False)
    assert (as_json.code, len(as_json.document["faults"])) == (1, 3)


def test_where_there_is_no_ledger_none_is_made(site: LiveSite) -> None:
    ran = site.run("ledger", "verify", ok=False)
    assert (ran.code, (site.root / "state").exists()) == (1, False)
    assert ran.err == (
        "publisher: state/publisher.db: there is no ledger yet: publisher publish makes it\n"
    )
