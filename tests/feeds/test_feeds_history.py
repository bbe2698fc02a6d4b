"""Archives by RFC 5005, tombstones by RFC 6721, and feeds of authors."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from feedcheck import faults
from feedsample import FLOOD, NOON, RULES, live, post, publication
from lxml import etree
from test_feeds_golden import WRITERS, each_format

from publisher.domain.plan import Live
from publisher.domain.post import Author
from publisher.feeds.feed import Feed
from publisher.feeds.outline import Shelf, archive_shelves, feed_of, shelves
from publisher.feeds.rules import FILE_NAMES, FeedRules
from publisher.feeds.terms import Term, new_terms, settle_authors

HOUR = timedelta(hours=1)
FEEDS = "https://example.com/feeds"
HUB = "https://hub.example.net/"
ADA, GRACE = Author(name="Ada Example"), Author(name="Grace")


def archived(key: str, archive: int | None, hours: int = 0) -> Live:
    one = live(key, NOON + hours * HOUR)
    return replace(one, publication=replace(one.publication, archive=archive))


POSTS = [archived("a", 1), archived("b", 1, 1), archived("c", 2, 2), archived("d", None, 3)]


def current(posts: list[Live], archives: int, rules: FeedRules = RULES) -> Shelf:
    return shelves(posts, [], rules, archives=archives)[0]


def keys(shelf: Shelf) -> list[str]:
    return [one.publication.key for one in shelf.members]


def feed(shelf: Shelf, format_: str, rules: FeedRules = RULES) -> Feed:
    return feed_of(shelf, format_, [FLOOD], NOON, rules)


# Archives


def test_what_is_in_an_archive_is_not_in_the_current_feed() -> None:
    assert keys(current(POSTS, 2)) == ["d"]
    assert [keys(shelf) for shelf in archive_shelves(POSTS, RULES, archives=2)] == [
        ["c"],
        ["b", "a"],
    ]


def test_without_archives_the_feed_holds_the_newest_wherever_they_once_stood() -> None:
    assert keys(current(POSTS, 0)) == ["d", "c", "b", "a"]
    assert archive_shelves(POSTS, RULES, archives=0) == ()
    assert feed(current(POSTS, 0), "atom").history.older is None


def test_the_current_feed_leads_past_an_open_archive_that_is_still_empty() -> None:
    assert current(POSTS, 2).older == 2
    assert current(POSTS, 3).older == 2
    assert current([archived("a", None)], 1).older is None


def test_archives_lead_to_their_neighbours_and_to_the_current_feed() -> None:
    newest, oldest = (
        feed(one, "atom").history for one in archive_shelves(POSTS, RULES, archives=2)
    )
    assert (newest.older, newest.newer) == (f"{FEEDS}/archive/1/atom.xml", None)
    assert (oldest.older, oldest.newer) == (None, f"{FEEDS}/archive/2/atom.xml")
    assert newest.current == oldest.current == f"{FEEDS}/atom.xml"


def test_an_archive_is_the_same_feed_under_an_address_of_its_own_and_has_no_hub() -> None:
    rules = replace(RULES, hubs=(HUB,))
    now, (_, oldest) = current(POSTS, 2), archive_shelves(POSTS, RULES, archives=2)
    assert feed(now, "rss", rules).id == feed(oldest, "rss", rules).id
    assert feed(oldest, "rss", rules).self_url == f"{FEEDS}/archive/1/rss.xml"
    assert (feed(now, "rss", rules).hubs, feed(oldest, "rss", rules).hubs) == ((HUB,), ())


@each_format
def test_every_document_of_a_history_is_without_faults(format_: str) -> None:
    documents = [current(POSTS, 3), *archive_shelves(POSTS, RULES, archives=3)]
    for shelf in documents:
        assert faults(WRITERS[format_](feed(shelf, format_)), format_) == []


@pytest.mark.parametrize("format_", ["atom", "rss"])
def test_xml_says_that_it_is_an_archive_and_where_the_others_are(format_: str) -> None:
    middle = archive_shelves(POSTS, RULES, archives=3)[1]
    root = etree.fromstring(WRITERS[format_](feed(middle, format_)))
    head = root if format_ == "atom" else root[0]
    links = {one.get("rel"): one.get("href") for one in head.findall("{*}link") if one.get("rel")}
    name = FILE_NAMES[format_]
    assert links | {"alternate": ""} == {
        "alternate": "",
        "self": f"{FEEDS}/archive/2/{name}",
        "current": f"{FEEDS}/{name}",
        "prev-archive": f"{FEEDS}/archive/1/{name}",
        "next-archive": f"{FEEDS}/archive/3/{name}",
    }
    assert len(head.findall("{http://purl.org/syndication/history/1.0}archive")) == 1


def test_json_goes_on_by_next_url() -> None:
    documents = [current(POSTS, 2), *archive_shelves(POSTS, RULES, archives=2)]
    made = [json.loads(WRITERS["json"](feed(shelf, "json"))) for shelf in documents]
    assert [one.get("next_url") for one in made] == [
        f"{FEEDS}/archive/2/feed.json", f"{FEEDS}/archive/1/feed.json", None,
    ]  # fmt: skip


# Tombstones


def test_atom_says_which_entries_are_gone_and_the_others_do_not() -> None:
    gone = [publication("left", withdrawn_at=NOON - HOUR), publication("old", withdrawn_at=NOON)]
    site, *_ = shelves(POSTS, [], RULES, gone=gone)
    made = {kind: WRITERS[kind](feed(site, kind)) for kind in WRITERS}
    assert not any(faults(data, kind) for kind, data in made.items())
    marks = etree.fromstring(made["atom"]).findall("{http://purl.org/atompub/tombstones/1.0}*")
    assert [(one.get("ref"), one.get("when")) for one in marks] == [
        ("tag:example.com,2026-01-01:left", "2026-02-19T11:00:00Z"),
        ("tag:example.com,2026-01-01:old", "2026-02-19T12:00:00Z"),
    ]
    assert b"tombstones" not in made["rss"] + made["json"]


# Authors


def by(key: str, *authors: Author) -> Live:
    return live(key, authors=authors)


AUTO = replace(RULES, authors=None)


def test_authors_have_feeds_as_soon_as_there_are_several() -> None:
    one = [by("a", ADA), by("b", replace(ADA, name="ADA  example")), by("c")]
    assert settle_authors(one, [], AUTO).authors is False
    assert settle_authors([*one, by("d", GRACE)], [], AUTO).authors is True


def test_an_author_who_has_a_feed_keeps_it() -> None:
    known = Term(taxonomy="authors", folded="grace", label="Grace", slug="grace")
    rules = settle_authors([by("a", ADA)], [known], AUTO)
    assert [shelf.folder for shelf in shelves([by("a", ADA)], [known], rules)] == [
        "",
        "authors/grace",
    ]


@pytest.mark.parametrize("said", [True, False])
def test_what_is_set_holds(said: bool) -> None:
    posts = [by("a", ADA), by("b", GRACE)]
    assert settle_authors(posts, [], replace(RULES, authors=said)).authors is said


def test_each_authors_feed_has_what_they_wrote_and_the_sites_author_what_names_nobody() -> None:
    posts = [by("a", ADA), by("b", GRACE, ADA), by("c")]
    rules = settle_authors(posts, [], AUTO)
    found = shelves(posts, new_terms(posts, [], rules), rules)
    assert {shelf.folder: (shelf.title, keys(shelf)) for shelf in found[1:]} == {
        "authors/ada-example": ("Field Notes: Ada Example", ["c", "b", "a"]),
        "authors/grace": ("Field Notes: Grace", ["b"]),
    }


def test_a_taxonomy_of_that_name_is_taken_from_its_own_key() -> None:
    rules = replace(RULES, taxonomies=("authors",))
    posts = [
        replace(by("a", ADA), post=post("a", authors=(ADA,), terms=(("authors", ("Guests",)),)))
    ]
    assert [term.label for term in new_terms(posts, [], rules)] == ["Guests"]
