"""What takes a live post out of the feeds: its file's own words. Time alone, or a lost disk, never.

A clock that is set back leaves a live post where it is, and a folder that is suddenly empty is
taken for a fault, until a person says that it is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from publisher.domain.due import Timing, timing
from publisher.domain.finding import Finding
from publisher.domain.moment import rfc3339
from publisher.domain.post import Post
from publisher.domain.publication import Known, Publication

VANISH_AT_ONCE = 5
VANISH_SHARE = 10
EXPIRED = "it has expired"

#: How long the feed says that a post is gone, for readers to take it away too (RFC 6721).
REMEMBERED = timedelta(days=30)


def stays_live(publication: Publication, post: Post | None, now: datetime) -> bool:
    """Whether a post that was public is so after this pass.

    ``post`` is None where its file can't be used: it then stays as it last was, unless it expires.
    """
    if post is None:
        expires = publication.expires
        return publication.live and (expires is None or expires > now)
    when = timing(post, now)
    if when is Timing.SCHEDULED:
        return publication.live and post.due == publication.due
    return when is Timing.DUE


def why_withdrawn(post: Post | None, now: datetime) -> str:
    """Why a post that doesn't stay live goes."""
    when = Timing.EXPIRED if post is None else timing(post, now)
    if post is None or when is Timing.EXPIRED:
        return EXPIRED
    if when is Timing.DRAFT:
        return "it was unpublished"
    return f"its date moved to {rfc3339(post.due)}"


def lately_gone(publications: Iterable[Publication], now: datetime) -> list[Publication]:
    """Those that were withdrawn in the last thirty days, the newest first."""
    gone = [
        (one.withdrawn_at, one.key, one)
        for one in publications
        if one.withdrawn_at is not None and now - one.withdrawn_at < REMEMBERED
    ]
    return [one for *_, one in sorted(gone, reverse=True)]


def doubtful(vanished: Sequence[Known], live: int, *, emptied: bool) -> Finding | None:
    """The problem that so many of the live posts are gone at once; None when that is believable.

    ``emptied``: no post is left that can be read. Else it takes more than five, and over a tenth.
    """
    many = len(vanished) > VANISH_AT_ONCE and len(vanished) * VANISH_SHARE > live
    if not vanished or not (many or emptied):
        return None
    message = (
        f"{len(vanished)} of {live} live posts are gone at once, this one among them, so none is "
        "withdrawn: bring the files back, or run publisher publish --withdraw"
    )
    return Finding(path=min(known.identity.path for known in vanished), message=message)
