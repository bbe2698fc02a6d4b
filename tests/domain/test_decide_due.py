"""When a post goes live: its flag, its instant, its expiry, and the first pass of all."""

import pytest
from story import adopts, hours, knows, play, rule, says, sees, sees_no_folder
from world import BROKEN, HOUR, POLICY, File, scan

from publisher.domain.decide import decide
from publisher.domain.publication import LedgerView

HELLO = File()
DRAFT = HELLO.but(published=False)
OTHER = File(title="Other", date=hours(1))
PERMALINKS = {"baseline_ids": "permalink"}

INSTANT = [
    rule(
        "a post is not published before its instant",
        adopts(),
        sees(-0.001, a=HELLO),
        says(scheduled=["a"], drafts=[], live=[], wakeup=0),
    ),
    rule(
        "a post is published, and its issue starts, at its instant",
        adopts(),
        sees(-1, a=HELLO),
        sees(0, a=HELLO),
        says(published=["a"], started=["a"], live=["a"], scheduled=[], wakeup=None),
    ),
    rule(
        "a post that is due when it is first seen is published at once",
        adopts(),
        sees(1, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a published post is published once",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=HELLO),
        says(live=["a"]),
    ),
    rule(
        "a post takes its feed id from its key, and the two never change",
        adopts(),
        sees(0, a=HELLO),
        knows("a", key="content/a", feed_id="tag:example.com,2026-01-01:content/a", baseline=False),
    ),
    rule(
        "what a tag URI can't hold is percent-encoded",
        adopts(),
        sees(0, **{"content/día 1%.md": HELLO}),
        knows("content/día 1%.md", feed_id="tag:example.com,2026-01-01:content/d%C3%ADa%201%25"),
    ),
    rule(
        "a draft waits for its flag, whatever its date",
        adopts(),
        sees(5, a=DRAFT),
        says(drafts=["a"], scheduled=[], live=[], wakeup=None),
    ),
    rule(
        "a draft dated later waits as a draft and wakes nobody",
        adopts(),
        sees(-5, a=DRAFT),
        says(drafts=["a"], scheduled=[], wakeup=None),
    ),
    rule(
        "a flipped draft goes out",
        adopts(),
        sees(5, a=DRAFT),
        sees(6, a=HELLO),
        says(published=["a"], started=["a"], drafts=[]),
    ),
    rule(
        "an expired post never goes live, and is in no list",
        adopts(),
        sees(5, a=HELLO.but(expires=hours(4))),
        says(live=[], scheduled=[], drafts=[], wakeup=None),
    ),
    rule(
        "a post that waits for its flag past its expiry is a draft still",
        adopts(),
        sees(5, a=DRAFT.but(expires=hours(4))),
        says(drafts=["a"]),
    ),
    rule(
        "posts are live newest first, and wait soonest first",
        adopts(),
        sees(
            0,
            a=HELLO.but(title="A", date=hours(-1)),
            b=HELLO,
            c=OTHER.but(title="C", date=hours(2)),
            d=OTHER,
            e=OTHER.but(title="E"),
        ),
        says(
            published=["a", "b"], started=["a", "b"],
            live=["b", "a"], scheduled=["d", "e", "c"], wakeup=1,
        ),
    ),
]  # fmt: skip

BASELINE = [
    rule(
        "the first pass adopts what is public, in the feeds and never mailed",
        sees(0, a=HELLO, b=OTHER),
        says(adopted=["a"], live=["a"], scheduled=["b"]),
        knows("a", baseline=True, awaiting_mail=False, updated=0),
    ),
    rule(
        "a baseline post dated long ago keeps its date as its updated",
        sees(5000, a=HELLO),
        says(adopted=["a"]),
        knows("a", due=0, live_at=5000, updated=0),
    ),
    rule(
        "what comes due after adoption is mailed",
        sees(0, a=HELLO, b=OTHER),
        says(adopted=["a"]),
        sees(1, a=HELLO, b=OTHER),
        says(published=["b"], started=["b"]),
        knows("b", baseline=False),
    ),
    rule(
        "adopting an empty folder adopts, so that a first post is mailed",
        sees(-1),
        sees(0, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a folder that is not there is not adopted",
        sees_no_folder(-1),
        says(problems={"content": "no such folder"}),
        sees(0, a=HELLO),
        says(adopted=["a"]),
    ),
    rule(
        "a folder of nothing but broken posts is adopted",
        sees(-1, a=BROKEN),
        says(problems={"a": "no date"}),
        sees(0, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a baseline post takes its permalink as its feed id where that is asked for",
        sees(0, PERMALINKS, a=HELLO),
        says(adopted=["a"]),
        knows("a", feed_id="https://example.com/2026/02/a/"),
    ),
    rule(
        "a baseline post takes the id that its generator's feed gave it, where it is no permalink",
        sees(0, PERMALINKS, a=HELLO.but(former_id="tag:example.com,2026-02-01:/a")),
        says(adopted=["a"]),
        knows("a", feed_id="tag:example.com,2026-02-01:/a"),
    ),
    rule(
        "an id of the generator's feed is taken at adoption only, and only where asked for",
        adopts(),
        sees(0, PERMALINKS, a=HELLO.but(former_id="x:1")),
        says(published=["a"], started=["a"]),
        knows("a", feed_id="tag:example.com,2026-01-01:content/a"),
    ),
    rule(
        "later posts take tag URIs although the baseline took permalinks",
        adopts(),
        sees(0, PERMALINKS, a=HELLO),
        says(published=["a"], started=["a"]),
        knows("a", feed_id="tag:example.com,2026-01-01:content/a"),
    ),
    rule(
        "two baseline posts of one permalink have two feed ids",
        sees(0, PERMALINKS, a=HELLO.but(permalink="x:1"), b=HELLO.but(title="B", permalink="x:1")),
        says(adopted=["a", "b"]),
        knows("a", feed_id="x:1"),
        knows("b", feed_id="tag:example.com,2026-01-01:content/b"),
    ),
    rule(
        "the first pass refuses a draft that repeats what is public, as the next would",
        sees(0, a=DRAFT.but(body="Changed."), b=HELLO),
        says(adopted=["b"], problems={"a": "a copy of content/b.md"}, drafts=[]),
    ),
    rule(
        "the first pass takes posts that repeat each other as they are",
        sees(0, a=HELLO, b=HELLO),
        says(adopted=["a", "b"]),
        knows("a", resembles=None),
        knows("b", resembles=None),
    ),
]

CLOCK = [
    rule(
        "time alone never withdraws: a clock that is set back leaves a live post",
        adopts(),
        sees(0, a=HELLO),
        sees(-3, a=HELLO),
        says(live=["a"], scheduled=[]),
    ),
    rule(
        "a live post may be edited while the clock is behind its instant",
        adopts(),
        sees(0, a=HELLO),
        sees(-3, a=HELLO.but(body="More words.")),
        says(revised=["a"], live=["a"]),
        knows("a", updated=0),
    ),
    rule(
        "a post whose mail is still to start doesn't wait when the clock is set back",
        adopts(),
        sees(1, {"wait_for_page": HOUR}, a=HELLO),
        sees(-3, {"wait_for_page": HOUR}, a=HELLO),
        says(live=["a"]),
        knows("a", waiting=False, waited_at=None),
    ),
    rule(
        "a post that was withdrawn waits for its instant again when the clock is set back",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=DRAFT),
        sees(-3, a=HELLO),
        says(scheduled=["a"], live=[], wakeup=0),
    ),
    rule(
        "a clock set back publishes nothing twice",
        adopts(),
        sees(0, a=HELLO),
        sees(-3, a=HELLO),
        sees(0, a=HELLO),
        says(live=["a"]),
    ),
]

EXPIRY = [
    rule(
        "a live post wakes the publisher at its expiry",
        adopts(),
        sees(0, a=HELLO.but(expires=hours(4))),
        says(published=["a"], started=["a"], wakeup=4),
    ),
    rule(
        "a live post is withdrawn at its expiry",
        adopts(),
        sees(0, a=HELLO.but(expires=hours(4))),
        sees(4, a=HELLO.but(expires=hours(4))),
        says(withdrawn={"a": "it has expired"}, paused=["a"], live=[], wakeup=4 + 30 * 24),
        knows("a", withdrawn_at=4),
    ),
    rule(
        "a live post expires although its file can't be read",
        adopts(),
        sees(0, a=HELLO.but(expires=hours(4))),
        sees(4, a=BROKEN),
        says(withdrawn={"a": "it has expired"}, paused=["a"], problems={"a": "no date"}),
    ),
    rule(
        "a live post expires although its folder is not there",
        adopts(),
        sees(0, a=HELLO.but(expires=hours(4)), b=HELLO.but(title="B")),
        sees_no_folder(4),
        says(
            withdrawn={"a": "it has expired"}, paused=["a"],
            problems={"content": "no such folder"}, live=["b"],
        ),
    ),
    rule(
        "an expiry that is put off brings the post back",
        adopts(),
        sees(0, a=HELLO.but(expires=hours(4))),
        sees(5, a=HELLO.but(expires=hours(4))),
        sees(6, a=HELLO.but(expires=hours(8))),
        says(restored=["a"], newly_held={"a": "came back"}, live=["a"], wakeup=8),
    ),
]  # fmt: skip


@pytest.mark.parametrize("steps", [*INSTANT, *BASELINE, *CLOCK, *EXPIRY])
def test_decide_knows_when(steps):
    play(steps)


@pytest.mark.parametrize(("retry_at", "wakeup"), [(1, 1), (0.5, 0.5), (3, 2), (0, 2), (-1, 2)])
def test_the_next_wakeup_is_the_soonest_of_what_is_due_expires_or_is_retried(retry_at, wakeup):
    seen = scan({"content/a.md": OTHER.but(date=hours(2)), "content/b.md": DRAFT})
    view = LedgerView(adopted_at=hours(-1), last_pass_at=hours(-1), retry_at=hours(retry_at))
    assert decide(seen, view, hours(0), POLICY).wakeup == hours(wakeup)
