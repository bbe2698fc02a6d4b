"""A worker that can't even be started is nobody's post's fault."""

from __future__ import annotations

import sys

import pytest

from publisher.content.render import Job, Renderer
from publisher.domain.errors import RendererUnavailable

JOB = Job(
    path="content/a.md", body="Words.", body_line=4, is_html=False, url="https://example.com/a/",
    key="a", summary=None, destination="feed",
)  # fmt: skip


def test_an_interpreter_that_cant_be_started_stops_the_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python3")
    with Renderer() as renderer, pytest.raises(RendererUnavailable, match="/nowhere/python3"):
        renderer.render(JOB)
