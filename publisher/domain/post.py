"""A post: what its front matter says, typed. Its body stays in its source until it is rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.domain.finding import Finding
from publisher.domain.moment import fixed, require_aware


@dataclass(frozen=True, kw_only=True, slots=True)
class Author:
    """Someone who wrote a post. ``email`` is a valid address or None; ``url`` absolute or None."""

    name: str
    email: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A post's own picture: an absolute URL, and the words that stand for it."""

    url: str
    alt: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosure:
    """A file that goes with a post. ``length`` in bytes, None when not known (RSS writes 0).

    ``duration_s`` is how long a recording plays, None when the post does not say.
    """

    url: str
    type: str
    length: int | None = None
    duration_s: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Episode:
    """What a post says of itself to directories of podcasts.

    ``kind`` is ``full``, ``trailer`` or ``bonus``. ``image`` is an absolute URL.
    """

    number: int | None = None
    season: int | None = None
    kind: str | None = None
    explicit: bool | None = None
    image: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """A file with front matter, parsed; all that is known of a post but its body.

    ``path`` is relative to the folder of the configuration, with ``/``. ``due``, ``expires``
    and ``updated`` are aware and in UTC. ``date`` is the post's own date as an aware datetime
    with the offset it was written in: identity and permalinks use it. ``terms`` maps each
    taxonomy of the site to the post's terms, in the order of the file, without repeats
    (compared by case fold). ``summary`` is the plain text of ``excerpt``, ``summary`` or
    ``description``. ``direction`` is ``ltr``, ``rtl`` or, where the post does not say, None.
    ``episode`` is there where the post speaks to directories of podcasts. ``names`` are the
    values of ``id``, ``guid`` and ``uuid``. ``source_hash`` covers the file's bytes;
    ``content_hash`` the source of title, body, excerpt and authors: what a revision is judged by.
    ``former_id`` is the id that the site's generator gave the post in a feed of its own, None
    where that is its URL. ``saved_at`` is when these bytes were first seen on disk, None where
    that does not matter.
    """

    path: str
    source_hash: str
    content_hash: str
    title: str
    date: datetime
    due: datetime
    published: bool
    url: str
    names: tuple[str, ...] = ()
    expires: datetime | None = None
    updated: datetime | None = None
    authors: tuple[Author, ...] = ()
    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    summary: str | None = None
    language: str | None = None
    direction: str | None = None
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None
    newsletter: bool = True
    saved_at: datetime | None = None
    warnings: tuple[Finding, ...] = ()
    former_id: str | None = None

    def __post_init__(self) -> None:
        require_aware(self.date, self.due, self.expires, self.updated, self.saved_at)
        object.__setattr__(self, "date", fixed(self.date))

    def terms_of(self, taxonomy: str) -> tuple[str, ...]:
        """The post's terms in one taxonomy; none when it has none."""
        return dict(self.terms).get(taxonomy, ())


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenPost:
    """A file that can't be a post as it stands. ``problems`` is never empty.

    A folder that can't be listed is one too, with a slash at the end of its path.
    """

    path: str
    problems: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """A post's body as HTML, clean and with absolute URLs, for one destination.

    ``excerpt_html`` is the part before the excerpt mark, else None. ``excerpt_text`` is the
    excerpt by all of its rules as plain text on one line; empty only when the post says nothing.
    """

    html: str
    excerpt_html: str | None
    excerpt_text: str
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """What the content folder holds at one moment.

    ``unreadable`` says why the folder as a whole can't be trusted (missing, not readable); its
    posts are then empty and their absence means nothing.
    """

    posts: tuple[Post, ...] = ()
    broken: tuple[BrokenPost, ...] = ()
    unreadable: Finding | None = None
