"""A compiled issue as one string of bytes: a format of our own, versioned, without pickle.

4 bytes   ``PUB`` and the version as one byte
rest      zlib, whose checksum covers it: the length of the head (4 bytes, big-endian), the
          head (a JSON list: subject, mailto URL, numbers of the slots, lengths of the
          segments), the segments
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

_MAGIC = b"PUB\x01"


def pack(about: tuple[str, str | None], slots: Sequence[int], segments: Sequence[bytes]) -> bytes:
    """A subject and a mailto URL, the numbers of the slots, and the segments around them."""
    lengths = [len(segment) for segment in segments]
    head = json.dumps([*about, list(slots), lengths]).encode("ascii")
    return _MAGIC + zlib.compress(len(head).to_bytes(4, "big") + head + b"".join(segments), 6)


def unpack(data: bytes) -> tuple[tuple[str, str | None], list[int], tuple[bytes, ...]]:
    """What ``pack`` was given. ValueError for anything that is not whole, or of another version."""
    if not data.startswith(_MAGIC):
        raise ValueError("not an issue of this version of the program")
    try:
        packed = zlib.decompress(data[len(_MAGIC) :])
    except zlib.error as error:
        raise ValueError(f"a damaged issue: {error}") from error
    start = 4 + int.from_bytes(packed[:4], "big")
    subject, mailto, slots, lengths = json.loads(packed[4:start])
    segments = []
    for length in lengths:
        segments.append(packed[start : start + length])
        start += length
    return (subject, mailto), slots, tuple(segments)
