"""Which archive a post goes into when newer ones push it out of the current feed (RFC 5005).

    current feed (the newest) ──pushed out──▶ open archive ──full──▶ closed; the next one opens

A post goes into one archive, for good: so an archive that is closed changes only when one of its
own posts does, and whoever reads the current feed and every archive meets each post once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from publisher.domain.publication import Publication, oldest_first


def pushed_out(
    live: Iterable[Publication], ever: Iterable[Publication], *, entries: int, size: int
) -> list[Publication]:
    """The live publications that leave the current feed now, oldest first, with their archives.

    ``entries`` is how many posts the current feed shows, ``size`` how many an archive takes, 0 for
    no archives. ``ever`` holds every publication: one that was withdrawn keeps its place, so that
    an archive that was full stays closed.
    """
    current = [one for one in live if one.archive is None] if size else []
    if len(current) <= entries:
        return []
    current.sort(key=oldest_first)
    held = Counter(one.archive for one in ever if one.archive is not None)
    number = max(held, default=1)
    leaving = []
    for one in current[: len(current) - entries]:
        if held[number] >= size:
            number += 1
        held[number] += 1
        leaving.append(replace(one, archive=number))
    return leaving


def count_archives(ever: Iterable[Publication], *, size: int) -> int:
    """How many archives there are; none where ``size`` is 0 or no post ever left the current feed.

    The last one is open, and empty when the one before it has just been filled: so that whatever
    an archive says of the next one is true when it closes, and needs no change later.
    """
    held = Counter(one.archive for one in ever if one.archive is not None) if size else {}
    newest = max(held, default=0)
    return newest + (newest > 0 and held[newest] >= size)
