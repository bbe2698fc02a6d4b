"""Letter: what an issue says, as its templates get it. Values only; nothing here is HTML yet.

A template in ``templates/email/`` knows these names, and any other is a fault:

``letter``
    ``subject``; ``preheader`` (what an inbox shows beside the subject); ``language`` (of the
    site, ``en``); ``direction`` (``ltr`` or ``rtl``); ``posts``; ``kind`` (``post``: which
    template makes it).
``site``
    ``title``, ``url``, ``description``, ``language``, ``author`` (or none; has ``name``,
    ``email``, ``url``), ``postal_address`` (may have several lines), ``feed_url`` (or none).
``posts``, ``post``
    All posts of the issue, and the first of them. Each has ``title``, ``url``, ``date`` (a
    datetime in the site's zone), ``date_text``, ``authors``, ``byline`` (their names in one
    phrase, may be empty), ``language``, ``direction``, ``image`` (or none; has ``url``, ``alt``),
    ``excerpt`` (plain text), ``html`` (the body, safe as it is), ``text`` (the body as plain
    text) and ``whole`` (false where ``html`` and ``text`` are only the excerpt).
``unsubscribe_url``, ``address``
    The way out, and the address that the message goes to. They stand for each recipient's own;
    print them and do nothing else with them. Both parts have to print ``unsubscribe_url``.
``head_css``
    ``head.css`` as it is, for a ``<style data-premailer="ignore">`` in the head. What
    ``inline.css`` says is put into style attributes without being asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from html import escape

from publisher.domain.direction import Direction, direction_of, of_language
from publisher.domain.moment import require_aware
from publisher.domain.post import Author, Image, Post, Rendered
from publisher.newsletter.oneline import one_line

LONGEST_TITLE = 200
LONGEST_PREHEADER = 140
LONGEST_EXCERPT = 2000

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteFacts:
    """What a letter says of its site. ``feed_url`` is the feed to offer beside the mail."""

    title: str
    url: str
    description: str = ""
    language: str = "en"
    author: Author | None = None
    postal_address: str = ""
    feed_url: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One post of a letter. ``html`` is its body as rendered for mail, or its excerpt."""

    title: str
    url: str
    date: datetime
    date_text: str
    authors: tuple[Author, ...]
    byline: str
    language: str
    direction: Direction
    image: Image | None
    excerpt: str
    excerpt_html: str
    html: str
    text: str = ""
    whole: bool = True

    def __post_init__(self) -> None:
        require_aware(self.date)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """An issue before it is a page. ``posts`` is never empty, and ``kind`` names its template."""

    subject: str
    preheader: str
    site: SiteFacts
    language: str
    direction: Direction
    posts: tuple[Piece, ...]
    kind: str = "post"

    def by_excerpts(self) -> Letter:
        """The same letter with each post's excerpt in the place of its body."""
        return self._with([replace(p, html=p.excerpt_html, whole=False) for p in self.posts])

    def by_plain_excerpts(self) -> Letter:
        """The shortest letter: excerpts as plain text, cut where they are very long."""
        short = [one_line(piece.excerpt, LONGEST_EXCERPT) for piece in self.posts]
        return self._with(
            [
                replace(piece, html=_paragraph(text), whole=False)
                for piece, text in zip(self.posts, short, strict=True)
            ]
        )

    def _with(self, posts: Sequence[Piece]) -> Letter:
        return replace(self, posts=tuple(posts))


def letter(
    post: Post, rendered: Rendered, site: SiteFacts, due: datetime, timezone: tzinfo
) -> Letter:
    """The letter of an issue with one post. ``rendered`` is for mail; ``due`` is its date."""
    piece = _piece(post, rendered, site, due.astimezone(timezone))
    return Letter(
        subject=piece.title,
        preheader=one_line(piece.excerpt or site.description, LONGEST_PREHEADER),
        site=site,
        language=site.language,
        direction=of_language(site.language),
        posts=(piece,),
    )


def _piece(post: Post, rendered: Rendered, site: SiteFacts, date: datetime) -> Piece:
    language = post.language or site.language
    authors = post.authors or ((site.author,) if site.author else ())
    excerpt = one_line(rendered.excerpt_text, LONGEST_EXCERPT)
    return Piece(
        title=one_line(post.title, LONGEST_TITLE) or one_line(site.title, LONGEST_TITLE),
        url=post.url,
        date=date,
        date_text=date_text(date, language),
        authors=authors,
        byline=_listed([one_line(author.name, LONGEST_TITLE) for author in authors], language),
        language=language,
        direction=_direction(post, rendered.html, site),
        image=post.image,
        excerpt=excerpt,
        excerpt_html=rendered.excerpt_html or _paragraph(excerpt),
        html=rendered.html,
    )


def _direction(post: Post, html: str, site: SiteFacts) -> Direction:
    """As in a feed; a site that is written from right to left speaks for posts that don't say."""
    whole = site.language if of_language(site.language) == "rtl" else None
    return direction_of(html, said=post.direction, language=post.language or whole)


def date_text(date: datetime, language: str) -> str:
    """A day for readers: in words where they are English, else as ISO 8601."""
    if not _is_english(language):
        return f"{date:%Y-%m-%d}"
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def _listed(names: Sequence[str], language: str) -> str:
    names = [name for name in names if name]
    if len(names) < 2 or not _is_english(language):
        return ", ".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _is_english(language: str) -> bool:
    return language.lower().replace("_", "-").partition("-")[0] == "en"


def _paragraph(text: str) -> str:
    return f"<p>{escape(text, quote=False)}</p>" if text else ""
