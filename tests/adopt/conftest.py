"""Blogs that tests write down in a few lines, taken over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from tryout import EDGE, TODAY, Adopt, Adopted, write

from publisher.adopt.takeover import take_over
from publisher.bootstrap import trial_scan


@pytest.fixture
def adopt(tmp_path: Path) -> Adopt:
    """Write a blog, take it over in its own folder or in another, and read its posts."""

    def adopting(files: Mapping[str, str], *, target: str = "blog") -> Adopted:
        blog, to = tmp_path / "blog", tmp_path / target
        blog.mkdir(exist_ok=True)
        write(blog, files)
        done = take_over(blog, to, TODAY, lambda text: trial_scan(text, to / "config.yaml", EDGE))
        config = (to / "config.yaml").read_text(encoding="utf-8")
        scan = trial_scan(config, to / "config.yaml", EDGE) if done.complete else done.scan
        return Adopted(takeover=done, config=config, scan=scan)

    return adopting
