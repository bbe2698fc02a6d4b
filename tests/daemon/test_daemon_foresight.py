"""A pass that was arranged ahead: the same bytes, with nothing left but to write."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from livesite import ENVIRONMENT, LiveSite

from publisher.bootstrap import Edge, Site, open_site
from publisher.domain.post import Scan
from publisher.ledger.store import open_ledger
from publisher.publish import STILL_GOOD
from publisher.report import PassReport

DUE = datetime(2026, 3, 2, 8, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LATE = timedelta(milliseconds=3)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with a post that is due in a moment."""
    site = LiveSite(tmp_path_factory.mktemp("written") / "site")
    site.post("old.md", title="Old", date="2026-01-05", tags="[tides]")
    site.post("next.md", title="Next", date="2026-03-02 08:00", tags="[tides, fog]")
    site.subscribe("ada@example.com")
    site.publish("2026-03-02T07:00:00Z")
    return site.root


class Rehearsal:
    """A site in this process, and how often its ledger was read for a decision."""

    def __init__(self, root: Path, site: Site) -> None:
        self.root = root
        self.site = site
        self.publisher = site.publisher
        self.policy = site.policy()
        self.scan = site.folder.scan(DUE - SECOND)
        self.views = 0
        view = site.ledger.view

        def counted(now: datetime) -> object:
            self.views += 1
            return view(now)

        site.ledger.view = counted  # type: ignore[method-assign, assignment]

    def foresee(self) -> None:
        self.publisher.foresee(DUE, self.policy, self.scan)
        self.views = 0

    def pass_at(self, now: datetime, scan: Scan | None = None) -> PassReport:
        return self.publisher.run_pass(now, self.policy, scan or self.scan)

    def feeds(self) -> dict[str, bytes]:
        public = self.root / "public"
        return {str(path.relative_to(public)): path.read_bytes() for path in public.rglob("*.*")}


@contextmanager
def rehearsal(root: Path) -> Iterator[Rehearsal]:
    with open_site(root / "config.yaml", Edge(environ=ENVIRONMENT)) as site:
        site.act("daemon")
        yield Rehearsal(root, site)


@pytest.fixture
def here(written: Path, tmp_path: Path) -> Iterator[Rehearsal]:
    shutil.copytree(written, tmp_path / "here")
    with rehearsal(tmp_path / "here") as found:
        yield found


def test_what_was_arranged_is_what_would_have_been(
    here: Rehearsal, written: Path, tmp_path: Path
) -> None:
    shutil.copytree(written, tmp_path / "there")
    with rehearsal(tmp_path / "there") as there:
        plain = there.pass_at(DUE)
    here.foresee()
    before = here.feeds()
    ahead = here.pass_at(DUE + LATE)
    assert here.views == 0
    assert (ahead.plan, ahead.feeds, ahead.issues) == (plain.plan, plain.feeds, plain.issues)
    assert ahead.at == DUE
    assert here.feeds() == there.feeds() != before
    again = here.pass_at(DUE + SECOND)
    assert (again.plan.empty, again.issues) == (True, ())
    assert not any(feed.changed for feed in again.feeds)


def test_nothing_is_written_before_the_instant(here: Rehearsal) -> None:
    before = here.feeds()
    here.foresee()
    early = here.pass_at(DUE - LATE)
    assert (early.plan.published, here.feeds()) == ((), before)
    assert here.views == 1
    on_time = here.pass_at(DUE)
    assert [event.path for event in on_time.plan.published] == ["content/next.md"]


def test_what_was_arranged_is_for_one_pass(here: Rehearsal) -> None:
    here.foresee()
    here.pass_at(DUE)
    here.pass_at(DUE + LATE)
    assert here.views == 1


def test_after_a_save_it_is_arranged_anew(here: Rehearsal) -> None:
    here.foresee()
    path = here.root / "content/next.md"
    path.write_text(path.read_text().replace("Next", "Newer"))
    report = here.pass_at(DUE + LATE, here.site.folder.scan(DUE))
    assert here.views == 1
    assert b"Newer" in here.feeds()["atom.xml"]
    assert report.issues[0].subject == "Newer"


def test_after_a_change_of_the_ledger_it_is_arranged_anew(here: Rehearsal) -> None:
    here.foresee()
    with open_ledger("sqlite:state/publisher.db", root=here.root) as beside:
        beside.remove("ada@example.com", DUE)
    report = here.pass_at(DUE + LATE)
    assert here.views == 1
    assert report.issues[0].audience == 0


def test_when_the_clock_leapt_it_is_arranged_anew(here: Rehearsal) -> None:
    here.foresee()
    here.policy = replace(here.policy, clock_leapt=True)
    report = here.pass_at(DUE + LATE)
    assert report.issues == ()
    assert "leapt" in str(report.plan.held[0].reason)


def test_what_is_noticed_late_went_live_when_it_was_noticed(here: Rehearsal) -> None:
    here.foresee()
    report = here.pass_at(DUE + STILL_GOOD)
    assert here.views == 1
    assert report.at == DUE + STILL_GOOD


def test_a_file_that_changes_while_it_is_arranged_is_taken_as_it_is_then(here: Rehearsal) -> None:
    """The scan that was handed over is no longer what the decision was made on."""
    path = here.root / "content/next.md"
    path.write_text(path.read_text().replace("Some words.", "Other words."))
    here.foresee()
    here.pass_at(DUE + LATE)
    assert here.views == 1
    assert b"Other words." in here.feeds()["atom.xml"]


# Work ahead, in the order in which it will be needed.


def strange(root: Path, name: str, date: str) -> None:
    """A post whose rendering gives a warning."""
    text = f"---\ntitle: {name}\ndate: {date}\n---\n\n[out](javascript:alert(1))\n"
    (root / "content" / f"{name}.md").write_text(text)


def found(here: Rehearsal, go_on: bool) -> list[str]:
    here.scan = here.site.folder.scan(DUE - SECOND)
    report = here.pass_at(DUE - SECOND)
    findings = here.publisher.prepare(report, lambda: go_on)
    return [finding.path.removeprefix("content/") for finding in findings]


def test_what_is_due_next_is_made_first_and_the_rest_when_there_is_time(here: Rehearsal) -> None:
    (here.root / "content/next.md").unlink()
    for name, date in (("d", "2026-03-09"), ("b", "2026-03-04"), ("c", "2026-03-08")):
        strange(here.root, name, date)
    assert found(here, go_on=False) == ["b.md", "c.md"]
    assert found(here, go_on=True) == ["b.md", "c.md", "d.md"]


def test_a_file_that_is_gone_again_does_not_stop_work_ahead(here: Rehearsal) -> None:
    for name, date in (("b", "2026-03-04"), ("c", "2026-03-08"), ("d", "2026-03-09")):
        strange(here.root, name, date)
    here.scan = here.site.folder.scan(DUE - SECOND)
    report = here.pass_at(DUE - SECOND)
    (here.root / "content/b.md").unlink()
    findings = here.publisher.prepare(report)
    assert {finding.path for finding in findings} == {"content/c.md", "content/d.md"}
