"""Style attributes that are safe to send by mail: plain declarations of a short list, no more.

What is not plainly good is dropped whole. It also keeps premailer whole: a style attribute that
is no declaration (``style="p"``) meets a key of its cache and ends the inlining of the letter.
"""

from __future__ import annotations

import re

from publisher.markup.text import names

PROPERTIES = names(
    "background-color border border-bottom border-bottom-color border-bottom-style "
    "border-bottom-width border-collapse border-color border-left border-left-color "
    "border-left-style border-left-width border-radius border-right border-right-color "
    "border-right-style border-right-width border-spacing border-style border-top "
    "border-top-color border-top-style border-top-width border-width clear color direction float "
    "font-family font-size font-style font-variant font-weight height letter-spacing line-height "
    "list-style-type margin margin-bottom margin-left margin-right margin-top max-width min-width "
    "padding padding-bottom padding-left padding-right padding-top text-align text-decoration "
    "text-indent text-transform vertical-align white-space width word-spacing"
)

_NAME = re.compile(r"[a-z]+(?:-[a-z]+)*")
# Words, lengths, colours, quoted font names; no other function than rgb() and hsl(), no escape.
_VALUE = re.compile(
    r"(?:(?:rgb|hsl)a?\([\d\s.,%]+\)|[a-z][a-z-]*|#[0-9a-f]{3,6}(?![0-9a-f])"
    r"|\d*\.?\d+(?:[a-z]{1,4}|%)?|'[\w -]*'|\"[\w -]*\"|[\s,/])++"
)
_IMPORTANT = re.compile(r"!\s*important\s*$", re.IGNORECASE)


def declarations(style: str) -> str:
    """The safe declarations of a style attribute, in their order, as ``name:value;name:value``.

    Empty when none is. ``!important`` goes: it would beat what the letter does for dark screens.
    """
    found = (_declaration(part) for part in style.split(";"))
    return ";".join(one for one in found if one)


def _declaration(text: str) -> str | None:
    name, _, value = text.partition(":")
    name = name.strip().lower()
    value = _IMPORTANT.sub("", value.strip()).strip()
    good = name in PROPERTIES and _NAME.fullmatch(name) and _VALUE.fullmatch(value.lower())
    return f"{name}:{value}" if good else None
