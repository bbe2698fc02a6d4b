"""Which feeds a site has, and what stands in each: one for the site, one for each term.

Pure. Terms that differ only in case are one. A term gets its slug when it is first seen and keeps
it, and its feed, for good: the ledger remembers both.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from itertools import count
from urllib.parse import quote

from publisher.domain.plan import Live
from publisher.domain.post import Author, Post
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed
from publisher.feeds.hubs import topic
from publisher.feeds.line import one_line
from publisher.feeds.podcast import Podcast
from publisher.feeds.slug import slug

FILE_NAMES: Mapping[str, str] = {"atom": "atom.xml", "rss": "rss.xml", "json": "feed.json"}

# What a tag URI may hold as it is (RFC 4151, section 2.1).
_SPECIFIC = "/:@!$'()*+,;=~&"


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A term that has a feed. ``folded`` is what its spellings share, ``label`` the first of them.

    ``slug`` is its folder's name, unique in its taxonomy.
    """

    taxonomy: str
    folded: str
    label: str
    slug: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRules:
    """What a site says of its feeds, as plain values.

    ``site_url`` is its home page and ``feeds_url`` where its feeds' folder is served, both without
    a trailing slash. ``formats`` are keys of ``FILE_NAMES``; ``entries`` is how many a feed shows.
    ``hubs`` are told of each change. ``podcast`` is there where its feeds are one.
    """

    site_title: str
    site_description: str
    site_url: str
    feeds_url: str
    language: str
    author: Author | None
    id_authority: str
    id_date: date
    formats: tuple[str, ...]
    entries: int
    taxonomies: tuple[str, ...]
    hubs: tuple[str, ...] = ()
    podcast: Podcast | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A feed's place, and the posts in it, newest first.

    ``folder`` is relative to the feeds' folder, with ``/``: "" for the site's own feed, and its
    ``term`` is None.
    """

    folder: str
    title: str
    term: Term | None
    members: tuple[Live, ...]


@lru_cache(maxsize=16_384)
def fold(label: str) -> str:
    """What the spellings of one term share: case, composition and white space left out.

    A canonical caseless match by the Unicode Standard, section 3.13, D145.
    """
    decomposed = unicodedata.normalize("NFD", one_line(label))
    return unicodedata.normalize("NFC", decomposed.casefold())


def bears(post: Post | None, term: Term) -> bool:
    """Whether a post has a term, in any of its spellings."""
    return post is not None and any(
        fold(label) == term.folded for label in post.terms_of(term.taxonomy)
    )


def new_terms(
    live: Sequence[Live], known: Sequence[Term], taxonomies: Sequence[str]
) -> tuple[Term, ...]:
    """The terms of live posts that are not known yet, each with a slug of its own.

    The oldest post's come first: it gives a term its label, and the plain slug where two would
    have the same. The later one gets ``-2``.
    """
    seen = {(term.taxonomy, term.folded) for term in known}
    taken = {(term.taxonomy, term.slug) for term in known}
    found: list[Term] = []
    for taxonomy, label in _labels(reversed(_newest_first(live)), taxonomies):
        folded = fold(label)
        if folded and (taxonomy, folded) not in seen:
            free = _free_slug(taxonomy, label, taken)
            found.append(Term(taxonomy=taxonomy, folded=folded, label=one_line(label), slug=free))
            seen.add((taxonomy, folded))
            taken.add((taxonomy, free))
    return tuple(found)


def shelves(live: Sequence[Live], terms: Sequence[Term], rules: FeedRules) -> tuple[Shelf, ...]:
    """The site's shelf, then each term's, in the order of the taxonomies and of the slugs.

    ``terms`` are all that are known, the new ones among them: one that no live post has any more
    keeps an empty shelf. A post that could not be read stands on the site's shelf only.
    """
    ordered = _newest_first(live)
    title = _site_title(rules)
    site = Shelf(folder="", title=title, term=None, members=tuple(ordered[: rules.entries]))
    members = _by_term(ordered, rules)
    ranks = {taxonomy: rank for rank, taxonomy in enumerate(rules.taxonomies)}
    offered = [term for term in terms if term.taxonomy in ranks]
    offered.sort(key=lambda term: (ranks[term.taxonomy], term.slug))
    return (site, *(_term_shelf(term, title, members) for term in offered))


def feed_of(
    shelf: Shelf, format_: str, entries: Sequence[Entry], updated: datetime, rules: FeedRules
) -> Feed:
    """The feed of a shelf in one format, from the entries of its members in their order.

    Its id comes from its place alone (a tag URI, RFC 4151), so that it never changes. A feed
    always names someone: the site where no author is set (RFC 4287, section 4.1.1).
    """
    place = "/".join(filter(None, (shelf.folder, FILE_NAMES[format_])))
    specific = quote("/".join(filter(None, ("feed", shelf.folder))), safe=_SPECIFIC)
    return Feed(
        id=f"tag:{rules.id_authority},{rules.id_date.isoformat()}:{specific}",
        title=shelf.title,
        subtitle=one_line(rules.site_description),
        home_url=f"{rules.site_url}/",
        self_url=topic(rules.feeds_url, place),
        hubs=rules.hubs,
        podcast=rules.podcast,
        language=rules.language,
        author=_publisher(rules),
        updated=updated,
        entries=tuple(entries),
    )


def _site_title(rules: FeedRules) -> str:
    return one_line(rules.site_title) or rules.site_url


def _publisher(rules: FeedRules) -> Author:
    author = rules.author or Author(name="")
    return replace(author, name=one_line(author.name) or _site_title(rules))


def _newest_first(live: Iterable[Live]) -> list[Live]:
    """By the entry's ``published``, then by key, which no two posts share."""
    return sorted(live, key=lambda one: (-one.publication.due.timestamp(), one.publication.key))


def _labels(live: Iterable[Live], taxonomies: Sequence[str]) -> Iterator[tuple[str, str]]:
    for one in live:
        for taxonomy in taxonomies:
            for label in one.post.terms_of(taxonomy) if one.post else ():
                yield taxonomy, label


def _free_slug(taxonomy: str, label: str, taken: set[tuple[str, str]]) -> str:
    plain = slug(label)
    tries = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in tries if (taxonomy, name) not in taken)


def _by_term(ordered: Iterable[Live], rules: FeedRules) -> dict[tuple[str, str], list[Live]]:
    """Each term's newest posts, from posts that are newest first. A post is there once."""
    members: dict[tuple[str, str], list[Live]] = defaultdict(list)
    for one in ordered:
        labels = _labels([one], rules.taxonomies)
        for key in dict.fromkeys((taxonomy, fold(label)) for taxonomy, label in labels):
            if len(members[key]) < rules.entries:
                members[key].append(one)
    return members


def _term_shelf(
    term: Term, site_title: str, members: Mapping[tuple[str, str], list[Live]]
) -> Shelf:
    return Shelf(
        folder=f"{slug(term.taxonomy)}/{term.slug}",
        title=f"{site_title}: {term.label}",
        term=term,
        members=tuple(members.get((term.taxonomy, term.folded), ())),
    )
