"""Rules of a decision as short stories: what is in the folder, what a person does, what follows.

    rule(
        "a post is published at its instant",
        sees(-1, a=HELLO),
        says(scheduled=["a"]),
        sees(0, a=HELLO),
        says(published=["a"], started=["a"]),
    )

Files go by the stem of their path, times by hours after noon. ``says`` is about the pass before
it: what it doesn't name of what a pass *does* has not happened. A reason is given by a part of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from world import NO_FOLDER, NOON, POLICY, File, Ledger, apply, scan

from publisher.domain.decide import decide
from publisher.domain.plan import Event, Hold, Pause, Plan, Start, Upcoming
from publisher.domain.post import Scan

DOES = (
    "published", "adopted", "revised", "restored", "withdrawn", "renamed",
    "started", "newly_held", "paused", "problems",
)  # fmt: skip


@dataclass
class Story:
    """How far a story has come."""

    ledger: Ledger = field(default_factory=Ledger)
    plan: Plan = field(default_factory=Plan)


Step = Callable[[Story], None]


def rule(sentence: str, *steps: Step) -> Any:
    return pytest.param(steps, id=sentence)


def play(steps: tuple[Step, ...]) -> None:
    story = Story()
    for step in steps:
        step(story)


def hours(number: float) -> datetime:
    """So many hours after noon."""
    return NOON + timedelta(hours=number)


def sees(at: float, /, policy: dict[str, Any] | None = None, **files: File | None) -> Step:
    """A pass over just these files. Decided again, it must come to nothing."""
    seen = scan({_path(name): file for name, file in files.items()})
    return _passes(at, seen, policy or {})


def adopts(at: float = -24, /, **files: File | None) -> Step:
    """The first pass of all, over an empty folder unless told otherwise."""
    return sees(at, **files)


def sees_no_folder(at: float, **policy: Any) -> Step:
    return _passes(at, Scan(unreadable=NO_FOLDER), policy)


def _passes(at: float, seen: Scan, policy: dict[str, Any]) -> Step:
    rules = replace(POLICY, **policy)

    def step(story: Story) -> None:
        now = hours(at)
        story.plan = decide(seen, story.ledger.view(now), now, rules)
        story.ledger = apply(story.ledger, story.plan, now)
        again = decide(seen, story.ledger.view(now), now, rules)
        assert again.empty, again
        for lists in ("scheduled", "drafts", "held"):
            assert getattr(again, lists) == getattr(story.plan, lists)
        assert [one.post for one in again.live] == [one.post for one in story.plan.live]
        assert [one.path for one in again.problems] == [one.path for one in story.plan.problems]

    return step


def says(**expected: Any) -> Step:
    """What the last pass did, and how it says that things stand."""

    def step(story: Story) -> None:
        said = summary(story)
        for what in DOES:
            _compare(what, said[what], expected.pop(what, type(said[what])()))
        for what, value in expected.items():
            _compare(what, said[what], value)

    return step


def knows(name: str, /, **expected: Any) -> Step:
    """What the ledger has of the post at a path; a datetime may be given in hours."""

    def step(story: Story) -> None:
        known = story.ledger.by_path(_path(name))
        for what, value in expected.items():
            owner = known.publication if hasattr(known.publication, what) else known.identity
            if isinstance(value, int | float) and not isinstance(value, bool):
                value = hours(value)
            assert (what, getattr(owner, what)) == (what, value)

    return step


def does(act: Callable[[Ledger, str], Ledger], name: str) -> Step:
    """An act on the issue of a post: by a person, or by delivery."""

    def step(story: Story) -> None:
        story.ledger = act(story.ledger, story.ledger.by_path(_path(name)).identity.key)

    return step


def summary(story: Story) -> dict[str, Any]:
    plan = story.plan
    paths = {key: known.identity.path for key, known in story.ledger.known.items()}

    def mailed(kind: type) -> list[str]:
        return [_name(paths[one.key]) for one in plan.mailings if isinstance(one, kind)]

    return {
        **{
            what: [_name(event.path) for event in getattr(plan, what)]
            for what in ("published", "adopted", "revised", "restored", "scheduled", "drafts")
        },
        "withdrawn": _details(plan.withdrawn),
        "renamed": {name: _name(old) for name, old in _details(plan.renamed).items()},
        "started": mailed(Start),
        "newly_held": {
            _name(paths[one.key]): one.reason for one in plan.mailings if isinstance(one, Hold)
        },
        "paused": mailed(Pause),
        "problems": {_name(finding.path): finding.message for finding in plan.problems},
        "live": [_name(one.path) for one in plan.live],
        "held": {_name(one.path): one.reason for one in plan.held},
        "wakeup": plan.wakeup and (plan.wakeup - NOON) / timedelta(hours=1),
    }


def _details(events: tuple[Event | Upcoming, ...]) -> dict[str, str | None]:
    return {_name(event.path): event.detail for event in events if isinstance(event, Event)}


def _compare(what: str, said: Any, expected: Any) -> None:
    if isinstance(said, dict):
        assert (what, list(said)) == (what, list(expected)), said
        for name, part in expected.items():
            assert part in said[name]
    else:
        assert (what, said) == (what, expected)


def _path(name: str) -> str:
    return name if name.endswith((".md", ".html", "/")) else f"content/{name}.md"


def _name(path: str) -> str:
    return PurePosixPath(path).stem if path.startswith("content/") else path
