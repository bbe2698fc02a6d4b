"""A term as the name of a folder: lower-case letters and digits of any script, joined by ``-``.

Never empty, never hidden, never a way out of its folder, and short enough for any file system.
"""

from __future__ import annotations

import re
import unicodedata

MAX_BYTES = 120

# C# and C++ are not C; elsewhere these signs are ornament.
_SHARP = re.compile(r"(?<=\w)#")
_PLUS = re.compile(r"(?<=[\w+])\+")


def slug(term: str) -> str:
    """The name. Different terms can have the same one; it is composed (NFC) and of one case."""
    text = unicodedata.normalize("NFKC", term).casefold()
    spelt = _PLUS.sub(" plus ", _SHARP.sub(" sharp ", text))
    return _fit(_letters(spelt)) or _fit(_names(term)) or "term"


def _letters(text: str) -> str:
    """Letters and digits, with the marks that belong to them; one ``-`` for anything between."""
    kept: list[str] = []
    for sign in text:
        inside = bool(kept) and kept[-1] != "-"
        if sign.isalnum() or (inside and unicodedata.category(sign).startswith("M")):
            kept.append(sign)
        elif inside:
            kept.append("-")
    return "".join(kept)


def _names(text: str) -> str:
    """A term of signs alone, such as an emoji, by what Unicode calls them."""
    signs = (sign for sign in text if unicodedata.category(sign)[0] in "PSZ")
    return _letters(" ".join(unicodedata.name(sign, "").casefold() for sign in signs))


def _fit(name: str) -> str:
    composed = unicodedata.normalize("NFC", name).encode()[:MAX_BYTES]
    return composed.decode(errors="ignore").strip("-")
