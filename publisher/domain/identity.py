"""Which file is which post: paths bind first, then renames, then names; copies are refused.

A post keeps its key through every rename and edit. What can't be told apart is said, not guessed:
a new path that appears as a live post vanishes is marked as resembling it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import quote

from publisher.domain.due import Timing, timing
from publisher.domain.finding import Finding
from publisher.domain.plan import Policy
from publisher.domain.post import Post, Scan
from publisher.domain.publication import Identity, Known, LedgerView

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A file and the post it is. ``old_path`` is set when this pass found it renamed."""

    post: Post
    known: Known
    old_path: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """Every readable file with its post; the posts whose file is gone; what can't be bound."""

    bound: tuple[Bound, ...]
    gone: tuple[Known, ...]
    problems: tuple[Finding, ...]


def bind(scan: Scan, view: LedgerView, now: datetime) -> Binding:
    """Give each file of a scan the key of the post it is, minting keys for new ones.

    A path that the ledger knows keeps its post, also while its file is broken. A new path takes
    the post of a path that is gone, by a name they share, the source hash, title and date, or the
    URL, and only where the match is one to one. A copy of a live post is a problem, except on the
    first pass of all, which mails nobody.
    """
    present = {post.path for post in scan.posts} | {broken.path for broken in scan.broken}
    by_path = {known.identity.path: known for known in view.known}
    new = [post for post in scan.posts if post.path not in by_path]
    gone = [known for known in view.known if known.identity.path not in present]
    moved = _renames(new, gone)
    there = [
        Bound(post=post, known=by_path[post.path]) for post in scan.posts if post.path in by_path
    ]
    taken = {match.post.path for match in moved}
    found = {match.known.identity.key for match in moved}
    names = _Names(view)
    settled = [one for one in (*there, *moved) if names.admits(one)]
    minted = [names.mint(post) for post in new if post.path not in taken]
    fresh = [one for one in minted if one is not None]
    copies = _Copies(view, present, now)
    return Binding(
        bound=tuple(
            sorted(
                (one for one in (*settled, *fresh) if copies.admits(one)),
                key=lambda one: one.post.path,
            )
        ),
        gone=tuple(known for known in gone if known.identity.key not in found),
        problems=(*names.problems, *copies.problems),
    )


def resembling(binding: Binding, known_keys: frozenset[str]) -> Binding:
    """Mark each newcomer of a pass in which a live post vanished: the two may be one post."""
    vanished = sorted(known.identity.path for known in binding.gone if known.live)
    if not vanished:
        return binding
    marked = tuple(
        one
        if one.known.identity.key in known_keys
        else replace(one, known=_marked(one.known, _nearest(one.post.path, vanished)))
        for one in binding.bound
    )
    return replace(binding, bound=marked)


def sighting(bound: Bound, *, waiting: bool, view: LedgerView) -> Identity:
    """The identity row as it should read after this pass saw the file.

    The last pass that saw a post waiting is the last pass of all while it still waits; that
    instant is written down when it stops.
    """
    old, post = bound.known.identity, bound.post
    return Identity(
        key=old.key,
        path=post.path,
        names=tuple(sorted({*old.names, *post.names})),
        source_hash=post.source_hash,
        title=post.title,
        date=post.date,
        url=post.url,
        waiting=waiting,
        waited_at=view.last_pass_at if old.waiting and not waiting else old.waited_at,
        resembles=old.resembles,
    )


def unseen(known: Known, view: LedgerView) -> Identity:
    """The identity row of a post that this pass could not see, because it is gone or broken."""
    identity = known.identity
    if not identity.waiting:
        return identity
    return replace(identity, waiting=False, waited_at=view.last_pass_at)


def feed_id(key: str, policy: Policy) -> str:
    """The tag URI of a post (RFC 4151), from the key alone: nothing in it can change."""
    specific = quote(key, safe="/:@!$'()*+,;=~&")
    return f"tag:{policy.id_authority},{policy.id_date.isoformat()}:{specific}"


def _marked(known: Known, path: str) -> Known:
    return replace(known, identity=replace(known.identity, resembles=path))


def _nearest(path: str, candidates: Sequence[str]) -> str:
    """The vanished path that shares the most words with a new one; the first of equals."""
    words = set(re.findall(r"\w+", path))
    return max(candidates, key=lambda old: len(words & set(re.findall(r"\w+", old))))


def _renames(new: Sequence[Post], gone: Sequence[Known]) -> list[Bound]:
    """One-to-one matches of new paths with posts whose path is gone, surest criterion first."""
    matches: list[Bound] = []
    for pairs_of in (_by_name, _by(_source), _by(_title_and_date), _by(_url)):
        pairs = pairs_of(new, gone) if new and gone else []
        matches += [
            Bound(post=post, known=known, old_path=known.identity.path) for post, known in pairs
        ]
        paths = {match.post.path for match in matches}
        keys = {match.known.identity.key for match in matches}
        new = [post for post in new if post.path not in paths]
        gone = [known for known in gone if known.identity.key not in keys]
    return matches


Pairs = list[tuple[Post, Known]]


def _by_name(new: Sequence[Post], gone: Sequence[Known]) -> Pairs:
    owners = {name: known for known in gone for name in known.identity.names}
    return _one_to_one(
        [
            (owners[name].identity.key, post)
            for post in new
            for name in post.names[:1]
            if name in owners
        ],
        [(known.identity.key, known) for known in gone],
    )


def _by(criterion: Callable[[Post | Identity], Hashable]) -> Callable[..., Pairs]:
    def pairs(new: Sequence[Post], gone: Sequence[Known]) -> Pairs:
        return _one_to_one(
            [(criterion(post), post) for post in new],
            [(criterion(known.identity), known) for known in gone],
        )

    return pairs


def _source(one: Post | Identity) -> Hashable:
    return one.source_hash


def _title_and_date(one: Post | Identity) -> Hashable:
    return (one.title, one.date)


def _url(one: Post | Identity) -> Hashable:
    return one.url


def _one_to_one(
    posts: Sequence[tuple[Hashable, Post]], gone: Sequence[tuple[Hashable, Known]]
) -> Pairs:
    mine, theirs = _unique(posts), _unique(gone)
    return [(mine[value], theirs[value]) for value in mine if value in theirs]


def _unique(pairs: Sequence[tuple[Hashable, T]]) -> dict[Hashable, T]:
    """The items whose value no other item has."""
    counts = Counter(value for value, _ in pairs)
    return {value: item for value, item in pairs if counts[value] == 1}


class _Names:
    """Who owns which front matter name, and the keys that are in use."""

    def __init__(self, view: LedgerView) -> None:
        self._keys = {known.identity.key for known in view.known}
        self._owners = {
            name: known.identity for known in view.known for name in known.identity.names
        }
        self.problems: list[Finding] = []

    def admits(self, one: Bound) -> bool:
        """Whether a known post may bear the names its file gives it."""
        return self._claims(one.post, one.known.identity)

    def mint(self, post: Post) -> Bound | None:
        """A new post under its first name, or under its path; None when a name is taken."""
        identity = Identity(
            key=self._free_key(post),
            path=post.path,
            names=(),
            source_hash=post.source_hash,
            title=post.title,
            date=post.date,
            url=post.url,
        )
        if not self._claims(post, identity):
            return None
        self._keys.add(identity.key)
        return Bound(post=post, known=Known(identity=identity))

    def _claims(self, post: Post, identity: Identity) -> bool:
        for name in post.names:
            owner = self._owners.setdefault(name, identity)
            if owner.key != identity.key:
                message = f"the id {name!r} belongs to {owner.path}: give this post one of its own"
                self.problems.append(Finding(path=post.path, message=message))
                return False
        return True

    def _free_key(self, post: Post) -> str:
        wanted = post.names[0] if post.names else _path_key(post.path)
        key, number = wanted, 1
        while key in self._keys:
            number += 1
            key = f"{wanted}-{number}"
        return key


class _Copies:
    """Refuses a file that repeats a live post: someone would be mailed the same text again."""

    def __init__(self, view: LedgerView, present: set[str], now: datetime) -> None:
        self._adopting = view.adopted_at is None
        self._known = {known.identity.key for known in view.known}
        self._now = now
        self._originals: dict[Hashable, str] = {}
        self.problems: list[Finding] = []
        for known in view.known:
            if known.live and known.identity.path in present:
                self._remember(known.identity)

    def admits(self, one: Bound) -> bool:
        """Whether a file is no copy. A post that was public before is never one."""
        if self._adopting or one.known.publication is not None:
            return True
        original = self._original(one)
        if original is not None and original != one.post.path:
            message = f"a copy of {original}: change title or date, or remove one of them"
            self.problems.append(Finding(path=one.post.path, message=message))
            return False
        if timing(one.post, self._now) is Timing.DUE:
            self._remember(one.post)
        return True

    def _original(self, one: Bound) -> str | None:
        same = self._originals.get(one.post.source_hash)
        if same is not None or one.known.identity.key in self._known:
            return same
        return self._originals.get((one.post.title, one.post.date))

    def _remember(self, one: Post | Identity) -> None:
        for value in (one.source_hash, (one.title, one.date)):
            self._originals.setdefault(value, one.path)


def _path_key(path: str) -> str:
    stem = PurePosixPath(path).with_suffix("")
    return str(stem.parent if stem.name == "index" and stem.parent.name else stem)
