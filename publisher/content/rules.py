"""What a site says about its posts, as plain values: the reader of posts knows no configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, time, tzinfo
from functools import lru_cache

from publisher.content.fields import Entry
from publisher.content.habits import Generator, Slugs
from publisher.domain.post import Author


@dataclass(frozen=True, kw_only=True, slots=True)
class Defaults:
    """Keys of every post below a path, relative to the content folder; a post's own keys win.

    An empty path is every post's. ``*`` stands for what is within one name.
    """

    path: str
    values: Mapping[str, Entry]

    def holds_for(self, below: str) -> bool:
        """Whether it is for the post whose path below the content folder, less extension, is so."""
        path = self.path.rpartition(".")[0] if _FILE.search(self.path) else self.path
        if "*" not in path:
            return not path or below == path or below.startswith(f"{path}/")
        return _glob(path).match(f"{below}/") is not None


_FILE = re.compile(r"\.(?:md|markdown|mdx|html)$")


@lru_cache(maxsize=256)
def _glob(path: str) -> re.Pattern[str]:
    """A path with ``*`` for what is within a name and ``**`` for folders, and all below it."""
    parts = re.split(r"(\*\*/?|\*)", path)
    made = (re.escape(part) if at % 2 == 0 else "[^/]*" if part == "*" else ".*"
            for at, part in enumerate(parts))  # fmt: skip
    return re.compile("".join(made) + "/")


@dataclass(frozen=True, kw_only=True, slots=True)
class PostRules:
    """The rules by which files become posts.

    ``site_url`` has no slash at its end. ``content_path`` is relative to the folder of the
    configuration. ``publish_time`` is the wall-clock time, in ``timezone``, of a date without one.
    ``ignore`` holds globs, matched against paths below the content folder.

    ``permalink`` is None where the generator's own holds; ``permalinks`` are those of single
    sections, before it. Of ``defaults`` the last ones count most. ``people`` are authors by the
    key that posts call them by, folded. ``excerpt_separator`` marks the end of an excerpt beside
    the marks that are always known.
    """

    site_url: str
    content_path: str
    permalink: str | None = "/:year/:month/:title/"
    timezone: tzinfo = UTC
    publish_time: time = time(0, 0)
    published_by_default: bool = True
    taxonomies: tuple[str, ...] = ("categories", "tags")
    ignore: tuple[str, ...] = ()
    generator: Generator = "none"
    slugs: Slugs = "usual"
    permalinks: tuple[tuple[str, str], ...] = ()
    defaults: tuple[Defaults, ...] = ()
    people: Mapping[str, Author] = field(default_factory=dict)
    excerpt_separator: str | None = None

    def defaults_of(self, below: str) -> Mapping[str, Entry]:
        """The keys that a post has unless it says otherwise, by its path less extension."""
        values: dict[str, Entry] = {}
        for default in self.defaults:
            if default.holds_for(below):
                values.update(default.values)
        return values
