"""When a post may be public: its flag, its instant and its expiry against a given time."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from publisher.domain.post import Post


class Timing(StrEnum):
    """What a post's own front matter says of it at one instant."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    DUE = "due"
    EXPIRED = "expired"

    @property
    def waits(self) -> bool:
        """Whether the post has yet to become public."""
        return self in (Timing.DRAFT, Timing.SCHEDULED)


def timing(post: Post, now: datetime) -> Timing:
    """A post is due from its instant on, and no longer from its expiry on."""
    if not post.published:
        return Timing.DRAFT
    if post.expires is not None and post.expires <= now:
        return Timing.EXPIRED
    return Timing.SCHEDULED if post.due > now else Timing.DUE
