"""A checker of feeds: bytes in, faults out, rule by rule.

Holds a feed against RFC 4287, RSS 2.0 with the Advisory Board's best practices profile, or JSON
Feed 1.1, and against what this project promises of every feed (no active content, absolute URLs).
It shares no code with the program. Each rule is a function that names its section.
"""

from feedcheck.check import faults

__all__ = ["faults"]
