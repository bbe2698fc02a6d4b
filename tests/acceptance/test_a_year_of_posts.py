"""A post a day for a year, by a clock that moves: what a reader finds who follows the archives."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from feedcheck import faults
from livesite import ENVIRONMENT, LiveSite
from lxml import etree

from publisher.bootstrap import Edge, Site, open_site
from publisher.content.render import Job
from publisher.domain.post import Rendered, Scan

FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)
DAYS = 365
ENTRIES, ARCHIVE = 5, 16
HOME = "https://shore.example.com/"
FILES = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}
ATOM = "{http://www.w3.org/2005/Atom}"


class QuickRenderer:
    """Makes every body at once, in this process."""

    def start(self) -> None:
        """Nothing has to be started."""

    def render_all(self, jobs: Sequence[Job]) -> list[Rendered]:
        return [Rendered(html=f"<p>{job.body}</p>", excerpt_html=None, excerpt_text="A day.")
                for job in jobs]  # fmt: skip


@pytest.fixture
def folder(make_site: Callable[..., LiveSite]) -> Path:
    site = make_site(more=f"feeds: {{entries: {ENTRIES}, archive_entries: {ARCHIVE}}}")
    for number in range(DAYS):
        due = FIRST + number * DAY
        site.post(f"day-{number:03}.md", f"Day {number}.", title=f"Day {number}", date=due,
                  newsletter="false")  # fmt: skip
    return site.root


def published(site: Site, now: datetime, scan: Scan) -> Path:
    """The folder of the feeds after a pass, as a daemon makes it whose folder did not change."""
    report = site.publisher.run_pass(now, site.policy(), scan)
    assert (report.faults, report.problems, report.warnings) == ((), (), ())
    return site.settings.feeds_dir


def document(public: Path, url: str) -> tuple[list[str], str | None]:
    """The ids in a document, and where the one before it is."""
    data = (public / url.removeprefix(HOME)).read_bytes()
    if url.endswith(".json"):
        feed = json.loads(data)
        return [item["id"] for item in feed["items"]], feed.get("next_url")
    root = etree.fromstring(data)
    older = [
        one.get("href") for one in root.iter(f"{ATOM}link") if one.get("rel") == "prev-archive"
    ]
    ids = root.findall(f"{ATOM}entry/{ATOM}id") or root.findall("channel/item/guid")
    return [one.text for one in ids], older[0] if older else None


def read_all(public: Path, format_: str) -> list[str]:
    """What a reader finds who begins at the current feed and goes back to the end."""
    url: str | None = HOME + FILES[format_]
    found, seen = [], set()
    while url is not None:
        assert url not in seen
        seen.add(url)
        ids, url = document(public, url)
        found += ids
    return found


def archives(public: Path) -> dict[int, dict[str, bytes]]:
    return {
        int(folder.name): {path.name: path.read_bytes() for path in folder.iterdir()}
        for folder in public.glob("archive/*")
    }


def test_closed_archives_never_change_and_lead_to_every_post_once(folder: Path) -> None:
    closed: dict[int, dict[str, bytes]] = {}
    before: dict[int, dict[str, bytes]] = {}
    with open_site(folder / "config.yaml", Edge(environ=ENVIRONMENT)) as site:
        site.act("publish")
        site.bodies.renderer = QuickRenderer()
        scan = site.folder.scan(FIRST - DAY)
        published(site, FIRST - DAY, scan)
        for number in range(DAYS):
            public = published(site, FIRST + number * DAY, scan)
            now = archives(public)
            assert {n: now[n] for n in closed} == closed
            assert sum(now[n] != before[n] for n in before) <= 1
            full = (number + 1 - ENTRIES) // ARCHIVE
            closed |= {n: now[n] for n in range(1, full + 1)}
            before = now
            if number % 40 == 39 or number == DAYS - 1:
                for format_ in FILES:
                    ids = read_all(public, format_)
                    assert ids == [f"tag:shore.example.com,2020-01-01:content/day-{n:03}"
                                   for n in range(number, -1, -1)]  # fmt: skip
    assert len(closed) == 22
    assert not any(
        faults(files[name], kind) for files in now.values() for kind, name in FILES.items()
    )
