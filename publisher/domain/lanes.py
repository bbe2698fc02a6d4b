"""Destinations that have a rate of their own, and the lanes of the line that go to them.

A destination is a set of mail domains, named exactly: whether a subdomain or another domain ends at
the same servers is not asked of any name server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.domain.line import Lane


@dataclass(kw_only=True)
class Lanes:
    """The lanes by destination. None is the lane of all that have no destination of their own.

    ``destinations`` are names with their domains, which are lower-case A-labels; no domain is in
    two of them.
    """

    destinations: Mapping[str, frozenset[str]]
    of: Mapping[str | None, Lane] = field(init=False)
    _names: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self._names = {domain: name for name, some in self.destinations.items() for domain in some}
        self.of = {
            **{name: Lane(only=some) for name, some in self.destinations.items()},
            None: Lane(besides=frozenset(self._names)),
        }

    def lane_of(self, mailbox: str) -> str | None:
        """The destination of a mailbox (folded, see audience); None where it has none."""
        return self._names.get(mailbox.rpartition("@")[2])
