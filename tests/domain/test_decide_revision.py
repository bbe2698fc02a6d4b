"""What an edit of a live post changes in the feeds: what is revised, and what `updated` says."""

from dataclasses import replace

import pytest
from story import adopts, does, hours, knows, play, rule, says, sees
from world import File, finish

from publisher.domain.identity import bind, sighting
from publisher.domain.post import Author, Scan
from publisher.domain.publication import LedgerView
from publisher.domain.revision import first, renewed

HELLO = File()
ADA = (Author(name="Ada"),)
LATE = HELLO.but(date=hours(-5))


def edited(change, *, at=3, **then):
    """An edit of a post that went live on time, and was mailed."""
    return (
        adopts(),
        sees(0, a=HELLO),
        does(finish, "a"),
        sees(at, a=HELLO.but(**change)),
        says(live=["a"], **then),
    )


REVISED = [
    rule("a new body is a revision", *edited({"body": "More."}, revised=["a"]),
         knows("a", updated=3)),
    rule("a new title is a revision", *edited({"title": "Hi"}, revised=["a"]),
         knows("a", updated=3, title="Hi")),
    rule("a new excerpt is a revision", *edited({"summary": "In short."}, revised=["a"]),
         knows("a", updated=3)),
    rule("new authors are a revision", *edited({"authors": ADA}, revised=["a"]),
         knows("a", updated=3)),
    rule("new tags change the entry but not its updated",
         *edited({"terms": (("tags", ("new",)),)}), knows("a", updated=0)),
    rule("a new date in the past changes the entry, and its updated only not to be older",
         *edited({"date": hours(2)}), knows("a", updated=2, due=2, date=hours(2))),
    rule("a new URL changes the entry but not its updated",
         *edited({"permalink": "https://example.com/x/"}),
         knows("a", updated=0, url="https://example.com/x/")),
    rule("an updated in front matter says nothing by itself",
         *edited({"updated": hours(2)}), knows("a", updated=0)),
    rule("a new expiry is no revision",
         *edited({"expires": hours(9)}, wakeup=9), knows("a", expires=9, updated=0)),
    rule("newsletter: false is no revision",
         *edited({"newsletter": False}), knows("a", updated=0)),
    rule("a revision is not mailed", *edited({"body": "More."}, revised=["a"])),
]  # fmt: skip

UPDATED = [
    rule(
        "a post taken within a minute of its instant was updated at its instant",
        adopts(),
        sees(1 / 60, a=HELLO),
        knows("a", updated=0, live_at=1 / 60),
    ),
    rule(
        "a post taken later was updated when it went live",
        adopts(),
        sees(0.02, a=HELLO),
        knows("a", updated=0.02, due=0, live_at=0.02),
    ),
    rule(
        "front matter's updated is not asked when a post goes live",
        adopts(),
        sees(3, a=HELLO.but(updated=hours(2))),
        knows("a", updated=3),
    ),
    rule(
        "a revision was updated when front matter says",
        adopts(),
        sees(0, a=HELLO),
        sees(3, a=HELLO.but(body="More.", updated=hours(2))),
        knows("a", updated=2),
    ),
    rule(
        "updated is never later than now",
        adopts(),
        sees(0, a=HELLO),
        sees(3, a=HELLO.but(body="More.", updated=hours(50))),
        knows("a", updated=3),
    ),
    rule(
        "updated is never before published",
        adopts(-48),
        sees(-24, a=HELLO.but(date=hours(-24))),
        sees(3, a=HELLO.but(body="More.", updated=hours(-10))),
        knows("a", due=0, updated=0),
    ),
    rule(
        "updated never goes back when front matter does",
        adopts(),
        sees(0, a=HELLO),
        sees(3, a=HELLO.but(body="More.")),
        sees(4, a=HELLO.but(body="Most.", updated=hours(1))),
        knows("a", updated=3),
    ),
    rule(
        "updated never goes back when the clock does",
        adopts(),
        sees(0, a=HELLO),
        sees(3, a=HELLO.but(body="More.")),
        sees(1, a=HELLO.but(body="Most.")),
        knows("a", updated=3),
    ),
    rule(
        "a post that comes back as it was is not revised",
        adopts(),
        sees(0, a=HELLO, b=LATE.but(title="B")),
        does(finish, "a"),
        sees(1, a=HELLO.but(published=False), b=LATE.but(title="B")),
        sees(2, a=HELLO, b=LATE.but(title="B")),
        says(restored=["a"]),
        knows("a", updated=0, due=0, live_at=2, withdrawn_at=None),
    ),
    rule(
        "a post that comes back changed was updated then",
        adopts(),
        sees(0, a=HELLO),
        does(finish, "a"),
        sees(1, a=HELLO.but(published=False)),
        sees(2, a=HELLO.but(body="More.")),
        says(restored=["a"]),
        knows("a", updated=2),
    ),
]


@pytest.mark.parametrize("steps", [*REVISED, *UPDATED])
def test_decide_knows_what_a_revision_is(steps):
    play(steps)


@pytest.mark.parametrize(
    "change",
    [
        {"due": hours(-1)},
        {"expires": hours(9)},
        {"source_hash": "other bytes"},
        {"content_hash": "another text"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_publication_follows_whatever_of_its_post_changes_alone(change):
    """The site's time zone may move an instant, and a new version of ours may hash otherwise."""
    post = HELLO.at("content/a.md")
    publication = first(post, "a", "tag:a", hours(0), baseline=False, mail=True)
    (field, value), *_ = change.items()
    assert getattr(publication, field) != value
    new = renewed(publication, replace(post, **change), hours(1), mail=True)
    assert getattr(new, field) == value
    assert renewed(publication, post, hours(1), mail=True) is publication


@pytest.mark.parametrize(
    "change",
    [
        {"path": "content/b.md"},
        {"url": "https://example.com/b/"},
        {"title": "Other"},
        {"date": hours(1)},
        {"source_hash": "other bytes"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_an_identity_follows_whatever_of_its_post_changes_alone(change):
    """A new permalink rule moves every address, and a renamed file without a title its title."""
    post = HELLO.at("content/a.md")
    (seen,) = bind(Scan(posts=(post,)), LedgerView()).bound
    moved = replace(seen, post=replace(post, **change))
    (field, value), *_ = change.items()
    assert getattr(seen.known.identity, field) != value
    assert getattr(sighting(moved, waiting=False, view=LedgerView()), field) == value
