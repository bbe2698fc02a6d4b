"""Zola: ``config.toml`` (getzola.org/documentation/getting-started/configuration)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.adopt.adoption import Adoption, Takings, is_text
from publisher.adopt.texts import table
from publisher.adopt.tree import Tree


def zola(tree: Tree) -> Adoption:
    """What a Zola blog says of itself. Raises Unreadable."""
    name = "config.toml"
    config = table(name, tree.text(name) or "")
    extra = _table(config, "extra")
    takings = Takings()
    takings.words("site.title", config.get("title"), f"title in {name}")
    takings.url(config.get("base_url"), None, f"base_url in {name}")
    takings.words("site.description", config.get("description"), f"description in {name}")
    takings.author(config.get("author"), f"author in {name}", extra.get("email"))
    takings.author(extra.get("author"), f"extra.author in {name}", extra.get("email"))
    takings.language(config.get("default_language"), f"default_language in {name}")
    takings.take("content.path", "content", "Zola's own")
    _slugs(config, name, takings)
    _ignore(config, name, takings)
    takings.count("feeds.entries", config.get("feed_limit"), f"feed_limit in {name}")
    _taxonomies(config, name, takings)
    takings.take("feeds.baseline_ids", "permalink", "ids as Zola's feed had them")
    takings.note("send readers of the old feed, /atom.xml or /rss.xml, on to the new one")
    return takings.done("zola")


def _table(config: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = config.get(key)
    return found if isinstance(found, dict) else {}


def _slugs(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    slugify = config.get("slugify")
    rules = slugify if isinstance(slugify, dict) else {}
    if rules.get("paths_keep_dates") is True:
        takings.take(
            "content.permalink", "/:sections/:filename/", f"slugify.paths_keep_dates in {name}"
        )
    paths = rules.get("paths")
    if paths is False:
        paths = "off"
    if paths in ("safe", "off"):
        takings.take("content.slugs", paths, f"slugify.paths in {name}")


def _ignore(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    globs = config.get("ignored_content")
    ignored = [one for one in globs if is_text(one)] if isinstance(globs, list) else []
    languages = [f"*.{code}.md" for code in sorted(_table(config, "languages"))]
    takings.take("content.ignore", ignored + languages, f"ignored_content, languages in {name}")


def _taxonomies(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    listed = config.get("taxonomies")
    terms = [
        str(one["name"])
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict) and is_text(one.get("name"))
    ]
    if sorted(terms) != ["categories", "tags"]:
        takings.take("feeds.taxonomies", terms, f"taxonomies in {name}")
