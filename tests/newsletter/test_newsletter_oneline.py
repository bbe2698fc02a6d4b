from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.newsletter.oneline import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain", "plain"),
        ("  two\t words \n", "two words"),
        ("a\r\nBcc: eve@example.com", "a Bcc: eve@example.com"),
        ("a\u2028b\u2029c\x85d\x00e\x0bf", "a b c d e f"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("\ufefftitle", "title"),
        ("half \ud83d gone", "half gone"),
        ("no \ufffe\ufdd0\U0001ffff char", "no char"),
        ("👩‍👩‍👧 family", "👩‍👩‍👧 family"),
        ("", ""),
    ],
)
def test_whatever_breaks_or_hides_is_taken_out(text: str, line: str) -> None:
    assert one_line(text, 100) == line


def test_a_long_line_is_cut_between_words() -> None:
    assert one_line("seven words that are too many here", 16) == "seven words…"


def test_a_long_word_is_cut_anywhere_but_before_a_mark() -> None:
    assert one_line("x" * 30, 10) == "x" * 9 + "…"
    assert one_line("x" * 8 + "e\u0301" + "y" * 9, 10) == "x" * 8 + "…"


@given(st.text(st.characters(codec=None), max_size=60), st.integers(min_value=2, max_value=40))
def test_the_result_is_one_visible_line_and_stays_what_it_is(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line == one_line(line, limit)
    assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in line)
    assert line == line.strip()
