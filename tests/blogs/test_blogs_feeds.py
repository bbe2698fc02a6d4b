"""The feeds of seven small blogs: as they were looked at, without a fault, with nothing raw."""

from __future__ import annotations

import re
from functools import cache

import pytest
from blogrun import FILES, HERE, TOLD, Blog
from feedcheck import faults
from lxml import etree

FORMATS = sorted(FILES)

#: Code may show what it likes.
CODE = re.compile(r"<(pre|code)\b.*?</\1>", re.DOTALL)
TEMPLATE = re.compile(r"\{%|\{\{|:::|\{:|\{#|\{/\*|\[TOC\]|\[!|\(@/|%7B|^(?:im|ex)port ", re.M)
SHOWN = '{{&lt; figure src="shown" &gt;}}'
#: What ``raw`` and escaped shortcodes are there to show.
MEANT = (
    "Braces {{ as they are }} and {% tag %}.",
    SHOWN,
    '{{ youtube(id="x") }}',
    "{{ raw }}",
    "Text with {#custom} and",
)
DENIED = re.compile(
    r"<(?:script|style|iframe|object|embed|form|input|button|video|audio|svg|math|noscript)\b"
    r"|\son\w+=|\sstyle=|javascript:",
    re.IGNORECASE,
)
ADDRESS = re.compile(r'\b(?:href|src|poster|cite)="([^"]*)"')


@cache
def grammar() -> etree.RelaxNG:
    return etree.RelaxNG(etree.parse(HERE / "atom.rng"))


@pytest.mark.parametrize("format_", FORMATS)
def test_the_feeds_are_what_was_looked_at(blog: Blog, format_: str) -> None:
    golden = HERE / blog.generator / "golden" / FILES[format_]
    assert blog.feeds[format_].decode() == golden.read_text(encoding="utf-8")


def test_problems_and_warnings_are_those_that_were_looked_at(blog: Blog) -> None:
    assert blog.told == (HERE / blog.generator / "golden" / TOLD).read_text(encoding="utf-8")


@pytest.mark.parametrize("format_", FORMATS)
def test_no_feed_of_a_blog_has_a_fault(blog: Blog, format_: str) -> None:
    found = {
        path.relative_to(blog.public).as_posix(): faults(path.read_bytes(), format_)
        for path in blog.public.rglob(FILES[format_])
    }
    assert FILES[format_] in found
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_every_atom_feed_fits_the_grammar(blog: Blog) -> None:
    for path in blog.public.rglob("atom.xml"):
        grammar().assertValid(etree.parse(path))


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (b"<updated>", b"<updated>x"),
        (b"<entry>", b"<entry><title>Two</title>"),
        (b'<link href="', b'<link nofollow="1" href="'),
        (b"</entry>", b"</entry><rights>behind</rights>"),
        (b"<author><name>", b"<author><nick>a</nick><name>"),
        (b"<id>https:", b"<id>"),
        (b'type="html"', b'type="text/html"'),
    ],
)
def test_the_grammar_finds_what_is_wrong(
    published: dict[str, Blog], right: bytes, wrong: bytes
) -> None:
    data = re.sub(rb">\s+<", b"><", published["docusaurus"].feeds["atom"])
    assert grammar().validate(etree.fromstring(data))
    assert right in data
    assert not grammar().validate(etree.fromstring(data.replace(right, wrong)))


def test_no_template_syntax_reaches_a_reader(blog: Blog) -> None:
    for item in blog.items:
        shown = CODE.sub("", item["content_html"])
        for meant in MEANT:
            shown = shown.replace(meant, "")
        assert TEMPLATE.findall(shown) == [], item["url"]
        assert TEMPLATE.findall(item["title"]) == []


def test_nothing_active_reaches_a_reader(blog: Blog) -> None:
    for item in blog.items:
        assert DENIED.findall(CODE.sub("", item["content_html"])) == [], item["url"]


def test_every_address_in_a_body_is_absolute(blog: Blog) -> None:
    for item in blog.items:
        for address in ADDRESS.findall(CODE.sub("", item["content_html"]).replace(SHOWN, "")):
            assert re.match(r"https?://|mailto:|magnet:", address), item["url"]
