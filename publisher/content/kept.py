"""What the files of a content folder were read as, kept in a file for the next process.

Only a cache: it may be deleted at any time, and whatever is wrong with its file (damaged, cut
short, of another version or other rules) means that posts are read again and nothing else. No code
is ever in it: plain values through ``marshal``, behind a digest of them, because ``marshal`` trusts
its input (docs.python.org/3/library/marshal.html).
"""

from __future__ import annotations

import dataclasses
import marshal
import os
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from publisher.content.rules import PostRules
from publisher.domain import post as values
from publisher.domain.finding import Finding
from publisher.domain.post import BrokenPost, Post

Stamp = tuple[int, int, int, int]

_MAGIC = b"publisher scan 1\n"
_DIGEST = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: What is known apart from what was read: the path is the key, the others depend on the moment.
_APART = frozenset({"path", "source_hash", "saved_at"})
_NAMES = tuple(field.name for field in dataclasses.fields(Post) if field.name not in _APART)
_PLAIN = frozenset({str, int, bool, float, type(None)})
_CLASSES: Mapping[str, type[Any]] = {
    one.__name__: one
    for one in (*vars(values).values(), Finding)
    if isinstance(one, type) and dataclasses.is_dataclass(one)
}


class Kept(NamedTuple):
    """A file as it was read: its stamp and digest, and what it came to, as plain values."""

    stamp: Stamp
    hash: str
    packed: tuple[Any, ...]

    def result(self, path: str, saved_at: datetime | None) -> Post | BrokenPost:
        """What the file is. Raises ValueError, TypeError or KeyError on what no file was."""
        plain, special = self.packed
        if plain is None:
            return BrokenPost(path=path, problems=_unpacked(special))
        fields = dict(zip(_NAMES, plain, strict=True))
        for at, value in special:
            fields[_NAMES[at]] = _unpacked(value)
        return Post(path=path, source_hash=self.hash, saved_at=saved_at, **fields)


def kept(stamp: Stamp, digest: str, result: Post | BrokenPost) -> Kept | None:
    """What there is to keep of a file; None where more than the file had a part in it.

    A draft without a date bears that of the moment, and recordings have the size of their files.
    """
    if isinstance(result, BrokenPost):
        return Kept(stamp, digest, (None, _packed(result.problems)))
    if result.enclosures or (result.saved_at is not None and result.date == result.saved_at):
        return None
    plain, special = [], []
    for at, name in enumerate(_NAMES):
        value = getattr(result, name)
        if _is_plain(value):
            plain.append(value)
        else:
            plain.append(None)
            special.append((at, _packed(value)))
    return Kept(stamp, digest, (tuple(plain), tuple(special)))


class ScanCache:
    """The file. ``version`` stands for the program: another one trusts nothing of this one's."""

    def __init__(self, path: Path, version: str) -> None:
        self._path = path
        self._version = version

    @property
    def there(self) -> bool:
        """Whether anything was kept."""
        return self._path.exists()

    def load(self, rules: PostRules) -> dict[str, Kept]:
        """What was kept under these very rules, by path; nothing where that can't be told."""
        try:
            data = self._path.read_bytes()
        except OSError:
            return {}
        body = data[len(_MAGIC) + 2 * _DIGEST :]
        if data[: -len(body) or None] != _MAGIC + self._key(rules) + _digest(body):
            return {}
        try:
            return {path: Kept(*one) for path, one in marshal.loads(body).items()}
        except (EOFError, ValueError, TypeError, AttributeError):
            return {}

    def keep(self, rules: PostRules, files: Iterable[tuple[str, Kept]]) -> None:
        """Put these in the place of what was kept; for the next process, if the disk takes it."""
        body = marshal.dumps({path: tuple(one) for path, one in files})
        new = self._path.with_name(f".{self._path.name}.new")
        try:
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "wb") as file:
                file.write(_MAGIC + self._key(rules) + _digest(body) + body)
            os.replace(new, self._path)
        except OSError:
            return

    def _key(self, rules: PostRules) -> bytes:
        return _digest(f"{self._version}\n{sys.version}\n{rules!r}".encode("utf-8", "replace"))


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=_DIGEST).digest()


def _is_plain(value: Any) -> bool:
    if type(value) is tuple:
        return all(_is_plain(item) for item in value)
    return type(value) in _PLAIN


def _packed(value: Any) -> Any:
    """A value that is not plain as one that is: what it is, and what it is made of."""
    if isinstance(value, datetime):
        offset = value.utcoffset() or timedelta()
        return "time", (value - _EPOCH) // _MICROSECOND, offset // _MICROSECOND
    if type(value) is tuple:
        return "tuple", *(_packed(item) for item in value)
    if type(value).__name__ in _CLASSES:
        fields = (getattr(value, field.name) for field in dataclasses.fields(value))
        return type(value).__name__, *map(_packed, fields)
    if type(value) not in _PLAIN:
        raise TypeError(f"nothing of a post: {type(value).__name__}")
    return value


def _unpacked(value: Any) -> Any:
    if type(value) is not tuple:
        return value
    what, *parts = value
    if what == "time":
        moment = _EPOCH + timedelta(microseconds=parts[0])
        return moment.astimezone(timezone(timedelta(microseconds=parts[1]))) if parts[1] else moment
    if what == "tuple":
        return tuple(map(_unpacked, parts))
    names = [field.name for field in dataclasses.fields(_CLASSES[what])]
    return _CLASSES[what](**dict(zip(names, map(_unpacked, parts), strict=True)))
