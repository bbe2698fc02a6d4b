"""Astro: its configuration is a program, which is not run; its literals and its files are read."""

from __future__ import annotations

import re
from collections import Counter

from publisher.adopt.adoption import Adoption, Takings, is_text
from publisher.adopt.texts import block, literal
from publisher.adopt.tree import Tree

_CONFIG = r"astro\.config\.\w+"
_POST = r"(src/(?:content|data)/[\w-]+|src/pages/[\w-]+|src/content)/.+\.(?:md|mdx)"
_ROUTE = r"src/pages/((?:[\w-]+/)*)\[(?:\.\.\.)?\w+\](?:/index)?\.(?:astro|[jt]sx?)"
_BLOGS = ("blog", "posts", "post", "articles", "writing", "journal", "notes")


def astro(tree: Tree) -> Adoption:
    """What an Astro blog says of itself, as far as that can be read."""
    name = tree.first(_CONFIG) or "astro.config"
    script = tree.texts.get(name, "")
    takings = Takings()
    takings.url(literal(script, "site"), literal(script, "base"), f"site in {name}")
    for path in tree.all(r"src/(?:consts|config|site\.config)\.\w+"):
        _constants(tree.texts.get(path, ""), path, takings)
    source = _posts(tree)
    takings.take("content.path", source or "src/content/blog", "where the posts are")
    slash = "" if literal(script, "trailingSlash") == "never" else "/"
    if literal(block(script, "build"), "format") == "file":
        slash = ""
    route = _route(tree, source or "")
    if (pattern := f"/{route}:path{slash}") != "/blog/:path/":
        takings.take("content.permalink", pattern, "where src/pages has the route of posts")
    takings.take("feeds.baseline_ids", "permalink", "ids as Astro's rss had them")
    takings.note("the configuration of Astro is a program and was not run: check the URLs")
    takings.note("send readers of the old feed, such as /rss.xml, on to the new one")
    return takings.done("astro")


def _constants(text: str, path: str, takings: Takings) -> None:
    takings.words("site.title", literal(text, "SITE_TITLE", "title"), f"the title in {path}")
    takings.url(literal(text, "SITE_URL", "website", "url"), None, f"the address in {path}")
    words = literal(text, "SITE_DESCRIPTION", "description", "desc")
    takings.words("site.description", words, f"the description in {path}")
    email = literal(text, "email", "EMAIL")
    takings.author(literal(text, "AUTHOR", "author"), f"the author in {path}", email)
    takings.language(literal(text, "lang", "locale", "LANG"), f"the language in {path}")
    zone = literal(text, "timezone", "timeZone")
    if is_text(zone):
        takings.zone(zone, f"the time zone in {path}")


def _posts(tree: Tree) -> str | None:
    """The folder of posts: one with a usual name, else that with the most files."""
    counts = Counter(
        found[1] for path in tree.files if (found := re.fullmatch(_POST, path)) is not None
    )
    for name in _BLOGS:
        for folder in sorted(counts):
            if folder.rpartition("/")[2] == name:
                return folder
    return min(counts, key=lambda folder: (-counts[folder], folder)) if counts else None


def _route(tree: Tree, source: str) -> str:
    """What stands before a post's own part of the URL, with a slash at its end where not empty."""
    name = source.rpartition("/")[2]
    if source.startswith("src/pages/"):
        return f"{source.removeprefix('src/pages/')}/"
    routes = sorted({found[1] for path in tree.files
                     if (found := re.fullmatch(_ROUTE, path)) is not None})  # fmt: skip
    for wanted in (name, *_BLOGS):
        if f"{wanted}/" in routes:
            return f"{wanted}/"
    single = [route for route in routes if not re.match(r"(?:tags?|categor|authors?|page)", route)]
    return single[0] if single else "blog/"
