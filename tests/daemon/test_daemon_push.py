"""Push, with real processes: a hub that sends feeds on, and a builder that makes the pages."""

from __future__ import annotations

import socket
import sqlite3
import threading
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from liveday import PEOPLE, date, live, soon, wait_for
from livesite import LiveSite
from websubhub import Subscriber, hub_log, hub_process, serving, serving_files

QUICK = "  settle: 100ms"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def adopted(root: Path, *, feeds: str = "", newsletter: str = QUICK, hooks: str = "") -> LiveSite:
    """A site that was adopted with one post; its feeds and hooks are as told."""
    more = f"feeds: {{{feeds}}}\nhooks: {{{hooks}}}"
    site = LiveSite(root, newsletter=newsletter, more=more)
    site.post("old.md", title="Old", date="2026-01-05")
    site.subscribe(*PEOPLE)
    return site


def test_a_subscriber_gets_the_new_feed_through_a_hub(tmp_path: Path) -> None:
    (tmp_path / "public").mkdir()
    subscriber = Subscriber()
    with hub_process() as hub, serving_files(tmp_path / "public") as web, serving(subscriber):
        site = adopted(tmp_path, feeds=f"url: '{web}', hubs: ['{hub}']")
        site.run("publish")
        for topic in (f"{web}/atom.xml", f"{web}/rss.xml", f"{web}/feed.json"):
            subscriber.subscribe(hub, topic)
        wait_for(lambda: [what for what, _ in hub_log(hub)].count("subscribed") == 3)
        with live(site) as day:
            site.post("tide.md", title="Tide", date=date(soon(-1)))
            wait_for(lambda: len(subscriber.got) == 3)
            day.said("ping done", feed=f"{web}/atom.xml")
        feeds = site.feeds()
        assert sorted(subscriber.got) == sorted(
            data for name, data in feeds.items() if name.endswith((".xml", ".json"))
        )
        assert all(b"Tide" in got for got in subscriber.got)
        assert not [topic for what, topic in hub_log(hub) if what.startswith("does not")]
        assert site.json("status")["errands"] == []


def test_a_hub_that_is_down_is_told_after_a_restart(tmp_path: Path) -> None:
    port = free_port()
    site = adopted(tmp_path, feeds=f"hubs: ['http://127.0.0.1:{port}/']")
    site.post("tide.md", title="Tide", date=date(soon(-1)))
    with live(site) as day:
        assert "connection refused" in day.said("ping failed")["reply"]
    assert "connection refused" in site.run("status").out
    waiting = site.json("status")["errands"]
    assert sorted(one["attempts"] for one in waiting) == [0, 0, 1]
    a_while_passes(site)
    with hub_process(port) as hub, live(site):
        wait_for(lambda: len([what for what, _ in hub_log(hub) if what == "told"]) == 3)
        wait_for(lambda: site.json("status")["errands"] == [])


def a_while_passes(site: LiveSite) -> None:
    """The instants at which errands are to be tried again come by."""
    with closing(sqlite3.connect(site.root / "state/publisher.db")) as db:
        db.execute("UPDATE errand SET next_at = first_at WHERE next_at IS NOT NULL")
        db.commit()


class Deaf(ThreadingHTTPServer):
    """Takes requests and answers none until it is let go."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Silence)
        self.asked: list[str] = []
        self.go_on = threading.Event()


class _Silence(BaseHTTPRequestHandler):
    server: Deaf

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        self.server.go_on.wait(30)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_a_hub_and_a_hook_that_do_not_answer_hold_up_neither_feeds_nor_mail(
    tmp_path: Path,
) -> None:
    deaf = Deaf()
    with serving(deaf):
        url = f"http://127.0.0.1:{deaf.server_port}"
        site = adopted(
            tmp_path, feeds=f"hubs: ['{url}/hub']", hooks=f"on_publish: {{url: '{url}/hook'}}"
        )
        with live(site) as day:
            wait_for(lambda: "/hub" in deaf.asked)
            site.post("tide.md", title="Tide", date=date(soon(-1)))
            wait_for(lambda: day.in_feeds("Tide"))
            wait_for(lambda: len(site.messages()) == len(PEOPLE))
            wait_for(lambda: "/hook" in deaf.asked)
            assert day.log("ping done") == []
            deaf.go_on.set()
            day.said("hook done", reply="HTTP 204")
            day.said("ping done")


BUILDER = """\
import json, os, pathlib, subprocess, sys, time
told = json.load(sys.stdin)
with open("told.jsonl", "a") as log:
    print(json.dumps(told), file=log)
code = '''
import pathlib, sys, time
time.sleep(1)
for path in sys.argv[1:]:
    page = pathlib.Path("site") / path.strip("/") / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("up")
'''
paths = [one["url"].partition("//")[2].partition("/")[2] for one in told["published"]]
subprocess.Popen([sys.executable, "-c", code, *paths])
print("building", *paths)
"""


def test_a_hook_builds_the_page_and_mail_goes_out_when_it_is_up(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "build.py").write_text(BUILDER)
    with serving_files(tmp_path / "site") as web:
        site = adopted(
            tmp_path, newsletter=f"{QUICK}\n  wait_for_page: 1h",
            hooks="on_publish: {command: python3 build.py}",
        )  # fmt: skip
        config = tmp_path / "config.yaml"
        config.write_text(config.read_text().replace("https://shore.example.com", web))
        site.run("publish")
        assert not (tmp_path / "told.jsonl").exists()
        with live(site) as day:
            site.post("tide.md", title="Tide", date=date(soon(-1)))
            day.said("published", path="content/tide.md")
            assert "building" in day.said("hook done")["reply"]
            wait_for(lambda: len(site.messages()) == len(PEOPLE))
            page = next((tmp_path / "site").rglob("index.html"))
            assert page.stat().st_mtime <= min(one.stat().st_mtime for one in site.messages())
        [told] = (tmp_path / "told.jsonl").read_text().splitlines()
        assert '"path": "content/tide.md"' in told


def test_a_hook_that_was_cut_off_with_the_daemon_is_run_again(tmp_path: Path) -> None:
    slow = "echo begun >> begun\nif [ $(wc -l < begun) = 1 ]; then sleep 3; fi\n"
    (tmp_path / "slow.sh").write_text(slow)
    site = adopted(tmp_path, hooks="on_publish: {command: sh slow.sh}")
    site.run("publish")
    site.post("tide.md", title="Tide", date=date(soon(-1)))
    with site.daemon() as process:
        wait_for((tmp_path / "begun").exists)
        process.kill()
        process.wait()
    assert [one["attempts"] for one in site.json("status")["errands"]] == [0]
    with live(site) as day:
        assert day.said("hook done")["attempts"] == 1
    assert (tmp_path / "begun").read_text() == "begun\nbegun\n"
    assert site.json("status")["errands"] == []
