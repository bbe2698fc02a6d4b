"""A post as it stands in a feed: the same facts for every format."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from html import escape

from publisher.domain.direction import direction_of
from publisher.domain.moment import require_aware
from publisher.domain.post import Author, Enclosure, Episode, Image, Post, Rendered
from publisher.domain.publication import Publication
from publisher.feeds.line import one_line
from publisher.markup.text import legal

# The shape of RFC 5646, section 2.1, not its registry.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A post in a feed. No text in it holds a character that XML forbids.

    ``title``, ``summary``, names and terms are plain text on one line; ``summary`` may be empty.
    ``url`` is the post's page and absolute. ``terms`` are (taxonomy, term), in the post's order.
    ``language`` is a language tag where the post names one. ``content_html`` is clean, with
    absolute URLs, and says where it runs from right to left; empty when the post has no body.
    """

    id: str
    url: str
    title: str
    published: datetime
    updated: datetime
    authors: tuple[Author, ...] = ()
    terms: tuple[tuple[str, str], ...] = ()
    language: str | None = None
    image: Image | None = None
    enclosures: tuple[Enclosure, ...] = ()
    episode: Episode | None = None
    summary: str = ""
    content_html: str = ""

    def __post_init__(self) -> None:
        require_aware(self.published, self.updated)


def entry(publication: Publication, post: Post, rendered: Rendered, *, full_content: bool) -> Entry:
    """The entry of a live post; ``rendered`` is its body, made for feeds.

    Without ``full_content`` its content is the excerpt, and a link to the post.
    """
    content = rendered.html if full_content else _teaser(post, rendered)
    return Entry(
        id=publication.feed_id,
        url=post.url,
        title=_title(post),
        published=publication.due,
        updated=publication.updated,
        authors=_authors(post),
        terms=_terms(post),
        language=_language(post),
        image=post.image,
        enclosures=post.enclosures,
        episode=post.episode,
        summary=one_line(rendered.excerpt_text),
        content_html=_directed(post, legal(content)),
    )


def _title(post: Post) -> str:
    """RFC 4287, section 4.1.2: every entry has a title; its address where no word is left."""
    return one_line(post.title) or post.url


def _teaser(post: Post, rendered: Rendered) -> str:
    """The excerpt and the way to the rest: the title is the one wording that fits any language."""
    text = one_line(rendered.excerpt_text)
    excerpt = rendered.excerpt_html or (f"<p>{escape(text, quote=False)}</p>" if text else "")
    link = f'<p><a href="{escape(post.url)}">{escape(_title(post), quote=False)}\u00a0…</a></p>'
    return f"{excerpt}\n{link}" if excerpt else link


def _directed(post: Post, html: str) -> str:
    """HTML in a box that says which way it runs, where readers would take it for the other one."""
    language = _language(post)
    if not html or direction_of(html, said=post.direction, language=language) == "ltr":
        return html
    spoken = f' lang="{language}"' if language else ""
    return f'<div dir="rtl"{spoken}>{html}</div>'


def _authors(post: Post) -> tuple[Author, ...]:
    authors = (replace(author, name=one_line(author.name)) for author in post.authors)
    return tuple(author for author in authors if author.name)


def _terms(post: Post) -> tuple[tuple[str, str], ...]:
    terms = ((taxonomy, one_line(term)) for taxonomy, all_ in post.terms for term in all_)
    return tuple((taxonomy, term) for taxonomy, term in terms if term)


def _language(post: Post) -> str | None:
    """The post's language tag; ``en_GB`` is a common spelling of one, a word in prose is none."""
    tag = (post.language or "").strip().replace("_", "-")
    return tag if _LANGUAGE.fullmatch(tag) else None
