"""Templates, ledgers and folders that are broken: what is said, what goes on, what is not lost."""

from __future__ import annotations

import re
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from livesite import LiveSite

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
LEDGER = "state/publisher.db"


@pytest.fixture
def site(tmp_path: Path) -> LiveSite:
    """A site with a subscriber, and a post that is due at the next pass."""
    made = LiveSite(tmp_path / "site")
    made.post("old.md", title="Old", date="2026-01-05 08:00")
    made.post("next.md", title="Next", date="2026-03-02 08:00")
    made.subscribe("ada@example.com")
    made.publish(BEFORE)
    return made


#: A site's own template, and what is said of it.
TEMPLATES: dict[str, tuple[str, bytes, str]] = {
    "syntax": ("post.html", b"\n{% if %}\n", "post.html:2: Expected an expression"),
    "tag": ("base.html", b"\n{% nope %}", "base.html:2: Encountered unknown tag 'nope'"),
    "open block": ("post.html", b"\n{% block x %}\n", "post.html:2: Unexpected end of template"),
    "name": ("post.html", b"\n\n{{ nope }}\n", "post.html:3: 'nope' is undefined"),
    "attribute": ("post.html", b"\n{{ post.nope }}\n", "post.html:2: .* has no attribute 'nope'"),
    "filter": ("post.txt", b"\n{{ post.title|nope }}", "post.txt:2: No filter named 'nope'"),
    "include": ("post.html", b"{% include 'none.html' %}", "none.html: no such template"),
    "climb": ("post.html", b"{% include '../../config.yaml' %}", "not a name of a template"),
    "itself": ("post.html", b"{% include 'post.html' %}", "post.html:1: maximum recursion depth"),
    "sandbox": ("post.html", b"{{ ''.__class__.__mro__ }}", "post.html:1: access to attribute"),
    "long loop": ("post.html", b"{% for i in range(10**9) %}x{% endfor %}", "post.html:1: Range"),
    "zero": ("post.html", b"\n{{ 1 / 0 }}", "post.html:2: division by zero"),
    "no way out": ("post.html", b"<p>{{ post.title }}</p>", r"prints no \{\{ unsubscribe_url \}\}"),
    "no way out, text": ("post.txt", b"{{ post.title }}", r"post.txt: prints no \{\{ unsubscribe"),
    "empty": ("post.html", b"", r"post.html: prints no \{\{ unsubscribe_url \}\}"),
    "latin": ("post.html", "\nwört".encode("latin-1"), "post.html:2: not UTF-8; save the file as"),
}


def test_a_bad_template_stops_the_mail_alone_and_it_goes_out_once_mended(site: LiveSite) -> None:
    own = site.root / "templates" / "email"
    own.mkdir(parents=True)
    for name, (file, data, says) in TEMPLATES.items():
        (own / file).write_bytes(data)
        for command in (("check",), ("publish", "--at", AFTER)):
            ran = site.run(*command, ok=False)
            assert ran.code == 1, (name, ran)
            said = ran.err + ran.out
            assert re.search(rf"(?m)^templates/email/.*{says}", said), (name, ran)
        (own / file).unlink()
    (own / "post.html").mkdir()
    assert "templates/email/post.html: can't be read: Is a dir" in site.run("check", ok=False).out
    (own / "post.html").rmdir()
    assert b"Next" in site.feeds()["atom.xml"]
    assert site.messages() == []
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}
    assert site.publish(AFTER)["deliveries"] == {}


PAGES: dict[str, tuple[str, bytes, str]] = {
    "syntax": ("unsubscribe.html", b"\n{% if %}", "unsubscribe.html:2: Expected an expression"),
    "name": ("unsubscribe.html", b"\n{{ nope }}", "unsubscribe.html:2: 'nope' is undefined"),
    "no form": ("unsubscribe.html", b"<p>Hello</p>", "unsubscribe.html: needs <form method="),
    "latin": ("notfound.html", "wört".encode("latin-1"), "notfound.html: not UTF-8 text"),
}


def test_a_daemon_with_a_page_that_cant_be_filled_says_so_and_does_not_start(
    site: LiveSite,
) -> None:
    own = site.root / "templates" / "web"
    own.mkdir(parents=True)
    for name, (file, data, says) in PAGES.items():
        (own / file).write_bytes(data)
        ran = site.run("run", ok=False)
        assert ran.code == 1, (name, ran)
        assert ran.err.startswith(f"templates/web/{says}"), (name, ran)
        assert ran.err.count("\n") == 1
        (own / file).unlink()


def _garbage(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)


def _holes(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:4096] + bytes(16_000) + data[20_096:])


def _another(path: Path) -> None:
    path.unlink()
    _execute(path, "CREATE TABLE recipes (name TEXT)")


def _newer(path: Path) -> None:
    _execute(path, "UPDATE alembic_version SET version_num = '9999'")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


LEDGERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "garbage": (_garbage, "it is not a ledger, or it is damaged: put back a backup"),
    "holes": (_holes, "it is damaged: keep the file, and put back a backup"),
    "another": (_another, "(a database, but no ledger: name another|there is no ledger yet)"),
    "newer": (_newer, "the ledger's schema is 9999, newer than this program's"),
    "folder": (_folder, "it can't be opened: check that the file is there"),
}

COMMANDS = (
    ("publish", "--at", AFTER), ("plan",), ("check",), ("status",), ("report", "1"),
    ("subscribers", "list"), ("subscribers", "add", "grace@example.org"),
    ("ledger", "backup", "copy.db"),
)  # fmt: skip


@pytest.mark.parametrize("name", LEDGERS)
def test_a_ledger_that_cant_be_used_stops_before_anything_is_done(
    site: LiveSite, name: str
) -> None:
    spoil, says = LEDGERS[name]
    path, kept = site.root / LEDGER, site.root / "kept.db"
    site.run("ledger", "backup", "kept.db")
    for beside in path.parent.glob("publisher.db-*"):
        beside.unlink()
    before = site.feeds()
    spoil(path)
    for command in COMMANDS:
        ran = site.run(*command, ok=False)
        assert ran.code == 1, (command, ran)
        assert re.match(rf"publisher: {LEDGER}: {says}", ran.err), (command, ran)
    assert (site.feeds(), site.messages()) == (before, [])
    for spoiled in path.parent.glob("publisher.db*"):
        shutil.rmtree(spoiled) if spoiled.is_dir() else spoiled.unlink()
    kept.rename(path)
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}


@contextmanager
def full_disk(room: int) -> Iterator[None]:
    """No file of this process can grow beyond so many bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("room", [0, 500, 5000, 40_000, 200_000])
def test_a_full_disk_loses_nothing_and_repeats_nothing(site: LiveSite, room: int) -> None:
    with full_disk(room):
        ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code in (0, 1), ran
    assert ran.code == 0 or ran.err.strip(), ran
    site.publish(AFTER)
    assert len(site.messages()) == 1
    assert b"Next" in site.feeds()["atom.xml"]
    assert site.publish(AFTER)["deliveries"] == {}


def test_an_outbox_that_is_a_file_keeps_the_mail_for_later(site: LiveSite) -> None:
    outbox = site.root / "outbox"
    shutil.rmtree(outbox, ignore_errors=True)
    outbox.write_text("in the way")
    ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code == 1
    assert re.search(r"sending stopped: .*outbox: can't be written", ran.err)
    assert b"Next" in site.feeds()["atom.xml"]
    outbox.unlink()
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}


def test_a_feed_folder_that_is_a_file_keeps_back_no_mail(site: LiveSite) -> None:
    public = site.root / "public"
    shutil.rmtree(public)
    public.write_text("in the way")
    ran = site.run("publish", "--at", AFTER, ok=False)
    assert ran.code == 1
    for name in ("atom.xml", "rss.xml", "feed.json"):
        assert re.search(rf"public/{re.escape(name)}: can't be written: a file is where", ran.err)
    assert len(site.messages()) == 1
    public.unlink()
    assert all(feed["changed"] for feed in site.publish(AFTER)["feeds"])


def test_a_content_folder_that_is_gone_or_a_file_withdraws_nothing(site: LiveSite) -> None:
    content, away = site.root / "content", site.root / "away"
    before = site.feeds()
    content.rename(away)
    missing = site.run("publish", "--at", BEFORE)
    assert missing.err == (
        "content: the content folder is missing; make it, or correct content.path\n"
    )
    content.write_text("in the way")
    assert "content: content.path is not a folder; correct it" in site.run("publish").err
    assert site.feeds() == before
    content.unlink()
    away.rename(content)
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}


def test_another_program_in_the_ledger_is_waited_for_and_readers_go_on(site: LiveSite) -> None:
    with closing(sqlite3.connect(site.root / LEDGER, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert site.run("status").code == 0
        assert site.run("plan", "--at", AFTER).code == 0
        other.execute("ROLLBACK")
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}


@pytest.mark.parametrize(
    "at",
    [
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "10000-01-01T00:00:00Z",
        "2026-01-01T00:00:00+25:00",
        "",
        "now",
    ],
)
def test_a_time_that_no_calendar_has_is_a_usage_error(site: LiveSite, at: str) -> None:
    for command in ("plan", "publish"):
        ran = site.run(command, "--at", at, ok=False)
        assert (ran.code, ran.err.count("\n")) == (2, 1), ran
        assert "is no instant: write 2026-02-19T12:00:00Z" in ran.err


@pytest.mark.parametrize("at", ["1000-01-01T00:00:00+14:00", "9998-12-31T23:59:59-14:00"])
def test_a_time_at_the_ends_of_the_calendar_crashes_nothing(site: LiveSite, at: str) -> None:
    assert site.run("plan", "--at", at).code == 0
