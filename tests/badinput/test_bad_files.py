"""Files that are no posts, names that are no names, Markdown made to stall: the rest goes on."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from livesite import LiveSite, Ran

BEFORE, AFTER = "2026-03-02T07:59:00Z", "2026-03-02T08:00:10Z"
DUE = "2026-03-02 08:00"
SLOW = r":5: can't be rendered: it took longer than 0\.3 s and was stopped; shorten it"

#: Bodies on which a Markdown parser's time or stack grows out of all bounds.
HOSTILE = {
    "brackets": "[" * 20_000,
    "images": "![" * 20_000,
    "sections": "<![" * 20_000,
    "footnotes": "[^1] " * 8000 + "\n\n[^1]: x\n",
    "lists": "\n".join("    " * depth + "- x" for depth in range(300)),
    "tables": "|a" * 20_000 + "\n" + "|-" * 20_000 + "\n",
}

#: Names of files that hold a good post.
NAMES = (
    "with space.md", "per%20cent.md", "hash#x.md", "quest?x.md", "quo\"te'.md", "shell🐚.md",
    "back\\slash.md", "Twice.md", "twice.md", "-dash.md", "a:b.md", "<b>.md", "ünï.md",
    "semi;&.md", f"{'x' * 240}.md",
)  # fmt: skip
UNPRINTABLE = ("new\nline.md", "tab\tx.md", "esc\x1b[31m.md", os.fsdecode(b"byte\xff.md"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> LiveSite:
    made = LiveSite(
        tmp_path_factory.mktemp("files") / "site",
        newsletter="  max_posts_per_hour: 100",
        more="content: {render_timeout: 300ms}",
    )
    content = made.root / "content"
    for name, body in HOSTILE.items():
        made.post(f"{name}.md", body, title=f"Hostile {name}", date=DUE)
    for at, name in enumerate((*NAMES, *UNPRINTABLE)):
        made.post(name, title=f"Named {at}", date=DUE)
    made.post("folder.md/inside.md", title="In a folder with a post's name", date=DUE)
    (made.root / "outside.md").write_text("---\ntitle: Secret\ndate: 2026-01-01\n---\nSecret.")
    (content / "dangling.md").symlink_to("nowhere.md")
    (content / "out.md").symlink_to("../outside.md")
    (content / "absolute.md").symlink_to("/etc/hosts")
    (content / "loop.md").symlink_to("loop.md")
    (content / "round").symlink_to(".")
    os.mkfifo(content / "pipe.md")
    made.post("old.md", title="Old", date="2026-01-05")
    made.subscribe("ada@example.com")
    made.publish(BEFORE)
    return made


@pytest.fixture(scope="module")
def ran(site: LiveSite) -> Ran:
    return site.run("--json", "publish", "--at", AFTER)


def test_a_post_is_published_and_mailed_whatever_its_name(site: LiveSite, ran: Ran) -> None:
    did = ran.document
    names = {one["path"].removeprefix("content/") for one in did["published"]}
    assert names == {*NAMES, "folder.md/inside.md"}
    assert did["deliveries"] == {"accepted": len(names)}
    for one in did["published"]:
        assert re.fullmatch(r"https://shore\.example\.com/[!-~]+", one["url"].split("ün")[0]), one
        assert not re.search(r"[\s<>\"\\?#]", one["url"]), one


def test_two_names_that_differ_in_case_are_two_posts(ran: Ran) -> None:
    urls = [one["url"] for one in ran.document["published"] if "wice.md" in one["path"]]
    assert len(set(urls)) == 2


@pytest.mark.parametrize("name", HOSTILE)
def test_a_body_that_would_stall_stops_at_the_deadline_alone(ran: Ran, name: str) -> None:
    assert re.search(rf"(?m)^content/{name}\.md{SLOW}", ran.err)


def test_a_name_that_cant_be_printed_is_a_problem_on_one_line(ran: Ran) -> None:
    said = [line for line in ran.err.splitlines() if "its name can't be printed; rename" in line]
    assert len(said) == len(UNPRINTABLE)
    assert all(line.isprintable() for line in said)


def test_what_is_not_a_file_here_is_not_read(site: LiveSite, ran: Ran) -> None:
    assert re.search(r"(?m)^content/loop\.md: can't be read: .*; allow reading, or ignore", ran.err)
    assert b"Secret" not in b"".join(site.feeds().values())
    for name in ("dangling", "out", "absolute", "pipe"):
        assert f"content/{name}.md" not in ran.err + ran.out


#: What can become of a live post's file, beside being mended.
BROKEN = {
    "date": b"---\ntitle: Live\ndate: 2026-02-30\n---\n\nWords.\n",
    "fence": b"---\ntitle: Live\n\nWords.\n",
    "flag": f"---\ntitle: Live\ndate: {DUE}\npublished: perhaps\n---\n\nWords.\n".encode(),
    "empty": b"",
    "bytes": b"\xff\xfe\x00",
    "large": f"---\ntitle: Live\ndate: {DUE}\n---\n\n".encode() + b"w" * 2_000_000,
    "hostile": f"---\ntitle: Live\ndate: {DUE}\n---\n\n{'[' * 20_000}".encode(),
}


def test_a_live_post_that_breaks_stays_as_it_was_and_is_never_mailed_again(tmp_path: Path) -> None:
    site = LiveSite(tmp_path / "site", more="content: {render_timeout: 300ms}")
    live = site.post("live.md", title="Live", date=DUE)
    good = live.read_bytes()
    site.subscribe("ada@example.com")
    site.publish(BEFORE)
    assert site.publish(AFTER)["deliveries"] == {"accepted": 1}
    before = site.feeds()
    for name, data in BROKEN.items():
        live.write_bytes(data)
        did = site.publish(AFTER)
        assert [one["path"] for one in did["problems"]] == ["content/live.md"], name
        assert did["withdrawn"] == [], name
        assert site.feeds() == before, name
    live.write_bytes(good)
    mended = site.publish(AFTER)
    assert (mended["problems"], mended["issues"], mended["deliveries"]) == ([], [], {})
    assert len(site.messages()) == 1
    assert site.feeds() == before
