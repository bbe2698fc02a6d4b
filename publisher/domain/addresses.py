"""Posts that claim one URL: only one of their pages can be there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from publisher.domain.finding import Finding
from publisher.domain.post import Post


def shared_urls(posts: Collection[Post]) -> list[Finding]:
    """A warning for each post whose URL another one has whose path comes before."""
    if len({post.url for post in posts}) == len(posts):
        return []
    claims = defaultdict(list)
    for post in posts:
        claims[post.url].append(post.path)
    return [
        Finding(
            path=path, message=f"{url} is the URL of {first} too: set another permalink or slug"
        )
        for url, paths in claims.items()
        for first, *others in [sorted(paths)]
        for path in others
    ]
