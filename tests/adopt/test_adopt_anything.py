"""Whatever a configuration says, it is taken, refused or passed over: nothing in it is a crash."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tryout import TODAY

from publisher.adopt.compose import Setting, compose
from publisher.adopt.takeover import adopted
from publisher.adopt.tree import Tree
from publisher.config.document import read_document
from publisher.config.environment import expander
from publisher.content.habits import Generator
from publisher.domain.errors import Refused

JEKYLL = ("title", "name", "url", "baseurl", "description", "author", "email", "lang", "timezone",
          "source", "collections_dir", "permalink", "collections", "excerpt_separator", "defaults",
          "feed", "future")  # fmt: skip
HUGO = ("baseURL", "title", "languageCode", "timeZone", "contentDir", "permalinks", "uglyURLs",
        "params", "author", "languages", "defaultContentLanguage", "frontmatter", "taxonomies",
        "services", "rssLimit", "disablePathToLower")  # fmt: skip
ZOLA = ("base_url", "title", "description", "default_language", "author", "extra", "slugify",
        "ignored_content", "languages", "feed_limit", "taxonomies")  # fmt: skip

TEXTS = st.sampled_from(["", " ", "x", "en_US", "/:title/", "a: b # [c]", "https://e.example.com",
                         "${HOME}", "ünï\ncödé", "../..", "no", "10", "*", "\u2028"])  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 9999), st.floats(-5, 5), TEXTS)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "email", "posts", "permalink", "page", "scope", "values",
                             "path", "type", "date", "en", "de", "author", "rss", "limit",
                             "paths"]),
            inner, max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


def table(*keys: str) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(keys), VALUES, max_size=8)


def tried(generator: Generator, tree: Tree) -> None:
    """Take it over: the text says to its reader what was taken, whatever that is."""
    try:
        adoption = adopted(generator, tree)
    except Refused:
        return
    text = compose(adoption, Setting(prefix="blog", today=TODAY))
    document = read_document(text.encode(), "config.yaml", expander({}))
    site = document.values["site"]
    assert isinstance(site, dict)
    for one in adoption.taken:
        section, _, key = one.key.partition(".")
        if section == "site" and isinstance(one.value, str):
            assert site[key] == one.value


@settings(max_examples=60, deadline=None)
@given(config=table(*JEKYLL))
def test_any_configuration_of_jekyll(config: dict[str, object]) -> None:
    text = yaml.safe_dump(config, allow_unicode=True)
    tree = Tree(files=frozenset({"_config.yml"}), texts={"_config.yml": text})
    tried("jekyll", tree)


@settings(max_examples=60, deadline=None)
@given(config=table(*HUGO))
def test_any_configuration_of_hugo(config: dict[str, object]) -> None:
    files = frozenset({"config.json", "content/posts/a.md", "content/a/b/c.md"})
    tree = Tree(files=files, texts={"config.json": json.dumps(config)})
    tried("hugo", tree)


@settings(max_examples=60, deadline=None)
@given(config=table(*ZOLA))
def test_any_configuration_of_zola(config: dict[str, object]) -> None:
    lines = [f"{key} = {_toml(value)}" for key, value in config.items() if value is not None]
    tree = Tree(files=frozenset({"config.toml"}), texts={"config.toml": "\n".join(lines)})
    tried("zola", tree)


def _toml(value: object) -> str:
    if isinstance(value, dict):
        pairs = (f"{key} = {_toml(one)}" for key, one in value.items() if one is not None)
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(one) for one in value if one is not None)}]"
    return json.dumps(value)


@pytest.mark.parametrize("generator", ["eleventy", "astro", "docusaurus", "pelican"])
@pytest.mark.parametrize(
    "script",
    ["", "{", "url: '", "metadata: { author: {", "site: 'https://e.example.com", "blog: { path: '",
     "/* never closed", "SITEURL = [", "ARTICLE_URL = 5\nPATH = None", "PAGE_PATHS = 3",
     "title: `a ${b}`", "x" * 10_000, "url = 'https://e.example.com'\n" * 1000],
)  # fmt: skip
def test_any_script(generator: Generator, script: str) -> None:
    names = ("eleventy.config.js", "astro.config.mjs", "docusaurus.config.js", "pelicanconf.py",
             "src/_data/metadata.json", "src/consts.ts", "src/posts/posts.json")  # fmt: skip
    tree = Tree(files=frozenset(names), texts=dict.fromkeys(names, script))
    tried(generator, tree)
