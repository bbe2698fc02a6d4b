"""What the ledger knows of posts: who they are, what of them is public, and their mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.domain.issue import IssueState
from publisher.domain.moment import require_aware


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """Who a post is, as it was last seen. ``key`` never changes; all else may.

    ``waiting`` says that the last pass saw it as a draft or scheduled later; ``waited_at`` is the
    last pass that did, once it is neither. ``resembles`` is the path of a live post that vanished
    in the pass in which this one appeared: until a person says otherwise they may be one.
    """

    key: str
    path: str
    names: tuple[str, ...]
    source_hash: str
    title: str
    date: datetime
    url: str
    waiting: bool = False
    waited_at: datetime | None = None
    resembles: str | None = None

    def __post_init__(self) -> None:
        require_aware(self.date, self.waited_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """That a post went live: since when, under which feed id, as what.

    ``due`` is the entry's ``published``, ``live_at`` the pass that made it public, ``updated`` the
    entry's ``updated``. ``source_hash`` names the last good source, which the ledger keeps.
    ``awaiting_mail`` is True until its first issue is opened, or it is decided that none will be.
    ``archive`` is the archive document it stands in, from 1; None while in the current feed.
    """

    key: str
    feed_id: str
    due: datetime
    live_at: datetime
    updated: datetime
    source_hash: str
    content_hash: str
    baseline: bool = False
    expires: datetime | None = None
    withdrawn_at: datetime | None = None
    awaiting_mail: bool = False
    archive: int | None = None

    def __post_init__(self) -> None:
        require_aware(self.due, self.live_at, self.updated, self.expires, self.withdrawn_at)

    @property
    def live(self) -> bool:
        """Whether the post is public now."""
        return self.withdrawn_at is None


def oldest_first(publication: Publication) -> tuple[datetime, datetime, str]:
    """The order of a site's posts, which no two share: by ``due``, by when they went live, by key.

    Backwards it is that of a feed: of two posts of one date, the one that came later leads.
    """
    return (publication.due, publication.live_at, publication.key)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenIssue:
    """A post's newest issue that is not finished. ``released``: a person let it go."""

    id: int
    state: IssueState
    released: bool = False
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """One post as the ledger has it: never public when ``publication`` is None."""

    identity: Identity
    publication: Publication | None = None
    issue: OpenIssue | None = None

    @property
    def live(self) -> bool:
        """Whether the post is public now."""
        return self.publication is not None and self.publication.live


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerView:
    """All of the ledger that a decision reads.

    ``recent_starts`` holds when each issue started that started less than an hour before the
    decision's time, or after it; ``retry_at`` is the earliest time at which a deferred delivery
    may be tried again. ``doubtful_until``: the ledger was put back from an older copy then, and
    what it never mailed may have been (``doubt``).
    """

    adopted_at: datetime | None = None
    last_pass_at: datetime | None = None
    known: tuple[Known, ...] = ()
    recent_starts: tuple[datetime, ...] = ()
    retry_at: datetime | None = None
    doubtful_until: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(self.adopted_at, self.last_pass_at, self.retry_at, *self.recent_starts)
        require_aware(self.doubtful_until)
