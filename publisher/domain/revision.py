"""A publication when its post goes live, and as its file changes: what is revised, and what not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter

from publisher.domain.post import Post
from publisher.domain.publication import Publication

PUNCTUAL = timedelta(minutes=1)

#: What a publication takes from its file. Compared first: in most passes most posts are unchanged.
_of_file = attrgetter("due", "source_hash", "content_hash", "expires")


def first(
    post: Post, key: str, feed_id: str, now: datetime, *, baseline: bool, mail: bool
) -> Publication:
    """The publication of a post that goes live now; a baseline post is never awaiting mail."""
    punctual = baseline or now - post.due <= PUNCTUAL
    return Publication(
        key=key,
        feed_id=feed_id,
        due=post.due,
        live_at=now,
        updated=post.due if punctual else now,
        source_hash=post.source_hash,
        content_hash=post.content_hash,
        baseline=baseline,
        expires=post.expires,
        awaiting_mail=mail and not baseline,
    )


def renewed(publication: Publication, post: Post, now: datetime, *, mail: bool) -> Publication:
    """The publication of a live post, or of one that comes back now, brought up to its file."""
    mail = publication.awaiting_mail and mail
    if (
        publication.live
        and publication.awaiting_mail == mail
        and _of_file(publication) == _of_file(post)
        and publication.updated >= publication.due
    ):
        return publication
    return replace(
        publication,
        due=post.due,
        live_at=publication.live_at if publication.live else now,
        updated=_updated(publication, post, now),
        source_hash=post.source_hash,
        content_hash=post.content_hash,
        expires=post.expires,
        withdrawn_at=None,
        awaiting_mail=mail,
    )


def _updated(publication: Publication, post: Post, now: datetime) -> datetime:
    """``updated`` moves on a revision only, within [published, now], and never back.

    But it is never before ``published``, where that is moved forward.
    """
    least = max(publication.updated, post.due)
    if post.content_hash == publication.content_hash:
        return least
    said = now if post.updated is None else post.updated
    return max(least, min(said, now))
