"""Whether a post's issue starts, waits a little, is held for a person, or is never opened."""

from datetime import timedelta

import pytest
from story import adopts, does, hours, knows, play, rule, says, sees
from world import BROKEN, File, finish, pause, release, skip

HELLO = File()
DRAFT = HELLO.but(published=False)
DAY = 24
PAGE = "https://example.com/2026/02/a/"
SETTLE = {"settle": timedelta(seconds=2)}
WAITS = {"wait_for_page": timedelta(minutes=10)}
SECOND, MINUTE = 1 / 3600, 1 / 60


def numbered(number, **changes):
    return {
        f"p{n}": File(title=f"Post {n}", body=f"Words {n}.").but(**changes) for n in range(number)
    }


LATE = [
    rule(
        "a post that could have gone out for two days is held",
        adopts(),
        sees(2 * DAY + SECOND, a=HELLO),
        says(
            published=["a"],
            newly_held={"a": "could have gone out since 2026-02-10 12:00 UTC"},
            held={"a": "release to mail it now, or skip"},
            live=["a"],
        ),
    ),
    rule(
        "a post that could have gone out for a little less is not",
        adopts(),
        sees(2 * DAY, a=HELLO),
        says(published=["a"], started=["a"], held={}),
    ),
    rule(
        "a late catch-up of a post that was scheduled is held",
        adopts(),
        sees(-1, a=HELLO),
        sees(3 * DAY, a=HELLO),
        says(published=["a"], newly_held={"a": "since 2026-02-10 12:00 UTC"}),
    ),
    rule(
        "an old draft that is flipped today goes out",
        adopts(),
        sees(20 * DAY, a=DRAFT),
        sees(21 * DAY, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a draft that was flipped while nobody looked is held from when it was last seen",
        adopts(),
        sees(20 * DAY, a=DRAFT),
        sees(30 * DAY, a=HELLO),
        says(published=["a"], newly_held={"a": "since 2026-03-02 12:00 UTC"}),
    ),
    rule(
        "a new file dated long ago is held",
        adopts(),
        sees(21 * DAY, a=HELLO),
        says(published=["a"], newly_held={"a": "since 2026-02-10 12:00 UTC"}),
    ),
    rule(
        "how old is too old is the site's to say",
        adopts(),
        sees(2, {"max_age": timedelta(hours=1)}, a=HELLO),
        says(published=["a"], newly_held={"a": "could have gone out"}),
    ),
    rule(
        "an old draft's page is waited for from its flip",
        adopts(),
        sees(20 * DAY, a=DRAFT),
        sees(20 * DAY + 0.01, WAITS, a=HELLO),
        says(published=["a"], wakeup=20 * DAY + 0.01 + MINUTE),
        sees(20 * DAY + 0.1, {**WAITS, "answering": frozenset({PAGE})}, a=HELLO),
        says(started=["a"]),
    ),
]

FLOOD = [
    rule(
        "as many posts as may start within an hour start",
        adopts(),
        sees(0, **numbered(3)),
        says(published=["p0", "p1", "p2"], started=["p0", "p1", "p2"]),
    ),
    rule(
        "of one more, none starts",
        adopts(),
        sees(0, **numbered(4)),
        says(
            published=[*numbered(4)],
            newly_held=dict.fromkeys(numbered(4), "4 posts would be mailed within an hour"),
        ),
    ),
    rule(
        "a post too many within the hour is held, and those that started go on",
        adopts(),
        sees(0, **numbered(3)),
        sees(0.99, **numbered(4)),
        says(published=["p3"], newly_held={"p3": "newsletter.max_posts_per_hour is 3"}),
    ),
    rule(
        "after an hour the next may start",
        adopts(),
        sees(0, **numbered(3)),
        sees(1, **numbered(4)),
        says(published=["p3"], started=["p3"]),
    ),
    rule(
        "posts that only wait to settle are held with those that would start",
        adopts(),
        sees(0, SETTLE, **numbered(3), z=HELLO.but(title="Z", saved_at=hours(0))),
        says(
            published=["p0", "p1", "p2", "z"],
            newly_held=dict.fromkeys((*numbered(3), "z"), "4 posts"),
            wakeup=None,
        ),
    ),
    rule(
        "posts that are held for another reason don't count",
        adopts(),
        sees(3 * DAY, **numbered(3, date=hours(3 * DAY)), z=HELLO),
        says(
            published=["p0", "p1", "p2", "z"],
            started=["p0", "p1", "p2"],
            newly_held={"z": "could have gone out"},
        ),
    ),
    rule(
        "posts that are not mailed don't count",
        adopts(),
        sees(0, **numbered(4), p4=HELLO.but(title="No", newsletter=False)),
        says(published=[*numbered(5)], newly_held=dict.fromkeys(numbered(4), "4 posts")),
    ),
    rule(
        "how many are too many is the site's to say",
        adopts(),
        sees(0, {"max_posts_per_hour": 4}, **numbered(4)),
        says(published=[*numbered(4)], started=[*numbered(4)]),
    ),
    rule(
        "a clock set back has starts ahead of it, and they count",
        adopts(),
        sees(0, **numbered(3, date=hours(-9))),
        sees(-5, **numbered(4, date=hours(-9))),
        says(published=["p3"], newly_held={"p3": "4 posts"}),
    ),
]

OTHER_HOLDS = [
    rule(
        "a clock that leapt ahead holds what it makes due",
        adopts(),
        sees(0, {"clock_leapt": True}, a=HELLO),
        says(published=["a"], newly_held={"a": "the clock leapt ahead by more than an hour"}),
    ),
    rule(
        "a newsletter that lacks something holds its issues, and says what",
        adopts(),
        sees(0, {"mail": "incomplete", "mail_lacks": "web.url is not set"}, a=HELLO),
        says(published=["a"], newly_held={"a": "no newsletter can be sent: web.url is not set"}),
    ),
    rule(
        "a release of what can't be sent waits for the configuration",
        adopts(),
        sees(0, {"mail": "incomplete", "mail_lacks": "web.url"}, a=HELLO),
        does(release, "a"),
        sees(1, {"mail": "incomplete", "mail_lacks": "web.url"}, a=HELLO),
        says(held={"a": "web.url"}),
        sees(2, a=HELLO),
        says(started=["a"], held={}),
    ),
    rule(
        "a held issue starts when a person releases it, and once",
        adopts(),
        sees(50, a=HELLO),
        does(release, "a"),
        sees(51, a=HELLO),
        says(started=["a"], held={}),
        sees(52, a=HELLO),
        says(),
    ),
    rule(
        "a held issue that is released starts also while its file is broken",
        adopts(),
        sees(50, a=HELLO),
        does(release, "a"),
        sees(51, a=BROKEN),
        says(started=["a"], problems={"a": "no date"}),
    ),
    rule(
        "a held issue that is dropped is not opened again",
        adopts(),
        sees(50, a=HELLO),
        does(skip, "a"),
        sees(51, a=HELLO),
        says(held={}),
    ),
    rule(
        "a held issue stays held, with its reason, while nobody says anything",
        adopts(),
        sees(50, a=HELLO),
        sees(51, a=HELLO),
        says(held={"a": "could have gone out"}),
    ),
    rule(
        "a baseline post is mailed when a person releases it",
        sees(0, a=HELLO),
        does(release, "a"),
        sees(1, a=HELLO),
        says(started=["a"]),
        does(finish, "a"),
        sees(2, a=HELLO),
        says(),
    ),
    rule(
        "a post that was mailed is mailed on when a person releases it",
        adopts(),
        sees(0, a=HELLO),
        does(finish, "a"),
        does(release, "a"),
        sees(1, a=HELLO),
        says(started=["a"]),
    ),
    rule(
        "an issue that is being sent is not started again by a release",
        adopts(),
        sees(0, a=HELLO),
        does(release, "a"),
        sees(1, a=HELLO),
        says(),
    ),
    rule(
        "a release before the issue was opened opens one, not two",
        adopts(),
        sees(0, WAITS, a=HELLO),
        does(release, "a"),
        sees(0.01, WAITS, a=HELLO),
        says(started=["a"]),
        does(finish, "a"),
        sees(0.02, {**WAITS, "answering": frozenset({PAGE})}, a=HELLO),
        says(),
    ),
    rule(
        "held issues are listed by their instant, under the path they have now",
        adopts(),
        sees(50, a=HELLO, b=HELLO.but(title="B", date=hours(-1))),
        sees(51, a=HELLO, c=HELLO.but(title="B", date=hours(-1))),
        says(renamed={"c": "b"}, held={"c": "since 2026-02-10 11:00", "a": "since"}),
    ),
    rule(
        "an issue that is paused is not listed as held",
        adopts(),
        sees(0, a=HELLO),
        does(pause, "a"),
        sees(1, a=HELLO),
        says(held={}),
    ),
]

NO_MAIL = [
    rule(
        "newsletter: false keeps a post out of the mail for good",
        adopts(),
        sees(0, a=HELLO.but(newsletter=False)),
        says(published=["a"]),
        knows("a", awaiting_mail=False),
        sees(1, a=HELLO),
        says(live=["a"], held={}),
    ),
    rule(
        "newsletter: false set before the issue was opened keeps the post out of the mail",
        adopts(),
        sees(0, WAITS, a=HELLO),
        sees(0.01, a=HELLO.but(newsletter=False)),
        says(),
        knows("a", awaiting_mail=False),
    ),
    rule(
        "a newsletter that is given up mails nothing that was still waiting",
        adopts(),
        sees(0, WAITS, a=HELLO),
        sees(0.01, {"mail": "off"}, a=HELLO),
        says(),
        knows("a", awaiting_mail=False),
        sees(0.02, a=HELLO),
        says(held={}),
    ),
    rule(
        "a site with no newsletter mails nothing, now or when it has one",
        adopts(),
        sees(0, {"mail": "off"}, a=HELLO),
        says(published=["a"]),
        sees(1, a=HELLO),
        says(held={}),
    ),
]

SETTLING = [
    rule(
        "a post saved a moment ago is in the feeds at once, and mailed when it has settled",
        adopts(),
        sees(1, SETTLE, a=HELLO.but(saved_at=hours(1))),
        says(published=["a"], live=["a"], wakeup=1 + 2 * SECOND, held={}),
        sees(1 + 2 * SECOND, SETTLE, a=HELLO.but(saved_at=hours(1))),
        says(started=["a"], wakeup=None),
    ),
    rule(
        "each save makes a post wait anew, and what is mailed is what it is then",
        adopts(),
        sees(1, SETTLE, a=HELLO.but(saved_at=hours(1))),
        sees(1 + SECOND, SETTLE, a=HELLO.but(body="Mo", saved_at=hours(1 + SECOND))),
        says(revised=["a"], wakeup=1 + 3 * SECOND),
        sees(1 + 2 * SECOND, SETTLE, a=HELLO.but(body="Mo", saved_at=hours(1 + SECOND))),
        says(wakeup=1 + 3 * SECOND),
    ),
    rule(
        "a post saved earlier goes at its instant",
        adopts(),
        sees(-1, SETTLE, a=HELLO.but(saved_at=hours(-3))),
        sees(0, SETTLE, a=HELLO.but(saved_at=hours(-3))),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a single pass waits for nothing to settle",
        adopts(),
        sees(0, a=HELLO.but(saved_at=hours(0))),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a post saved later than now was saved by another clock, and is not waited for",
        adopts(),
        sees(0, SETTLE, a=HELLO.but(saved_at=hours(3))),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a post that breaks before it has settled is not mailed until it is mended",
        adopts(),
        sees(1, SETTLE, a=HELLO.but(saved_at=hours(1))),
        sees(2, SETTLE, a=BROKEN),
        says(problems={"a": "no date"}, live=["a"], held={}),
        sees(3, SETTLE, a=HELLO.but(saved_at=hours(1))),
        says(started=["a"]),
    ),
]

PAGE_WAIT = [
    rule(
        "a post waits for its page, asked for again each minute",
        adopts(),
        sees(0, WAITS, a=HELLO),
        says(published=["a"], live=["a"], held={}, wakeup=MINUTE),
    ),
    rule(
        "a post whose page answers is mailed at once",
        adopts(),
        sees(0, {**WAITS, "answering": frozenset({PAGE})}, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a post whose page answers in time is mailed then",
        adopts(),
        sees(0, WAITS, a=HELLO),
        sees(9.5 * MINUTE, WAITS, a=HELLO),
        says(wakeup=10 * MINUTE),
        sees(9.6 * MINUTE, {**WAITS, "answering": frozenset({PAGE})}, a=HELLO),
        says(started=["a"]),
    ),
    rule(
        "a post whose page doesn't answer in time is held",
        adopts(),
        sees(0, WAITS, a=HELLO),
        sees(10 * MINUTE, WAITS, a=HELLO),
        says(newly_held={"a": f"{PAGE} does not answer 200"}, wakeup=None),
    ),
    rule(
        "a post that comes back has its page waited for anew",
        adopts(),
        sees(0, WAITS, a=HELLO),
        sees(5 * MINUTE, WAITS, a=DRAFT),
        sees(60 * MINUTE, WAITS, a=HELLO),
        says(restored=["a"], wakeup=61 * MINUTE),
    ),
]


@pytest.mark.parametrize("steps", [*LATE, *FLOOD, *OTHER_HOLDS, *NO_MAIL, *SETTLING, *PAGE_WAIT])
def test_decide_knows_what_to_mail(steps):
    play(steps)
