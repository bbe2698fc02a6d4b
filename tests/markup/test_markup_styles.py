from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.markup.styles import PROPERTIES, declarations


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color: red; font-weight:bold", "color:red;font-weight:bold"),
        ("COLOR: #FFF;;", "color:#FFF"),
        ("border: 1px solid rgb(1, 2, 3)", "border:1px solid rgb(1, 2, 3)"),
        ("font-family: 'Fira Code', Menlo, monospace", "font-family:'Fira Code', Menlo, monospace"),
        ("margin: 0 auto .5em", "margin:0 auto .5em"),
        ("color: red !important", "color:red"),
        ("width: 50%; position: fixed", "width:50%"),
    ],
)
def test_plain_declarations_stay(style: str, kept: str) -> None:
    assert declarations(style) == kept


@pytest.mark.parametrize(
    "style",
    [
        "p", "head", ":", ";", "color", "color:", ": red", "position: absolute", "behavior: x",
        "background: url(x)", "background-color: url(javascript:x)", "width: expression(alert(1))",
        "color: e\\78pression(1)", "color: red/**/", "color: var(--x)", "--x: red",
        "-moz-binding: x", "margin: -9999px", "color: 'a", "color: <b>", "@import 'x'",
        "width: calc(1px + 1px)", "color: rgb(1 2 3 / 50%)}", "color: #12345678901",
    ],
)  # fmt: skip
def test_all_else_goes(style: str) -> None:
    assert declarations(style) == ""


@given(st.text(alphabet="abz:; -#0(),'\"!\\/", max_size=40))
def test_what_stays_is_made_of_known_properties_and_stays_again(style: str) -> None:
    kept = declarations(style)
    assert declarations(kept) == kept
    assert all(part.partition(":")[0] in PROPERTIES for part in kept.split(";") if part)


def test_a_long_value_is_judged_at_once() -> None:
    assert declarations("color:" + "a" * 50_000 + "!") == ""
    assert declarations("color:" + "1" * 50_000 + "!") == ""
