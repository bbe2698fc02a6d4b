"""Which file is which post: paths bind first, then renames, and what is left is new.

A post keeps its key through every rename and edit. What can't be told apart is not guessed here:
``likeness`` looks at what this leaves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import PurePosixPath
from typing import TypeVar
from urllib.parse import quote

from publisher.domain.finding import Finding
from publisher.domain.plan import Policy
from publisher.domain.post import Post, Scan
from publisher.domain.publication import Identity, Known, LedgerView

T = TypeVar("T")

#: What an identity takes from its file. Compared first: in most passes most posts are unchanged.
_of_file = attrgetter("path", "source_hash", "title", "date", "url")


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """A file and the post it is. ``old_path`` is set when this pass found it renamed."""

    post: Post
    known: Known
    old_path: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Binding:
    """Every readable file with its post, by path; the posts whose file is gone; what can't be."""

    bound: tuple[Bound, ...]
    gone: tuple[Known, ...]
    problems: tuple[Finding, ...]


def bind(scan: Scan, view: LedgerView) -> Binding:
    """Give each file of a scan the key of the post it is, minting keys for new ones.

    A path that the ledger knows keeps its post, also while its file is broken, or a folder above
    it can't be read (its path then ends in a slash). A new path takes the post of a path that is
    gone, by a name they share, the source hash, title and date, or the URL, and only where the
    match is one to one, counting files that may be that post as well: not mailed yet, or in
    doubt. A file whose name in front matter is another post's is a problem.
    """
    present = {post.path for post in scan.posts} | {broken.path for broken in scan.broken}
    unread = tuple(path for path in present if path.endswith("/"))
    by_path = {known.identity.path: known for known in view.known}
    new = [post for post in scan.posts if post.path not in by_path]
    gone = [
        known
        for known in view.known
        if known.identity.path not in present and not known.identity.path.startswith(unread)
    ]
    there = [
        Bound(post=post, known=by_path[post.path]) for post in scan.posts if post.path in by_path
    ]
    doubtful = [one.post for one in there if unmailed(one.known) or one.known.identity.resembles]
    moved = _renames(new, gone, doubtful)
    paths = {match.post.path for match in moved}
    keys = {match.known.identity.key for match in moved}
    names = _Names(view.known)
    settled = [one for one in (*there, *moved) if names.admits(one)]
    minted = (names.mint(post) for post in new if post.path not in paths)
    return Binding(
        bound=tuple(sorted((*settled, *filter(None, minted)), key=lambda one: one.post.path)),
        gone=tuple(known for known in gone if known.identity.key not in keys),
        problems=tuple(names.problems),
    )


def sighting(bound: Bound, *, waiting: bool, view: LedgerView) -> Identity:
    """The identity row as it should read after this pass saw the file.

    The last pass that saw a post waiting is the last pass of all while it still waits; that
    instant is written down when it stops.
    """
    old, post = bound.known.identity, bound.post
    if (
        old.waiting == waiting
        and _of_file(old) == _of_file(post)
        and all(name in old.names for name in post.names)
    ):
        return old
    return replace(
        old,
        path=post.path,
        names=tuple(sorted({*old.names, *post.names})),
        source_hash=post.source_hash,
        title=post.title,
        date=post.date,
        url=post.url,
        waiting=waiting,
        waited_at=view.last_pass_at if old.waiting and not waiting else old.waited_at,
    )


def unseen(known: Known, view: LedgerView) -> Identity:
    """The identity row of a post that this pass could not see, because it is gone or broken."""
    identity = known.identity
    if not identity.waiting:
        return identity
    return replace(identity, waiting=False, waited_at=view.last_pass_at)


def unmailed(known: Known) -> bool:
    """Whether a post's first issue is still to be opened."""
    return known.publication is None or known.publication.awaiting_mail


def feed_id(key: str, policy: Policy) -> str:
    """The tag URI of a post (RFC 4151), from the key alone: nothing in it can change."""
    specific = quote(key, safe="/:@!$'()*+,;=~&")
    return f"tag:{policy.id_authority},{policy.id_date.isoformat()}:{specific}"


def gist(one: Post | Identity) -> tuple[Hashable, ...]:
    """What two files with one text have in common: their bytes, or else title and date."""
    return (one.source_hash, (one.title, one.date))


def traits(one: Post | Identity) -> tuple[Hashable, ...]:
    """What two sightings of one post may have in common, but for names; the surest first."""
    return (*gist(one), one.url)


Pairs = list[tuple[Post, Known]]


def _renames(new: Sequence[Post], gone: Sequence[Known], rivals: Sequence[Post]) -> list[Bound]:
    """One-to-one matches of new paths with posts whose path is gone, surest criterion first."""
    matches: list[Bound] = []
    for pairs_of in (_by_name, _by_trait(0), _by_trait(1), _by_trait(2)):
        pairs = pairs_of(new, gone, rivals) if new and gone else []
        matches += [
            Bound(post=post, known=known, old_path=known.identity.path) for post, known in pairs
        ]
        paths = {post.path for post, _ in pairs}
        keys = {known.identity.key for _, known in pairs}
        new = [post for post in new if post.path not in paths]
        gone = [known for known in gone if known.identity.key not in keys]
    return matches


def _by_name(new: Sequence[Post], gone: Sequence[Known], _: Sequence[Post]) -> Pairs:
    owners = {name: known.identity.key for known in gone for name in known.identity.names}
    heirs = [(post, {owners[name] for name in post.names if name in owners}) for post in new]
    return _one_to_one(
        ((key, post) for post, keys in heirs if len(keys) == 1 for key in keys),
        ((known.identity.key, known) for known in gone),
    )


def _by_trait(which: int) -> Callable[[Sequence[Post], Sequence[Known], Sequence[Post]], Pairs]:
    def pairs(new: Sequence[Post], gone: Sequence[Known], rivals: Sequence[Post]) -> Pairs:
        taken = {traits(rival)[which] for rival in rivals}
        return _one_to_one(
            ((trait, post) for post in new if (trait := traits(post)[which]) not in taken),
            ((traits(known.identity)[which], known) for known in gone),
        )

    return pairs


def _one_to_one(
    posts: Iterable[tuple[Hashable, Post]], gone: Iterable[tuple[Hashable, Known]]
) -> Pairs:
    mine, theirs = _unique(posts), _unique(gone)
    return [(mine[value], theirs[value]) for value in mine if value in theirs]


def _unique(pairs: Iterable[tuple[Hashable, T]]) -> dict[Hashable, T]:
    """The items whose value no other item has."""
    items = list(pairs)
    counts = Counter(value for value, _ in items)
    return {value: item for value, item in items if counts[value] == 1}


class _Names:
    """Who owns which name in front matter, and the keys that are in use."""

    def __init__(self, known: Iterable[Known]) -> None:
        identities = [one.identity for one in known]
        self._keys = {one.key for one in identities}
        self._owners = {name: (one.key, one.path) for one in identities for name in one.names}
        self.problems: list[Finding] = []

    def admits(self, one: Bound) -> bool:
        """Whether a known post may bear the names its file gives it."""
        return self._claims(one.post, one.known.identity.key)

    def mint(self, post: Post) -> Bound | None:
        """A new post under its first name, or under its path; None when a name is taken."""
        key = self._free_key(post)
        if not self._claims(post, key):
            return None
        self._keys.add(key)
        identity = Identity(
            key=key,
            path=post.path,
            names=(),
            source_hash=post.source_hash,
            title=post.title,
            date=post.date,
            url=post.url,
        )
        return Bound(post=post, known=Known(identity=identity))

    def _claims(self, post: Post, key: str) -> bool:
        for name in post.names:
            owner, path = self._owners.get(name, (key, post.path))
            if owner != key:
                message = f"the id {name!r} belongs to {path}: give this post one of its own"
                self.problems.append(Finding(path=post.path, message=message))
                return False
        self._owners.update(dict.fromkeys(post.names, (key, post.path)))
        return True

    def _free_key(self, post: Post) -> str:
        wanted = post.names[0] if post.names else _path_key(post.path)
        key, number = wanted, 1
        while key in self._keys:
            number += 1
            key = f"{wanted}-{number}"
        return key


def _path_key(path: str) -> str:
    stem = PurePosixPath(path).with_suffix("")
    return str(stem.parent if stem.name == "index" and stem.parent.name else stem)
