"""What is asked of the renderer and what it answers, and both as bytes for a pipe or a cache."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import IO, Any, Literal

from publisher.content.templates import Engine
from publisher.domain.finding import Finding
from publisher.domain.post import Rendered


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A body to render for one destination.

    ``body`` is the post without its front matter, and ``body_line`` the line of the file, from 1,
    that it begins on. ``is_html`` bodies are not Markdown. ``url`` is the post's page: relative
    URLs start from it. ``key`` makes the ids of footnotes the post's own. ``summary`` is what the
    front matter says of the post, as plain text. ``templates`` is what reads template syntax in the
    body, and ``facts`` what it may know, as the text of ``templates.facts.Facts``.
    """

    path: str
    body: str
    body_line: int
    is_html: bool
    url: str
    key: str
    summary: str | None
    destination: Literal["feed", "mail", "web"]
    templates: Engine = "none"
    facts: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """The worker's answer to a body that it can't render: why, as part of a sentence."""

    reason: str


def job_bytes(job: Job) -> bytes:
    """A job as bytes: the same for the same job."""
    return _bytes(asdict(job))


def job_from(data: bytes) -> Job:
    """The job that these bytes stand for."""
    return Job(**json.loads(data))


def answer_bytes(answer: Rendered | Refusal) -> bytes:
    """An answer as bytes."""
    return _bytes(asdict(answer))


def answer_from(data: bytes) -> Rendered | Refusal:
    """The answer that these bytes stand for. Raises ValueError, KeyError or TypeError on others."""
    fields: dict[str, Any] = json.loads(data)
    if "reason" in fields:
        return Refusal(**fields)
    warnings = tuple(Finding(**warning) for warning in fields.pop("warnings"))
    return Rendered(**fields, warnings=warnings)


def write_frame(pipe: IO[bytes], data: bytes) -> None:
    """Send one message. Raises BrokenPipeError when nobody reads."""
    pipe.write(len(data).to_bytes(4) + data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """The next message; None when the other side is gone."""
    size = pipe.read(4)
    data = pipe.read(int.from_bytes(size)) if len(size) == 4 else b""
    return data if len(size) == 4 and len(data) == int.from_bytes(size) else None


def _bytes(fields: dict[str, Any]) -> bytes:
    # Escaped to ASCII, so that a lone surrogate in a body survives the way.
    return json.dumps(fields, separators=(",", ":"), sort_keys=True).encode("ascii")
