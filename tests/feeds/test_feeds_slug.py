"""Terms as folder names: readable where they can be, and safe whatever they are."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feeds.slug import MAX_BYTES, slug


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("Python", "python"),
        ("leadership development", "leadership-development"),
        ("  Tea  &  cake ", "tea-cake"),
        ("R&D", "r-d"),
        ("C", "c"),
        ("C#", "c-sharp"),
        ("C++", "c-plus-plus"),
        ("C++17", "c-plus-plus-17"),
        ("#python", "python"),
        (".NET", "net"),
        ("v1.2.3", "v1-2-3"),
        ("Café", "café"),
        ("Cafe\u0301", "café"),
        ("Straße", "strasse"),
        ("日本語", "日本語"),
        ("Ｗｉｄｅ", "wide"),
        ("हिन्दी", "हिन्दी"),
        ("עברית", "עברית"),
        ("snake_case", "snake-case"),
        ("/", "solidus"),
        ("..", "full-stop-full-stop"),
        ("../../etc/passwd", "etc-passwd"),
        (".htaccess", "htaccess"),
        ("~", "tilde"),
        ("🎉", "party-popper"),
        ("❤️", "heavy-black-heart"),
        ("party 🎉", "party"),
        ("a\\b\x00c", "a-b-c"),
        ("\u200b", "term"),
        ("", "term"),
    ],
)
def test_a_term_has_the_name_a_person_expects(term: str, name: str) -> None:
    assert slug(term) == name


@given(st.text())
def test_a_name_is_one_plain_folder(term: str) -> None:
    name = slug(term)
    assert name
    assert not set(name) & set("/\\.~_#?%&:*\"'<>| \0")
    assert not name.startswith("-")
    assert name == unicodedata.normalize("NFC", name)


@given(st.text(max_size=30))
def test_a_name_is_the_same_for_every_spelling(term: str) -> None:
    assert slug(term) == slug(unicodedata.normalize("NFD", term))


@pytest.mark.parametrize("sign", ["x", "é", "日", "👩", "-", "a\u0301"])
def test_a_name_fits_any_file_system_with_room_for_a_number(sign: str) -> None:
    assert len(slug(sign * 5000).encode()) <= MAX_BYTES
