"""A ledger that was put back from an older copy: what it can't know of waits for a person."""

from dataclasses import replace
from datetime import timedelta

import pytest
from story import adopts, does, hours, play, rule, says, sees
from world import BROKEN, File, release, skip

from publisher.domain.doubt import in_doubt, issue_reason

HELLO = File()
WAITS = {"wait_for_page": timedelta(minutes=10)}
MINUTE = 1 / 60
PUT_BACK = "put back from an older copy: this may have been mailed already"


def puts_back(at):
    """A person takes the ledger, as it is now, for the newest there is."""

    def step(story):
        story.ledger = replace(story.ledger, doubtful_until=hours(at))

    return step


DOUBT = [
    rule(
        "a post that became due before the ledger was put back is held",
        adopts(),
        puts_back(1),
        sees(2, a=HELLO),
        says(published=["a"], live=["a"], newly_held={"a": PUT_BACK}),
    ),
    rule(
        "one that was due in that very instant is held too",
        adopts(),
        puts_back(0),
        sees(0, a=HELLO),
        says(published=["a"], newly_held={"a": "publisher release or skip"}),
    ),
    rule(
        "one that becomes due later goes out",
        adopts(),
        puts_back(-MINUTE),
        sees(0, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "one that the copy saw scheduled, and that became due since, is held",
        adopts(),
        sees(-1, a=HELLO),
        puts_back(1),
        sees(1, a=HELLO),
        says(published=["a"], newly_held={"a": PUT_BACK}),
    ),
    rule(
        "one that the copy saw published, and whose mail it saw wait, is held",
        adopts(),
        sees(0, WAITS, a=HELLO),
        puts_back(5 * MINUTE),
        sees(6 * MINUTE, WAITS, a=HELLO),
        says(newly_held={"a": PUT_BACK}, wakeup=None),
    ),
    rule(
        "an old draft that is flipped later is held: it may have been out in between",
        adopts(),
        sees(1, a=HELLO.but(published=False)),
        puts_back(2),
        sees(30, a=HELLO),
        says(published=["a"], newly_held={"a": PUT_BACK}),
    ),
    rule(
        "what the copy saw mailed is not mailed, and not asked about",
        adopts(),
        sees(0, a=HELLO),
        puts_back(1),
        sees(2, a=HELLO),
        says(held={}),
    ),
    rule(
        "what a person lets go goes out, once",
        adopts(),
        puts_back(1),
        sees(2, a=HELLO),
        does(release, "a"),
        sees(3, a=HELLO),
        says(started=["a"], held={}),
        sees(4, a=HELLO),
        says(),
    ),
    rule(
        "what a person drops is dropped",
        adopts(),
        puts_back(1),
        sees(2, a=HELLO),
        does(skip, "a"),
        sees(3, a=HELLO),
        says(held={}),
    ),
    rule(
        "a ledger that begins anew adopts what is public, and holds nothing",
        puts_back(1),
        sees(2, a=HELLO),
        says(adopted=["a"], held={}),
    ),
    rule(
        "the doubt is said before what else is missing, for a release would send it",
        adopts(),
        puts_back(1),
        sees(2, {"mail": "incomplete", "mail_lacks": "web.url is not set"}, a=HELLO),
        says(published=["a"], newly_held={"a": PUT_BACK}),
    ),
    rule(
        "posts in doubt don't count among those that would start",
        adopts(),
        puts_back(1),
        sees(
            2,
            **{f"p{n}": HELLO.but(title=f"P {n}", body=f"{n}") for n in range(9)},
            z=HELLO.but(title="Z", date=hours(2)),
        ),
        says(
            published=[*(f"p{n}" for n in range(9)), "z"],
            started=["z"],
            newly_held={f"p{n}": PUT_BACK for n in range(9)},
        ),
    ),
    rule(
        "a post that is broken while it is in doubt is held once it is mended",
        adopts(),
        puts_back(1),
        sees(2, a=BROKEN),
        says(problems={"a": "no date"}),
        sees(3, a=HELLO),
        says(published=["a"], newly_held={"a": PUT_BACK}),
    ),
]


@pytest.mark.parametrize("steps", DOUBT)
def test_decide_holds_what_an_older_ledger_cant_know(steps):
    play(steps)


@pytest.mark.parametrize(
    ("due", "until", "doubtful"),
    [(0, None, False), (0, 0, True), (-100, 0, True), (1, 0, False)],
)
def test_a_post_is_in_doubt_that_was_due_by_then(due, until, doubtful):
    assert in_doubt(hours(due), None if until is None else hours(until)) is doubtful


@pytest.mark.parametrize(
    ("waiting", "said"),
    [(0, "it may have been mailed"), (1, "up to 1 person may"), (12, "up to 12 people may")],
)
def test_an_issue_says_how_many_may_have_had_it_and_what_to_do(waiting, said):
    reason = issue_reason(7, waiting)
    assert said in reason
    assert "publisher release 7 or issue cancel 7" in reason
