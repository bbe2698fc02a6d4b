"""Idle commands load little: what is slow to import is imported where it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest
from livesite import ENVIRONMENT, LiveSite

HEAVY = (
    "feedgen", "lxml", "markdown", "premailer", "alembic", "apscheduler", "starlette", "structlog",
    "rich", "sqlalchemy.dialects.postgresql",
)  # fmt: skip

PROBE = f"""
import sys
from publisher.cli.app import run
code = run(sys.argv[1:])
found = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit(f"loaded: {{found}}" if found or code else 0)
"""


@pytest.mark.parametrize("command", ["publish", "status", "plan"])
def test_an_idle_command_loads_no_heavy_library(site: LiveSite, command: str) -> None:
    site.run("publish")
    done = subprocess.run(
        [sys.executable, "-c", PROBE, command],
        cwd=site.root, env=ENVIRONMENT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
