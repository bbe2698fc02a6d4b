"""Flags of front matter: the usual spellings, and nothing that has to be guessed."""

from __future__ import annotations

import pytest

from publisher.content.flags import read_flag


@pytest.mark.parametrize("text", ["true", "True", "TRUE", "yes", "Yes", "on", "ON", "y", "Y", "1"])
def test_spellings_of_true_are_true(text: str) -> None:
    assert read_flag(text) is True


@pytest.mark.parametrize("text", ["false", "FALSE", "no", "No", "off", "Off", "n", "N", "0", " 0 "])
def test_spellings_of_false_are_false(text: str) -> None:
    assert read_flag(text) is False


@pytest.mark.parametrize("text", ["maybe", "2", "tru", "not", "", "2026-03-01", "ja", "oui", "-1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"expected true or false, not '{text}'"):
        read_flag(text)
