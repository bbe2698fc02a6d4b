"""URLs of front matter, made absolute: what stands in a feed is read far from the site."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin

from publisher.content.notes import shown

#: Every character that may stand in a URL (RFC 3986, section 2), and ``%`` before two digits.
_PLAIN = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")
_SAFE = "/:@!$&'()*+,;=-._~"
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST = re.compile(r"(?:[A-Za-z0-9.-]|[^\x00-\x7f])+(?::\d+)?", re.ASCII)

LONGEST = 2000


def absolute(text: str, site_url: str, page_url: str) -> str:
    """An http or https URL: as it is, below the site when rooted, else beside the page.

    Raises ValueError with a sentence: another scheme, a template, or no URL at all.
    """
    text = text.strip()
    _require_plain_text(text)
    if text.startswith("//"):
        text = site_url.partition("//")[0] + text
    if (scheme := _SCHEME.match(text)) is not None:
        if scheme[1].lower() not in ("http", "https"):
            raise ValueError(f"{shown(text)} is not an http or https address")
        return _encoded(_with_host(text))
    if text.startswith("/"):
        return site_url + _encoded(text)
    return urljoin(page_url, _encoded(text))


def path_encoded(text: str) -> str:
    """A URL's path, with everything percent-encoded that is not a character of a path."""
    if _PLAIN.fullmatch(text) and not set("?#[]") & set(text):
        return text
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE + "%")


def _encoded(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_SAFE + "%?#[]")


def _require_plain_text(text: str) -> None:
    if len(text) > LONGEST:
        raise ValueError(f"{shown(text)} is longer than {LONGEST} characters; shorten it")
    if "{{" in text or "{%" in text:
        raise ValueError(f"{shown(text)} holds template syntax, which is not filled in")


def _with_host(text: str) -> str:
    """The same URL, its host as A-labels. Raises ValueError when there is none."""
    scheme, _, rest = text.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if not _HOST.fullmatch(host):
        raise ValueError(f"{shown(text)} names no host")
    if host.isascii():
        return text
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError(f"{shown(text)} names a host that can't be") from None
    return f"{scheme}://{name}{rest[len(host) :]}"
