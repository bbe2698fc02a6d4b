"""A made-up blog for the tests of feeds: posts with every oddity that a feed has to carry."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from publisher.domain.plan import Live
from publisher.domain.post import Author, Enclosure, Image, Post, Rendered
from publisher.domain.publication import Publication
from publisher.feeds.entry import Entry, entry
from publisher.feeds.feed import Feed
from publisher.feeds.outline import feed_of, shelves
from publisher.feeds.rules import FeedRules
from publisher.feeds.terms import new_terms

GOLDEN = Path(__file__).parent / "golden"
NOON = datetime(2026, 2, 19, 12, 0, tzinfo=UTC)

RULES = FeedRules(
    site_title="Field Notes",
    site_description="On rivers & <weather>",
    site_url="https://example.com",
    feeds_url="https://example.com/feeds",
    language="en",
    author=Author(name="Ada Example", email="ada@example.com"),
    id_authority="example.com",
    id_date=date(2026, 1, 1),
    formats=("atom", "rss", "json"),
    entries=20,
    taxonomies=("categories", "tags"),
)


def publication(key: str, **changes: object) -> Publication:
    facts = {
        "key": key,
        "feed_id": f"tag:example.com,2026-01-01:{key}",
        "due": NOON,
        "live_at": NOON,
        "updated": NOON,
        "source_hash": "s",
        "content_hash": "c",
    }
    return Publication(**{**facts, **changes})


def post(key: str, **changes: object) -> Post:
    facts = {
        "path": f"content/{key}.md",
        "source_hash": "s",
        "content_hash": "c",
        "title": key.replace("-", " ").capitalize(),
        "date": NOON,
        "due": NOON,
        "published": True,
        "url": f"https://example.com/{key}/",
    }
    return Post(**{**facts, **changes})


def live(key: str, due: datetime = NOON, **changes: object) -> Live:
    written = post(key, due=due, **changes)
    return Live(path=written.path, publication=publication(key, due=due), post=written)


def rendered(html: str, text: str = "", excerpt_html: str | None = None) -> Rendered:
    return Rendered(html=html, excerpt_html=excerpt_html, excerpt_text=text)


def made_entry(key: str = "a-walk", **changes: object) -> Entry:
    """An entry of the post of this key, with a body of one paragraph."""
    body = rendered("<p>Some words.</p>", "Some words.")
    return entry(publication(key), post(key, **changes), body, full_content=True)


FLOOD = entry(
    publication("the-flood", due=NOON, updated=NOON + timedelta(hours=3, microseconds=250_000)),
    post(
        "the-flood",
        title="Flood & drought:\n a < b ]]> c",
        authors=(
            Author(name="Grace (on duty)", email="grace@example.org", url="https://example.org/g"),
        ),
        terms=(("categories", ("Rivers & lakes",)), ("tags", ("C++", "été"))),
        language="de_AT",
        image=Image(url="https://example.com/img/flood.png", alt="Water"),
        enclosures=(
            Enclosure(url="https://example.com/flood.mp3", type="audio/mpeg", length=4096),
            Enclosure(url="https://example.com/flood.ogg", type="audio/ogg"),
        ),
    ),
    rendered(
        "<p>It rose &amp; rose, 3 &lt; 4.</p>\n<pre><code>if (a[b[0]]&gt;c) {}\n</code></pre>",
        "It rose & rose, 3 < 4.",
    ),
    full_content=True,
)
HERONS = entry(
    publication("two-herons", due=NOON - timedelta(days=1), updated=NOON - timedelta(days=1)),
    post(
        "two-herons",
        title="两只苍鹭 🪶 مرحبا",
        authors=(Author(name="Ada Example", email="ada@example.com"), Author(name="Grace")),
        terms=(("tags", ("Birds",)),),
    ),
    rendered("<p>All of it.</p><p>And more.</p>", "The first part.", "<p>The first part.</p>"),
    full_content=False,
)
PICTURE = entry(
    publication(
        "a-picture",
        feed_id="https://example.com/a-picture/",
        due=NOON - timedelta(days=400),
        updated=NOON - timedelta(days=400),
    ),
    post("a-picture"),
    rendered(""),
    full_content=True,
)


def sample(format_: str) -> Feed:
    """The site's feed, in one format."""
    site, *_ = shelves([], [], RULES)
    return feed_of(site, format_, [FLOOD, HERONS, PICTURE], FLOOD.updated, RULES)


def feed_with(*entries: Entry, format_: str = "atom", rules: FeedRules = RULES) -> Feed:
    """The site's feed with these entries."""
    site, *_ = shelves([], [], rules)
    return feed_of(site, format_, entries, NOON, rules)


def all_shelves(posts: list[Live], rules: FeedRules = RULES) -> dict[str, list[str]]:
    """Folder → keys of the posts on that shelf, after every term has been learned."""
    terms = new_terms(posts, [], rules)
    return {
        shelf.folder: [one.publication.key for one in shelf.members]
        for shelf in shelves(posts, terms, rules)
    }
