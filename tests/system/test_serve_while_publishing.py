"""Polls by the thousand while posts are published: every answer whole, every 304 right."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bench.blog import make_blog
from bench.instant import _free, _run
from bench.serving import daemon, poll

pytestmark = pytest.mark.system


def test_no_answer_is_torn_or_stale_while_posts_are_published(tmp_path: Path) -> None:
    port = _free()
    make_blog(tmp_path, 50, port=port)
    _run(tmp_path, "publish")
    with daemon(tmp_path):
        story = asyncio.run(poll(tmp_path, port, 6, 300))
    assert story.wrong == []
    assert set(story.statuses) == {200, 304}
    assert story.statuses[304] > story.statuses[200]
    assert len(story.late) >= 1
    assert len(story.versions) > len(story.late)
    assert min(story.late) < 1000
