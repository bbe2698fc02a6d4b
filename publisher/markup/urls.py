"""URLs as they stand in a post, made absolute: what a browser on the post's page would follow.

The rules are those of the URL standard where they matter here (spaces and tabs around and inside,
back slashes, schemes), and RFC 3986 section 5 for relative references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, urldefrag, urljoin, urlsplit

from publisher.markup.text import legal

WEB_SCHEMES = frozenset({"http", "https"})
LINK_SCHEMES = WEB_SCHEMES | {"mailto", "tel", "magnet"}

_SCHEME = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*):")
_AROUND = "".join(map(chr, range(0x21)))
_INSIDE = re.compile(r"[\t\n\r]")
# What no URL may hold as it is; "%" stays, and so do letters beyond ASCII: they are valid in HTML.
_UNSAFE = re.compile(r"[\s\"<>\\^`{|}\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
# SVG is left out: as a data URL it can carry a script.
_DATA_IMAGE = re.compile(r"data:image/(?:png|gif|jpeg|webp|avif);base64,[A-Za-z0-9+/=]+", re.I)
_CANDIDATE = re.compile(r"[\s,]*+(\S*[^\s,])(?:\s+([\d.]+[wxh]))?\s*(?:,|$)")


def resolve(url: str, base_url: str, schemes: frozenset[str] = LINK_SCHEMES) -> str | None:
    """The absolute URL that ``url`` means on the page ``base_url``; None if it has no good use.

    The scheme has to be one of ``schemes``; http and https need a host.
    """
    url = _INSIDE.sub("", legal(url.strip(_AROUND)))
    scheme = _SCHEME.match(url)
    if scheme and scheme[1].lower() not in schemes:
        return None
    if scheme and scheme[1].lower() not in WEB_SCHEMES:
        return _UNSAFE.sub(_quoted, url)
    head, mark, tail = _parts(url)
    url = _UNSAFE.sub(_quoted, head.replace("\\", "/") + mark + tail)
    try:
        absolute = url if scheme else urljoin(base_url, url)
        return absolute if urlsplit(absolute).hostname else None
    except ValueError:  # brackets that hold no IPv6 address
        return None


def data_image(url: str) -> str | None:
    """A ``data:`` URL that is a bitmap picture and nothing else, without its spaces; else None."""
    url = re.sub(r"\s", "", url)
    return url if _DATA_IMAGE.fullmatch(url) else None


def candidates(srcset: str) -> Iterator[tuple[str, str]]:
    """The pictures of a ``srcset`` with their descriptors. URLs in it may hold commas."""
    at = 0
    while found := _CANDIDATE.match(srcset, at):
        yield found[1], found[2] or ""
        at = found.end()


def fragment_on(url: str, page_url: str) -> str | None:
    """The fragment of a URL that points into the page itself, decoded; None for any other."""
    address, fragment = urldefrag(url)
    return unquote(fragment) if fragment and address == urldefrag(page_url).url else None


def _parts(url: str) -> tuple[str, str, str]:
    """What comes before the query or the fragment, the mark between, and the rest."""
    found = re.search(r"[?#]", url)
    return (url, "", "") if not found else (url[: found.start()], found[0], url[found.end() :])


def _quoted(found: re.Match[str]) -> str:
    return quote(found[0], safe="")
