"""Pelican: the literals of ``pelicanconf.py`` and ``publishconf.py``; neither is ever run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from publisher.adopt.adoption import Adoption, Takings, is_text, named
from publisher.adopt.texts import assignments
from publisher.adopt.tree import Tree

_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_CODES = {"%Y": ":year", "%y": ":short_year", "%m": ":month", "%d": ":day", "%b": ":short_month",
          "%B": ":long_month", "%H": ":hour", "%M": ":minute", "%S": ":second", "%j": ":y_day",
          "%-m": ":i_month", "%-d": ":i_day"}  # fmt: skip
_CODE = re.compile(r"%-?[A-Za-z]")


def pelican(tree: Tree) -> Adoption:
    """What a Pelican blog says of itself."""
    name = "pelicanconf.py"
    config = assignments(tree.text(name) or "")
    config |= {key: value for key, value in assignments(tree.text("publishconf.py") or "").items()
               if value not in ("", None)}  # fmt: skip
    takings = Takings()
    takings.words("site.title", config.get("SITENAME"), f"SITENAME in {name}")
    takings.url(config.get("SITEURL"), None, f"SITEURL in {name} or publishconf.py")
    takings.words("site.description", config.get("SITESUBTITLE"), f"SITESUBTITLE in {name}")
    takings.author(config.get("AUTHOR"), f"AUTHOR in {name}", config.get("EMAIL"))
    takings.language(config.get("DEFAULT_LANG"), f"DEFAULT_LANG in {name}")
    takings.zone(config.get("TIMEZONE"), f"TIMEZONE in {name}")
    _content(tree, config, name, takings)
    takings.count("feeds.entries", config.get("FEED_MAX_ITEMS"), f"FEED_MAX_ITEMS in {name}")
    takings.take("feeds.baseline_ids", "permalink", "ids as Pelican's feeds had them")
    takings.note("send readers of the old feeds, such as /feeds/all.atom.xml, on to the new ones")
    return takings.done("pelican")


def _content(tree: Tree, config: Mapping[str, Any], name: str, takings: Takings) -> None:
    path = str(config.get("PATH") or "content").strip("/").removeprefix("./") or "."
    articles = [one for one in _texts(config.get("ARTICLE_PATHS")) if one.strip("/")]
    if len(articles) == 1:
        takings.note(f"ARTICLE_PATHS: only {articles[0]} is read; categories are its folders")
        path = f"{path}/{articles[0].strip('/')}"
    takings.take("content.path", path, f"PATH in {name}, or Pelican's own")
    _permalink(config, name, takings)
    pages = _texts(config.get("PAGE_PATHS")) or ["pages"]
    drafts = _texts(config.get("ARTICLE_EXCLUDES"))
    ignored = [f"/{one.strip('/')}" for one in (*pages, *drafts) if one.strip("/")]
    takings.take("content.ignore", ignored, "PAGE_PATHS and ARTICLE_EXCLUDES, or Pelican's own")
    if other := named(tree.files, (".rst", ".rest", ".adoc", ".ipynb")):
        takings.note(f"files that are neither Markdown nor HTML are not read: {other}")


def _permalink(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    said = config.get("ARTICLE_URL")
    slug = ":slug"
    source = f"ARTICLE_URL in {name}"
    if config.get("SLUGIFY_SOURCE") == "basename":
        slug, source = ":filename", f"{source}, SLUGIFY_SOURCE"
    if "(?P<slug>" in f"{config.get('FILENAME_METADATA')}{config.get('PATH_METADATA')}":
        slug, source = ":name", f"{source}, FILENAME_METADATA"
    pattern = _pattern(said if is_text(said) else "{slug}.html", slug)
    if pattern is None:
        takings.note(f"ARTICLE_URL {said!r} says what is not known here: set content.permalink")
    elif pattern != "/:slug.html":
        takings.take("content.permalink", pattern, source)


def _pattern(url: str, slug: str) -> str | None:
    """A format string of Pelican as a pattern; None for what there is no placeholder for."""
    unknown = False

    def placeholder(found: re.Match[str]) -> str:
        nonlocal unknown
        if found[1] == "date" and found[2]:
            codes = _CODE.findall(found[2])
            unknown = unknown or not all(code in _CODES for code in codes)
            return _CODE.sub(lambda code: _CODES.get(code[0], ""), found[2])
        known = {"slug": slug, "category": ":category", "author": ":author"}
        unknown = unknown or found[1] not in known
        return known.get(found[1], "")

    pattern = _FIELD.sub(placeholder, url.strip())
    return None if unknown else f"/{pattern.lstrip('/')}"


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list | tuple) else []
