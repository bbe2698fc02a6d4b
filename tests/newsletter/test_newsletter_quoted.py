"""Quoted-printable: what comes out decodes to what went in, whatever stands in the slots."""

from __future__ import annotations

import quopri
from itertools import zip_longest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.newsletter.quoted import LONGEST_LINE, encode, encode_around, encode_value, is_itself

TEXT = st.text(
    st.one_of(st.sampled_from("\n .=\tFrom aé漢👍\0\u2028"), st.characters(codec="utf-8"))
)


def lines(data: bytes) -> list[bytes]:
    return data.split(b"\r\n")


def assert_well_formed(data: bytes) -> None:
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert b"\r" not in data.replace(b"\r\n", b"")
    for line in lines(data):
        assert len(line) <= LONGEST_LINE
        assert not line.startswith((b".", b"From "))
        assert line == line.rstrip(b" \t")


def decoded(data: bytes) -> str:
    return quopri.decodestring(data.replace(b"\r\n", b"\n")).decode("utf-8")


@given(TEXT)
def test_text_survives_in_short_safe_lines(text: str) -> None:
    data = encode(text.replace("\r", ""))
    assert_well_formed(data)
    assert decoded(data) == text.replace("\r", "")


@given(st.lists(TEXT.map(lambda text: text.replace("\r", "")), min_size=2, max_size=4), TEXT)
def test_a_slot_can_hold_anything_without_touching_the_lines_around_it(
    texts: list[str], value: str
) -> None:
    value = value.replace("\r", "")
    pieces = encode_around(texts)
    filled = [encode_value(value)] * (len(texts) - 1)
    data = b"".join(x for pair in zip_longest(pieces, filled, fillvalue=b"") for x in pair)
    assert_well_formed(data)
    assert decoded(data) == value.join(texts)


@pytest.mark.parametrize("value", ["x" * 75, "x" * 76, ".x", "=" * 30, "ü" * 40, "From x"])
def test_a_value_leaves_room_for_the_sign_that_ends_its_line(value: str) -> None:
    *full, last = lines(encode_value(value))
    assert all(len(line) <= LONGEST_LINE for line in full)
    assert len(last) < LONGEST_LINE


@given(st.text(st.characters(codec="ascii"), max_size=90))
def test_what_needs_no_encoding_is_left_alone(value: str) -> None:
    if is_itself(value):
        assert encode_value(value) == value.encode()


@pytest.mark.parametrize("length", [74, 75, 76, 77])
def test_a_line_before_a_slot_leaves_room_for_its_soft_break(length: int) -> None:
    before, after = encode_around(["x" * length, ""])
    assert max(map(len, lines(before))) <= LONGEST_LINE
    assert decoded(before + b"y" + after) == "x" * length + "y"


def test_urls_and_addresses_usually_need_no_encoding() -> None:
    assert is_itself("https://news.example.com/u/Zm9vYmFy.c2lnbmF0dXJl-_x")
    assert is_itself("ada.lovelace+news@example.com")
    assert not is_itself("https://news.example.com/u?token=1")
    assert not is_itself("a&b@example.com")


def test_every_kind_of_line_end_becomes_crlf() -> None:
    assert encode("a\rb\r\nc\n") == b"a\r\nb\r\nc\r\n"


def test_a_lone_surrogate_becomes_a_question_mark() -> None:
    assert encode("a\ud800b") == b"a?b"


@settings(max_examples=30)
@given(st.integers(min_value=70, max_value=160), st.sampled_from(["a", "é", " ", "."]))
def test_no_code_is_cut_at_the_end_of_a_line(length: int, char: str) -> None:
    data = encode("x" * (length % 76) + char * length)
    assert decoded(data) == "x" * (length % 76) + char * length
    assert_well_formed(data)
