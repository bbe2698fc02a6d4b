"""What every command shares: the site it works on, and how it answers.

Results go to stdout, everything else to stderr. With ``--json`` stdout is exactly one document.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from publisher.bootstrap import Edge, Site, open_site
from publisher.domain.errors import UsageError
from publisher.domain.finding import Finding
from publisher.domain.moment import rfc3339

#: The exit code of what a signal ended.
INTERRUPTED = 130

#: May stand before or after the command, with the same meaning.
SHARED_FLAGS = ("--json", "-v", "--verbose")
SHARED_OPTIONS = ("--config",)

#: Those that a post's date may be of: at the calendar's ends there is no room for a time zone.
YEARS = range(1000, 9999)


@dataclass(kw_only=True)
class Context:
    """The options that every command takes, and the answer in the making."""

    config: Path = Path("config.yaml")
    json: bool = False
    verbose: bool = False
    exit_code: int = 0
    document: dict[str, Any] | None = field(default=None)

    def site(self, at: str | None = None) -> Site:
        """The site, opened. ``at`` stands in for the clock."""
        return open_site(self.config, Edge(environ=os.environ, at=parse_instant(at)))

    def answer(self, document: Mapping[str, Any], lines: Iterable[str]) -> None:
        """The result, for a script or for a person."""
        if self.json:
            typer.echo(as_json(document))
        else:
            for line in lines:
                typer.echo(line)

    def fail(self, code: int = 1) -> None:
        """Exit with this code in the end, though all that could be done was done."""
        self.exit_code = max(self.exit_code, code)


def context(ctx: typer.Context) -> Context:
    """What the options before the command said."""
    found = ctx.find_object(Context)
    if found is None:
        raise RuntimeError("a command outside the application")
    return found


def note(line: str) -> None:
    """Say something that is not the result."""
    typer.echo(line, err=True)


def report_findings(problems: Iterable[Finding], warnings: Iterable[Finding] = ()) -> None:
    """Problems and warnings on stderr, a line each."""
    for finding in problems:
        note(str(finding))
    for finding in warnings:
        note(f"{finding} (warning)")


def hoist(arguments: Sequence[str]) -> list[str]:
    """Bring the shared options to the front, wherever they stand before ``--``."""
    front: list[str] = []
    rest: list[str] = []
    queue = list(arguments)
    while queue:
        argument = queue.pop(0)
        if argument == "--":
            return [*front, *rest, argument, *queue]
        if argument in SHARED_FLAGS or argument.startswith("--config="):
            front.append(argument)
        elif argument in SHARED_OPTIONS:
            front += [argument, *queue[:1]]
            queue = queue[1:]
        else:
            rest.append(argument)
    return [*front, *rest]


def parse_instant(text: str | None) -> datetime | None:
    """``--at``: RFC 3339 with a zone. Raises UsageError."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.utcoffset() is None or moment.year not in YEARS:
        raise UsageError(f"--at: {text!r} is no instant: write 2026-02-19T12:00:00Z")
    return moment


def as_json(document: Mapping[str, Any]) -> str:
    """A document as it is printed."""
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return rfc3339(value)
    raise TypeError(f"no JSON for {type(value).__name__}")
