"""Template syntax from the files of a site to what readers get, by the real renderer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from publisher.bodies import Bodies, Item
from publisher.content.folder import Folder
from publisher.content.render import Renderer
from publisher.content.rules import PostRules
from publisher.content.templates.gather import Gatherer

HERE = """---
title: Here
---
{% include box.html of="it" %} [there]({% post_url 2026-01-02-there %})
"""
LOOP = "{% for a in (1..9999) %}{% assign u = 'abcdefgh' | split: '' | sort | join %}{% endfor %}\n"
ENDLESS = f"---\ntitle: Endless\n---\n{LOOP * 200}"


class NoBook:
    def sources(self, keys: Iterable[str]) -> dict[str, bytes]:
        return {}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in {
        "_includes/box.html": "[box of {{ include.of }}]",
        "_posts/2026-01-01-here.md": HERE,
        "_posts/2026-01-02-there.md": "---\ntitle: There\n---\nplain\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def bodies(root: Path) -> Iterator[Bodies]:
    rules = PostRules(site_url="https://example.com", content_path=".")
    with Renderer(timeout_s=1.0) as renderer:
        yield Bodies(
            folder=Folder(root, rules),
            book=NoBook(),
            renderer=renderer,
            rules=rules,
            engine="liquid",
            gatherer=lambda: Gatherer(
                root=root,
                content_path=".",
                engine="liquid",
                site_url="https://example.com",
                site={},
            ),
        )


def pages(bodies: Bodies) -> tuple[dict[str, str], dict[str, str]]:
    posts = bodies.folder.scan().posts
    items = [Item(key=post.title, post=post) for post in posts]
    done, failed = bodies.render(items, "feed")
    return (
        {key: one.html for key, one in done.items()},
        {key: one.message for key, one in failed.items()},
    )


def test_a_site_with_liquid_reaches_readers_filled_in(root: Path, bodies: Bodies) -> None:
    done, failed = pages(bodies)
    assert failed == {}
    assert done == {
        "Here": '<p>[box of it] <a href="https://example.com/2026/01/there/">there</a></p>',
        "There": "<p>plain</p>",
    }
    (root / "_includes" / "box.html").write_text("[new box]")
    assert pages(bodies)[0]["Here"].startswith("<p>[new box]")


def test_a_template_past_the_deadline_is_that_posts_problem_alone(
    root: Path, bodies: Bodies
) -> None:
    (root / "_posts" / "2026-01-03-endless.md").write_text(ENDLESS)
    done, failed = pages(bodies)
    assert sorted(done) == ["Here", "There"]
    assert failed["Endless"].startswith("can't be rendered: it took longer than 1 s")
