"""What a site says about its posts, as plain values: the reader of posts knows no configuration."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, time, tzinfo


@dataclass(frozen=True, kw_only=True, slots=True)
class PostRules:
    """The rules by which files become posts.

    ``site_url`` has no slash at its end. ``content_path`` is relative to the folder of the
    configuration. ``publish_time`` is the wall-clock time, in ``timezone``, of a date without one.
    ``ignore`` holds globs, matched against paths below the content folder.
    """

    site_url: str
    content_path: str
    permalink: str = "/:year/:month/:title/"
    timezone: tzinfo = UTC
    publish_time: time = time(0, 0)
    published_by_default: bool = True
    taxonomies: tuple[str, ...] = ("categories", "tags")
    ignore: tuple[str, ...] = ()
