"""The URL of a post: its own ``permalink``, ``url``, ``path`` or ``slug``, or the site's pattern.

Patterns take the placeholders of Jekyll and of Hugo. ``:title`` is Jekyll's in both cases: the
post's slug or else the name of its file, so that correcting a title moves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

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


#: Each placeholder's text, not yet percent-encoded. The names are constants: no locale enters.
_FILL: Mapping[str, Callable[[Traits], str]] = {
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
    "contentbasename": lambda t: t.place.stem,
    "slugorfilename": lambda t: _pretty(t.slug or "") or t.place.stem,
    "slugorcontentbasename": lambda t: _pretty(t.slug or "") or t.place.stem,
}

_PLACEHOLDER = re.compile(":(" + "|".join(sorted(_FILL, key=len, reverse=True)) + ")")
_UNKNOWN = re.compile(r":([a-z_]{2,})")
_SLASHES = re.compile("//+")


def unknown_placeholders(pattern: str) -> tuple[str, ...]:
    """The words after a colon in a pattern that mean nothing here, for a configuration's check."""
    rest = _PLACEHOLDER.sub("", STYLES.get(pattern, pattern))
    return tuple(f":{name}" for name in _UNKNOWN.findall(rest))


def url_of(pattern: str, traits: Traits, site_url: str) -> str:
    """A site's pattern, or the name of one of Jekyll's styles, filled in: an absolute URL."""
    path = _filled(STYLES.get(pattern, pattern), traits)
    return f"{site_url}/{path_encoded(path)}"


def own_url(text: str, traits: Traits, site_url: str) -> str:
    """A post's own URL: absolute as it is, else below the site; placeholders are filled in.

    Raises ValueError with a sentence when it is no http or https URL.
    """
    text = text.strip()
    if ".." in re.split(r"[/\\]", text):
        raise ValueError(f"{shown(text)} goes up with '..'; write the path from the site's root")
    if _PLACEHOLDER.search(text) and "://" not in text:
        return url_of(text, traits, site_url)
    return absolute(text if _is_rooted(text) else f"/{text}", site_url, site_url)


def _is_rooted(text: str) -> bool:
    """Whether it begins with a slash or a scheme. ``name.html`` and ``a/b:c`` do not."""
    return text.startswith("/") or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text) is not None


def _filled(pattern: str, traits: Traits) -> str:
    """The path without its first slash, with neither empty nor upward parts."""
    path = "".join([part if fill is None else fill(traits) for part, fill in _split(pattern)])
    path = path.lstrip("/")
    if "//" in path:
        path = _SLASHES.sub("/", path)
    if "." not in path:
        return path
    return "/".join(part for part in path.split("/") if part not in (".", ".."))


@lru_cache(maxsize=64)
def _split(pattern: str) -> tuple[tuple[str, Callable[[Traits], str] | None], ...]:
    """The parts of a pattern, and what fills each that is a placeholder."""
    return tuple(
        (part, _FILL[part] if at % 2 else None)
        for at, part in enumerate(_PLACEHOLDER.split(pattern))
    )


def _pretty(text: str) -> str:
    return slugify(text, "pretty", cased=True)
