"""Words made fit for a URL as each generator makes them, so that a blog keeps its addresses.

The rules are those of the generators' own sources: Jekyll's ``Utils.slugify``, Hugo's
``paths.Sanitize``, the crate slug that Zola uses, Pelican's ``slugify`` and the github-slugger of
Astro. Names in scripts other than Latin stay as they are where the generator spells them in ASCII.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

from publisher.content.letters import ascii_letters

Mode = Literal["default", "pretty"]

#: What Jekyll's modes keep of ASCII; of the rest, letters, marks and decimal digits stay.
_OTHER = {
    "default": re.compile(r"[^A-Za-z0-9\x80-\U0010ffff]+"),
    "pretty": re.compile(r"[^A-Za-z0-9._~!$&'()+,;=@\x80-\U0010ffff]+"),
}
_DASHES = re.compile("--+")

_HUGO_PLAIN = re.compile(r"[A-Za-z0-9./\\_#+~@-]*")
_HUGO_KEPT = frozenset("./\\_#+~-@")
_HEX = re.compile("[0-9A-Fa-f]{2}")

_NOT_ZOLA = re.compile(r"[^a-z0-9\x80-\U0010ffff]+")
_NOT_PELICAN = re.compile(r"[^\w\s-]")
_GAPS = re.compile(r"[-\s]+")
_TAG = re.compile(r"<[^<>]*>")
_NOT_GITHUB = re.compile(r"[^\w\s-]")
_UNSAFE = re.compile(r'[<>:"/\\|?*]')


def slugify(text: str, mode: Mode = "default", *, cased: bool = False) -> str:
    """Jekyll's: words joined by ``-``; empty when there is no letter or digit in them."""
    slug = _OTHER[mode].sub("-", text)
    if not slug.isascii():
        slug = "".join(char if char.isascii() or _of_a_word(char) else "-" for char in slug)
        slug = _DASHES.sub("-", slug)
    slug = slug.strip("-")
    return slug if cased else slug.lower()


def sanitized(text: str) -> str:
    """Hugo's, for a name or a whole path: spaces become ``-``, most punctuation goes.

    The case stays, which Hugo changes last of all.
    """
    if _HUGO_PLAIN.fullmatch(text):
        return text
    kept: list[str] = []
    gap = hyphen = False
    for at, char in enumerate(text):
        if _hugo_keeps(char) or (char == "%" and _HEX.match(text, at + 1)):
            hyphen = char == "-"
            if gap and not hyphen:
                kept.append("-")
            gap = False
            kept.append(char)
        elif kept and not hyphen and char.isspace():
            gap = True
    return "".join(kept)


def zola_slug(text: str) -> str:
    """Zola's with ``slugify.paths = "on"``: lower-case ASCII letters and digits, ``-`` between."""
    return _NOT_ZOLA.sub("-", ascii_letters(text).lower()).strip("-")


def safe_slug(text: str) -> str:
    """Zola's with ``slugify.paths = "safe"``: only what no file system takes is left out."""
    return _UNSAFE.sub("", text.rstrip(" ."))


def pelican_slug(text: str) -> str:
    """Pelican's, with its own substitutions: lower-case words, ``-`` between."""
    words = unicodedata.normalize("NFKC", _TAG.sub("", text))
    return _GAPS.sub("-", _NOT_PELICAN.sub("", ascii_letters(words)).strip()).lower()


def github_slug(text: str) -> str:
    """github-slugger's, for one part of a path: each space becomes ``-``, punctuation goes."""
    return _NOT_GITHUB.sub("", text.lower()).replace(" ", "-")


def _hugo_keeps(char: str) -> bool:
    return char in _HUGO_KEPT or _of_a_word(char)


def _of_a_word(char: str) -> bool:
    category = unicodedata.category(char)
    return category[0] in "LM" or category == "Nd"
