"""Which way a text runs: Arabic and Hebrew from right to left, and readers have to be told."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

Direction = Literal["ltr", "rtl"]

_LANGUAGES = frozenset(
    {"ar", "arc", "azb", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "lrc", "mzn", "nqo", "pnb",
     "ps", "sd", "syr", "ug", "ur", "yi"}
)  # fmt: skip
_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"})
_MARKUP = re.compile(r"<[^>]*>|&[#\w]{1,31};")

# Nobody's first letter is further in than this.
_LOOKED_AT = 4000


def of_language(language: str) -> Direction:
    """Which way a language is written: by the script in its tag, else by itself (RFC 5646)."""
    first, *more = language.lower().replace("_", "-").split("-")
    scripts = [part for part in more if len(part) == 4 and part.isalpha()]
    left = scripts[0] in _SCRIPTS if scripts else first in _LANGUAGES
    return "rtl" if left else "ltr"


def direction_of(html: str, *, said: str | None, language: str | None) -> Direction:
    """Which way a text runs: as it says, else by its language, else by its first letter.

    For the letter see UAX #9, rules P2 and P3.
    """
    if said:
        return "rtl" if said == "rtl" else "ltr"
    if language:
        return of_language(language)
    return "ltr" if html.isascii() else _of_first_letter(_MARKUP.sub("", html[:_LOOKED_AT]))


def _of_first_letter(text: str) -> Direction:
    kinds = map(unicodedata.bidirectional, text)
    first = next((kind for kind in kinds if kind in ("L", "R", "AL")), "L")
    return "ltr" if first == "L" else "rtl"
