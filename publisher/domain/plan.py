"""What a decision comes to: the rows as they should now read, the mail to open, and what to say.

A plan says what should be, not how to get there: ``identities`` and ``publications`` are whole
rows that replace what the ledger has under the same key. So a plan that was applied, and decided
again at the same time, is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from publisher.domain.finding import Finding
from publisher.domain.post import Post
from publisher.domain.publication import Identity, Publication


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The rules of a site that a decision needs, and what the edge measured for it.

    ``mail`` is ``ready``, ``off`` (no newsletter is configured), or ``incomplete`` (its issues are
    held, and ``mail_lacks`` says for want of what). ``clock_leapt`` says that the wall clock ran
    ahead of the boot clock by more than an hour. ``answering`` holds the URLs whose page has
    answered 200. ``settle`` is zero for a single pass. ``entries`` is how many posts a feed shows,
    ``archive_entries`` how many an archive takes, 0 where there are none.
    """

    id_authority: str
    id_date: date
    baseline_ids: Literal["tag", "permalink"] = "tag"
    mail: Literal["ready", "off", "incomplete"] = "ready"
    mail_lacks: str = ""
    max_age: timedelta = timedelta(days=2)
    max_posts_per_hour: int = 3
    settle: timedelta = timedelta(0)
    wait_for_page: timedelta | None = None
    answering: frozenset[str] = frozenset()
    confirm_withdrawals: bool = False
    clock_leapt: bool = False
    entries: int = 20
    archive_entries: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """Freeze content and audience of an issue of this post, and begin to mail it.

    ``issue_id`` is the issue that was held or paused, None for a new one.
    """

    key: str
    issue_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """Open an issue of this post as held, or hold the one there is. ``reason`` says what to do."""

    key: str
    reason: str
    issue_id: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """Stop an issue that is being sent: its post was withdrawn."""

    key: str
    issue_id: int
    reason: str


Mailing = Start | Hold | Pause


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """Something this pass did to a post. ``detail`` is the reason, or the old path of a rename.

    ``id`` is that of its entry.
    """

    path: str
    url: str
    due: datetime | None = None
    detail: str | None = None
    id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Upcoming:
    """A post that waits: for its instant, for its flag, or for a person."""

    path: str
    url: str
    due: datetime
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Live:
    """A public post as the feeds should show it: ``post`` is None where its file can't be used."""

    publication: Publication
    path: str
    post: Post | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """The whole of a decision. Only the first four fields change anything.

    ``waiting`` holds the posts that are scheduled or drafts, by key: what can be made ready ahead.
    ``gone`` are the posts withdrawn in the last thirty days, newest first; ``archives`` is how many
    documents hold those that newer ones have pushed out of the current feed.
    """

    adopted_at: datetime | None = None
    identities: tuple[Identity, ...] = ()
    publications: tuple[Publication, ...] = ()
    mailings: tuple[Mailing, ...] = ()

    published: tuple[Event, ...] = ()
    adopted: tuple[Event, ...] = ()
    revised: tuple[Event, ...] = ()
    restored: tuple[Event, ...] = ()
    withdrawn: tuple[Event, ...] = ()
    renamed: tuple[Event, ...] = ()

    live: tuple[Live, ...] = ()
    gone: tuple[Publication, ...] = ()
    archives: int = 0
    waiting: tuple[tuple[str, Post], ...] = ()
    scheduled: tuple[Upcoming, ...] = ()
    drafts: tuple[Upcoming, ...] = ()
    held: tuple[Upcoming, ...] = ()
    problems: tuple[Finding, ...] = ()
    wakeup: datetime | None = None

    @property
    def empty(self) -> bool:
        """Whether applying it would change nothing."""
        return not (self.adopted_at or self.identities or self.publications or self.mailings)
