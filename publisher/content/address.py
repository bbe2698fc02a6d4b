"""Where a post's page is: by its own keys, by the site's pattern, by its generator's habits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from publisher.content.fields import Entry, Fields, kind
from publisher.content.habits import former_id, habits_of
from publisher.content.notes import Notes
from publisher.content.permalink import Habits, Traits, own_url, url_of
from publisher.content.place import Place
from publisher.content.rules import PostRules
from publisher.content.timing import Timing
from publisher.content.wording import one_line, too_long
from publisher.domain.post import Author

LONGEST_NAME = 200


class Address(NamedTuple):
    """A post's absolute URL, and the id that its generator's feed gave it (None: the URL)."""

    url: str
    former_id: str | None


class Named(NamedTuple):
    """What of a post may be part of its URL."""

    title: str
    categories: Sequence[str]
    authors: Sequence[Author]


def address_of(
    fields: Fields, place: Place, timing: Timing, named: Named, rules: PostRules, notes: Notes
) -> Address:
    """The address; a problem is noted where the post's own key can't be one."""
    habits = habits_of(rules.generator, rules.slugs)
    traits = Traits(
        # Jekyll brings every date into the site's zone before it makes a URL of it.
        date=timing.date.astimezone(rules.timezone) if rules.generator == "jekyll" else timing.date,
        place=place,
        slug=_slug(fields, notes),
        categories=named.categories,
        title=named.title,
        author=named.authors[0].name if named.authors else "",
    )
    url = _own(fields, traits, habits, rules, notes)
    if url is None:
        url = url_of(_pattern(rules, habits, place), traits, rules.site_url, habits)
    return Address(url, former_id(rules.generator, url, traits, rules.site_url))


def line_of(entry: Entry | None, notes: Notes) -> str | None:
    """A key's text on one line; None when it is not there, or is no text: a problem."""
    if entry is None:
        return None
    if not isinstance(entry.value, str):
        what = kind(entry.value)
        notes.problem(entry.line, f"{entry.key}: expected text, not {what}; write one line")
        return None
    return one_line(entry.value) or None


def _slug(fields: Fields, notes: Notes) -> str | None:
    entry = fields.find("slug")
    slug = line_of(entry, notes)
    if entry and slug and len(slug) > LONGEST_NAME:
        notes.problem(entry.line, too_long(entry.key, LONGEST_NAME))
    return slug


def _own(
    fields: Fields, traits: Traits, habits: Habits, rules: PostRules, notes: Notes
) -> str | None:
    """The URL in a key of the post; None without one."""
    entry = fields.find(*habits.keys)
    text = line_of(entry, notes)
    if entry is None or text is None:
        return None
    try:
        return own_url(text, traits, rules.site_url, habits)
    except ValueError as error:
        notes.problem(entry.line, f"{entry.key}: {error}")
        return ""


def _pattern(rules: PostRules, habits: Habits, place: Place) -> str:
    """The pattern for a post's section, the nearest one; else the site's, else the generator's."""
    if rules.permalinks:
        folder = place.below.rpartition("/")[0]
        for section, pattern in rules.permalinks:
            if folder == section or (section and folder.startswith(f"{section}/")):
                return pattern
    return habits.pattern if rules.permalink is None else rules.permalink


def site_of_pictures(rules: PostRules) -> str:
    """What a picture's rooted path in front matter is below: in Hugo the host, else the site.

    Hugo's ``absURL`` takes a leading slash for the host's root; jekyll-feed's ``absolute_url``,
    Zola's ``get_url`` and Docusaurus's ``useBaseUrl`` put the site's own path before it.
    """
    if rules.generator != "hugo":
        return rules.site_url
    scheme, _, rest = rules.site_url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
