from __future__ import annotations

from xml.etree import ElementTree
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.text import legal, plain


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Salt &amp; water</p><p>and <em>sand</em></p>", "Salt & water and sand"),
        ("one<br>two<hr>three", "one two three"),
        ("un<b>broken</b> w<wbr>ord", "unbroken word"),
        ("  a\n\t b&nbsp;c  ", "a b c"),
        ("a<!-- not > this -->b", "a b"),
        ('<a title="x > y" href=z>link</a>', "link"),
        ("<style>p{}</style><script>if (a < b) {}</script>read", "read"),
        ("&lt;b&gt; stays, &eacute; too", "<b> stays, é too"),
    ],
)
def test_plain_text_is_what_a_reader_would_read(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    "title", ["Vec<T> and Option<T>", "I <3 it", "(|>) and <|>", "a < b > c", "<!-- open", "1 <2"]
)
def test_what_only_looks_like_a_tag_is_text(title: str) -> None:
    assert plain(title) == title


@pytest.mark.parametrize("piece", ["<!--", "<script>", '<a "', "<a ", "<", "<!---->", "</style"])
def test_plain_text_of_hostile_markup_takes_no_time_to_speak_of(piece: str) -> None:
    plain(piece * 20_000)  # quadratic, it would take minutes


@given(st.text())
def test_plain_text_is_one_line_without_spaces_around(html: str) -> None:
    text = plain(html)
    assert text == " ".join(text.split())


@given(st.text(alphabet=st.characters(codec=None, categories=None)))
def test_legal_text_can_stand_in_xml_and_loses_nothing_else(text: str) -> None:
    kept = legal(text)
    ElementTree.fromstring(f"<x>{escape(kept)}</x>".encode())
    lost = set(text) - set(kept)
    assert not any(one.isprintable() and one != "\ufffd" for one in lost)
    assert legal(kept) == kept


def test_characters_that_xml_allows_stay() -> None:
    text = "tab\t line\n é 漢字 \U0001f30a \u200d \u2028 \xad"
    assert legal(text) == text


def test_characters_that_xml_forbids_or_validators_fault_go() -> None:
    assert legal("a\x00\x08\x0b\x1f\x7f\x85\x9f\ud800\udfff\ufffd\ufffe\uffffb") == "ab"
