"""What is asked of others after a pass: which hook is told what, and which hub of which feed. Pure.

A hook's errand is written down with the pass itself, and held back until the feeds are on the disk.
Which feeds have changed is known only then, so an errand stands in for their pings: whoever finds
it still there a minute later knows that the pass was killed between the two, and looks at the disk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from publisher.domain.errand import AFTER_THE_FEEDS, Kind, NewErrand
from publisher.domain.moment import rfc3339
from publisher.domain.plan import Event, Plan
from publisher.feeds.hubs import topic

#: What a hook's errand has for a target: the key of its setting, as its URL may hold a secret.
ON_PUBLISH = "hooks.on_publish"

#: Archives are for who reads backwards: nobody subscribes to one.
_ARCHIVE = re.compile(r"archive/[0-9]+/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcer:
    """What a site says of itself to whom. ``hubs`` are URLs; ``hook``: there is one to be told."""

    site_url: str = ""
    feeds_url: str = ""
    hubs: tuple[str, ...] = ()
    hook: bool = False

    def of_plan(self, plan: Plan, at: datetime) -> tuple[NewErrand, ...]:
        """What follows from a plan, to be written down with it. Adoption tells no hook."""
        found = []
        told = _happened(plan)
        if self.hook and any(told.values()):
            payload = {"site": self.site_url, "at": rfc3339(at), **told}
            said = json.dumps(payload, ensure_ascii=False)
            found.append(_later(Kind.HOOK, ON_PUBLISH, said))
        if self.hubs and plan.publications:
            found.append(_later(Kind.ANNOUNCE, "", rfc3339(at)))
        return tuple(found)

    def of_feeds(self, places: Iterable[str]) -> tuple[NewErrand, ...]:
        """A ping to each hub for each feed that changed; ``places`` are below the feeds' folder."""
        changed = [topic(self.feeds_url, one) for one in places if not _ARCHIVE.match(one)]
        return tuple(
            NewErrand(kind=Kind.PING, target=hub, payload=one)
            for hub in self.hubs
            for one in changed
        )


def _later(kind: Kind, target: str, payload: str) -> NewErrand:
    return NewErrand(kind=kind, target=target, payload=payload, after=AFTER_THE_FEEDS)


def _happened(plan: Plan) -> dict[str, list[dict[str, str | None]]]:
    """What a hook is told of; a post that came back counts as published."""
    return {
        "published": [_event(one) for one in (*plan.published, *plan.restored)],
        "revised": [_event(one) for one in plan.revised],
        "withdrawn": [_event(one) for one in plan.withdrawn],
    }


def _event(one: Event) -> dict[str, str | None]:
    due = None if one.due is None else rfc3339(one.due)
    return {"path": one.path, "url": one.url, "due": due, "id": one.id}
