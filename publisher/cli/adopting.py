"""``init --from``: a blog taken over, and what is said of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.cli.context import Context

if TYPE_CHECKING:
    from publisher.adopt.takeover import Takeover
    from publisher.domain.post import Scan

#: The exit code where a line of config.yaml is left to fill in.
INCOMPLETE = 1


def adopt(cli: Context, source: Path, target: Path) -> None:
    """Take a blog over and tell of it; exit code 1 where something is left to fill in."""
    from publisher.adopt.takeover import CONFIG, take_over
    from publisher.bootstrap import Edge, trial_scan

    edge = Edge(environ=os.environ)

    def trial(text: str) -> Scan:
        return trial_scan(text, target / CONFIG, edge)

    done = take_over(source, target, edge.now().date(), trial)
    cli.answer(_shape(done), _told(done, target))
    if not done.complete:
        cli.fail(INCOMPLETE)


def _shape(done: Takeover) -> dict[str, Any]:
    adoption = done.adoption
    return {
        "made": [str(path) for path in done.made],
        "generator": adoption.generator,
        "taken": [
            {"key": one.key, "value": one.value, "source": one.source} for one in adoption.taken
        ],
        "lacking": [{"key": key, "message": how} for key, how in adoption.lacking],
        "notes": list(adoption.notes),
        "ignored": list(done.ignored),
        "posts": len(done.scan.posts),
        "problems": len(done.scan.broken),
    }


def _told(done: Takeover, target: Path) -> list[str]:
    from publisher.adopt.compose import NAMES, flow

    adoption = done.adoption
    lines = [f"made {path}" for path in done.made]
    lines.append(f"made with {NAMES[adoption.generator]}: {_count(len(done.scan.posts), 'post')}")
    lines += [f"took {one.key}: {flow(one.value)} ({one.source})" for one in adoption.taken]
    lines += [f"left out: {glob} (no date or no header: no post)" for glob in done.ignored]
    lines += [f"look at: {note}" for note in adoption.notes]
    if done.scan.broken:
        count = _count(len(done.scan.broken), "file")
        lines.append(f"look at: {count} can't be read as posts: publisher check says why")
    lines += [f"fill in {key}: {how}" for key, how in adoption.lacking]
    lines.append(f"Next: cd {target} && publisher check && publisher plan")
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
