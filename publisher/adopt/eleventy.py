"""Eleventy: its configuration is a program, which is not run; data files say most of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.adopt.adoption import Adoption, Takings, is_text
from publisher.adopt.texts import Unreadable, block, literal, table
from publisher.adopt.tree import Tree
from publisher.content.habits import eleventy_pattern

_CONFIG = r"\.?eleventy(?:\.config)?\.[cm]?[jt]s"
_METADATA = r"(?:.*/)?_data/(?:metadata|site|meta|config|siteConfig)\.(?:json|ya?ml|[cm]?js|ts)"
_FOLDER_DATA = r"(?:.*/)?(?:([\w-]+)/\1\.json|[\w-]+/[\w-]+\.11tydata\.(?:json|[cm]?js))"

#: Of a folder's data, what is no business of a feed.
_LEFT_OUT = frozenset({"layout", "tags", "eleventynavigation", "eleventyexcludefromcollections"})


def eleventy(tree: Tree) -> Adoption:
    """What an Eleventy blog says of itself, as far as that can be read."""
    name = tree.first(_CONFIG)
    script = tree.texts.get(name or "", "")
    takings = Takings()
    prefix = literal(script, "pathPrefix")
    for path in tree.all(_METADATA):
        _site(_data(tree, path, takings), path, prefix, takings)
    _site_script(script, name or "", prefix, takings)
    source = _input(tree, script)
    takings.take("content.path", source, f"where the posts are; input in {name or 'no file'}")
    _defaults(tree, source, takings)
    if source == ".":
        takings.take("content.ignore", ["node_modules"], "folder of installed software")
    takings.take("feeds.baseline_ids", "permalink", "ids as Eleventy's feed plugin had them")
    takings.note("the configuration of Eleventy is a program and was not run: check the URLs")
    takings.note("send readers of the old feed, such as /feed.xml, on to the new one")
    return takings.done("eleventy")


def _data(tree: Tree, path: str, takings: Takings) -> dict[str, Any]:
    """The keys of a data file; of a script those that are literal."""
    text = tree.texts.get(path, "")
    if path.endswith((".json", ".yml", ".yaml")):
        try:
            return table(path, text)
        except Unreadable as error:
            takings.note(str(error))
            return {}
    keys = ("title", "url", "description", "language", "lang", "timezone", "permalink", "base")
    found: dict[str, Any] = {key: literal(text, key) for key in keys}
    author = block(text, "author")
    person = {key: literal(author, key) for key in ("name", "email", "url")} if author else None
    return {**found, "author": person or literal(text, "author")}


def _site(data: Mapping[str, Any], path: str, prefix: str | None, takings: Takings) -> None:
    for key in ("title", "name"):
        takings.words("site.title", data.get(key), f"{key} in {path}")
    for key in ("url", "base", "baseUrl"):
        takings.url(data.get(key), prefix, f"{key} in {path}")
    takings.words("site.description", data.get("description"), f"description in {path}")
    takings.author(data.get("author"), f"author in {path}", data.get("email"))
    for key in ("language", "lang"):
        takings.language(data.get(key), f"{key} in {path}")


def _site_script(script: str, name: str, prefix: str | None, takings: Takings) -> None:
    """The metadata that the feed plugin is given in the configuration itself."""
    data = block(script, "metadata")
    author = block(data, "author")
    person = {key: literal(author, key) for key in ("name", "email")}
    beside = data.replace(author, "") if author else data
    found = {key: literal(beside, key) for key in ("title", "base", "language")}
    found["description"] = literal(beside, "subtitle")
    _site({**found, "author": person}, name, prefix, takings)


def _input(tree: Tree, script: str) -> str:
    """The folder that URLs begin below: as the configuration says, or as the data folder does."""
    said = literal(block(script, "dir"), "input") or literal(script, "input")
    if said is not None:
        return said.strip("/").removeprefix("./") or "."
    data = tree.first(r"(?:[\w-]+/)?_(?:data|includes)/.*")
    return data.rpartition("_")[0].split("_")[0].strip("/") or "." if data else "."


def _defaults(tree: Tree, source: str, takings: Takings) -> None:
    """The data of folders, which their posts inherit."""
    found = []
    start = "" if source == "." else f"{source}/"
    for path in sorted(tree.all(_FOLDER_DATA), key=lambda one: one.count("/")):
        folder = path.rpartition("/")[0]
        if not folder.startswith(start) or "_" in (folder[:1], folder.removeprefix(start)[:1]):
            continue
        values = {
            key: value
            for key, value in _data(tree, path, takings).items()
            if key.lower() not in _LEFT_OUT and isinstance(value, str | bool | int)
        }
        link = values.get("permalink")
        if is_text(link) and eleventy_pattern(link) is None:
            takings.note(
                f"{path}: the permalink {link!r} can't be told here; set content.permalink"
            )
            del values["permalink"]
        if values:
            found.append({"path": folder.removeprefix(start), "values": values})
    takings.take("content.defaults", found, "the data files of folders")
