"""Posts that are distinct keep their keys and feed ids, whatever of them is renamed together."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from story import hours
from world import NOON, POLICY, File, Ledger, apply, finish, scan

from publisher.domain.decide import decide

NUMBER = 8

#: For each way of telling a post, everything else that a writer may change with the path.
KEPT = {
    "bytes": {},
    "title and date": {"body": "Anew.", "permalink": "https://example.com/new/{n}/", "names": ()},
    "address": {"body": "Anew.", "title": "New {n}", "date": hours(-50), "names": ()},
    "id": {"body": "Anew.", "title": "New {n}", "permalink": "https://example.com/new/{n}/"},
    "nothing, as it stayed": None,
}


def original(n: int) -> File:
    return File(
        title=f"Post {n}",
        date=hours(-n),
        body=f"Words {n}.",
        permalink=f"https://example.com/{n}/",
        names=(f"id-{n}",),
    )


def changed(n: int, kept: str) -> tuple[str, File]:
    changes = KEPT[kept]
    if changes is None:
        return f"content/{n}.md", original(n)
    filled = {k: v.format(n=n) if isinstance(v, str) else v for k, v in changes.items()}
    return f"content/moved/{9 - n}.md", original(n).but(**filled)


@given(
    kept=st.lists(st.sampled_from(sorted(KEPT)), min_size=NUMBER, max_size=NUMBER),
    between=st.sampled_from(["one pass", "two passes", "two passes, and the loss was believed"]),
    mailed=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_renames_keep_keys_and_feed_ids_and_mail_nobody(kept, between, mailed):
    policy = replace(POLICY, max_posts_per_hour=99)
    ledger = Ledger(adopted_at=None if not mailed else hours(-99))
    before = {f"content/{n}.md": original(n) for n in range(NUMBER)}
    after = dict(changed(n, how) for n, how in enumerate(kept))
    ledger = apply(ledger, decide(scan(before), ledger.view(NOON), NOON, policy), NOON)
    for key in ledger.known if mailed else ():
        ledger = finish(ledger, key)
    publications = {key: known.publication for key, known in ledger.known.items()}
    if between != "one pass":
        sure = replace(policy, confirm_withdrawals=between.endswith("believed"))
        still = {path: file for path, file in before.items() if path in after}
        ledger = apply(ledger, decide(scan(still), ledger.view(NOON), NOON, sure), NOON)
    plan = decide(scan(after), ledger.view(hours(1)), hours(1), policy)
    ledger = apply(ledger, plan, hours(1))
    assert not plan.mailings
    assert not plan.problems
    assert ledger.known.keys() == publications.keys()
    for n, (path, _) in enumerate(changed(n, how) for n, how in enumerate(kept)):
        known = ledger.by_path(path)
        assert known.identity.key == f"id-{n}"
        assert known.publication is not None
        assert known.publication.live
        assert known.publication.feed_id == f"tag:example.com,2026-01-01:id-{n}"
