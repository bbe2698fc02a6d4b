"""Two posts of one URL are told of each other."""

from __future__ import annotations

from world import File

from publisher.domain.addresses import shared_urls


def test_each_post_with_the_url_of_another_is_named_with_the_first_of_them() -> None:
    same = File(permalink="https://example.com/x/")
    posts = [same.at("content/c.md"), same.at("content/a.md"), same.at("content/b.md")]
    assert sorted(map(str, shared_urls(posts))) == [
        f"content/{name}.md: https://example.com/x/ is the URL of content/a.md too: "
        "set another permalink or slug"
        for name in "bc"
    ]


def test_posts_of_different_urls_are_not_warned_of() -> None:
    assert shared_urls([File().at("content/a.md"), File().at("content/b.md")]) == []
