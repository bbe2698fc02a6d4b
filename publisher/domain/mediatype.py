"""The media type of a file by the ending of its name.

A table of our own: the standard library's reads the machine's files.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit

_TYPES = {
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg",
    "oga": "audio/ogg", "opus": "audio/ogg", "wav": "audio/wav", "flac": "audio/flac",
    "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "mov": "video/quicktime",
    "ogv": "video/ogg", "pdf": "application/pdf", "epub": "application/epub+zip",
    "zip": "application/zip", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png",
    "gif": "image/gif", "webp": "image/webp", "avif": "image/avif", "svg": "image/svg+xml",
}  # fmt: skip


def media_type(url: str) -> str | None:
    """The type of what a URL leads to; None where its ending does not tell."""
    try:
        suffix = PurePosixPath(urlsplit(url).path).suffix
    except ValueError:  # brackets that hold no IPv6 address
        return None
    return _TYPES.get(suffix[1:].lower())
