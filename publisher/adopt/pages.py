"""Which files of a blog are pages and not posts: those without a date or a header."""

from __future__ import annotations

from publisher.content.frontmatter import NONE
from publisher.content.timing import NO_DATE
from publisher.domain.post import BrokenPost, Scan


def pages(scan: Scan, folder: str) -> tuple[str, ...]:
    """Globs for ``content.ignore``, by name: a folder that holds nothing else is one of them.

    ``folder`` is the content folder as paths have it, empty where they are below it already.
    """
    start = f"{folder}/" if folder else ""
    undated = {one.path.removeprefix(start) for one in scan.broken if _is_page(one)}
    others = {post.path.removeprefix(start) for post in scan.posts} | {
        one.path.removeprefix(start) for one in scan.broken if not _is_page(one)
    }
    kept = {
        "/".join(path.split("/")[:end]) for path in others for end in range(path.count("/") + 1)
    }
    return tuple(sorted({_glob(path, kept) for path in undated}))


def _glob(path: str, kept: set[str]) -> str:
    """The highest folder around a page that no post is below, else the page itself."""
    parts = path.split("/")
    for end in range(1, len(parts)):
        if (above := "/".join(parts[:end])) not in kept:
            return f"/{above}/"
    return f"/{path}"


def _is_page(one: BrokenPost) -> bool:
    return all(problem.message in (NO_DATE, NONE) for problem in one.problems)
