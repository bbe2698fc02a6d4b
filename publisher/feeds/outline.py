"""Which feeds a site has, and what stands in each: one for the site, one for each term and author.

Pure. The site's feed has archives (RFC 5005): shelves for the posts that newer ones pushed out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from publisher.domain.plan import Live
from publisher.domain.post import Author
from publisher.domain.publication import Publication
from publisher.feeds.entry import Entry
from publisher.feeds.feed import Feed, History, Tombstone
from publisher.feeds.hubs import topic
from publisher.feeds.line import one_line
from publisher.feeds.rules import ARCHIVE, FILE_NAMES, STYLESHEET, FeedRules
from publisher.feeds.slug import slug
from publisher.feeds.terms import Term, newest_first, terms_of

# What a tag URI may hold as it is (RFC 4151, section 2.1).
_SPECIFIC = "/:@!$'()*+,;=~&"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """A feed's place, and the posts in it, newest first.

    ``folder`` is relative to the feeds' folder, with ``/``: "" for the site's own feed, and its
    ``term`` is None. ``archive`` is the number of an archive, which has archives ``older`` and
    ``newer`` than it; those of the site's feed are all older. ``gone`` are posts withdrawn lately.
    """

    folder: str
    title: str
    term: Term | None
    members: tuple[Live, ...]
    archive: int | None = None
    older: int | None = None
    newer: int | None = None
    gone: tuple[Publication, ...] = ()


def shelves(
    live: Sequence[Live],
    terms: Sequence[Term],
    rules: FeedRules,
    *,
    archives: int = 0,
    gone: Sequence[Publication] = (),
) -> tuple[Shelf, ...]:
    """The site's shelf, then each term's, in the order of the taxonomies and of the slugs.

    ``terms`` are all that are known, the new ones among them: one that no live post has any more
    keeps an empty shelf. A post that could not be read stands on the site's shelf only. The site
    has so many ``archives``, and what stands in one of them is not on its shelf.
    """
    ordered = newest_first(live)
    title = _site_title(rules)
    current = [one for one in ordered if not archives or one.publication.archive is None]
    newest_is_empty = all(one.publication.archive != archives for one in ordered)
    site = Shelf(
        folder="",
        title=title,
        term=None,
        members=tuple(current[: rules.entries]),
        older=max(archives - newest_is_empty, 0) or None,
        gone=tuple(gone),
    )
    members = _by_term(ordered, rules)
    ranks = {taxonomy: rank for rank, taxonomy in enumerate(rules.kinds)}
    offered = [term for term in terms if term.taxonomy in ranks]
    offered.sort(key=lambda term: (ranks[term.taxonomy], term.slug))
    return (site, *(_term_shelf(term, title, members) for term in offered))


def archive_shelves(live: Sequence[Live], rules: FeedRules, *, archives: int) -> tuple[Shelf, ...]:
    """The shelves of so many archives of the site's feed, the newest first.

    All but the newest one are closed. What an archive says of others never changes then.
    """
    members: dict[int | None, list[Live]] = defaultdict(list)
    for one in newest_first(live):
        members[one.publication.archive].append(one)
    return tuple(
        Shelf(
            folder=f"{ARCHIVE}/{number}",
            title=_site_title(rules),
            term=None,
            members=tuple(members[number]),
            archive=number,
            older=number - 1 or None,
            newer=number + 1 if number < archives else None,
        )
        for number in range(archives, 0, -1)
    )


def feed_of(
    shelf: Shelf, format_: str, entries: Sequence[Entry], updated: datetime, rules: FeedRules
) -> Feed:
    """The feed of a shelf in one format, from the entries of its members in their order.

    Its id comes from its place alone (a tag URI, RFC 4151), so that it never changes. A feed
    always names someone: the site where no author is set (RFC 4287, section 4.1.1). An archive is
    the same feed as the one it is of, and no one is told of its changes.
    """
    logical = "" if shelf.archive else shelf.folder
    specific = quote("/".join(filter(None, ("feed", logical))), safe=_SPECIFIC)
    return Feed(
        id=f"tag:{rules.id_authority},{rules.id_date.isoformat()}:{specific}",
        title=shelf.title,
        subtitle=one_line(rules.site_description),
        home_url=f"{rules.site_url}/",
        self_url=_url(shelf.folder, format_, rules),
        hubs=() if shelf.archive else rules.hubs,
        podcast=rules.podcast,
        language=rules.language,
        author=_publisher(rules),
        updated=updated,
        entries=tuple(entries),
        history=_history(shelf, format_, rules),
        gone=tuple(
            Tombstone(id=one.feed_id, at=one.withdrawn_at)
            for one in shelf.gone
            if one.withdrawn_at is not None
        ),
        style_url=f"{rules.feeds_url}/{STYLESHEET}" if rules.styled else None,
    )


def _history(shelf: Shelf, format_: str, rules: FeedRules) -> History:
    def archive(number: int | None) -> str | None:
        return _url(f"{ARCHIVE}/{number}", format_, rules) if number else None

    current = _url("", format_, rules) if shelf.archive else None
    return History(current=current, older=archive(shelf.older), newer=archive(shelf.newer))


def _url(folder: str, format_: str, rules: FeedRules) -> str:
    return topic(rules.feeds_url, "/".join(filter(None, (folder, FILE_NAMES[format_]))))


def _site_title(rules: FeedRules) -> str:
    return one_line(rules.site_title) or rules.site_url


def _publisher(rules: FeedRules) -> Author:
    author = rules.author or Author(name="")
    return replace(author, name=one_line(author.name) or _site_title(rules))


def _by_term(ordered: Iterable[Live], rules: FeedRules) -> dict[tuple[str, str], list[Live]]:
    """Each term's newest posts, from posts that are newest first. A post is there once."""
    members: dict[tuple[str, str], list[Live]] = defaultdict(list)
    for one in ordered:
        for key in terms_of(one.post, rules) if one.post else ():
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
