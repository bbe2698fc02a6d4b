"""What takes a post out of the feeds, what does not, and how it comes back."""

import pytest
from story import adopts, does, hours, knows, play, rule, says, sees, sees_no_folder
from world import BROKEN, File, finish, pause, release, skip

HELLO = File()
DRAFT = HELLO.but(published=False)
OTHER = File(title="Other", body="Other words.")
CONFIRMED = {"confirm_withdrawals": True}


def many(number, *, first=0):
    """So many posts, all due by noon."""
    return {
        f"p{n:02}": File(title=f"Post {n}", body=f"Words {n}.", date=hours(-n))
        for n in range(first, number)
    }


CAUSES = [
    rule(
        "unpublishing withdraws a post, and pauses its issue",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=DRAFT),
        says(withdrawn={"a": "it was unpublished"}, paused=["a"], live=[], drafts=["a"]),
        knows("a", withdrawn_at=1),
    ),
    rule(
        "a date moved into the future withdraws a post, and it waits for that date",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=HELLO.but(date=hours(9))),
        says(
            withdrawn={"a": "its date moved to 2026-02-10T21:00:00Z"}, paused=["a"],
            live=[], scheduled=["a"], wakeup=9,
        ),
    ),
    rule(
        "deleting withdraws a post",
        adopts(),
        sees(0, a=HELLO, b=OTHER),
        sees(1, b=OTHER),
        says(withdrawn={"a": "its file is gone"}, paused=["a"], live=["b"]),
    ),
    rule(
        "a withdrawal of a post that was mailed pauses nothing",
        adopts(),
        sees(0, a=HELLO),
        does(finish, "a"),
        sees(1, a=DRAFT),
        says(withdrawn={"a": "unpublished"}),
    ),
    rule(
        "a withdrawal leaves a held issue held",
        adopts(),
        sees(100, a=HELLO),
        says(published=["a"], newly_held={"a": "could have gone out"}),
        sees(101, a=DRAFT),
        says(withdrawn={"a": "unpublished"}, held={"a": "could have gone out"}),
        sees(102, a=HELLO),
        says(restored=["a"], held={"a": "could have gone out"}),
    ),
    rule(
        "a post is withdrawn once",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=DRAFT),
        sees(2, a=DRAFT),
        says(live=[], drafts=["a"]),
        knows("a", withdrawn_at=1),
    ),
    rule(
        "deleting a draft or a scheduled post says nothing",
        adopts(),
        sees(-1, a=DRAFT, b=OTHER, c=File(title="C", date=hours(-2))),
        sees(-1, c=File(title="C", date=hours(-2))),
        says(live=["c"], drafts=[], scheduled=[]),
    ),
]  # fmt: skip

BROKEN_FILES = [
    rule(
        "a live post that is broken stays live as it last was",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=BROKEN),
        says(problems={"a": "no date"}, live=["a"]),
        knows("a", withdrawn_at=None, title="Hello", updated=0),
    ),
    rule(
        "a broken post that was waiting waits on, and goes out when it is mended",
        adopts(),
        sees(-1, a=HELLO),
        sees(1, a=BROKEN),
        says(problems={"a": "no date"}, scheduled=[], live=[], wakeup=None),
        sees(2, a=HELLO),
        says(published=["a"], started=["a"]),
    ),
    rule(
        "a broken draft that is mended and flipped too late is held from when it last waited",
        adopts(),
        sees(0, a=DRAFT),
        sees(1, a=DRAFT),
        sees(2, a=BROKEN),
        says(problems={"a": "no date"}, drafts=[]),
        sees(50, a=HELLO),
        says(published=["a"], newly_held={"a": "could have gone out since 2026-02-10 13:00 UTC"}),
    ),
    rule(
        "one post's problem stops only that post",
        adopts(),
        sees(0, a=BROKEN, b=OTHER),
        says(problems={"a": "no date"}, published=["b"], started=["b"]),
    ),
    rule(
        "a broken file keeps its post's path, so nothing else is taken for it renamed",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=BROKEN, b=HELLO.but(title="Hi", body="Hi.")),
        says(problems={"a": "no date"}, published=["b"], started=["b"], live=["b", "a"]),
    ),
]

COME_BACK = [
    rule(
        "a post that comes back while it is being mailed is held, and goes on when released",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=DRAFT),
        sees(2, a=HELLO.but(body="Better words.")),
        says(restored=["a"], newly_held={"a": "came back: release to mail the rest"}, live=["a"]),
        does(release, "a"),
        sees(3, a=HELLO.but(body="Better words.")),
        says(started=["a"], held={}),
    ),
    rule(
        "an issue that a person paused stays paused until released",
        adopts(),
        sees(0, a=HELLO),
        does(pause, "a"),
        sees(1, a=HELLO),
        says(live=["a"], held={}),
        does(release, "a"),
        sees(2, a=HELLO),
        says(started=["a"]),
    ),
    rule(
        "what a person let go while its post was withdrawn is held when it comes back",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=DRAFT),
        does(release, "a"),
        sees(2, a=DRAFT),
        says(drafts=["a"]),
        sees(3, a=HELLO),
        says(restored=["a"], newly_held={"a": "came back"}),
    ),
    rule(
        "an issue that a person dropped is not opened again",
        adopts(),
        sees(0, a=HELLO),
        sees(1, a=DRAFT),
        does(skip, "a"),
        sees(2, a=HELLO),
        says(restored=["a"], held={}),
    ),
    rule(
        "a post withdrawn before its issue was opened is mailed when it comes back",
        adopts(),
        sees(0, {"settle": hours(1) - hours(0)}, a=HELLO.but(saved_at=hours(0))),
        says(published=["a"]),
        sees(0.5, a=DRAFT),
        says(withdrawn={"a": "unpublished"}),
        sees(2, a=HELLO),
        says(restored=["a"], started=["a"]),
    ),
]

VANISHING = [
    rule(
        "an emptied folder withdraws nothing",
        adopts(),
        sees(0, a=HELLO),
        sees(1),
        says(problems={"a": "1 of 1 live posts are gone at once"}, live=["a"]),
        sees(2, a=HELLO),
        says(live=["a"]),
    ),
    rule(
        "a folder emptied of all but a broken file withdraws nothing",
        adopts(),
        sees(0, a=HELLO, b=OTHER),
        sees(1, c=BROKEN),
        says(problems={"c": "no date", "a": "2 of 2 live posts are gone"}, live=["b", "a"]),
    ),
    rule(
        "posts below a folder that can't be read stay live as they last were",
        adopts(),
        sees(0, **{"content/trips/rome.md": HELLO, "content/top.md": OTHER}),
        sees(1, **{"content/trips/": BROKEN, "content/top.md": OTHER}),
        says(problems={"trips": "no date"}, live=["rome", "top"]),
        sees(2, **{"content/trips/rome.md": HELLO, "content/top.md": OTHER}),
        says(live=["rome", "top"]),
    ),
    rule(
        "an emptied folder that had nothing live is no problem",
        adopts(),
        sees(0, a=DRAFT),
        sees(1),
        says(drafts=[]),
    ),
    rule(
        "an emptied folder is believed when a person confirms",
        adopts(),
        sees(0, a=HELLO),
        sees(1, CONFIRMED),
        says(withdrawn={"a": "its file is gone"}, paused=["a"], live=[]),
    ),
    rule(
        "a folder that is not there withdraws nothing",
        adopts(),
        sees(0, a=HELLO, b=DRAFT.but(title="B")),
        sees_no_folder(1),
        says(problems={"content": "no such folder"}, live=["a"], drafts=[], scheduled=[]),
        sees(2, a=HELLO, b=DRAFT.but(title="B")),
        says(live=["a"], drafts=["b"]),
    ),
    rule(
        "a folder that is not there is a problem also when a person confirms that it is meant",
        adopts(),
        sees(0, a=HELLO),
        sees_no_folder(1, **CONFIRMED),
        says(problems={"content": "no such folder"}, withdrawn={"a": "gone"}, paused=["a"]),
    ),
    rule(
        "five of six vanish, and are withdrawn",
        sees(0, **many(6)),
        sees(1, **many(6, first=5)),
        says(withdrawn={f"p{n:02}": "gone" for n in range(5)}),
    ),
    rule(
        "six of sixty are no more than a tenth, and are withdrawn",
        sees(0, **many(60)),
        sees(1, **many(60, first=6)),
        says(withdrawn={f"p{n:02}": "gone" for n in range(6)}),
    ),
    rule(
        "six of fifty-nine are too many at once, and none is withdrawn",
        sees(0, **many(59)),
        sees(1, **many(59, first=6)),
        says(problems={"p00": "6 of 59 live posts are gone at once"}, live=[*many(59)]),
        sees(2, CONFIRMED, **many(59, first=6)),
        says(withdrawn={f"p{n:02}": "gone" for n in range(6)}, live=[*many(59, first=6)]),
    ),
    rule(
        "posts that are doubted to be gone are live still when their files return",
        sees(0, **many(20)),
        sees(1, **many(20, first=10)),
        says(problems={"p00": "10 of 20 live posts are gone at once"}),
        sees(2, **many(20)),
        says(live=[*many(20)]),
    ),
    rule(
        "posts that move all at once are not gone",
        sees(0, **many(20)),
        sees(1, **{f"content/blog/{name}.md": file for name, file in many(20).items()}),
        says(renamed={name: name for name in many(20)}),
    ),
]


@pytest.mark.parametrize("steps", [*CAUSES, *BROKEN_FILES, *COME_BACK, *VANISHING])
def test_decide_knows_what_is_withdrawn(steps):
    play(steps)
