"""The last step of a decision on feeds: each live post's place in the order of all of them.

Its own instant, by which readers sort it, and its archive, once newer posts have pushed it out of
the current feed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from publisher.domain.archive import pushed_out
from publisher.domain.plan import Live, Policy
from publisher.domain.publication import Publication, oldest_first
from publisher.domain.stamps import told_apart


def in_sequence(
    live: Iterable[Live],
    changed: Mapping[str, Publication],
    before: Mapping[str, Publication],
    policy: Policy,
    now: datetime,
) -> tuple[list[Live], dict[str, Publication]]:
    """The live posts, newest first, and every publication that changes; with instants and archives.

    ``changed`` and ``before`` have publications by key, as they are to be and as they were.
    """
    new = {one.key: one for one in told_apart(changed.values(), before, now)}
    live = _with(live, new)
    now_there = {**before, **changed, **new}
    out = pushed_out(
        (one.publication for one in live),
        now_there.values(),
        entries=policy.entries,
        size=policy.archive_entries,
    )
    archived = {one.key: one for one in out}
    ordered = _with(live, archived)
    ordered.sort(key=lambda one: oldest_first(one.publication), reverse=True)
    return ordered, {**changed, **new, **archived}


def _with(live: Iterable[Live], new: Mapping[str, Publication]) -> list[Live]:
    """The same posts, with these publications in the place of their own."""
    return [
        replace(one, publication=new[one.publication.key]) if one.publication.key in new else one
        for one in live
    ]
