"""Which posts look alike: copies of live ones are refused, and what stays in doubt is marked.

Paths, names and renames have settled who is who as far as it can be told. What is left could mail
people a text they have had: a file that repeats a live post, or one that was never mailed and may
be, under another name, a post that was public. Of these nothing is guessed, a person is asked.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from publisher.domain.due import Timing, timing
from publisher.domain.finding import Finding
from publisher.domain.identity import Binding, Bound, gist, traits, unmailed
from publisher.domain.post import Post
from publisher.domain.publication import Identity, Known, LedgerView
from publisher.domain.withdrawal import stays_live


def compare(binding: Binding, view: LedgerView, now: datetime) -> Binding:
    """Leave out copies, and mark each post whose first issue a person should look at.

    A copy has the source hash, or the title and date, of a post that is live after this pass and
    still there, and was never public itself; the first pass of all takes what is due as it is. A
    mark (``resembles``) goes to a post not yet mailed that shares something with another that is
    or was public, and to each newcomer of a pass in which a live post vanished.
    """
    asked = [one for one in binding.bound if unmailed(one.known)]
    if not asked:
        return binding
    public = _Public(asked, binding, view, now)
    # What is due now comes first, so that a waiting copy of it is refused in the same pass.
    asked.sort(key=lambda one: timing(one.post, now) is not Timing.DUE)
    admitted = [one for one in asked if public.admits(one)]
    marked = {one.post.path: public.marked(one) for one in admitted}
    refused = {one.post.path for one in asked} - marked.keys()
    return replace(
        binding,
        bound=tuple(
            marked.get(one.post.path, one) for one in binding.bound if one.post.path not in refused
        ),
        problems=(*binding.problems, *public.copies),
    )


class _Public:
    """The posts that are public, or were, by what another file may share with them."""

    def __init__(
        self, asked: Sequence[Bound], binding: Binding, view: LedgerView, now: datetime
    ) -> None:
        self._adopting = view.adopted_at is None
        self._now = now
        self._known = {known.identity.key for known in view.known}
        self._wanted = {trait for one in asked for trait in traits(one.post)}
        self._live: dict[Hashable, str] = {}
        self._ever: dict[Hashable, dict[str, str]] = {}
        self._vanished = sorted(known.identity.path for known in binding.gone if known.live)
        self.copies: list[Finding] = []
        files = {one.known.identity.key: one.post for one in binding.bound}
        gone = {known.identity.key for known in binding.gone}
        for known in view.known:
            if known.publication is not None:
                key = known.identity.key
                self._enter(known, files.get(key), there=key not in gone)

    def _enter(self, known: Known, post: Post | None, *, there: bool) -> None:
        publication, now = known.publication, post or known.identity
        shared = self._wanted.intersection((*traits(known.identity), *traits(now)))
        if not shared or publication is None:
            return
        if there and stays_live(publication, post, self._now):
            self._show(now)
            if post is not None:
                shared.discard(post.url)
        self._remember(shared, known.identity.key, now.path)

    def _show(self, one: Post | Identity) -> None:
        for text in gist(one):
            self._live.setdefault(text, one.path)

    def _remember(self, shared: Iterable[Hashable], key: str, path: str) -> None:
        for trait in shared:
            self._ever.setdefault(trait, {})[key] = path

    def admits(self, one: Bound) -> bool:
        """Whether a post is no copy. One that is due is public from here on."""
        if one.known.publication is not None:
            return True
        due = timing(one.post, self._now) is Timing.DUE
        original = next((self._live[text] for text in gist(one.post) if text in self._live), None)
        if original is not None and not (self._adopting and due):
            message = f"a copy of {original}: change title or date, or remove one of them"
            self.copies.append(Finding(path=one.post.path, message=message))
            return False
        if due:
            self._show(one.post)
        if due and not self._adopting:
            self._remember(gist(one.post), one.known.identity.key, one.post.path)
        return True

    def marked(self, one: Bound) -> Bound:
        """The post with the path of what it may be, if it may be anything else."""
        identity = one.known.identity
        path = identity.resembles or self._twin(one)
        if path is None and self._vanished and identity.key not in self._known:
            path = _nearest(one.post.path, self._vanished)
        if path == identity.resembles:
            return one
        return replace(one, known=replace(one.known, identity=replace(identity, resembles=path)))

    def _twin(self, one: Bound) -> str | None:
        for trait in traits(one.post):
            for key, path in self._ever.get(trait, {}).items():
                if key != one.known.identity.key:
                    return path
        return None


def _nearest(path: str, among: Sequence[str]) -> str:
    """Of sorted paths that which shares the most words with another: a neighbour in the order."""
    place = bisect(among, path)
    words = _words(path)
    return max(among[max(place - 2, 0) : place + 2], key=lambda other: len(words & _words(other)))


def _words(path: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", path))
