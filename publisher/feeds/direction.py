"""Which way a text runs: Arabic and Hebrew from right to left, and readers have to be told."""

from __future__ import annotations

import re
import unicodedata

_LANGUAGES = frozenset(
    {"ar", "arc", "azb", "ckb", "dv", "fa", "glk", "he", "iw", "ji", "lrc", "mzn", "nqo", "pnb",
     "ps", "sd", "syr", "ug", "ur", "yi"}
)  # fmt: skip
_SCRIPTS = frozenset({"adlm", "arab", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa"})
_MARKUP = re.compile(r"<[^>]*>|&[#\w]{1,31};")

# What comes first says how a text runs; nobody's first letter is further in than this.
_LOOKED_AT = 4000


def runs_left(html: str, *, direction: str | None, language: str | None) -> bool:
    """Whether a text is written from right to left: as it says, by its language, by its script.

    The script is that of its first letter (UAX #9, rules P2 and P3).
    """
    if direction:
        return direction == "rtl"
    if language:
        first, *more = language.lower().split("-")
        scripts = [part for part in more if len(part) == 4 and part.isalpha()]
        return scripts[0] in _SCRIPTS if scripts else first in _LANGUAGES
    return not html.isascii() and _first_letter_runs_left(_MARKUP.sub("", html[:_LOOKED_AT]))


def _first_letter_runs_left(text: str) -> bool:
    strong = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"
