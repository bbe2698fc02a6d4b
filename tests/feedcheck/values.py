"""The kinds of values that feeds are made of, each with the document that defines it."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d? "
    r"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d (GMT|[+-]\d{4})",
    re.ASCII,
)
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f-\x9f<>\"{}|\\^`]+")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]+"
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}( *; *{_TOKEN}=({_TOKEN}|\"[^\"]*\"))*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_ADDRESS = re.compile(r"[^@\s()<>,;:]+@[^@\s()<>,;:]+")


def is_rfc3339(text: str) -> bool:
    """RFC 3339, section 5.6, with upper-case T and Z (RFC 4287, section 3.3)."""
    if _RFC3339.fullmatch(text) is None:
        return False
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return True


def is_rfc822(text: str) -> bool:
    """RFC 822, section 5, with a four-digit year; the day of the week has to be the right one."""
    if _RFC822.fullmatch(text) is None:
        return False
    try:
        return _DAYS[parsedate_to_datetime(text).weekday()] == text[:3]
    except ValueError:
        return False


def is_iri(text: str) -> bool:
    """RFC 3987, section 2.2: absolute, with a scheme; http needs a host."""
    if _IRI.fullmatch(text) is None or _BAD_PERCENT.search(text):
        return False
    return not text.lower().startswith("http") or bool(urlsplit(text).hostname)


def is_uri(text: str) -> bool:
    """RFC 3986, section 3: as an IRI, in ASCII."""
    return text.isascii() and is_iri(text)


def is_media_type(text: str) -> bool:
    """RFC 6838, section 4.2, with parameters as in RFC 2045."""
    return _MEDIA_TYPE.fullmatch(text) is not None


def is_language(text: str) -> bool:
    """The shape of RFC 5646, section 2.1."""
    return _LANGUAGE.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """The addr-spec of RFC 2822, section 3.4.1, without its comments and quoting."""
    return _ADDRESS.fullmatch(text) is not None


def is_length(text: str) -> bool:
    """A number of bytes: decimal digits."""
    return text.isascii() and text.isdigit()
