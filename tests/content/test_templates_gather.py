"""What templates get of the site's files and posts, and what of other files: nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from templating import job

from publisher.content.parse import Parsed, parse
from publisher.content.rules import PostRules
from publisher.content.templates import ENGINES, Engine, concerned
from publisher.content.templates.facts import facts_from
from publisher.content.templates.gather import LARGEST, Gatherer
from publisher.content.worker import rendered
from publisher.domain.post import Post

RULES = PostRules(site_url="https://example.com/blog", content_path=".")
HEADER = "---\ntitle: A\nhero: yes\nmath: true\nrank: 3\nlist: [a, b]\nmap: {k: v}\n---\n"


def read(path: str, source: str = HEADER) -> Parsed:
    found = parse(source.encode(), path, RULES)
    assert isinstance(found, Parsed), found
    return found


def post(path: str) -> Post:
    return read(path).post


class Site:
    """A site in a folder, and what the templates of a body get of it."""

    def __init__(self, root: Path, content_path: str = ".", engine: Engine = "liquid") -> None:
        self.root = root
        self.gatherer = Gatherer(
            root=root,
            content_path=content_path,
            engine=engine,
            site_url="https://example.com/blog",
            site={"title": "Site"},
        )
        self.stamps: Any = ()

    def facts(
        self, body: str, path: str = "_posts/2026-01-05-here.md", others: tuple[str, ...] = ()
    ) -> Mapping[str, Any]:
        parsed = read(path)
        text, self.stamps = self.gatherer.gathered(
            body, parsed.post, parsed.fields, lambda: [post(other) for other in others]
        )
        found: Mapping[str, Any] = json.loads(text)
        assert facts_from(text).page["title"] == "A"
        return found

    def write(self, path: str, text: str) -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "site").mkdir()
    return Site(tmp_path / "site")


def test_parts_are_found_with_those_that_they_include(site: Site) -> None:
    site.write("_includes/a.html", "A {% include b/c.html x=1 %}")
    site.write("_includes/b/c.html", "C")
    site.write("_posts/d.md", "D")
    found = site.facts("{% include a.html %} {%- include_relative d.md -%}")["includes"]
    assert found == {"a.html": "A {% include b/c.html x=1 %}", "b/c.html": "C", "d.md": "D"}


def test_parts_beside_the_content_folder_are_found_too(tmp_path: Path) -> None:
    site = Site(tmp_path, content_path="src/posts")
    site.write("src/_includes/a.html", "A")
    site.write("_includes/b.html", "B")
    body = "{% include 'a.html' %}{% include b.html %}"
    assert site.facts(body, "src/posts/2026-01-05-here.md")["includes"] == {
        "a.html": "A",
        "b.html": "B",
    }


def attacks(site: Site) -> list[str]:
    """Marks that would bring a file in from outside, were they followed."""
    outside = site.root.parent / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text("SECRET")
    site.write("config.yaml", "SECRET")
    site.write("_includes/in.html", "IN")
    (site.root / "_includes" / "link.html").symlink_to(outside / "secret.html")
    (site.root / "_includes" / "folder").symlink_to(outside)
    os.mkfifo(site.root / "_includes" / "pipe.html")
    (site.root / "_includes" / "dir.html").mkdir()
    site.write("_includes/huge.html", "x" * (LARGEST + 1))
    (site.root / "_posts").mkdir()
    (site.root / "_posts" / "link.md").symlink_to("/etc/passwd")
    return [
        "{% include /etc/passwd %}",
        f"{{% include {outside}/secret.html %}}",
        "{% include ../config.yaml %}",
        "{% include ../../outside/secret.html %}",
        "{% include ./../config.yaml %}",
        "{% include b/../../config.yaml %}",
        "{% include link.html %}",
        "{% include folder/secret.html %}",
        "{% include pipe.html %}",
        "{% include dir.html %}",
        "{% include huge.html %}",
        "{% include . %}",
        "{% include_relative ../config.yaml %}",
        "{% include_relative link.md %}",
        "{% include_relative /etc/passwd %}",
        "{{ site.data.link }}",
    ]


def test_no_file_outside_its_folder_is_read(site: Site) -> None:
    (site.root / "_data").mkdir()
    (site.root / "_data" / "link.yml").symlink_to("/etc/passwd")
    for body in attacks(site):
        found = site.facts(body)
        assert found["includes"] == {}, body
        assert found["data"] == {}, body
    assert site.facts("{% include in.html %}")["includes"] == {"in.html": "IN"}


def test_an_includes_folder_that_is_a_link_out_is_not_read(site: Site) -> None:
    outside = site.root.parent / "outside"
    outside.mkdir()
    (outside / "a.html").write_text("SECRET")
    (site.root / "_includes").symlink_to(outside)
    assert site.facts("{% include a.html %}")["includes"] == {}


def test_parts_that_include_each_other_are_read_once_and_bounded_in_all(site: Site) -> None:
    site.write("_includes/a.html", "{% include b.html %}")
    site.write("_includes/b.html", "{% include a.html %}" + "x" * (LARGEST // 2))
    site.write("_includes/c.html", "y" * (LARGEST // 2))
    found = site.facts("{% include a.html %}{% include c.html %}")["includes"]
    assert len(found) == 2
    for number in range(15):
        site.write(f"_includes/n{number}.html", f"{{% include n{number + 1}.html %}}")
    assert len(site.facts("{% include n0.html %}")["includes"]) == 10


def test_eleventy_leaves_extensions_out_and_has_the_keys_of_a_page_by_themselves(
    tmp_path: Path,
) -> None:
    site = Site(tmp_path)
    site.gatherer = Gatherer(
        root=tmp_path,
        content_path=".",
        engine="liquid",
        site_url="https://example.com",
        site={},
        flat=True,
    )
    site.write("_includes/a.liquid", "A")
    facts = site.facts("{% include a %}{% include 'a' %}")
    assert facts["includes"] == {"a": "A"}
    page = rendered(job("{{ title }} {% include a %}", facts=facts_from(json.dumps(facts))))
    assert page.html == "<p>A A</p>"


def test_data_and_the_generators_configuration_are_read_only_where_they_are_named(
    site: Site,
) -> None:
    site.write("_data/people.yml", "- Ada")
    site.write("_config.yml", "github: ada")
    found = site.facts("{{ site.title }} {{ site.url }}")
    assert (found["data"], found["config"]) == ({}, "")
    found = site.facts("{{ site.data.people[0] }} {{ site.github }}")
    assert (found["data"], found["config"]) == ({"people": "- Ada"}, "github: ada")


def test_a_page_has_its_own_keys_as_yaml_means_them(site: Site) -> None:
    page = site.facts("{{ page.x }}")["page"]
    assert page["title"] == "A"
    assert page["math"] is True
    assert page["rank"] == 3
    assert page["list"] == ["a", "b"]
    assert page["map"] == {"k": "v"}
    assert page["date"] == "2026-01-05 00:00:00 +0000"
    assert page["url"] == "/2026/01/here/"


LINKED = ("_posts/2026-01-01-there.md", "notes/deep/index.md", "notes/2026-02-02-other.mdx")


@pytest.mark.parametrize(
    ("body", "name", "url"),
    [
        ("{% post_url 2026-01-01-there %}", "2026-01-01-there", "/2026/01/there/"),
        ("{% post_url /notes/2026-02-02-other %}", "/notes/2026-02-02-other", "/2026/02/other/"),
        ("{% link _posts/2026-01-01-there.md %}", "_posts/2026-01-01-there.md", "/2026/01/there/"),
        ('{{< ref "2026-02-02-other.mdx" >}}', "2026-02-02-other.mdx", "/2026/02/other/"),
        ('{{% relref "/notes/2026-02-02-other#x" %}}', "/notes/2026-02-02-other",
         "/2026/02/other/"),
        ('{{< ref path="notes/2026-02-02-other.mdx" >}}', "notes/2026-02-02-other.mdx",
         "/2026/02/other/"),
        ("[a](@/notes/2026-02-02-other.mdx#b)", "@/notes/2026-02-02-other.mdx", "/2026/02/other/"),
    ],
)  # fmt: skip
def test_posts_are_found_by_the_names_others_call_them_by(
    site: Site, body: str, name: str, url: str
) -> None:
    others = (LINKED[0], LINKED[2])
    assert site.facts(body, others=others)["references"] == {name: f"https://example.com/blog{url}"}


def test_a_name_that_is_no_posts_is_not_among_the_references(site: Site) -> None:
    assert site.facts("{% post_url 2026-09-09-no %}", others=LINKED[:1])["references"] == {}


def test_a_part_that_changed_is_seen(site: Site) -> None:
    part = site.write("_includes/a.html", "A")
    site.facts("{% include a.html %}")
    assert not site.gatherer.changed(site.stamps)
    part.write_text("A, longer")
    assert site.gatherer.changed(site.stamps)
    part.unlink()
    assert site.gatherer.changed(site.stamps)
    site.facts("{% include a.html %}")
    assert not site.gatherer.changed(site.stamps)
    site.write("_includes/a.html", "A")
    assert site.gatherer.changed(site.stamps)


def test_shortcodes_get_no_files(tmp_path: Path) -> None:
    site = Site(tmp_path, engine="shortcodes")
    site.write("_includes/a.html", "A")
    assert site.facts("{% include a.html %} {{ site.data.x }}")["includes"] == {}


def test_facts_are_the_same_for_the_same_site(site: Site) -> None:
    site.write("_includes/a.html", "A")
    site.write("_includes/b.html", "B")
    body = "{% include b.html %}{% include a.html %}{% post_url x %}{{ site.q }}"
    parsed = read("_posts/2026-01-05-here.md")
    texts = {site.gatherer.gathered(body, parsed.post, parsed.fields, list).facts for _ in range(3)}
    assert len(texts) == 1


@pytest.mark.parametrize(
    ("body", "path", "is_concerned"),
    [
        ("text { } % <b>", "a.md", False),
        ("{% x %}", "a.md", True),
        ("{{ x }}", "a.md", True),
        ("[a](@/b.md)", "a.md", True),
        ("text", "a.mdx", True),
        ("import a from 'b'\n\n<A />", "a.md", True),
        ("<p>\nimport a from 'b'", "a.md", True),
        ("some import business", "a.md", False),
    ],
)
def test_a_quick_look_tells_bodies_without_templates(
    body: str, path: str, is_concerned: bool
) -> None:
    assert concerned(body, path) is is_concerned


def test_every_engine_is_some_generators() -> None:
    assert set(ENGINES.values()) == {"liquid", "shortcodes", "links"}
