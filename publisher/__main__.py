"""``python -m publisher``."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from publisher import glance

    if (code := glance.main(sys.argv[1:])) is not None:
        sys.exit(code)
    gc.disable()  # imports make much and drop nothing: to look for it is a sixth of a short command
    from publisher.cli.app import run

    gc.freeze()
    gc.set_threshold(50_000, 20, 100)  # thousands of posts are no rubbish: look for some less often
    gc.enable()
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
