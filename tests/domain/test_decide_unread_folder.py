"""A folder inside the content folder that can't be listed takes nothing out of the feeds."""

from __future__ import annotations

from world import HOUR, NOON, POLICY, File, Ledger, apply, scan

from publisher.domain.decide import decide
from publisher.domain.finding import Finding
from publisher.domain.post import BrokenPost, Scan

FAULT = Finding(path="content/2025/", message="can't be read: permission denied")


def test_posts_below_a_folder_that_cant_be_listed_stay_live() -> None:
    ledger = Ledger()
    files = {"content/2025/a.md": File(), "content/b.md": File(title="Other", body="Other words.")}
    ledger = apply(ledger, decide(scan(files), ledger.view(NOON), NOON, POLICY), NOON)
    some = scan({"content/b.md": files["content/b.md"]})
    hidden = Scan(posts=some.posts, broken=(BrokenPost(path="content/2025/", problems=(FAULT,)),))
    plan = decide(hidden, ledger.view(NOON + HOUR), NOON + HOUR, POLICY)
    assert plan.withdrawn == ()
    assert {live.path for live in plan.live} == {"content/2025/a.md", "content/b.md"}
    assert plan.problems == (FAULT,)
