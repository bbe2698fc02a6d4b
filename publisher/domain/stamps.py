"""``updated``, told apart: what would bear one instant gets instants of its own, in its order.

Readers sort by it, and many take two entries of one instant for one. Whole seconds where there is
room for them: posts of one date follow each other upward from it, what was noticed late in one pass
leads up to that pass. An instant once given stays, so that nothing looks new again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta

from publisher.domain.publication import Publication, oldest_first

SECOND = timedelta(seconds=1)

#: The pass that makes a post public takes at least that long, whatever its clock says.
LEAST = timedelta(microseconds=1)


def told_apart(
    changed: Iterable[Publication], before: Mapping[str, Publication], now: datetime
) -> list[Publication]:
    """Those of the changed publications whose new ``updated`` has to be another, with that.

    ``before`` has every publication as it was, by key. What is given lies within [published, now],
    but for the microseconds of a pass that claims to take no time, and is never before the old one.
    """
    fresh = [one for one in changed if one.live and _is_new(one, before.get(one.key))]
    if not fresh:
        return []
    keys = {one.key for one in fresh}
    taken = {one.updated for key, one in before.items() if key not in keys}
    groups = defaultdict(list)
    for one in sorted(fresh, key=oldest_first):
        groups[one.updated].append(one)
    moved: list[Publication] = []
    for instant, group in sorted(groups.items()):
        late = [one for one in group if one.due < instant == now]
        rest = group[len(late) :]  # by their order, those that are due now are the last
        if len(group) > 1:
            moved += _leading_up_to(instant, late, before, after=bool(rest))
        if len(rest) > 1 or instant in taken:
            moved += _upward_from(instant, rest, taken, groups.keys(), now)
        taken |= {one.updated for one in moved}
    return moved


def _is_new(one: Publication, known: Publication | None) -> bool:
    return known is None or one.updated != known.updated


def _leading_up_to(
    instant: datetime,
    late: Sequence[Publication],
    before: Mapping[str, Publication],
    *,
    after: bool,
) -> list[Publication]:
    """The newest has the instant itself, unless more comes after; each older one a second less."""
    moved = []
    for rank, one in enumerate(reversed(late), start=int(after)):
        known = before.get(one.key)
        least = max(one.due, known.updated + LEAST) if known else one.due
        moved.append(replace(one, updated=max(least, instant - rank * SECOND)))
    return moved


def _upward_from(
    instant: datetime,
    group: Sequence[Publication],
    taken: AbstractSet[datetime],
    coming: AbstractSet[datetime],
    now: datetime,
) -> list[Publication]:
    """From the instant on, after what was there first, and before what follows."""
    start, first = instant, int(instant in taken)
    while start + SECOND in taken:
        start += SECOND
    limit = min((one for one in (*taken, *coming) if one > start), default=now)
    step = min(SECOND, (min(limit, now) - start) / (len(group) + first))
    return [
        replace(one, updated=start + max(step, LEAST) * rank)
        for rank, one in enumerate(group, start=first)
    ]
