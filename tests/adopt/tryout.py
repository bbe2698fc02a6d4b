"""What becomes of a blog that a test took over."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from publisher.adopt.takeover import Takeover
from publisher.bootstrap import Edge
from publisher.domain.post import Scan

TODAY = date(2026, 2, 1)
EDGE = Edge(environ={}, at=datetime(2026, 2, 1, tzinfo=UTC))


@dataclass(frozen=True, kw_only=True)
class Adopted:
    """A blog taken over: the text of config.yaml, and what it makes of the files."""

    takeover: Takeover
    config: str
    scan: Scan

    @property
    def urls(self) -> dict[str, str]:
        return {post.path: post.url for post in self.scan.posts}

    @property
    def ids(self) -> dict[str, str]:
        return {post.path: post.former_id or post.url for post in self.scan.posts}

    @property
    def problems(self) -> list[str]:
        return [str(problem) for one in self.scan.broken for problem in one.problems]


Adopt = Callable[..., Adopted]


def write(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def names(root: Path) -> dict[str, str]:
    """Every file below a folder, with its text."""
    return {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
