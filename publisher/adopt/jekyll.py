"""Jekyll: what ``_config.yml`` says (jekyllrb.com/docs/configuration)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from publisher.adopt.adoption import Adoption, Takings, is_text
from publisher.adopt.texts import table
from publisher.adopt.tree import Tree
from publisher.content.permalink import STYLES, unknown_placeholders

#: Folders with posts of other people's software in them.
_FOREIGN = ("node_modules", "vendor")


def jekyll(tree: Tree) -> Adoption:
    """What a Jekyll blog says of itself. Raises Unreadable."""
    name = tree.first(r"_config\.(?:ya?ml|toml)") or "_config.yml"
    config = table(name, tree.text(name) or "")
    takings = Takings()
    _site(tree, config, name, takings)
    _content(tree, config, name, takings)
    _feeds(config, name, takings)
    if config.get("future") is True:
        takings.note("future: true: Jekyll shows posts before their date; publisher waits for it")
    return takings.done("jekyll")


def _site(tree: Tree, config: Mapping[str, Any], name: str, takings: Takings) -> None:
    for key in ("title", "name"):
        takings.words("site.title", config.get(key), f"{key} in {name}")
    base = config.get("baseurl")
    both = "url and baseurl" if is_text(base) and str(base).strip("/") else "url"
    if not takings.url(config.get("url"), base, f"{both} in {name}"):
        cname = (tree.text("CNAME") or "").strip()
        takings.url(f"https://{cname}" if cname else None, base, "CNAME")
    for key in ("description", "tagline"):
        takings.words("site.description", config.get(key), f"{key} in {name}")
    takings.author(_author(tree, config), f"author in {name}", config.get("email"))
    for key in ("lang", "locale", "language"):
        takings.language(config.get(key), f"{key} in {name}")
    if not takings.zone(config.get("timezone"), f"timezone in {name}"):
        takings.note(
            f"no timezone in {name}: Jekyll takes that of the machine it runs on; UTC holds here"
        )


def _author(tree: Tree, config: Mapping[str, Any]) -> Any:
    """The author; one that is a key of ``_data/authors.yml`` as that file has it."""
    author = config.get("author")
    path = tree.first(r"_data/authors\.ya?ml")
    if isinstance(author, str) and path is not None:
        person = table(path, tree.texts.get(path, "")).get(author)
        return {"name": author, **person} if isinstance(person, dict) else author
    return author


def _content(tree: Tree, config: Mapping[str, Any], name: str, takings: Takings) -> None:
    path = str(config.get("source") or ".").strip("/") or "."
    if is_text(config.get("collections_dir")):
        path = f"{path}/{config['collections_dir'].strip('/')}".removeprefix("./")
    takings.take("content.path", path, "where _posts and _drafts are")
    _permalink(config, name, takings)
    separator = config.get("excerpt_separator")
    if is_text(separator):
        takings.take("content.excerpt_separator", separator.strip(), f"excerpt_separator in {name}")
    elif isinstance(separator, str) and separator not in ("", "\n\n"):
        takings.note(f"excerpt_separator in {name} is blank lines, which end no excerpt here")
    takings.take("content.defaults", _defaults(config, path), f"defaults in {name}")
    authors = tree.first(r"_data/authors\.ya?ml")
    takings.take("content.authors", authors, "the people whom posts name by a key")
    if path == ".":
        takings.take("content.ignore", list(_FOREIGN), "folders of installed software")


def _permalink(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    collections = config.get("collections")
    posts = collections.get("posts") if isinstance(collections, dict) else None
    own = posts.get("permalink") if isinstance(posts, dict) else None
    source = f"{'collections.posts.permalink' if own else 'permalink'} in {name}"
    said = own or config.get("permalink")
    if not is_text(said):
        takings.take("content.permalink", "date", "Jekyll's own, for want of permalink")
        return
    pattern = str(said).strip().replace(":collection", "posts")
    if pattern not in STYLES and not pattern.startswith("/"):
        pattern = f"/{pattern}"
    if unknown := unknown_placeholders(pattern):
        takings.note(f"{source}: {', '.join(unknown)} is not known here; set content.permalink")
        return
    takings.take("content.permalink", pattern, source)


def _defaults(config: Mapping[str, Any], path: str) -> list[dict[str, Any]]:
    """Those for posts and drafts, in the order in which the later ones win."""
    found = []
    listed = config.get("defaults")
    for one in listed if isinstance(listed, list) else ():
        scope = one.get("scope") if isinstance(one, dict) else None
        values = one.get("values") if isinstance(one, dict) else None
        if not isinstance(scope, dict) or not isinstance(values, dict) or not values:
            continue
        kind, below = scope.get("type"), str(scope.get("path") or "").strip("/")
        if kind not in (None, "", "posts", "drafts"):
            continue
        below = below.removeprefix(f"{path}/")
        if kind == "drafts" and not below:
            below = "_drafts"
        found.append((len(below), bool(kind), {"path": below, "values": values}))
    # Jekyll: the longer path wins, of equal ones that with a type, of equal ones the later.
    return [default for _, _, default in sorted(found, key=lambda one: one[:2])]


def _feeds(config: Mapping[str, Any], name: str, takings: Takings) -> None:
    feed = config.get("feed")
    feed = feed if isinstance(feed, dict) else {}
    takings.count("feeds.entries", feed.get("posts_limit"), f"feed.posts_limit in {name}")
    if feed.get("excerpt_only") is True:
        takings.take("feeds.full_content", "false", f"feed.excerpt_only in {name}")
    takings.take("feeds.baseline_ids", "permalink", "ids as jekyll-feed made them")
    path = feed.get("path") or "feed.xml"
    takings.note(f"send readers of the old feed, /{str(path).lstrip('/')}, on to the new atom.xml")
