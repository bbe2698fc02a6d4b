"""A feed file as it is sent: its bytes, their gzip, and the headers that go with both."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from publisher.web.coding import packed

Header = tuple[bytes, bytes]

#: What tells a file from one that replaced it: inode, size, nanoseconds.
Stamp = tuple[int, int, int]

CHUNK = 256 * 1024

#: Files of other kinds are not sent.
MEDIA_TYPES: Mapping[str, bytes] = {
    ".xml": b"application/xml; charset=utf-8",
    "atom.xml": b"application/atom+xml; charset=utf-8",
    "rss.xml": b"application/rss+xml; charset=utf-8",
    ".json": b"application/feed+json",
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
}

#: A feed may be kept, but nobody may pass on the old one once there is a new one: to ask costs 304.
CACHE_CONTROL = b"no-cache"

_PAGE_POLICY = (
    b"default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

#: Where each format says when it last changed. In XML the first is that of the whole feed.
_DATES: Mapping[str, re.Pattern[bytes]] = {
    "atom.xml": re.compile(rb"<updated>([^<]+)</updated>"),
    "rss.xml": re.compile(rb"<lastBuildDate>([^<]+)</lastBuildDate>"),
    ".json": re.compile(rb'"date_(?:modified|published)": ?"([^"]+)"'),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A file in one content coding. ``body`` is None for one that is sent from the disk.

    ``headers`` go with 200, ``unchanged`` with 304 (RFC 9110, section 15.4.5).
    """

    etag: bytes
    headers: list[Header]
    unchanged: list[Header]
    body: bytes | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A file as it stood at ``stamp``, as it is and in gzip.

    ``modified`` is the newest change that a reader of the feed could notice, in whole seconds; None
    where that can't be said. ``latest`` is the latest that was ever said of this file.
    """

    path: Path
    stamp: Stamp
    plain: Sent
    gzip: Sent | None
    modified: datetime | None
    latest: datetime | None

    @property
    def bytes_kept(self) -> int:
        """How much memory it takes."""
        return sum(len(one.body) for one in (self.plain, self.gzip) if one and one.body)


def copy_of(path: Path, link: str, before: Copy | None, largest: int) -> Copy:
    """The file at a path as it stands, or ``before`` where it is still that.

    ``link`` is its header Link; empty for none. A file of more bytes than ``largest`` is not kept
    in memory, and has no gzip. Raises OSError where there is no plain file.
    """
    with _opened(path) as file:
        stamp = _stamp(file)
        if before is not None and before.stamp == stamp:
            return before
        data = file.read() if stamp[1] <= largest else None
        digest, said = _looked_through(_chunks(file) if data is None else [data], path.name)
    etag = f'"{digest}"'.encode()
    modified, latest = _modified(said, stamp, etag, before)
    about, repeated = _about(path.name, link), _repeated(modified)
    gzip = None
    if data is not None:
        coded = [*about, (b"content-encoding", b"gzip")]
        coding = packed(data)
        gzip = _sent(f'"{digest}-gzip"'.encode(), coded, repeated, len(coding), coding)
    return Copy(
        path=path,
        stamp=stamp,
        plain=_sent(etag, about, repeated, stamp[1], data),
        gzip=gzip,
        modified=modified,
        latest=latest,
    )


def read_through(copy: Copy) -> Iterator[bytes] | None:
    """The bytes of a copy that is not in memory; None where its file was replaced meanwhile."""
    try:
        file = _opened(copy.path)
    except OSError:
        return None
    if _stamp(file) != copy.stamp:
        file.close()
        return None
    return _all_of(file)


def kind_of(file_name: str) -> str | None:
    """The key of a file in ``MEDIA_TYPES``, if it is of a kind that is sent."""
    return next((kind for kind in (file_name, Path(file_name).suffix) if kind in MEDIA_TYPES), None)


# Headers.


def _about(file_name: str, link: str) -> list[Header]:
    kind = kind_of(file_name) or ""
    headers = [(b"content-type", MEDIA_TYPES[kind]), (b"x-content-type-options", b"nosniff")]
    if link:
        headers.append((b"link", link.encode("ascii", "ignore")))
    if kind == ".html":
        headers.append((b"content-security-policy", _PAGE_POLICY))
    return headers


def _repeated(modified: datetime | None) -> list[Header]:
    headers = [(b"cache-control", CACHE_CONTROL), (b"vary", b"Accept-Encoding")]
    if modified is not None:
        headers.append((b"last-modified", format_datetime(modified, usegmt=True).encode()))
    return headers


def _sent(
    etag: bytes, about: list[Header], repeated: list[Header], size: int, body: bytes | None
) -> Sent:
    unchanged = [(b"etag", etag), *repeated]
    length = (b"content-length", str(size).encode())
    return Sent(etag=etag, headers=[*about, *unchanged, length], unchanged=unchanged, body=body)


# What a file says of itself.


def _looked_through(chunks: Iterable[bytes], file_name: str) -> tuple[str, datetime | None]:
    """A digest of a file, and the newest date that its feed says of itself.

    In a large file only the first part is looked at: the newest stands there.
    """
    digest, newest = blake2b(digest_size=12), None
    date = _DATES.get(kind_of(file_name) or "")
    for number, chunk in enumerate(chunks):
        digest.update(chunk)
        if number == 0 and date is not None:
            newest = _newest(date, chunk, first=kind_of(file_name) != ".json")
    return digest.hexdigest(), newest


def _newest(date: re.Pattern[bytes], data: bytes, *, first: bool) -> datetime | None:
    if first:
        found = date.search(data)
        return _instant(found[1]) if found else None
    return max((one for one in map(_instant, date.findall(data)) if one), default=None)


def _instant(text: bytes) -> datetime | None:
    said = text.decode("utf-8", "replace")
    try:
        read = datetime.fromisoformat(said) if said[:1].isdigit() else parsedate_to_datetime(said)
        return read.astimezone(UTC).replace(microsecond=0)
    except ValueError:
        return None


def _modified(
    said: datetime | None, stamp: Stamp, etag: bytes, before: Copy | None
) -> tuple[datetime | None, datetime | None]:
    """When a file last changed, as far as whole seconds tell one state from the next; and the
    latest that was ever said.

    What the feed says, unless that is no later although the bytes differ: then the file's time, or
    nothing where that is no later either. Never later than now (RFC 9110, section 8.8.2.1).
    """
    written = datetime.fromtimestamp(stamp[2] // 10**9, UTC)
    said = said and min(said, written)
    if before is None or before.latest is None:
        return said, said
    if before.plain.etag == etag:
        return before.modified, before.latest
    later = [one for one in (said, written) if one and one > before.latest]
    return (later[0], later[0]) if said and later else (None, before.latest)


# The disk.


def _opened(path: Path) -> BinaryIO:
    """A plain file: what is written is never a link, and waiting for a pipe would be for ever."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(path)
    return open(descriptor, "rb")


def _stamp(file: BinaryIO) -> Stamp:
    found = os.fstat(file.fileno())
    return (found.st_ino, found.st_size, found.st_mtime_ns)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _all_of(file: BinaryIO) -> Iterator[bytes]:
    with file:
        yield from _chunks(file)
