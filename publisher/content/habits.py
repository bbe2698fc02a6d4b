"""What each generator does with its posts: their URLs, their feed ids, which files are posts.

Read in the generators' own sources, and tried where one is at hand: Jekyll's ``URL`` and
``Document``, Hugo's ``permalinks.go`` and ``page_paths.go``, Zola's ``Page::parse``, Eleventy's
``TemplateFileSlug`` and ``TemplatePermalink``, Docusaurus's ``blogUtils``, Astro's glob loader and
Pelican's ``contents``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from posixpath import dirname
from typing import Literal, get_args
from urllib.parse import urlsplit

from publisher.content.letters import unaccented
from publisher.content.links import path_encoded
from publisher.content.permalink import COMMON, Fill, Habits, Traits
from publisher.content.slug import (
    github_slug,
    pelican_slug,
    safe_slug,
    sanitized,
    slugify,
    zola_slug,
)

Generator = Literal["none", "jekyll", "hugo", "eleventy", "zola", "astro", "docusaurus", "pelican"]
GENERATORS: tuple[Generator, ...] = get_args(Generator)

#: How a generator's own slugs are changed by its settings: Hugo's ``disablePathToLower`` and
#: ``removePathAccents``, Zola's ``slugify.paths``.
Slugs = Literal["usual", "cased", "unaccented", "safe", "off"]
SLUGS: tuple[Slugs, ...] = get_args(Slugs)

_JEKYLL_POST = re.compile(r"/_drafts/|/_posts/(?:.*/)?\d{2,4}-\d{1,2}-\d{1,2}-[^/]*$", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ELEVENTY_DATE = re.compile(r"\d{4}-\d{2}-\d{2}-(.*)", re.ASCII)
_ELEVENTY_OUTPUT = re.compile(r"\{\{-?\s*([^{}|]+?)\s*(?:\|\s*([\w: \"'%,/.()-]+?)\s*)?-?\}\}")
_DOCUSAURUS = re.compile(
    r"(?P<folder>.*)(?P<date>\d{4}[-/]\d{1,2}[-/]\d{1,2})[-/]?(?P<text>.*?)(?:/index)?", re.ASCII
)


@lru_cache(maxsize=32)
def habits_of(generator: Generator, slugs: Slugs = "usual") -> Habits:
    """The habits of a generator, as its settings change them."""
    return _OF[generator](slugs)


def is_post_of(generator: Generator) -> Callable[[str], bool]:
    """Which files can be posts, by their paths below the content folder.

    In Jekyll those in ``_posts`` whose names begin with a date, and those in ``_drafts``; all else
    is pages, which no feed has. In Docusaurus nothing in a folder for tests.
    """
    if generator == "jekyll":
        return lambda below: _JEKYLL_POST.search(f"/{below}") is not None
    if generator == "docusaurus":
        return lambda below: "__tests__/" not in below
    return lambda below: True


def date_in_folders(generator: Generator, below: str) -> str | None:
    """The date in the folders of a path, less extension, where the generator looks for one there.

    Docusaurus takes ``2026/01/05-name`` and ``2026-01-05/name``, Eleventy any ``2026-01-05``.
    """
    if generator == "docusaurus" and (found := _DOCUSAURUS.fullmatch(below)):
        return found["date"].replace("/", "-")
    if generator == "eleventy" and (dated := _DATE.search(below)):
        return dated[0]
    return None


def former_id(generator: Generator, url: str, traits: Traits, site_url: str) -> str | None:
    """The id that the generator's own feed gave a post; None where that is the URL itself."""
    if generator == "jekyll" and url.startswith(f"{site_url}/"):
        # Document#id: the folder of the URL, and the slug as it was written.
        folder = dirname(url.removeprefix(site_url).rstrip("/"))
        slug = path_encoded(traits.slug or traits.place.name.rstrip("."))
        return f"{site_url}{folder.rstrip('/')}/{slug}"
    if generator == "pelican":
        # feedgenerator's get_tag_uri, of the link and the date.
        parts = urlsplit(url)
        return f"tag:{parts.hostname},{traits.date:%Y-%m-%d}:{parts.path}"
    return None


def _none(_: Slugs) -> Habits:
    return COMMON


def _jekyll(_: Slugs) -> Habits:
    def title(traits: Traits) -> str:
        return slugify(traits.slug or traits.place.name.rstrip("."), "pretty", cased=True)

    return Habits(
        pattern="date",
        keys=("permalink",),
        fill={"title": title, "name": title, "slug": lambda t: slugify(t.slug or t.place.name)},
    )


def _hugo(slugs: Slugs) -> Habits:
    def finish(path: str) -> str:
        if slugs == "unaccented":
            path = unaccented(path)
        return sanitized(path) if slugs == "cased" else sanitized(path).lower()

    def unescaped(said: Fill) -> Fill:
        # What a configured pattern comes to is unescaped as a query is: + becomes a space.
        return lambda traits: said(traits).replace("+", " ")

    def slug_or_stem(traits: Traits) -> str:
        return traits.slug or traits.place.stem

    stem = unescaped(lambda t: t.place.stem)
    return Habits(
        pattern="/:sections/:basename/",
        keys=("url",),
        own=lambda text, _: text if text.endswith("/") or "." in text else f"{text}/",
        fill={
            "basename": slug_or_stem,
            "name": lambda t: t.slug or t.place.name,
            "title": unescaped(lambda t: t.title or t.place.stem),
            "slug": unescaped(lambda t: t.slug or t.title or t.place.stem),
            "filename": stem,
            "contentbasename": stem,
            "slugorfilename": unescaped(slug_or_stem),
            "slugorcontentbasename": unescaped(slug_or_stem),
        },
        finish=finish,
    )


def _zola(slugs: Slugs) -> Habits:
    slugged: Mapping[Slugs, Callable[[str], str]] = {"safe": safe_slug, "off": lambda text: text}
    made = slugged.get(slugs, zola_slug)
    return Habits(
        pattern="/:sections/:name/",
        keys=("path",),
        own=lambda text, _: f"/{text.strip('/')}/",
        fill={
            "name": lambda t: made(t.slug or t.place.name),
            "filename": lambda t: made(t.slug or t.place.stem),
        },
    )


def _eleventy(_: Slugs) -> Habits:
    return Habits(
        pattern="/:path/",
        keys=("permalink",),
        own=_eleventy_own,
        fill={
            "path": _eleventy_path,
            "name": lambda t: _eleventy_slug(t.place.stem),
            "slug": lambda t: t.slug or _eleventy_slug(t.place.stem),
            "title": lambda t: zola_slug(t.title),
        },
    )


def _eleventy_slug(stem: str) -> str:
    found = _ELEVENTY_DATE.search(stem)
    return found[1] if found else stem


def _eleventy_path(traits: Traits) -> str:
    """The folder and the slug, which is left out where it says what the folder says."""
    folder, _, name = traits.place.below.rpartition("/")
    slug = _eleventy_slug(name)
    same = slug == "index" or slug == folder.rpartition("/")[2]
    return folder if same else f"{folder}/{slug}"


#: What templates in permalinks say most, and the placeholder that says it here.
_SAID = {
    "page.fileslug": ":name", "page.filepathstem": ":path", "title": ":title", "slug": ":slug",
    "page.date.getfullyear()": ":year", "page.date": ":year/:month/:day", "fileslug": ":name",
}  # fmt: skip
#: Filters that make of a text what stands in a URL anyway.
_FILTERS = frozenset({"", "slug", "slugify", "slugify | url", "url"})
_FORMATS = {"%Y": ":year", "%m": ":month", "%d": ":day", "yyyy": ":year", "MM": ":month",
            "dd": ":day", "LL": ":month"}  # fmt: skip


def eleventy_pattern(text: str) -> str | None:
    """A permalink of Eleventy as a pattern; None where it says what can't be known here."""
    unknown = False

    def said(found: re.Match[str]) -> str:
        nonlocal unknown
        name, how = found[1].lower(), found[2] or ""
        if (written := re.search(r"[\"']([^\"']+)[\"']", how)) is not None:
            pattern = re.sub("%[Ymd]|yyyy|MM|LL|dd", lambda one: _FORMATS[one[0]], written[1])
            unknown = unknown or "%" in pattern or name not in ("page.date", "date")
            return pattern
        unknown = unknown or name not in _SAID or how.strip() not in _FILTERS
        return _SAID.get(name, "")

    pattern = _ELEVENTY_OUTPUT.sub(said, text)
    if unknown or "{" in pattern:
        return None
    return pattern.removesuffix("index.html")


def _eleventy_own(text: str, _: Traits) -> str | None:
    if text.lower() == "false":
        return None
    pattern = eleventy_pattern(text)
    if pattern is None:
        raise ValueError(
            "this template can't be filled in here; write the address out, or set content.permalink"
        )
    return pattern


def _docusaurus(_: Slugs) -> Habits:
    return Habits(pattern="/blog/:path", keys=(), fill={"path": _docusaurus_path})


def _docusaurus_path(traits: Traits) -> str:
    if traits.slug:
        return traits.slug.lstrip("/")
    found = _DOCUSAURUS.fullmatch(traits.place.below)
    if found is None:
        return traits.place.below.removesuffix("/index")
    return f"{found['date'].replace('-', '/')}/{found['folder']}{found['text']}"


def _astro(_: Slugs) -> Habits:
    def path(traits: Traits) -> str:
        if traits.slug:
            return traits.slug.strip("/")
        parts = map(github_slug, traits.place.below.split("/"))
        return "/".join(parts).removesuffix("/index")

    return Habits(
        pattern="/blog/:path/",
        keys=(),
        fill={"path": path, "name": lambda t: t.slug or github_slug(t.place.stem)},
    )


def _pelican(_: Slugs) -> Habits:
    return Habits(
        pattern="/:slug.html",
        keys=("url",),
        fill={
            "slug": lambda t: t.slug or pelican_slug(t.title),
            "filename": lambda t: t.slug or pelican_slug(t.place.stem),
            "name": lambda t: t.slug or t.place.name,
            "category": lambda t: pelican_slug("".join(t.categories[:1]) or "misc"),
            "author": lambda t: pelican_slug(t.author),
        },
    )


_OF: Mapping[Generator, Callable[[Slugs], Habits]] = {
    "none": _none, "jekyll": _jekyll, "hugo": _hugo, "eleventy": _eleventy, "zola": _zola,
    "astro": _astro, "docusaurus": _docusaurus, "pelican": _pelican,
}  # fmt: skip
