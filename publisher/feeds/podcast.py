"""A site's podcast, as directories of podcasts list it."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.domain.post import Author


@dataclass(frozen=True, kw_only=True, slots=True)
class Podcast:
    """A site's podcast. ``image`` is an absolute URL, ``category`` a name and perhaps one below it.

    ``kind`` is ``episodic`` or ``serial``. ``owner`` is whom a directory writes to, and public.
    """

    image: str
    category: tuple[str, ...]
    author: str
    explicit: bool = False
    kind: str = "episodic"
    owner: Author | None = None
