"""Who was refused by policy, and whether that was their doing or ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from publisher.domain.delivery import Claim

SUSPECT_DOMAINS = 5

#: How many refused deliveries are remembered until it is known whose fault it was: under a
#: megabyte. A longer streak is of fewer than five domains, and most likely rightly refused.
MOST_SUSPECTS = 1000

_CODES = re.compile(r"[2-5][0-9]{2}(?:[ -][245]\.[0-9]{1,3}\.[0-9]{1,3})?")


@dataclass(kw_only=True)
class Suspects:
    """Those refused since the last acceptance, by the codes of the reply.

    Five domains that get the same codes point at us, and so do those codes from then on, until
    something is accepted.
    """

    _domains: dict[str, set[str]] = field(default_factory=dict)
    _blamed: list[tuple[str, Claim]] = field(default_factory=list)

    def ours(self, claim: Claim, reply: str) -> bool:
        """Count a refusal. Whether it is our fault, as far as one can tell by now.

        Beyond ``MOST_SUSPECTS`` neither who was refused is remembered, nor codes that are new.
        """
        codes, room = _codes(reply), len(self._blamed) < MOST_SUSPECTS
        if room:
            self._domains.setdefault(codes, set())
        domains = self._domains.get(codes, set())
        if len(domains) < SUSPECT_DOMAINS:
            domains.add(claim.mailbox.rpartition("@")[2])
        ours = len(domains) >= SUSPECT_DOMAINS
        if room or ours:
            self._blamed.append((codes, claim))
        return ours

    def acquitted(self) -> list[Claim]:
        """Those refused in a way that turned out to be our fault; each is named once."""
        ours = {codes for codes, of in self._domains.items() if len(of) >= SUSPECT_DOMAINS}
        if not ours:
            return []
        found = [claim for codes, claim in self._blamed if codes in ours]
        self._blamed = [blame for blame in self._blamed if blame[0] not in ours]
        return found

    def clear(self) -> None:
        """Something was accepted: who was refused before was refused rightly."""
        self._domains.clear()
        self._blamed.clear()


def _codes(reply: str) -> str:
    """Reply code and enhanced code (RFC 3463): the words around them may name one message."""
    match = _CODES.match(reply)
    return match[0] if match else reply
