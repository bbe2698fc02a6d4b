"""What two feed readers read from each blog's feeds is what its posts said."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import fastfeedparser
import feedparser
import pytest
from blogrun import Blog

from publisher.domain.post import Post


def live(blog: Blog) -> list[Post]:
    """The posts that are in the feeds, in their order."""
    return [blog.posts[item["url"]] for item in blog.items]


def terms(post: Post) -> list[str]:
    return [term for _, names in post.terms for term in names]


def contents(blog: Blog) -> list[str]:
    return [item["content_html"] for item in blog.items]


@pytest.mark.parametrize("format_", ["atom", "rss"])
def test_feedparser_reads_what_the_posts_said(blog: Blog, format_: str) -> None:
    read = feedparser.parse(blog.feeds[format_], sanitize_html=False, resolve_relative_uris=False)
    assert not read.bozo
    for entry, post, html in zip(read.entries, live(blog), contents(blog), strict=True):
        assert entry.title == post.title
        assert entry.link == post.url
        assert entry.id == (post.former_id or post.url)
        assert entry.published_parsed[:6] == post.due.astimezone(UTC).timetuple()[:6]
        assert [tag.term for tag in entry.get("tags", [])] == terms(post)
        if post.authors:
            assert [one.name for one in entry.authors] == [one.name for one in post.authors]
        # RSS has the whole text in its description where there is no summary to go there.
        shown = entry.content[0].value if "content" in entry else entry.get("summary", "")
        assert shown == html.strip()


@pytest.mark.parametrize("format_", ["atom", "rss", "json"])
def test_fastfeedparser_reads_what_the_posts_said(blog: Blog, format_: str) -> None:
    read: Any = fastfeedparser.parse(blog.feeds[format_])
    for entry, post, html in zip(read.entries, live(blog), contents(blog), strict=True):
        assert entry["title"] == post.title
        assert entry["link"] == post.url
        assert entry["id"] == (post.former_id or post.url)
        assert datetime.fromisoformat(entry["published"]) == post.due.replace(microsecond=0)
        assert [tag["term"] for tag in entry.get("tags", [])] == terms(post)
        if post.authors:
            first = post.authors[0]
            address = f"{first.email} ({first.name})" if format_ == "rss" and first.email else None
            assert entry["author"] == address or entry["author"] == first.name
        shown = entry["content"][0]["value"] if entry.get("content") else entry["description"]
        assert shown.strip() == html.strip()
