"""A post's own picture and the files that go with it, as absolute URLs."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from publisher.content.fields import Entry, Fields, Value, kind
from publisher.content.links import absolute
from publisher.content.notes import Notes, shown
from publisher.content.wording import plain
from publisher.domain.mediatype import media_type
from publisher.domain.post import Enclosure, Image

IMAGE_KEYS = ("image", "images", "thumbnail", "cover", "featured_image", "heroimage")
ENCLOSURE_KEYS = ("enclosures", "enclosure")
#: Keys that name a recording, or something else altogether: only a file with a known ending counts.
RECORDING_KEYS = ("audio", "audio_url", "podcast", "podcast_url", "video", "media")
_URL_KEYS = ("url", "src", "path", "image", "href", "link", "feature")
_FILE_KEYS = ("url", "src", "path", "href", "link", "file", "audio", "mp3")
_ALT_KEYS = ("alt", "imagealt", "image_alt")

_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,60}/[a-z0-9][a-z0-9.+-]{0,60}")
_LENGTH_KEYS = ("length", "size", "bytes")
DURATION_KEYS = ("duration", "itunes_duration", "length_in_seconds")
_DURATION = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,3}):)?(\d{1,6})", re.ASCII)
_ANY_TYPE = "application/octet-stream"
_LARGEST_LENGTH = 2**53


def nothing_at_hand(reference: str) -> int | None:
    """The size of a file where none can be looked at."""
    return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Base:
    """What relative URLs are made absolute with: rooted ones by the site, others by the page.

    ``size_of`` tells the bytes of a file of the site by the URL that a post names it with, None
    where the file is not at hand. ``sources``: a path that is not rooted is that of a source file,
    whose URL only the site's build knows.
    """

    site_url: str
    page_url: str
    sources: bool = False
    size_of: Callable[[str], int | None] = nothing_at_hand


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
    """The files that go with a post: a URL, a table, or a list of them, under one of the keys.

    A file without a length gets that of the site's own file, or a warning.
    """
    entry = fields.find(*ENCLOSURE_KEYS)
    if entry is not None:
        items = entry.value if isinstance(entry.value, list) else [entry.value]
        found = (_enclosure(entry, item, base, notes) for item in items)
        return tuple(one for one in found if one is not None)
    if fields.find(*RECORDING_KEYS) is None:
        return ()
    for key in RECORDING_KEYS:
        if (entry := fields.find(key)) is not None:
            items = entry.value if isinstance(entry.value, list) else [entry.value]
            played = [item for item in items if _is_recording(item)]
            found = (_enclosure(entry, item, base, notes) for item in played)
            if recordings := tuple(one for one in found if one is not None):
                return recordings
    return ()


def _image(entry: Entry, value: Value, base: Base, notes: Notes) -> Image | None:
    if isinstance(value, list):
        images = (_image(entry, item, base, notes) for item in value if not isinstance(item, list))
        return next((image for image in images if image is not None), None)
    alt = ""
    if isinstance(value, dict):
        alt = plain(_text_of(value, _ALT_KEYS) or "")
    url = _url(entry, value, base, notes)
    return None if url is None else Image(url=url, alt=alt)


def _is_recording(value: Value) -> bool:
    text = _text_of(value, _FILE_KEYS) if isinstance(value, dict) else value
    kind_of_file = media_type(text.strip()) if isinstance(text, str) else None
    return kind_of_file is not None and kind_of_file.startswith(("audio/", "video/"))


def _enclosure(entry: Entry, value: Value, base: Base, notes: Notes) -> Enclosure | None:
    url = _url(entry, value, base, notes, _FILE_KEYS)
    if url is None:
        return None
    table = value if isinstance(value, dict) else {}
    stated = _text_of(table, ("type", "mime_type", "mimetype"))
    length = _length(entry, table, notes)
    if length is None:
        written = _text_of(table, _FILE_KEYS) if table else value
        length = base.size_of(str(written).strip())
    kind_of_file = _stated_type(stated) or _type_of(url)
    recorded = kind_of_file.startswith(("audio/", "video/"))
    if length is None and recorded and not table.keys() & set(_LENGTH_KEYS):
        notes.warn(
            entry.line,
            f"{entry.key}: no length, and no such file of the site is at hand; "
            "add 'length: …', its bytes",
        )
    return Enclosure(
        url=url,
        type=kind_of_file,
        length=length,
        duration_s=seconds_of(entry, table, notes),
    )


def _site_of(text: str, site_url: str) -> str:
    """What a rooted path is below: the host, where it begins with the path of the site already."""
    scheme, _, rest = site_url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host}" if slash and text.startswith(f"/{path}/") else site_url


def _url(
    entry: Entry, value: Value, base: Base, notes: Notes, keys: tuple[str, ...] = _URL_KEYS
) -> str | None:
    """The URL in a text or a table, absolute; None, and a warning, where there is none."""
    text = _text_of(value, keys) if isinstance(value, dict) else value
    if not isinstance(text, str):
        what = "no URL in it" if text is None else f"expected a URL, not {kind(text)}"
        notes.warn(entry.line, f"{entry.key}: {what}; it is left out")
        return None
    if base.sources and not text.startswith("/") and "://" not in text:
        return None
    try:
        return absolute(text, _site_of(text, base.site_url), base.page_url)
    except ValueError as error:
        notes.warn(entry.line, f"{entry.key}: {error}; it is left out")
        return None


def _length(entry: Entry, table: dict[str, Entry], notes: Notes) -> int | None:
    text = _text_of(table, _LENGTH_KEYS)
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


def seconds_of(entry: Entry, table: dict[str, Entry], notes: Notes) -> int | None:
    """How long a recording plays: ``3723``, ``62:03`` or ``1:02:03``."""
    text = _text_of(table, DURATION_KEYS)
    if text is None:
        return None
    if found := _DURATION.fullmatch(text.strip()):
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        return hours * 3600 + minutes * 60 + seconds
    notes.warn(
        entry.line,
        f"{entry.key}: duration: expected seconds or 1:02:03, not {shown(text)}; it is left out",
    )
    return None


def _stated_type(text: str | None) -> str | None:
    """A media type such as audio/mpeg, or None when it can't be one."""
    words = (text or "").strip().lower()
    return words if _MEDIA_TYPE.fullmatch(words) else None


def _type_of(url: str) -> str:
    return media_type(url) or _ANY_TYPE


def _text_of(table: dict[str, Entry], keys: tuple[str, ...]) -> str | None:
    """The first of these keys that holds a text."""
    values = (table[key].value for key in keys if key in table)
    return next((value for value in values if isinstance(value, str)), None)
