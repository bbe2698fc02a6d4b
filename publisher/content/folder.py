"""The content folder: what it holds now, read again only where it changed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from publisher.content.files import SiteFiles
from publisher.content.habits import is_post_of
from publisher.content.ignore import ignorer
from publisher.content.kept import Kept, ScanCache, kept
from publisher.content.parse import LARGEST_FILE, Parsed, parse, source_hash, too_large
from publisher.content.readers import WORTH_A_READER, Readers
from publisher.content.rules import PostRules
from publisher.content.walk import COARSE_S, Walk, mark_of, stamp, walk
from publisher.domain.errors import PublisherError
from publisher.domain.finding import Finding
from publisher.domain.post import BrokenPost, Post, Scan

#: How long a file that vanished is given to come back: editors that save by renaming leave a gap.
GAP_S = 0.05

#: When a file was saved that is read apart from a scan: a post that bears this date is not kept.
_NO_MOMENT = datetime(1, 1, 2, tzinfo=UTC)

_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_Stamp = tuple[int, int, int, int]


class Changed(PublisherError):
    """The file is no longer what was scanned. ``path`` is as in the post."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"{path}: it changed while it was being read: try again")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """A file as it was last read. ``fresh`` says that a stamp alone can't vouch for it yet."""

    stamp: _Stamp
    fresh: bool
    hash: str
    saved_at: datetime | None
    result: Post | BrokenPost


class Folder:
    """Scans one content folder, remembering what it read. For one thread at a time.

    ``root`` is the folder of the configuration. ``pause`` waits that many seconds. ``cache`` keeps
    for the next process what was read, from ``begin`` on where not ``keeps``; ``wall_s`` is the
    clock that the files' times are of.
    """

    def __init__(
        self,
        root: Path,
        rules: PostRules,
        pause: Callable[[float], None] = time.sleep,
        *,
        cache: ScanCache | None = None,
        keeps: bool = True,
        wall_s: Callable[[], float] = time.time,
    ) -> None:
        self._root = root
        self._rules = rules
        self._pause = pause
        self._cache = cache
        self._keeps = keeps
        self._readers: Readers | None = None
        self._wall_s = wall_s
        self._before: dict[str, Kept] = {}
        self._reads = 0
        self._found: Walk | None = None
        self._prefix = _prefix(root, rules.content_path)
        self._content = os.path.normpath(os.path.join(root, self._prefix))
        self._is_post = is_post_of(rules.generator)
        self._files = SiteFiles(str(root), self._content, rules.site_url)
        self._ignored = ignorer(rules.ignore, self._prefix.rstrip("/"))
        self._seen: dict[str, _Seen] = {}
        self._scanned = False

    def begin(self, cores: int) -> None:
        """This process will scan, and may keep what it finds. Where nothing is known of the folder,
        and there is much in it, processes begin to read it now, while this one makes ready.
        """
        self._keeps = True
        if self._cache is None or self._cache.there or self._scanned or cores < 2:
            return
        with suppress(OSError):
            paths = [self._prefix + below for below, _ in self._walk().files]
            if len(paths) >= WORTH_A_READER:
                self._readers = Readers(self._root, self._rules, paths, cores)

    def read_ahead(self, paths: Iterable[str]) -> Iterator[tuple[str, Kept]]:
        """These files as they are now; without those that can't be read apart from a scan."""
        for path in paths:
            with suppress(OSError):
                data, stat = self._read(path)
                digest = source_hash(data)
                result = self._parse(path, data, digest, stat.st_size, _NO_MOMENT)
                if found := kept(stamp(stat), digest, result):
                    yield path, found

    def scan(self, now: datetime | None = None) -> Scan:
        """Every post and every broken file, each sorted by path; or why there is no telling.

        A file that vanishes while it is being read is not there. With ``now``, posts say since
        when they are as they are: the time of the file, or of the scan that found it changed.
        """
        began_s = self._wall_s()
        try:
            found = self._found or self._walk()
        except OSError as error:
            return Scan(unreadable=self._unreadable(error))
        finally:
            self._found = None
        if self._cache is not None and not self._scanned:
            self._before = self._cache.load(self._rules)
        results = self._barred(found)
        seen: dict[str, _Seen] = {}
        for path, stat in self._in_turn(found):
            known = self._look(path, stat, now, results)
            if known is not None:
                seen[path] = known
                results.append(known.result)
        self._remember(seen, found)
        self._keep_for_others(began_s)
        self._before = {}
        return _sorted(results)

    def _in_turn(self, found: Walk) -> Iterator[tuple[str, os.stat_result]]:
        """Every file: first those that readers have not begun, then what they read meanwhile."""
        stats = {self._prefix + below: stat for below, stat in found.files}
        readers, self._readers = self._readers, None
        for path in readers.own() if readers else ():
            if path in stats:
                yield path, stats.pop(path)
        if readers:
            read = readers.read()
            self._before = {**self._before, **read}
            self._reads += len(read)
        yield from stats.items()

    def known(self) -> list[Post]:
        """The posts of the last scan, by path, those that are not live too."""
        posts = [seen.result for seen in self._seen.values() if isinstance(seen.result, Post)]
        return sorted(posts, key=lambda post: post.path)

    def mark(self) -> str | None:
        """A digest of all that can be told of the folder without reading a file.

        While it is the same, so is what a scan finds. None where that can't be said: the folder
        can't be listed, or a file is so new that it could change and look the same.
        """
        wall_s = self._wall_s()
        try:
            self._found = found = self._walk()
        except OSError:
            return None
        return mark_of(found, wall_s)

    def source(self, post: Post) -> bytes:
        """The bytes a post was parsed from. Raises Changed when the file no longer has them."""
        try:
            data, _ = self._read(post.path)
        except OSError:
            raise Changed(post.path) from None
        if source_hash(data) != post.source_hash:
            raise Changed(post.path)
        return data

    def _walk(self) -> Walk:
        """The files there are; looked at twice when one that was there is not."""
        found = walk(self._content, self._ignored, self._is_post)
        if self._lacks_a_file(found):
            self._pause(GAP_S)
            found = walk(self._content, self._ignored, self._is_post)
        return found

    def _lacks_a_file(self, found: Walk) -> bool:
        """Whether a file that the last scan saw is gone, and not only barred."""
        there = {self._prefix + below for below, _ in found.files}
        shut = [self._prefix + below for below, _ in found.barred]
        return any(
            path not in there and not any(_within(path, place) for place in shut)
            for path in self._seen
        )

    def _look(
        self,
        path: str,
        stat: os.stat_result,
        now: datetime | None,
        results: list[Post | BrokenPost],
    ) -> _Seen | None:
        """One file: as remembered, or read; None when it can't be, which is said in ``results``."""
        known = self._seen.get(path)
        if known is not None and not known.fresh and known.stamp == stamp(stat):
            return self._dated(known, stat, now)
        if known is None and (kept := self._before.get(path)) and kept.stamp == stamp(stat):
            return _recalled(path, kept, stat, now)
        if _UNPRINTABLE.search(path):
            results.append(_broken(_printable(path), "its name can't be printed; rename it"))
            return None
        try:
            data, stat = self._read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            results.append(_broken(path, _refusal(error)))
            return None
        return self._parsed(path, data, stat, now)

    def _read(self, path: str) -> tuple[bytes, os.stat_result]:
        """At most one byte more than a file may have, and its state before reading."""
        with open(os.path.join(self._root, path), "rb", buffering=0) as file:
            stat = os.fstat(file.fileno())
            return file.read(min(stat.st_size, LARGEST_FILE) + 1) or b"", stat

    def _parsed(self, path: str, data: bytes, stat: os.stat_result, now: datetime | None) -> _Seen:
        self._reads += 1
        known = self._seen.get(path)
        digest = source_hash(data)
        fresh = now is not None and _is_fresh(stat, now)
        if known is not None and known.hash == digest:
            kept = replace(known, stamp=stamp(stat), fresh=fresh)
            return self._dated(kept, stat, now)
        saved_at = None
        if now is not None:
            saved_at = now if self._scanned else min(now, _changed_at(stat, now))
        return _Seen(
            stamp=stamp(stat),
            fresh=fresh,
            hash=digest,
            saved_at=saved_at,
            result=self._parse(path, data, digest, stat.st_size, saved_at),
        )

    def _parse(
        self, path: str, data: bytes, digest: str, size: int, saved_at: datetime | None
    ) -> Post | BrokenPost:
        if len(data) > LARGEST_FILE:
            return _broken(path, too_large(max(size, len(data))))
        result = parse(
            data, path, self._rules, saved_at=saved_at, digest=digest,
            size_of=lambda reference: self._files.size(reference, path),
        )  # fmt: skip
        return result.post if isinstance(result, Parsed) else result

    def _dated(self, known: _Seen, stat: os.stat_result, now: datetime | None) -> _Seen:
        """The same, with a time of saving where this scan wants one and no scan before it did."""
        result = known.result
        saved_at = known.saved_at
        if now is not None and saved_at is None:
            saved_at = min(now, _changed_at(stat, now))
        wanted = None if now is None else saved_at
        if isinstance(result, Post) and result.saved_at != wanted:
            result = replace(result, saved_at=wanted)
        if result is known.result and saved_at is known.saved_at:
            return known
        return replace(known, saved_at=saved_at, result=result)

    def _remember(self, seen: dict[str, _Seen], found: Walk) -> None:
        """Keep what was seen, and what was seen before behind a door that is now shut."""
        for below, _ in found.barred:
            place = self._prefix + below
            for path, known in self._seen.items():
                if _within(path, place):
                    seen.setdefault(path, known)
        self._seen = seen
        self._scanned = True

    def _keep_for_others(self, began_s: float) -> None:
        """Keep what was read, once that is more than a hundredth of all: that is read again soon.

        What was changed so short a time before the scan that it could have been changed again and
        look the same is not kept (git-scm.com/docs/racy-git).
        """
        if self._cache is None or not self._keeps or self._reads * 100 <= len(self._seen):
            return
        self._reads = 0
        surely_ns = int((began_s - COARSE_S) * 1e9)
        found = (
            (path, self._packed(path, one))
            for path, one in self._seen.items()
            if max(one.stamp[0], one.stamp[3]) < surely_ns
        )
        self._cache.keep(self._rules, ((path, one) for path, one in found if one))

    def _packed(self, path: str, seen: _Seen) -> Kept | None:
        """What there is to keep of a file: most often as it came."""
        before = self._before.get(path)
        if before is not None and before.stamp == seen.stamp:
            return before
        return kept(seen.stamp, seen.hash, seen.result)

    def _barred(self, found: Walk) -> list[Post | BrokenPost]:
        """A problem for each place that can't be looked into, and for each post known inside."""
        results: list[Post | BrokenPost] = []
        for below, reason in found.barred:
            place = _printable(self._prefix + below)
            paths = sorted(path for path in self._seen if _within(path, place))
            results += [
                _broken(path, f"can't be read: {reason}; allow reading, or ignore it")
                for path in dict.fromkeys((place, *paths))
            ]
        return results

    def _unreadable(self, error: OSError) -> Finding:
        path = self._prefix.rstrip("/") or "."
        if isinstance(error, FileNotFoundError):
            message = "the content folder is missing; make it, or correct content.path"
        elif isinstance(error, NotADirectoryError):
            message = "content.path is not a folder; correct it"
        else:
            reason = error.strerror or str(error)
            message = f"the content folder can't be read: {reason}; allow reading"
        return Finding(path=path, message=message)


def _prefix(root: Path, content_path: str) -> str:
    """What stands before a path below the content folder to make it relative to ``root``."""
    relative = os.path.relpath(os.path.join(root, content_path), root).replace(os.sep, "/")
    return "" if relative == "." else f"{relative}/"


def _within(path: str, place: str) -> bool:
    return path.startswith(place) if place.endswith("/") else path == place


def _recalled(path: str, kept: Kept, stat: os.stat_result, now: datetime | None) -> _Seen:
    """A file that another process read, as a first scan of this one would take it."""
    saved_at = None if now is None else min(now, _changed_at(stat, now))
    return _Seen(
        stamp=kept.stamp,
        fresh=now is not None and _is_fresh(stat, now),
        hash=kept.hash,
        saved_at=saved_at,
        result=kept.result(path, saved_at),
    )


def _changed_at(stat: os.stat_result, now: datetime) -> datetime:
    """A file's time of change; ``now`` for one that no calendar has."""
    try:
        return datetime.fromtimestamp(stat.st_mtime, UTC)
    except (OverflowError, ValueError, OSError):
        return now


def _is_fresh(stat: os.stat_result, now: datetime) -> bool:
    return max(stat.st_mtime, stat.st_ctime) > now.timestamp() - COARSE_S


def _printable(path: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", path)


def _refusal(error: OSError) -> str:
    return f"can't be read: {error.strerror or error}; allow reading, or ignore it"


def _broken(path: str, message: str) -> BrokenPost:
    return BrokenPost(path=path, problems=(Finding(path=path, message=message),))


def _sorted(results: list[Post | BrokenPost]) -> Scan:
    return Scan(
        posts=tuple(
            sorted((one for one in results if isinstance(one, Post)), key=lambda one: one.path)
        ),
        broken=tuple(
            sorted(
                (one for one in results if isinstance(one, BrokenPost)), key=lambda one: one.path
            )
        ),
    )
