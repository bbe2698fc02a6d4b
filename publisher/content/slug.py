"""Words made fit for a URL as Jekyll makes them, so that an adopted blog keeps its addresses."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Mode = Literal["default", "pretty"]

#: What Jekyll's modes keep of ASCII; of the rest, letters, marks and decimal digits stay.
_OTHER = {
    "default": re.compile(r"[^A-Za-z0-9\x80-\U0010ffff]+"),
    "pretty": re.compile(r"[^A-Za-z0-9._~!$&'()+,;=@\x80-\U0010ffff]+"),
}
_DASHES = re.compile("--+")


def slugify(text: str, mode: Mode = "default", *, cased: bool = False) -> str:
    """The same words joined by ``-``; empty when there is no letter or digit in them."""
    slug = _OTHER[mode].sub("-", text)
    if not slug.isascii():
        slug = "".join(char if char.isascii() or _of_a_word(char) else "-" for char in slug)
        slug = _DASHES.sub("-", slug)
    slug = slug.strip("-")
    return slug if cased else slug.lower()


def _of_a_word(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"
