"""A post's own picture and the files that go with it, as absolute URLs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from publisher.content.fields import Entry, Fields, Value, kind
from publisher.content.links import absolute
from publisher.content.notes import Notes, shown
from publisher.content.wording import plain
from publisher.domain.post import Enclosure, Image

IMAGE_KEYS = ("image", "images", "thumbnail", "cover", "featured_image")
_URL_KEYS = ("url", "src", "path", "image", "href", "link", "feature")
_ALT_KEYS = ("alt", "imagealt", "image_alt")

#: Own table: the standard library's reads the machine's files.
_TYPES = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac",
    "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "mov": "video/quicktime",
    "ogv": "video/ogg", "pdf": "application/pdf", "epub": "application/epub+zip",
    "zip": "application/zip", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png",
    "gif": "image/gif", "webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml",
}  # fmt: skip
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_ANY_TYPE = "application/octet-stream"
_LARGEST_LENGTH = 2**53


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What relative URLs are made absolute with: rooted ones by the site, others by the page."""

    site_url: str
    page_url: str


def image_of(fields: Fields, base: Base, notes: Notes) -> Image | None:
    """The first picture that is named and usable; a warning for one that is not."""
    for key in IMAGE_KEYS:
        entry = fields.find(key)
        if entry is None:
            continue
        if (image := _image(entry, entry.value, base, notes)) is not None:
            if not image.alt and (alt := fields.find(*_ALT_KEYS)) and isinstance(alt.value, str):
                return Image(url=image.url, alt=plain(alt.value))
            return image
    return None


def enclosures_of(fields: Fields, base: Base, notes: Notes) -> tuple[Enclosure, ...]:
    """The files under ``enclosure`` or ``enclosures``: a URL, a table, or a list of them."""
    entry = fields.find("enclosures", "enclosure")
    if entry is None:
        return ()
    items = entry.value if isinstance(entry.value, list) else [entry.value]
    found = (_enclosure(entry, item, base, notes) for item in items)
    return tuple(one for one in found if one is not None)


def _image(entry: Entry, value: Value, base: Base, notes: Notes) -> Image | None:
    if isinstance(value, list):
        images = (_image(entry, item, base, notes) for item in value if not isinstance(item, list))
        return next((image for image in images if image is not None), None)
    alt = ""
    if isinstance(value, dict):
        alt = plain(_text_of(value, _ALT_KEYS) or "")
    url = _url(entry, value, base, notes)
    return None if url is None else Image(url=url, alt=alt)


def _enclosure(entry: Entry, value: Value, base: Base, notes: Notes) -> Enclosure | None:
    url = _url(entry, value, base, notes)
    if url is None:
        return None
    if not isinstance(value, dict):
        return Enclosure(url=url, type=_type_of(url))
    stated = _text_of(value, ("type", "mime_type", "mimetype"))
    return Enclosure(
        url=url, type=_stated_type(stated) or _type_of(url), length=_length(entry, value, notes)
    )


def _site_of(text: str, site_url: str) -> str:
    """What a rooted path is below: the host, where it begins with the path of the site already."""
    scheme, _, rest = site_url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}" if slash and text.startswith(f"/{path}/") else site_url


def _url(entry: Entry, value: Value, base: Base, notes: Notes) -> str | None:
    """The URL in a text or a table, absolute; None, and a warning, where there is none."""
    text = _text_of(value, _URL_KEYS) if isinstance(value, dict) else value
    if not isinstance(text, str):
        what = "no URL in it" if text is None else f"expected a URL, not {kind(text)}"
        notes.warn(entry.line, f"{entry.key}: {what}; it is left out")
        return None
    try:
        return absolute(text, _site_of(text, base.site_url), base.page_url)
    except ValueError as error:
        notes.warn(entry.line, f"{entry.key}: {error}; it is left out")
        return None


def _length(entry: Entry, table: dict[str, Entry], notes: Notes) -> int | None:
    text = _text_of(table, ("length", "size", "bytes"))
    if text is None:
        return None
    digits = text.strip()
    if digits.isascii() and digits.isdecimal() and len(digits) < 17:
        return min(int(digits), _LARGEST_LENGTH)
    notes.warn(
        entry.line,
        f"{entry.key}: length: expected a number of bytes, not {shown(text)}; it is left out",
    )
    return None


def _stated_type(text: str | None) -> str | None:
    """A media type such as audio/mpeg, or None when it can't be one."""
    words = (text or "").strip().lower()
    return words if _MEDIA_TYPE.fullmatch(words) else None


def _type_of(url: str) -> str:
    suffix = PurePosixPath(urlsplit(url).path).suffix
    return _TYPES.get(suffix[1:].lower(), _ANY_TYPE)


def _text_of(table: dict[str, Entry], keys: tuple[str, ...]) -> str | None:
    """The first of these keys that holds a text."""
    values = (table[key].value for key in keys if key in table)
    return next((value for value in values if isinstance(value, str)), None)
