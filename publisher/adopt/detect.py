"""Which program makes a blog, by the files that only it has."""

from __future__ import annotations

import re

from publisher.adopt.tree import Tree
from publisher.content.habits import Generator

_HUGO_CONFIG = r"hugo\.(?:toml|ya?ml|json)|config/_default/.*"
_CONFIG = ("config.toml", "config.yaml", "config.yml", "config.json")
_ELEVENTY = r"\.?eleventy(?:\.config)?\.[cm]?[jt]s"
_SIGNS = (
    r"docusaurus\.config\.\w+|astro\.config\.\w+|pelicanconf\.py|hugo\.(?:toml|ya?ml|json)"
    r"|_config\.ya?ml|\.?eleventy(?:\.config)?\.[cm]?js"
)
_POSTS = r"(?:.*/)?_posts/.*"


def detect(tree: Tree) -> Generator | None:
    """The generator; None where no sign of a known one is there."""
    if tree.first(r"docusaurus\.config\.\w+"):
        return "docusaurus"
    if tree.first(r"astro\.config\.\w+"):
        return "astro"
    if tree.first(_ELEVENTY) or _depends(tree, "@11ty/eleventy"):
        return "eleventy"
    if tree.first(r"pelicanconf\.py"):
        return "pelican"
    if tree.first(_HUGO_CONFIG):
        return "hugo"
    if _depends(tree, "hexo"):
        return None
    if tree.first(r"_config\.(?:ya?ml|toml)") or tree.first(_POSTS):
        return "jekyll"
    config = tree.text(*_CONFIG)
    if config is None:
        return None
    if re.search(r"^\s*base_url\s*=", config, re.MULTILINE):
        return "zola"
    return "hugo" if re.search(r"^[\s\"]*baseurl\b", config, re.MULTILINE | re.I) else None


def blogs_below(tree: Tree) -> str | None:
    """The first folder of a tree that looks like a blog, where the whole does not."""
    signs = rf"(.+)/(?:{_SIGNS})"
    found = (
        re.fullmatch(signs, path)
        for path in sorted(tree.files, key=lambda one: (one.count("/"), one))
    )
    return next((one[1] for one in found if one is not None), None)


def _depends(tree: Tree, package: str) -> bool:
    return f'"{package}"' in (tree.text("package.json") or "")
