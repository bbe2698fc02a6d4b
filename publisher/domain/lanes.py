"""Destinations that have a rate of their own, and the lanes of the line that go to them.

A destination is a set of mail domains, named exactly: whether a subdomain or another domain ends at
the same servers is not asked of any name server.
"""

from __future__ import annotations

from collections.abc import Mapping

from publisher.domain.line import Lane


def lanes_to(destinations: Mapping[str, frozenset[str]]) -> dict[str | None, Lane]:
    """A lane for each destination, and by the name None the lane of all that have none.

    Domains are lower-case A-labels, and none is in two destinations.
    """
    named = frozenset[str]().union(*destinations.values())
    return {
        **{name: Lane(only=domains) for name, domains in destinations.items()},
        None: Lane(besides=named),
    }
