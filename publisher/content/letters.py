"""Latin letters without their marks, for generators that put nothing but ASCII into a URL.

Unicode decomposes most of them; the table has those that it does not. Other scripts have no
spelling here: a name in one of them can't be told in ASCII without a dictionary.
"""

from __future__ import annotations

import unicodedata

_WHOLE = str.maketrans({
    "ß": "ss", "ẞ": "SS", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
    "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th", "ł": "l", "Ł": "L",
    "ı": "i", "ħ": "h", "Ħ": "H", "ŋ": "ng", "Ŋ": "NG", "ŧ": "t", "Ŧ": "T",
    "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "--", "…": "...", "\xa0": " ",
})  # fmt: skip


def unaccented(text: str) -> str:
    """The same text, its letters without accents; what has none stays as it is."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    kept = "".join(char for char in parts if unicodedata.category(char) != "Mn")
    return unicodedata.normalize("NFC", kept)


def ascii_letters(text: str) -> str:
    """The text in ASCII as far as its letters are Latin; the others stay as they are."""
    return text if text.isascii() else unaccented(text.translate(_WHOLE))
