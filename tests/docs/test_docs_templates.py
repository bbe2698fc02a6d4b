"""The page on template syntax says what the program knows of it."""

from __future__ import annotations

import re

import pytest
from docpages import codes, read

from publisher.content.templates.fill import ELSEWHERE
from publisher.content.templates.gather import DEEPEST, LARGEST
from publisher.content.templates.liquid import BLOCKS, SINGLE, Engine
from publisher.content.templates.liquid_filters import FILTERS
from publisher.content.templates.liquid_tags import MOST_INCLUDED

PAGE = read("docs/reference/template-syntax.md")


@pytest.mark.parametrize("name", sorted({*BLOCKS, *SINGLE, *FILTERS} - {"url", "slug"}))
def test_every_tag_and_filter_is_on_the_page(name: str) -> None:
    assert name in set(codes(PAGE))


def test_the_limits_on_the_page_are_those_of_the_program() -> None:
    text = " ".join(PAGE.split())
    assert f"{Engine.loop_iteration_limit:,} turns" in text
    assert f"{MOST_INCLUDED:,} includes" in text
    assert f"{Engine.block_nesting_limit} blocks" in text
    assert f"{(Engine.output_stream_limit or 0) >> 20} MB of text" in text
    assert f"{LARGEST // 1024} KB together" in text
    assert DEEPEST == 10
    assert "ten deep" in text


def test_the_words_that_readers_see_are_on_the_page() -> None:
    assert re.sub(r"\s+", " ", ELSEWHERE) in PAGE
