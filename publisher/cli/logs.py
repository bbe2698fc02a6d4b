"""Logs: on stderr, pretty on a terminal and JSON elsewhere, one line for each unit of work.

Imported by what logs only: structlog costs a command that does not a sixth of its time.
"""

from __future__ import annotations

import logging
import os
import sys

import structlog


def set_up_logs(*, verbose: bool) -> None:
    """Send structlog's lines to stderr; ``verbose`` lets debug lines through."""
    level = logging.DEBUG if verbose else logging.INFO
    terminal = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(colors="NO_COLOR" not in os.environ)
        if terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )


def log_bug() -> None:
    """Say what is being handled at this moment, and ended a command."""
    set_up_logs(verbose=False)
    structlog.get_logger("publisher").error("bug", exc_info=True)
