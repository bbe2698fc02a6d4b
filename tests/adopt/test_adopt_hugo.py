"""Hugo's settings that change URLs."""

from __future__ import annotations

import pytest
from blogfiles import yaml_post
from tryout import Adopt

DATED = yaml_post("title: Ça Va", "date: 2026-01-05")


def hugo(settings: str) -> dict[str, str]:
    return {
        "hugo.toml": f'baseURL = "https://x.example.com"\ntitle = "X"\n{settings}\n',
        "content/posts/Été.md": DATED,
        "content/posts/deep/er/2026-01-07-Named.md": yaml_post("title: N"),
        "content/top.md": DATED,
    }


@pytest.mark.parametrize(
    ("settings", "paths"),
    [
        ("", ["posts/deep/er/2026-01-07-named/", "posts/%C3%A9t%C3%A9/", "top/"]),
        ("uglyURLs = true", ["posts/deep/er/2026-01-07-named.html", "posts/%C3%A9t%C3%A9.html",
                             "top.html"]),
        ("disablePathToLower = true", ["posts/deep/er/2026-01-07-Named/", "posts/%C3%89t%C3%A9/",
                                       "top/"]),
        ("removePathAccents = true", ["posts/deep/er/2026-01-07-named/", "posts/ete/", "top/"]),
        ('[frontmatter]\ndate = [":filename", ":default"]',
         ["posts/deep/er/named/", "posts/%C3%A9t%C3%A9/", "top/"]),
        ('[permalinks]\nposts = "/:sections[1:]/:filename"',
         ["deep/er/2026-01-07-named/", "%C3%A9t%C3%A9/", "top/"]),
        ('[permalinks]\nposts = "/:section/:sections[last]/:title"',
         ["posts/er/n/", "posts/posts/%C3%A7a-va/", "top/"]),
        ('[permalinks.page]\n"posts/deep" = "/d/:slug"\n"/" = "/root/:slugorfilename"\n'
         '[permalinks.section]\nposts = "/no/"',
         ["d/n/", "posts/%C3%A9t%C3%A9/", "root/top/"]),
        ('uglyURLs = true\n[permalinks]\nposts = "/:2006/:monthname/:slug/"',
         ["2026/january/n.html", "2026/january/%C3%A7a-va.html", "top.html"]),
    ],
)  # fmt: skip
def test_settings_change_urls_as_in_hugo(settings: str, paths: list[str], adopt: Adopt) -> None:
    urls = [
        url.removeprefix("https://x.example.com/") for url in adopt(hugo(settings)).urls.values()
    ]
    assert urls == paths


def test_a_configuration_in_parts_is_read_as_one(adopt: Adopt) -> None:
    done = adopt({
        "config/_default/hugo.yaml": "baseURL: https://x.example.com\ntitle: X\n",
        "config/_default/params.toml": 'description = "D"\n[author]\nname = "Ada Example"\n',
        "config/_default/permalinks.toml": 'posts = "/p/:slug"\n',
        "config/_default/languages.en.toml": 'title = "English"\ncontentDir = "content/en"\n',
        "content/en/posts/a.md": DATED,
        "content/de/posts/a.md": DATED,
    }, target="to")  # fmt: skip
    taken = {one.key: one.value for one in done.takeover.adoption.taken}
    assert taken["site.title"] == "English"
    assert taken["site.description"] == "D"
    assert taken["site.author"] == {"name": "Ada Example"}
    assert done.urls == {"blog/content/en/posts/a.md": "https://x.example.com/p/%C3%A7a-va/"}
