"""``init --from``: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli.app import run


def blog(root: Path, config: str = "url: https://one.example.com\n") -> Path:
    posts = root / "blog" / "_posts"
    posts.mkdir(parents=True)
    (root / "blog" / "_config.yml").write_text(f"title: One\n{config}")
    (posts / "2026-01-05-one.md").write_text("---\ntitle: One\n---\n\nText.\n")
    return root / "blog"


def test_it_says_what_it_took_from_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = blog(tmp_path)
    assert run(["init", "--from", str(source), str(tmp_path / "feeds")]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == f"made {tmp_path}/feeds/config.yaml"
    assert "made with Jekyll: 1 post" in out
    assert "took site.url: https://one.example.com (url in _config.yml)" in out
    assert any(line.startswith("look at: no timezone in _config.yml") for line in out)
    assert out[-1] == f"Next: cd {tmp_path}/feeds && publisher check && publisher plan"


def test_what_is_left_to_fill_in_makes_the_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = blog(tmp_path, config="")
    assert run(["--json", "init", "--from", str(source)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["generator"] == "jekyll"
    assert told["made"] == [f"{source}/config.yaml"]
    assert told["lacking"] == [{"key": "site.url", "message": "the address of the home page"}]
    assert (told["posts"], told["problems"]) == (1, 0)
    assert run(["--config", f"{source}/config.yaml", "check"]) == 2
    assert "site.url: is required" in capsys.readouterr().err


def test_a_blog_that_is_adopted_is_in_the_feeds_under_its_old_ids(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = blog(tmp_path)
    assert run(["init", "--from", str(source)]) == 0
    assert run(["--config", f"{source}/config.yaml", "publish"]) == 0
    feed = json.loads((source / "public/feed.json").read_text())
    assert [(item["id"], item["url"]) for item in feed["items"]] == [
        ("https://one.example.com/2026/01/05/one", "https://one.example.com/2026/01/05/one.html")
    ]
    assert run(["init", "--from", str(source)]) == 1
    assert "there is a config.yaml already" in capsys.readouterr().err


def test_a_blog_behind_a_link_has_its_includes(tmp_path: Path) -> None:
    source, site = blog(tmp_path), tmp_path / "elsewhere" / "site"
    (source / "_includes").mkdir()
    (source / "_includes" / "note.html").write_text("<p>Included.</p>\n")
    post = "---\ntitle: Two\n---\n\n{% include note.html %}\n"
    (source / "_posts" / "2026-01-06-two.md").write_text(post)
    assert run(["init", "--from", str(source), str(site)]) == 0
    assert (site / "blog").readlink() == Path("../../blog")
    assert run(["--config", f"{site}/config.yaml", "publish"]) == 0
    items = json.loads((site / "public/feed.json").read_text())["items"]
    assert ["Included." in item["content_html"] for item in items] == [True, False]
