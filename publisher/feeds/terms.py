"""The terms that have feeds, and their slugs. Terms that differ only in case are one.

A term gets its slug when it is first seen and keeps it, and its feed, for good: the ledger
remembers both. Authors are the terms of a taxonomy too.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count

from publisher.domain.plan import Live
from publisher.domain.post import Post
from publisher.domain.publication import oldest_first
from publisher.feeds.line import one_line
from publisher.feeds.rules import AUTHORS, FeedRules
from publisher.feeds.slug import slug


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A term that has a feed. ``folded`` is what its spellings share, ``label`` the first of them.

    ``slug`` is its folder's name, unique in its taxonomy.
    """

    taxonomy: str
    folded: str
    label: str
    slug: str


@lru_cache(maxsize=16_384)
def fold(label: str) -> str:
    """What the spellings of one term share: case, composition and white space left out.

    A canonical caseless match by the Unicode Standard, section 3.13, D145.
    """
    decomposed = unicodedata.normalize("NFD", one_line(label))
    return unicodedata.normalize("NFC", decomposed.casefold())


def newest_first(live: Iterable[Live]) -> list[Live]:
    """The order of a feed."""
    return sorted(live, key=lambda one: oldest_first(one.publication), reverse=True)


def bears(post: Post | None, term: Term, rules: FeedRules) -> bool:
    """Whether a post has a term, in any of its spellings."""
    return post is not None and any(
        fold(label) == term.folded for label in _labels_of(post, term.taxonomy, rules)
    )


def settle_authors(live: Sequence[Live], known: Sequence[Term], rules: FeedRules) -> FeedRules:
    """The rules, with a yes or no to feeds of authors. What has feeds keeps them."""
    if rules.authors is not None:
        return rules
    had = any(term.taxonomy == AUTHORS for term in known)
    names = (fold(label) for _, label in _labels(live, (AUTHORS,), rules))
    first = next(names, None)
    return replace(rules, authors=had or any(name != first for name in names))


def new_terms(live: Sequence[Live], known: Sequence[Term], rules: FeedRules) -> tuple[Term, ...]:
    """The terms of live posts that are not known yet, each with a slug of its own.

    The oldest post's come first: it gives a term its label, and the plain slug where two would
    have the same. The later one gets ``-2``.
    """
    seen = {(term.taxonomy, term.folded) for term in known}
    taken = {(term.taxonomy, term.slug) for term in known}
    found: list[Term] = []
    for taxonomy, label in _labels(reversed(newest_first(live)), rules.kinds, rules):
        folded = fold(label)
        if folded and (taxonomy, folded) not in seen:
            free = _free_slug(taxonomy, label, taken)
            found.append(Term(taxonomy=taxonomy, folded=folded, label=one_line(label), slug=free))
            seen.add((taxonomy, folded))
            taken.add((taxonomy, free))
    return tuple(found)


def terms_of(post: Post, rules: FeedRules) -> Iterable[tuple[str, str]]:
    """The taxonomy and the folded form of each term of a post that has a feed, once."""
    labels = ((kind, label) for kind in rules.kinds for label in _labels_of(post, kind, rules))
    return dict.fromkeys((kind, fold(label)) for kind, label in labels)


def _labels(
    live: Iterable[Live], taxonomies: Sequence[str], rules: FeedRules
) -> Iterator[tuple[str, str]]:
    for one in live:
        for taxonomy in taxonomies:
            for label in _labels_of(one.post, taxonomy, rules) if one.post else ():
                yield taxonomy, label


def _labels_of(post: Post, taxonomy: str, rules: FeedRules) -> tuple[str, ...]:
    """A post's terms in a taxonomy. Its authors are the site's where it names none."""
    if taxonomy != AUTHORS or rules.authors is False:
        return post.terms_of(taxonomy)
    authors = post.authors or ((rules.author,) if rules.author else ())
    return tuple(author.name for author in authors)


def _free_slug(taxonomy: str, label: str, taken: set[tuple[str, str]]) -> str:
    plain = slug(label)
    tries = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    return next(name for name in tries if (taxonomy, name) not in taken)
