"""Authors in every shape that real posts hold."""

from __future__ import annotations

import pytest

from publisher.content.frontmatter import read
from publisher.content.notes import Notes
from publisher.content.people import authors_of
from publisher.domain.post import Author


def people(lines: str) -> tuple[list[Author], list[str]]:
    notes = Notes(path="a.md")
    found = authors_of(read(f"---\n{lines}\n---\n").fields, "https://example.com", notes)
    assert not notes.problems
    return list(found), [str(warning) for warning in notes.warnings]


def names(lines: str) -> list[str]:
    found, warnings = people(lines)
    assert warnings == []
    assert all(author.email is None and author.url is None for author in found)
    return [author.name for author in found]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("author: ada", ["ada"]),
        ("author: Ada Example", ["Ada Example"]),
        ("author: ada,grace", ["ada", "grace"]),
        ("author: Ada, Grace and Edsger Example", ["Ada", "Grace", "Edsger Example"]),
        ("author: Ada, Grace, and Edsger", ["Ada", "Grace", "Edsger"]),
        ("author: Ada & Grace", ["Ada", "Grace"]),
        ("author: Ada; Grace", ["Ada", "Grace"]),
        ("author: Anderson Andover", ["Anderson Andover"]),
        (
            "author: Ada Example, Ph.D., Grace Example Jr.",
            ["Ada Example, Ph.D.", "Grace Example Jr."],
        ),
        ("author: Ada Example, Jr.", ["Ada Example, Jr."]),
        ("author: [Ada, Grace]", ["Ada", "Grace"]),
        ("authors:\n- Ada\n- Grace, Edsger and Alan", ["Ada", "Grace", "Edsger", "Alan"]),
        ("authors: Ada Example", ["Ada Example"]),
        ("authors: []", []),
        ("author:", []),
        ("author: {name: Ada}", ["Ada"]),
        ("author: {name: [Ada, Grace]}", ["Ada", "Grace"]),
        ("author: {twitter: ada}", ["ada"]),
        ("authors:\n- name: Ada\n- name: Grace", ["Ada", "Grace"]),
        ("author: Ada Example (@ada)", ["Ada Example"]),
        ("author: (@ada)", ["@ada"]),
        ('author: "@ada"', ["@ada"]),
        ("author_name: Ada Example\nauthor: ada", ["Ada Example"]),
        ("author_staff_member: ada-example", ["ada-example"]),
        ("params: {author: Ada}", ["Ada"]),
        ("extra: {authors: [Ada]}", ["Ada"]),
        ("authors: [Ada, ada, Grace, ADA]", ["Ada", "Grace"]),
        ("author: Ada &amp; Grace", ["Ada", "Grace"]),
        ("author: <b>Ada</b>   Example", ["Ada Example"]),
        ("author: 007", ["007"]),
        ("title: nobody", []),
    ],
)
def test_names_are_read_in_every_shape(lines: str, expected: list[str]) -> None:
    assert names(lines) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            'author: "[Ada](https://example.com/a) and [Grace](/grace)"',
            [
                Author(name="Ada", url="https://example.com/a"),
                Author(name="Grace", url="https://example.com/grace"),
            ],
        ),
        (
            'author: "[Ada, the First](https://example.org/?a,b)"',
            [Author(name="Ada, the First", url="https://example.org/?a,b")],
        ),
        ("author: Ada <ada@example.com>", [Author(name="Ada", email="ada@example.com")]),
        ("author: Ada (ada@example.com)", [Author(name="Ada", email="ada@example.com")]),
        ("author: Ada (https://example.org)", [Author(name="Ada", url="https://example.org")]),
        ("author: ada@example.com", [Author(name="ada", email="ada@example.com")]),
        (
            "author: Ada\nauthor_email: ada@example.com\nauthor_url: /ada",
            [Author(name="Ada", email="ada@example.com", url="https://example.com/ada")],
        ),
        (
            "author: {name: Ada, email: mailto:ada@example.com, homepage: 'https://ada.example'}",
            [Author(name="Ada", email="ada@example.com", url="https://ada.example")],
        ),
        ("author: {email: ada@example.com}", [Author(name="ada", email="ada@example.com")]),
        (
            "authors: [Ada, Grace]\nauthor_email: ada@example.com",
            [Author(name="Ada"), Author(name="Grace")],
        ),
    ],
)
def test_addresses_and_pages_go_with_their_author(lines: str, expected: list[Author]) -> None:
    assert people(lines) == (expected, [])


@pytest.mark.parametrize(
    ("lines", "left", "warning"),
    [
        (
            "title: A\nauthor: {name: Ada, email: example}",
            ["Ada"],
            "a.md:3: author: 'example' is not an e-mail address and is left out; correct it",
        ),
        (
            "author: Ada\nauthor_email: ada@example",
            ["Ada"],
            "a.md:3: author_email: 'ada@example' is not an e-mail address and is left out; "
            "correct it",
        ),
        (
            "author: {name: Ada, email: [a, b]}",
            ["Ada"],
            "a.md:2: author: expected an e-mail address, not a list; it is left out",
        ),
        (
            "author: {name: Ada, url: 'javascript:alert(1)'}",
            ["Ada"],
            "a.md:2: author: 'javascript:alert(1)' is not an http or https address; it is left out",
        ),
        (
            "author: {name: Ada, url: [a]}",
            ["Ada"],
            "a.md:2: author: expected an address of a page, not a list; it is left out",
        ),
        (
            "Authors: [Ada, {age: 7}]",
            ["Ada"],
            "a.md:2: Authors: an author without a name is left out; add 'name: …'",
        ),
        (
            "authors: [Ada, [[Grace]]]",
            ["Ada"],
            "a.md:2: authors: a list inside a list is left out; write one list of names",
        ),
        (
            "author: " + "a" * 1001,
            [],
            "a.md:2: author: longer than 1000 characters and left out; write a list of names",
        ),
    ],
)
def test_what_is_no_author_is_left_out_with_a_warning(
    lines: str, left: list[str], warning: str
) -> None:
    found, warnings = people(lines)
    assert [author.name for author in found] == left
    assert warnings == [warning]
    assert all(author.email is None and author.url is None for author in found)
