"""The URL of a post: its own ``permalink``, ``url``, ``path`` or ``slug``, or the site's pattern.

Patterns take the placeholders of Jekyll and of Hugo. ``:title`` is Jekyll's in both cases: the
post's slug or else the name of its file, so that correcting a title moves nothing. What a generator
does otherwise is its ``Habits``; those of each are in ``habits``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TypeAlias

from publisher.content.dates import MONTHS
from publisher.content.links import absolute, path_encoded
from publisher.content.notes import shown
from publisher.content.place import Place
from publisher.content.slug import slugify

#: Jekyll's built-in styles (jekyllrb.com/docs/permalinks, "Built-in formats").
STYLES: Mapping[str, str] = {
    "date": "/:categories/:year/:month/:day/:title:output_ext",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title:output_ext",
    "weekdate": "/:categories/:year/W:week/:short_day/:title:output_ext",
    "none": "/:categories/:title:output_ext",
}

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What a pattern can be filled with. ``slug`` is the front matter's, or None."""

    date: datetime
    place: Place
    slug: str | None
    categories: Sequence[str]
    title: str = ""
    author: str = ""


Fill: TypeAlias = Callable[[Traits], str]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Habits:
    """How a generator makes the URLs of posts, as far as it differs from the common rules.

    ``pattern`` holds where the site sets none. ``keys`` are the front matter keys, in lower case,
    that may hold a whole URL, and ``own`` is what becomes of such a text (None: it is not one).
    ``fill`` are its placeholders, ``finish`` is what becomes of a path that was filled in.
    """

    pattern: str = "/:year/:month/:title/"
    keys: tuple[str, ...] = ("permalink", "url", "path")
    own: Callable[[str, Traits], str | None] | None = None
    fill: Mapping[str, Fill] = field(default_factory=dict)
    finish: Callable[[str], str] | None = None


COMMON = Habits()

#: Each placeholder's text, not yet percent-encoded. The names are constants: no locale enters.
_FILL: Mapping[str, Fill] = {
    "year": lambda t: f"{t.date.year:04}",
    "short_year": lambda t: f"{t.date.year % 100:02}",
    "month": lambda t: f"{t.date.month:02}",
    "i_month": lambda t: str(t.date.month),
    "monthname": lambda t: MONTHS[t.date.month - 1].lower(),
    "long_month": lambda t: MONTHS[t.date.month - 1],
    "short_month": lambda t: MONTHS[t.date.month - 1][:3],
    "day": lambda t: f"{t.date.day:02}",
    "i_day": lambda t: str(t.date.day),
    "y_day": lambda t: f"{t.date.timetuple().tm_yday:03}",
    "yearday": lambda t: str(t.date.timetuple().tm_yday),
    "w_year": lambda t: str(t.date.isocalendar().year),
    "week": lambda t: f"{t.date.isocalendar().week:02}",
    "w_day": lambda t: str(t.date.isoweekday()),
    "weekday": lambda t: str(t.date.isoweekday() % 7),
    "weekdayname": lambda t: _DAYS[t.date.weekday()].lower(),
    "long_day": lambda t: _DAYS[t.date.weekday()],
    "short_day": lambda t: _DAYS[t.date.weekday()][:3],
    "hour": lambda t: f"{t.date.hour:02}",
    "minute": lambda t: f"{t.date.minute:02}",
    "second": lambda t: f"{t.date.second:02}",
    "title": lambda t: _pretty(t.slug or t.place.name) or t.place.name,
    "slug": lambda t: slugify(t.slug or t.place.name) or t.place.name,
    "categories": lambda t: "/".join(dict.fromkeys(name.lower() for name in t.categories)),
    "slugified_categories": lambda t: "/".join(dict.fromkeys(map(slugify, t.categories))),
    "output_ext": lambda t: ".html",
    "section": lambda t: "".join(t.place.sections[:1]),
    "sections": lambda t: "/".join(t.place.sections),
    "filename": lambda t: t.place.stem,
    "name": lambda t: _pretty(t.slug or t.place.name) or t.place.name,
    "basename": lambda t: _pretty(t.slug or "") or t.place.stem,
    "path": lambda t: t.place.below,
    "category": lambda t: "".join(t.categories[:1]),
    "author": lambda t: t.author,
    "contentbasename": lambda t: t.place.stem,
    "slugorfilename": lambda t: _pretty(t.slug or "") or t.place.stem,
    "slugorcontentbasename": lambda t: _pretty(t.slug or "") or t.place.stem,
}

_PLACEHOLDER = re.compile(
    ":(" + "|".join(sorted(_FILL, key=len, reverse=True)) + r")(\[[\w:]{1,20}\])?"
)
_UNKNOWN = re.compile(r":([a-z_]{2,})")
_SLASHES = re.compile("//+")


def unknown_placeholders(pattern: str) -> tuple[str, ...]:
    """The words after a colon in a pattern that mean nothing here, for a configuration's check."""
    rest = _PLACEHOLDER.sub("", STYLES.get(pattern, pattern))
    return tuple(f":{name}" for name in _UNKNOWN.findall(rest))


def url_of(pattern: str, traits: Traits, site_url: str, habits: Habits = COMMON) -> str:
    """A site's pattern, or the name of one of Jekyll's styles, filled in: an absolute URL."""
    path = _filled(STYLES.get(pattern, pattern), traits, habits)
    return f"{site_url}/{path_encoded(path)}"


def own_url(text: str, traits: Traits, site_url: str, habits: Habits = COMMON) -> str | None:
    """A post's own URL: absolute as it is, else below the site; placeholders are filled in.

    None where the generator takes such a text for none. Raises ValueError with a sentence when it
    is no http or https URL.
    """
    said: str | None = text.strip()
    if habits.own is not None and said and "://" not in said:
        said = habits.own(said, traits)
    if said is None:
        return None
    if ".." in re.split(r"[/\\]", said):
        raise ValueError(f"{shown(said)} goes up with '..'; write the path from the site's root")
    if _PLACEHOLDER.search(said) and "://" not in said:
        return url_of(said, traits, site_url, habits)
    return absolute(said if _is_rooted(said) else f"/{said}", site_url, site_url)


def _is_rooted(text: str) -> bool:
    """Whether it begins with a slash or a scheme. ``name.html`` and ``a/b:c`` do not."""
    return text.startswith("/") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) is not None


def _filled(pattern: str, traits: Traits, habits: Habits) -> str:
    """The path without its first slash, with neither empty nor upward parts."""
    split = _split(pattern, habits)
    path = "".join([part if fill is None else fill(traits) for part, fill in split])
    if habits.finish is not None:
        path = habits.finish(path)
    path = path.lstrip("/")
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if "." not in path:
        return path
    return "/".join(part for part in path.split("/") if part not in (".", ".."))


@lru_cache(maxsize=64)
def _split(pattern: str, habits: Habits) -> tuple[tuple[str, Fill | None], ...]:
    """The parts of a pattern, and what fills each that is a placeholder."""
    parts: list[tuple[str, Fill | None]] = []
    at = 0
    for found in _PLACEHOLDER.finditer(pattern):
        parts.append((pattern[at : found.start()], None))
        fill = habits.fill.get(found[1]) or _FILL[found[1]]
        parts.append((found[1], _sliced(fill, found[2]) if found[2] else fill))
        at = found.end()
    return (*parts, (pattern[at:], None))


def _sliced(fill: Fill, cut: str) -> Fill:
    """Some of a path's parts, as Hugo writes it: ``[1:]``, ``[:last]``, ``[0]``."""
    low, colon, high = cut.strip("[]").partition(":")

    def some(traits: Traits) -> str:
        parts = fill(traits).split("/")
        start = _place_in(parts, low, 0)
        end = _place_in(parts, high, len(parts)) if colon else start + 1
        return "/".join(parts[start:end])

    return some


def _place_in(parts: Sequence[str], said: str, otherwise: int) -> int:
    if said == "last":
        return len(parts) - 1
    return int(said) if said.isdecimal() else otherwise


def _pretty(text: str) -> str:
    return slugify(text, "pretty", cased=True)
