"""Docusaurus: the literals of its configuration, which is not run, and the files of its blog."""

from __future__ import annotations

from publisher.adopt.adoption import Adoption, Takings
from publisher.adopt.texts import block, literal, word
from publisher.adopt.tree import Tree


def docusaurus(tree: Tree) -> Adoption:
    """What the blog of a Docusaurus site says of itself, as far as that can be read."""
    name = tree.first(r"docusaurus\.config\.\w+") or "docusaurus.config.js"
    script = tree.texts.get(name, "")
    blog = block(script, "blog") or block(script, "blogOptions")
    takings = Takings()
    title = literal(block(blog, "feedOptions"), "title") or literal(blog, "blogTitle")
    takings.words("site.title", title or literal(script, "title"), f"title in {name}")
    takings.url(literal(script, "url"), literal(script, "baseUrl"), f"url and baseUrl in {name}")
    takings.words("site.description", literal(script, "tagline"), f"tagline in {name}")
    locale = literal(block(script, "i18n"), "defaultLocale")
    takings.language(locale, f"i18n.defaultLocale in {name}")
    path = (literal(blog, "path") or "blog").strip("/").removeprefix("./")
    takings.take("content.path", path, f"blog.path in {name}, or Docusaurus's own")
    route = literal(blog, "routeBasePath")
    route = "blog" if route is None else route.strip("/")
    slash = "/" if word(script, "trailingSlash") == "true" else ""
    pattern = f"/{route}/:path{slash}" if route else f"/:path{slash}"
    if pattern != "/blog/:path":
        takings.take("content.permalink", pattern, f"routeBasePath, trailingSlash in {name}")
    authors = literal(blog, "authorsMapPath") or "authors.yml"
    if f"{path}/{authors}" in tree.files:
        takings.take("content.authors", f"{path}/{authors}", "the people whom posts name by a key")
    takings.take("feeds.baseline_ids", "permalink", "ids as Docusaurus's feed had them")
    takings.note("the configuration of Docusaurus is a program and was not run: check the URLs")
    takings.note(f"send readers of the old feed, /{route}/atom.xml or rss.xml, on to the new one")
    return takings.done("docusaurus")
