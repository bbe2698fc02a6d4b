"""A small blog of each generator, taken over: its config.yaml to the letter, its posts' URLs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import blogfiles
import pytest
from tryout import Adopt, names

EXPECTED = Path(__file__).with_name("expected")

URLS: Mapping[str, Mapping[str, str]] = {
    "jekyll": {
        "_drafts/idea.md": "https://tides.example.com/log/1969/12/31/idea.html",
        "_posts/2026-01-05-Low_Water.md": "https://tides.example.com/log/2026/01/04/Low_Water.html",
        "_posts/2026-01-06-high.md": "https://tides.example.com/log/custom/high/",
        "_posts/2026/2026-01-08-slug.markdown":
            "https://tides.example.com/log/2026/01/08/Other-Name.html",
        "tech/_posts/2026-1-7-bits.md":
            "https://tides.example.com/log/tech/deep%20sea/2026/01/07/bits.html",
    },
    "hugo": {
        "content/diary/one.md": "https://sea.example.com/b/2026/01/whats-new-ada/",
        "content/posts/2026-01-05-My_Bundle/index.md":
            "https://sea.example.com/b/posts/2026-01-05-my_bundle/",
        "content/posts/C++ & More.md": "https://sea.example.com/b/posts/c++-more/",
        "content/posts/Sub/Deep Post.md": "https://sea.example.com/b/posts/sub/deep-post/",
        "content/posts/own.md": "https://sea.example.com/b/my/URL/",
        "content/posts/slug.md":
            "https://sea.example.com/b/posts/%C3%BCn%C3%AF-c%C3%B6d%C3%A9/",
    },
    "zola": {
        "content/posts/2026-01-05-Été_à la mer.md": "https://crab.example.org/posts/ete-a-la-mer/",
        "content/posts/bundle/index.md": "https://crab.example.org/posts/other-slug/",
        "content/posts/keyed.md": "https://crab.example.org/posts/keyed/",
        "content/posts/path.md": "https://crab.example.org/2026/01/07/by-path/",
    },
    "eleventy": {
        "src/notes/2026-01-09-note.md": "https://possum.example.com/eleven/n/note/",
        "src/posts/2026-01-05-first.md": "https://possum.example.com/eleven/posts/first/",
        "src/posts/2026-01-07-bundle/index.md":
            "https://possum.example.com/eleven/posts/2026-01-07-bundle/",
        "src/posts/own.md": "https://possum.example.com/eleven/own/my-own/",
        "src/posts/second/second.md": "https://possum.example.com/eleven/posts/second/",
    },
    "astro": {
        "src/content/blog/First Post (2).md":
            "https://stars.example.com/s/writing/first-post-2",
        "src/content/blog/nested/index.mdx": "https://stars.example.com/s/writing/nested",
        "src/content/blog/slug.md": "https://stars.example.com/s/writing/other",
    },
    "docusaurus": {
        "blog/2026-01-05-first.md": "https://dino.example.com/d/news/2026/01/05/first",
        "blog/2026-01-06-folder/index.mdx": "https://dino.example.com/d/news/2026/01/06/folder",
        "blog/2026-01-09-hidden.md": "https://dino.example.com/d/news/2026/01/09/hidden",
        "blog/2026/01/07-nested.md": "https://dino.example.com/d/news/2026/01/07/nested",
        "blog/slugged.md": "https://dino.example.com/d/news/Welcome",
    },
    "pelican": {
        "content/Sea Birds/second.md": "https://birds.example.com/posts/2026/01/my-slug/",
        "content/draft.md": "https://birds.example.com/posts/2026/01/draft/",
        "content/fenced.md": "https://birds.example.com/posts/2026/01/fenced/",
        "content/first.md": "https://birds.example.com/posts/2026/01/its-the-first-really/",
    },
}  # fmt: skip

#: The ids that the old feeds had, where they are not the URLs.
IDS: Mapping[str, Mapping[str, str]] = {
    "jekyll": {
        "_posts/2026-01-05-Low_Water.md": "https://tides.example.com/log/2026/01/04/Low_Water",
        "_posts/2026-01-06-high.md": "https://tides.example.com/log/custom/high",
        "_posts/2026/2026-01-08-slug.markdown":
            "https://tides.example.com/log/2026/01/08/Other%20Name",
        "tech/_posts/2026-1-7-bits.md":
            "https://tides.example.com/log/tech/deep%20sea/2026/01/07/bits",
    },
    "pelican": {
        "content/Sea Birds/second.md": "tag:birds.example.com,2026-01-06:/posts/2026/01/my-slug/",
        "content/first.md":
            "tag:birds.example.com,2026-01-05:/posts/2026/01/its-the-first-really/",
    },
}  # fmt: skip

BLOGS = sorted(blogfiles.ALL)


@pytest.mark.parametrize("generator", BLOGS)
def test_the_configuration_is_what_the_blog_says(generator: str, adopt: Adopt) -> None:
    done = adopt(blogfiles.ALL[generator])
    assert done.config == (EXPECTED / f"{generator}.yaml").read_text(encoding="utf-8")
    assert done.takeover.complete


@pytest.mark.parametrize("generator", BLOGS)
def test_posts_have_the_urls_of_their_pages(generator: str, adopt: Adopt) -> None:
    done = adopt(blogfiles.ALL[generator])
    assert done.urls == URLS[generator]
    assert done.problems == []


@pytest.mark.parametrize("generator", BLOGS)
def test_posts_have_the_ids_of_the_old_feed(generator: str, adopt: Adopt) -> None:
    ids = adopt(blogfiles.ALL[generator]).ids
    expected = {**URLS[generator], **IDS.get(generator, {})}
    withheld = {"_drafts/idea.md", "content/draft.md", "content/fenced.md"}
    assert {path: id_ for path, id_ in ids.items() if path not in withheld} == {
        path: id_ for path, id_ in expected.items() if path not in withheld
    }


@pytest.mark.parametrize("generator", BLOGS)
def test_the_blog_s_own_files_stay_as_they_are(
    generator: str, adopt: Adopt, tmp_path: Path
) -> None:
    adopt(blogfiles.ALL[generator])
    left = names(tmp_path / "blog")
    del left["config.yaml"]
    assert left == blogfiles.ALL[generator]


@pytest.mark.parametrize("generator", BLOGS)
def test_a_configuration_elsewhere_leads_to_the_same_urls(
    generator: str, adopt: Adopt, tmp_path: Path
) -> None:
    done = adopt(blogfiles.ALL[generator], target="feeds/of/it")
    assert {path.removeprefix("blog/"): url for path, url in done.urls.items()} == URLS[generator]
    assert names(tmp_path / "blog") == blogfiles.ALL[generator]
    assert done.takeover.made == (
        tmp_path / "feeds/of/it/config.yaml", tmp_path / "feeds/of/it/blog",
    )  # fmt: skip


def test_a_configuration_above_the_blog_needs_no_link(adopt: Adopt, tmp_path: Path) -> None:
    done = adopt(blogfiles.HUGO, target=".")
    assert "  path: blog/content " in done.config
    assert done.takeover.made == (tmp_path / "config.yaml",)


def test_jekyll_reads_no_pages_and_no_undated_file_among_the_posts(adopt: Adopt) -> None:
    paths = adopt(blogfiles.JEKYLL).urls
    assert not {"about.md", "index.html", "_posts/no-date.md"} & paths.keys()


@pytest.mark.parametrize(
    ("generator", "path"),
    [("docusaurus", "blog/2026-01-09-hidden.md"), ("pelican", "content/draft.md"),
     ("jekyll", "_drafts/idea.md")],
)  # fmt: skip
def test_what_a_generator_keeps_out_of_its_lists_is_a_draft(
    generator: str, path: str, adopt: Adopt
) -> None:
    posts = {post.path: post for post in adopt(blogfiles.ALL[generator]).scan.posts}
    assert not posts[path].published
    assert any(post.published for post in posts.values())


def test_defaults_and_people_reach_the_posts(adopt: Adopt) -> None:
    posts = {post.path: post for post in adopt(blogfiles.JEKYLL).scan.posts}
    bits = posts["tech/_posts/2026-1-7-bits.md"]
    assert [(one.name, one.url) for one in bits.authors] == [
        ("Grace Example", "https://grace.example.org")
    ]
    assert bits.terms == (("categories", ("tech", "Deep Sea")),)
    assert bits.image is not None
    assert bits.image.url == "https://tides.example.com/log/cover.png"
