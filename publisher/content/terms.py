"""The terms of a post: its categories, its tags, and whatever else a site sorts by."""

from __future__ import annotations

from publisher.content.fields import Entry, Fields, Value
from publisher.content.notes import Notes
from publisher.content.place import Place
from publisher.content.rules import PostRules
from publisher.content.wording import plain

_NAME_KEYS = ("name", "title", "label", "tag", "term", "slug")

LONGEST = 200
MOST = 100

Terms = tuple[tuple[str, tuple[str, ...]], ...]


def terms_of(fields: Fields, place: Place, rules: PostRules, notes: Notes) -> Terms:
    """Each taxonomy of the site with the post's terms, no term twice, compared by case fold.

    As in Jekyll the folders above ``_posts`` are categories, before those of the front matter.
    """
    in_words = rules.generator in ("none", "jekyll")
    found = []
    for taxonomy in rules.taxonomies:
        terms = _of_folders(fields, place, rules) if taxonomy == "categories" else []
        plural, singular = taxonomy.lower(), _singular(taxonomy)
        for name in dict.fromkeys((plural, singular)):
            if entry := fields.find(name):
                terms += _terms(entry, notes, several=name == plural and in_words)
        if terms:
            found.append((taxonomy, _few(_once(terms), taxonomy, fields, notes)))
    return tuple(found)


def _of_folders(fields: Fields, place: Place, rules: PostRules) -> list[str]:
    """Those that a post's place gives it: in Pelican its folder's name, where it has no other."""
    if rules.generator == "pelican":
        return [] if fields.find("category", "categories") else list(place.sections[-1:])
    return list(place.categories)


def _few(terms: tuple[str, ...], taxonomy: str, fields: Fields, notes: Notes) -> tuple[str, ...]:
    """At most ``MOST``: each term of a site costs it feeds of its own."""
    if len(terms) > MOST:
        entry = fields.find(taxonomy.lower(), _singular(taxonomy))
        line = entry.line if entry else None
        notes.warn(
            line, f"{taxonomy}: {len(terms)} terms; those after the first {MOST} are left out"
        )
    return terms[:MOST]


def _once(terms: list[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for term in terms:
        first.setdefault(term.casefold(), term)
    return tuple(first.values())


def _singular(taxonomy: str) -> str:
    folded = taxonomy.lower()
    if folded.endswith("ies"):
        return folded[:-3] + "y"
    return folded.removesuffix("s")


def _terms(entry: Entry, notes: Notes, *, several: bool) -> list[str]:
    """The terms in a key. ``several``: one text is several words, as in Jekyll
    under the plural."""
    value = entry.value
    if isinstance(value, str):
        if "," in value:
            value = list(value.split(","))
        else:
            value = list(value.split()) if several else [value]
    elif isinstance(value, dict):
        value = [_named(value)] if _named(value) else [inner.key for inner in value.values()]
    return [term for item in value if (term := _term(item, entry, notes))]


def _term(item: Value, entry: Entry, notes: Notes) -> str:
    text = _named(item) if isinstance(item, dict) else item
    if not isinstance(text, str):
        notes.warn(entry.line, f"{entry.key}: a list inside a list is left out; write one list")
        return ""
    if len(text) > LONGEST:
        notes.warn(entry.line, f"{entry.key}: a term longer than {LONGEST} characters is left out")
        return ""
    return plain(text)


def _named(table: dict[str, Entry]) -> Value:
    return next((table[key].value for key in _NAME_KEYS if key in table), "")
