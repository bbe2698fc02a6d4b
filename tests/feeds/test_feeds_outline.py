"""Which feeds a site has, under which names, and which posts stand in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote

import pytest
from feedcheck import faults
from feedsample import NOON, RULES, all_shelves, feed_with, live, made_entry, post, publication
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.domain.plan import Live
from publisher.domain.post import Author
from publisher.feeds.atom import atom
from publisher.feeds.outline import feed_of, shelves
from publisher.feeds.rules import FILE_NAMES, FeedRules
from publisher.feeds.terms import Term, bears, fold, new_terms

HOUR = timedelta(hours=1)
PYTHON = Term(taxonomy="tags", folded="python", label="Python", slug="python")


def tagged(key: str, *tags: str, hours: int = 0) -> Live:
    return live(key, NOON + hours * HOUR, terms=(("tags", tags),))


def of(*taxonomies: str) -> FeedRules:
    return replace(RULES, taxonomies=taxonomies)


def names(terms: tuple[Term, ...]) -> list[tuple[str, str]]:
    return [(term.label, term.slug) for term in terms]


# Terms


def test_terms_that_differ_only_in_case_are_one_under_the_older_posts_spelling() -> None:
    posts = [tagged("new", "python", "PYTHON", hours=2), tagged("old", "Python")]
    assert names(new_terms(posts, [], of("tags"))) == [("Python", "python")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("Ａ", "ａ"),
        ("café", "cafe\u0301"),
        ("a  b", " A B "),
        ("a\x01", "a"),
    ],
)
def test_spellings_of_one_term_fold_to_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("C", "C#"), ("resume", "résumé"), ("a b", "ab")])
def test_different_terms_do_not_fold_to_one(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_later_of_two_terms_with_one_slug_gets_a_number() -> None:
    posts = [tagged("a", "R&D"), tagged("b", "r-d", "R/D", hours=1)]
    assert names(new_terms(posts, [], of("tags"))) == [
        ("R&D", "r-d"),
        ("r-d", "r-d-2"),
        ("R/D", "r-d-3"),
    ]


def test_a_number_that_is_taken_is_passed_over() -> None:
    posts = [tagged("a", "r-d-2", "R&D", "R/D")]
    assert [term.slug for term in new_terms(posts, [], of("tags"))] == ["r-d-2", "r-d", "r-d-3"]


def test_a_slug_once_given_stays_with_its_term() -> None:
    first = new_terms([tagged("a", "R&D")], [], of("tags"))
    later = new_terms([tagged("b", "R/D"), tagged("c", "r&d")], first, of("tags"))
    assert names(later) == [("R/D", "r-d-2")]


def test_taxonomies_have_slugs_of_their_own() -> None:
    both = live("a", terms=(("categories", ("Tea",)), ("tags", ("Tea",))))
    terms = new_terms([both], [], of("categories", "tags"))
    assert [(term.taxonomy, term.slug) for term in terms] == [
        ("categories", "tea"),
        ("tags", "tea"),
    ]


def test_terms_of_taxonomies_without_feeds_are_not_learned() -> None:
    assert new_terms([tagged("a", "Tea")], [], of("categories")) == ()


@pytest.mark.parametrize("blank", ["", "  ", "\x01\x02", "\ud800"])
def test_a_term_that_shows_nothing_is_none(blank: str) -> None:
    assert new_terms([tagged("a", blank)], [], of("tags")) == ()


def test_a_post_bears_a_term_in_any_spelling() -> None:
    assert bears(post("a", terms=(("tags", ("PYTHON",)),)), PYTHON, RULES)
    assert not bears(post("a", terms=(("categories", ("Python",)),)), PYTHON, RULES)
    assert not bears(None, PYTHON, RULES)


# Shelves


def test_the_site_comes_first_and_the_newest_post_first_on_it() -> None:
    posts = [tagged("a"), tagged("b"), tagged("c", hours=1)]
    site, *rest = shelves(posts, [], RULES)
    assert (site.folder, site.term, rest) == ("", None, [])
    assert [one.publication.key for one in site.members] == ["c", "b", "a"]


def test_a_shelf_holds_no_more_than_its_number_of_entries() -> None:
    posts = [tagged(f"p{hour}", "tea", hours=hour) for hour in range(5)]
    assert all_shelves(posts, replace(RULES, entries=2)) == {
        "": ["p4", "p3"],
        "tags/tea": ["p4", "p3"],
    }


def test_shelves_follow_the_order_of_the_taxonomies_then_of_the_slugs() -> None:
    posts = [live("a", terms=(("tags", ("b", "a")), ("categories", ("z",))))]
    assert list(all_shelves(posts)) == ["", "categories/z", "tags/a", "tags/b"]


def test_a_post_with_two_spellings_of_a_term_is_on_its_shelf_once() -> None:
    assert all_shelves([tagged("a", "Tea", "TEA")])["tags/tea"] == ["a"]


def test_a_term_without_a_live_post_keeps_an_empty_shelf() -> None:
    _, shelf = shelves([], [PYTHON], RULES)
    assert (shelf.folder, shelf.title, shelf.members) == ("tags/python", "Field Notes: Python", ())


def test_a_known_term_of_a_taxonomy_that_was_switched_off_has_no_shelf() -> None:
    assert len(shelves([], [PYTHON], replace(RULES, taxonomies=("categories",)))) == 1


def test_a_post_that_could_not_be_read_is_on_the_sites_shelf_alone() -> None:
    unread = Live(path="content/a.md", publication=publication("a"), post=None)
    assert new_terms([unread], [PYTHON], RULES) == ()
    assert [len(shelf.members) for shelf in shelves([unread], [PYTHON], RULES)] == [1, 0]


@given(st.lists(st.lists(st.text(max_size=8), max_size=4), max_size=6))
@settings(deadline=None)
def test_whatever_the_terms_each_live_term_has_a_folder_of_its_own(tags: list[list[str]]) -> None:
    posts = [tagged(f"p{number}", *terms) for number, terms in enumerate(tags)]
    terms = new_terms(posts, [], RULES)
    found = shelves(posts, terms, RULES)
    folders = [shelf.folder for shelf in found]
    assert len(set(folders)) == len(folders)
    assert all(folder.count("/") == 1 for folder in folders[1:])
    assert all(shelf.members for shelf in found[1:])
    assert new_terms(posts, terms, RULES) == ()


# Feeds


def term_feed(term: Term, format_: str = "atom", rules: FeedRules = RULES) -> object:
    _, shelf = shelves([], [term], rules)
    return feed_of(shelf, format_, [], NOON, rules)


def test_a_feeds_id_comes_from_its_place() -> None:
    assert feed_with().id == "tag:example.com,2026-01-01:feed"
    assert term_feed(PYTHON).id == "tag:example.com,2026-01-01:feed/tags/python"


def test_a_feeds_id_survives_a_new_title_and_a_new_address() -> None:
    moved = replace(
        RULES, site_title="New", site_url="https://example.net", feeds_url="https://example.net/f"
    )
    assert term_feed(PYTHON, rules=moved).id == term_feed(PYTHON).id


@pytest.mark.parametrize(("format_", "name"), FILE_NAMES.items())
def test_a_feed_knows_where_it_is_served(format_: str, name: str) -> None:
    assert feed_with(format_=format_).self_url == f"https://example.com/feeds/{name}"
    feed = term_feed(PYTHON, format_)
    assert feed.self_url == f"https://example.com/feeds/tags/python/{name}"


def test_addresses_and_ids_are_ascii_whatever_the_term() -> None:
    term = Term(taxonomy="Tágs", folded="日本語", label="日本語", slug="日本語")
    feed = term_feed(term, rules=replace(RULES, taxonomies=("Tágs",)))
    assert feed.self_url.isascii()
    assert feed.id.isascii()
    assert unquote(feed.self_url) == "https://example.com/feeds/tágs/日本語/atom.xml"
    assert faults(atom(feed), "atom") == []


@pytest.mark.parametrize("taxonomy", ["..", "a/b", "../../etc", ".git"])
def test_a_taxonomy_can_not_lead_out_of_the_feeds_folder(taxonomy: str) -> None:
    term = Term(taxonomy=taxonomy, folded="x", label="x", slug="x")
    _, shelf = shelves([], [term], replace(RULES, taxonomies=(taxonomy,)))
    assert ".." not in shelf.folder
    assert shelf.folder.count("/") == 1


def test_a_feed_is_by_its_author_or_by_the_site() -> None:
    assert feed_with().author == Author(name="Ada Example", email="ada@example.com")
    assert feed_with(rules=replace(RULES, author=None)).author == Author(name="Field Notes")


def test_the_home_page_is_the_sites_folder() -> None:
    assert feed_with().home_url == "https://example.com/"
    below = replace(RULES, site_url="https://example.com/blog")
    assert feed_with(rules=below).scheme("tags") == "https://example.com/blog/tags/"


def test_entries_are_taken_as_they_come() -> None:
    entries = (made_entry("b"), made_entry("a"))
    assert feed_with(*entries).entries == entries
