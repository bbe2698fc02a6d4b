"""What all tests have in common. It stands here so that pytest puts this folder on the path: tests
import what they share by name.

Hypothesis tries the same examples each time, so that a run that passed passes again. To look for
new ones: ``HYPOTHESIS_PROFILE=explore make test``.
"""

from __future__ import annotations

import os

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True)
settings.register_profile("explore", settings.get_profile("default"))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))
