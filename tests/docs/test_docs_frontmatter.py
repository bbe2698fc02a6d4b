"""Every front matter key that the parser looks for is on its page, and no other."""

from __future__ import annotations

from datetime import UTC, time

import pytest
from docpages import codes, read, rows, section

from publisher.content import episode, media, parse, people, permalink, timing
from publisher.content.dates import read_date
from publisher.content.excerpt import split
from publisher.content.fields import NESTS, Entry, Fields
from publisher.content.ignore import is_post_name
from publisher.content.rules import PostRules

PAGE = read("docs/reference/front-matter.md")
RULES = PostRules(site_url="https://example.com", content_path="content")

SECTIONS = ("When a post goes out", "What it says", "Where it is", "Which post it is")
TABLES = [row for heading in SECTIONS for row in rows(section(PAGE, heading)) if len(row) == 4]
SHOWN = {key.lower() for row in TABLES for key in codes(row[0])}

#: Together they make the parser ask for everything that it can ask for.
POSTS = (
    "title: One\ndate: 2026-03-01\nauthor: Ada Example\nimage: /sea.jpg\n",
    "draft: true\nenclosure: /sea.mp3\n",
)

CONSTANTS = (
    timing.DATE_KEYS, timing.PUBLISH_KEYS, timing.EXPIRY_KEYS, timing.UPDATED_KEYS,
    parse.EXCERPT_KEYS, parse.NAME_KEYS, parse.URL_OF_PAGE_KEYS, parse.LANGUAGE_KEYS,
    people.KEYS, people.EMAIL_KEYS, people.URL_KEYS, media.IMAGE_KEYS,
    media.RECORDING_KEYS, episode.KEYS, episode.FLAT_KEYS,
)  # fmt: skip


@pytest.fixture
def asked_for(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every key that was looked up."""
    asked: set[str] = set()
    find = Fields.find

    def listening(self: Fields, *names: str) -> Entry | None:
        asked.update(names)
        return find(self, *names)

    monkeypatch.setattr(Fields, "find", listening)
    return asked


def parsed(header: str, path: str = "content/one.md") -> object:
    return parse.parse(f"---\n{header}---\n\nText.\n".encode(), path, RULES)


def test_the_page_has_the_keys_that_are_read_and_no_other(asked_for: set[str]) -> None:
    for header in POSTS:
        parsed(header)
    assert asked_for.union(*CONSTANTS) == SHOWN


BESIDE = {"title": "One", "date": "2026-03-01"}
OF_AN_AUTHOR = {*people.EMAIL_KEYS, *people.URL_KEYS}


@pytest.mark.parametrize(
    ("key", "fate"), [(key, row[3]) for row in TABLES for key in codes(row[0]) if row[3] != "–"]
)
def test_the_page_says_whether_a_key_that_cant_be_read_is_a_problem(key: str, fate: str) -> None:
    beside = BESIDE | ({"author": "Ada Example"} if key.lower() in OF_AN_AUTHOR else {})
    if key.lower() in timing.DATE_KEYS:  # the first of them that is there counts
        del beside["date"]
    lines = {**beside, key: "{a: [1]}" if key.lower() in media.IMAGE_KEYS else "[[[1]]]"}
    found = parsed("".join(f"{name}: {value}\n" for name, value in lines.items()))
    if fate == "problem":
        assert isinstance(found, parse.BrokenPost)
    else:
        assert fate == "warning, left out"
        assert isinstance(found, parse.Parsed)
        assert any(key in warning.message for warning in found.post.warnings)


def test_the_page_names_the_tables_that_are_looked_into() -> None:
    text = section(PAGE, "How front matter is written")
    assert {f"`{name}`" for name in NESTS} <= {f"`{code}`" for code in codes(text)}


def test_the_page_has_every_placeholder_and_style_of_a_permalink() -> None:
    text = section(PAGE, "Permalinks")
    styles = {row[0].strip("`"): row[1].strip("`") for row in rows(text)
              if not row[0].startswith("`:")}  # fmt: skip
    shown = {code for row in rows(text) if row[0].startswith("`:") for code in codes(row[0])}
    assert styles == permalink.STYLES
    assert shown == {f":{name}" for name in permalink._FILL}


def test_every_date_on_the_page_can_be_read() -> None:
    table = rows(section(PAGE, "Dates"))
    forms = [codes(row[0])[0] for row in table]
    forms += codes(table[0][1])
    forms += [f"2026-03-02{form if form[0] == 'T' else ' ' + form}" for form in codes(table[1][1])]
    forms += [f"2026-03-02T09:00{offset}" for offset in codes(table[2][1])]
    forms += [f"2026-03-02 09:00 {offset}" for offset in codes(table[2][1])]
    assert len(forms) > 20
    for form in forms:
        assert read_date(form, UTC, time(9)).date().isoformat() == "2026-03-02", form


def test_every_mark_of_an_excerpt_on_the_page_is_one() -> None:
    text = section(PAGE, "The excerpt")
    marks = [code for code in codes(text) if code in ("truncate", "excerpt", "break", "fold")]
    assert len({*marks}) == 4
    for mark in ["more", *marks]:
        assert split(f"<p>before</p><!-- {mark.upper()} --><p>after</p>")[0] == "<p>before</p>"


def test_the_page_says_which_files_are_posts() -> None:
    text = section(PAGE, "Which files are posts")
    for code in codes(text):
        if code.startswith(".") and len(code) > 1:
            assert is_post_name(f"name{code}"), code
        elif code.isupper():
            assert not is_post_name(f"{code}.md"), code
