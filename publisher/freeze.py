"""Freezing an issue: its bytes are made once, and written together with its audience.

What is slow (the page, the inlined CSS) depends on the post alone and can be made ahead, when the
post is saved; what is left for the instant is to put headers around it and to commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Protocol

from publisher.bodies import Bodies, Item, item_of
from publisher.content.render import RenderFailed
from publisher.domain.plan import Live, Start
from publisher.domain.stages import Stages
from publisher.newsletter.body import Body
from publisher.newsletter.compile import Compiled, Envelope, compile_issue
from publisher.newsletter.compose import compose
from publisher.newsletter.letter import SiteFacts, letter
from publisher.newsletter.templates import Templates

Stamp = tuple[tuple[str, int, int], ...]


class StartedIssue(Protocol):
    """What the ledger says of an issue it started."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def audience(self) -> int:
        """How many it goes to."""


class IssueBook(Protocol):
    """The ledger as freezing an issue needs it."""

    def edition(self, start: Start) -> int:
        """Which edition of its post an issue is, or would be."""

    def start(
        self,
        start: Start,
        *,
        subject: str,
        content: bytes,
        now: datetime,
        salt: bytes,
        stages: Stages | None = None,
    ) -> StartedIssue:
        """Write an issue's bytes and a row for each recipient, in one transaction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Frozen:
    """An issue that was started: nothing of it changes any more."""

    id: int
    subject: str
    audience: int


@dataclass(kw_only=True)
class Editor:
    """Makes issues. ``envelope`` gives what all messages of a post's issue say in their headers,
    ``salt`` what their Message-IDs are made with. ``freezing`` holds up whoever reads frozen
    bytes until they are the new ones. ``stages`` are those of an issue that starts first now."""

    book: IssueBook
    bodies: Bodies
    templates: Templates
    site: SiteFacts
    timezone: tzinfo
    envelope: Callable[[str, datetime], Envelope]
    salt: Callable[[str, int], bytes]
    stages: Stages | None = None
    _ready: dict[tuple[Item, datetime, Stamp], Body] = field(default_factory=dict)

    def start(self, start: Start, live: Live, now: datetime) -> Frozen:
        """Freeze content and audience, and let it be sent. Raises TemplateFault, RenderFailed."""
        publication = live.publication
        compiled = self.compiled(item_of(live), publication.due, now)
        started = self.book.start(
            start,
            subject=compiled.subject,
            content=compiled.to_bytes(),
            now=now,
            salt=self.salt(publication.feed_id, self.book.edition(start)),
            stages=self.stages,
        )
        return Frozen(id=started.id, subject=compiled.subject, audience=started.audience)

    def compiled(self, item: Item, due: datetime, now: datetime) -> Compiled:
        """A post's issue as bytes with slots, dated ``now``."""
        return compile_issue(self.body(item, due), self.envelope(item.key, now))

    def body(self, item: Item, due: datetime) -> Body:
        """A post's issue without its headers; made once for the same post and templates."""
        known = (item, due, self.templates.stamp())
        if known not in self._ready:
            pages, failed = self.bodies.render([item], "mail")
            if item.key in failed:
                raise RenderFailed(failed[item.key])
            page = letter(item.post, pages[item.key], self.site, due, self.timezone)
            self._ready[known] = compose(page, self.templates)
        return self._ready[known]

    def forget_but(self, items: Iterable[Item]) -> None:
        """Keep in memory only the issues of these posts."""
        keep = set(items)
        self._ready = {known: body for known, body in self._ready.items() if known[0] in keep}
