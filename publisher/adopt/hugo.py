"""Hugo: its configuration files (gohugo.io/configuration), whose keys are of any case."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from publisher.adopt.adoption import Adoption, Takings, is_text
from publisher.adopt.texts import lowered, merged, table
from publisher.adopt.tree import Tree
from publisher.content.permalink import unknown_placeholders

_MAIN = r"(?:hugo|config)\.(?:toml|ya?ml|json)"
_DEFAULT = r"config/_default/([\w.-]+)\.(?:toml|ya?ml|json)"

#: Go's layouts of dates that stand for one placeholder each.
_LAYOUTS = {"2006": "year", "06": "short_year", "01": "month", "1": "i_month", "02": "day",
            "2": "i_day", "jan": "short_month", "january": "long_month"}  # fmt: skip
_TOKEN = re.compile(r":(\w+)")
_SLUG = re.compile(r":(?:basename|slugorcontentbasename|slugorfilename|slug)\b")

_USUAL = "/:sections/:basename/"


def hugo(tree: Tree) -> Adoption:
    """What a Hugo blog says of itself. Raises Unreadable."""
    name, config = _config(tree)
    takings = Takings()
    language = str(config.get("defaultcontentlanguage") or "en").lower()
    languages = config.get("languages")
    languages = languages if isinstance(languages, dict) else {}
    own = languages.get(language)
    own = own if isinstance(own, dict) else {}
    config = merged(config, {key: value for key, value in own.items() if key != "weight"})
    _site(tree, config, name, takings)
    takings.language(language if "defaultcontentlanguage" in config else None, f"in {name}")
    content = str(config.get("contentdir") or "content").strip("/")
    takings.take("content.path", content, f"contentDir in {name}, or Hugo's own")
    _permalinks(tree, config, name, content, takings)
    _slugs(config, name, takings)
    others = [f"*.{code}.md" for code in sorted(languages) if code != language]
    takings.take("content.ignore", others, f"posts in other languages than {language}")
    _feeds(config, name, takings)
    _warn(config, takings)
    return takings.done("hugo")


def _config(tree: Tree) -> tuple[str, dict[str, Any]]:
    """The configuration in one, and what its file is called."""
    whole: dict[str, Any] = {}
    main = tree.first(_MAIN)
    if main is not None:
        whole = lowered(table(main, tree.texts.get(main, "")))
    for path in tree.all(_DEFAULT):
        found = re.fullmatch(_DEFAULT, path)
        part = found[1].lower() if found else ""
        values: dict[str, Any] = lowered(table(path, tree.texts.get(path, "")))
        for key in reversed(() if part in ("hugo", "config") else part.split(".")):
            values = {key: values}
        whole = merged(whole, values)
    return main or "config/_default", whole


def _site(tree: Tree, config: Mapping[str, Any], name: str, takings: Takings) -> None:
    params = config.get("params")
    params = params if isinstance(params, dict) else {}
    takings.words("site.title", config.get("title"), f"title in {name}")
    if not takings.url(config.get("baseurl"), None, f"baseURL in {name}"):
        cname = (tree.text("static/CNAME", "CNAME") or "").strip()
        takings.url(f"https://{cname}" if cname else None, None, "CNAME")
    for key in ("description", "subtitle"):
        takings.words("site.description", params.get(key), f"params.{key} in {name}")
    takings.author(params.get("author"), f"params.author in {name}", params.get("email"))
    takings.author(config.get("author"), f"author in {name}")
    for key in ("languagecode", "locale"):
        takings.language(config.get(key), f"languageCode in {name}")
    takings.zone(config.get("timezone"), f"timeZone in {name}")


def _permalinks(
    tree: Tree, config: Mapping[str, Any], name: str, content: str, takings: Takings
) -> None:
    """Patterns by section; with ugly URLs or slugs from file names one for the others too."""
    ugly = config.get("uglyurls") is True
    named = _slugs_from_names(config)
    source = f"permalinks in {name}"
    patterns: dict[str, str] = {}
    said = config.get("permalinks")
    said = said if isinstance(said, dict) else {}
    said = {**{key: one for key, one in said.items() if isinstance(one, str)},
            **(said["page"] if isinstance(said.get("page"), dict) else {})}  # fmt: skip
    for section, pattern in said.items():
        if not is_text(pattern):
            continue
        made = _pattern(pattern, ugly=ugly, named=named)
        if unknown := unknown_placeholders(made):
            takings.note(f"{source}: {section}: {', '.join(unknown)} is not known here")
            continue
        patterns[section.strip("/")] = made
    usual = _pattern(_USUAL, ugly=ugly, named=named)
    if usual == _USUAL:
        takings.take("content.permalink", patterns, source)
        return
    if not patterns:
        takings.take(
            "content.permalink", usual, f"{'uglyURLs' if ugly else 'frontmatter'} in {name}"
        )
        return
    sections = {path.split("/")[1] for path in tree.files
                if path.startswith(f"{content}/") and path.count("/") > 1}  # fmt: skip
    rest = dict.fromkeys(sorted({"", *sections} - patterns.keys()), usual)
    takings.take("content.permalink", {**patterns, **rest}, source)


def _pattern(said: str, *, ugly: bool, named: bool) -> str:
    """A pattern in our words, with the end that Hugo gives it."""
    made = _TOKEN.sub(lambda one: f":{_LAYOUTS.get(one[1].lower(), one[1].lower())}", said.strip())
    if named:
        made = _SLUG.sub(":name", made)
    return f"/{made.strip('/')}{'.html' if ugly else '/'}"


def _slugs_from_names(config: Mapping[str, Any]) -> bool:
    """Whether slugs come from file names that begin with a date (``:filename`` in frontmatter)."""
    front = config.get("frontmatter")
    dates = front.get("date") if isinstance(front, dict) else None
    return isinstance(dates, list) and ":filename" in dates


def _slugs(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    if config.get("disablepathtolower") is True:
        takings.take("content.slugs", "cased", f"disablePathToLower in {name}")
    if config.get("removepathaccents") is True:
        takings.take("content.slugs", "unaccented", f"removePathAccents in {name}")


def _feeds(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    services = config.get("services")
    rss = services.get("rss") if isinstance(services, dict) else None
    limit = rss.get("limit") if isinstance(rss, dict) else config.get("rsslimit")
    takings.count("feeds.entries", limit, f"the limit of RSS in {name}")
    taxonomies = config.get("taxonomies")
    if isinstance(taxonomies, dict):
        terms = [str(one) for one in taxonomies.values() if is_text(one)]
        if sorted(terms) != ["categories", "tags"]:
            takings.take("feeds.taxonomies", terms, f"taxonomies in {name}")
    takings.take("feeds.baseline_ids", "permalink", "ids as Hugo's RSS had them")
    takings.note("send readers of the old feed, /index.xml, on to the new rss.xml")


def _warn(config: Mapping[str, Any], takings: Takings) -> None:
    if config.get("buildfuture") is True:
        takings.note("buildFuture: Hugo shows posts before their date; publisher waits for it")
    if config.get("builddrafts") is True:
        takings.note("buildDrafts: the site shows drafts; they are in no feed")
    params = config.get("params")
    main = params.get("mainsections") if isinstance(params, dict) else None
    if main:
        takings.note(
            f"mainSections is {main}: dated pages of other sections are posts too, as in Hugo's "
            "feed; list those that are none in content.ignore"
        )
