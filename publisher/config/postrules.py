"""The rules by which files become posts, as the settings of a site say them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC

from publisher.config.settings import Settings
from publisher.content.fields import Entry, Value
from publisher.content.rules import Defaults, PostRules
from publisher.domain.post import Author


def post_rules(settings: Settings, people: Mapping[str, Author]) -> PostRules:
    """The rules of a site. ``people`` are those of ``content.authors``, by their folded keys."""
    content, zone = settings.content, settings.site.timezone
    pattern = content.permalink
    by_section = pattern if isinstance(pattern, Mapping) else {}
    given = isinstance(pattern, str) and "permalink" in content.model_fields_set
    return PostRules(
        site_url=settings.site.url,
        content_path=content.path,
        permalink=str(pattern) if given or content.generator == "none" else None,
        permalinks=tuple(sorted(by_section.items(), key=lambda item: -len(item[0]))),
        timezone=zone if zone.key != "UTC" else UTC,  # by far the quickest zone there is
        publish_time=content.publish_time,
        published_by_default=content.published_by_default,
        taxonomies=settings.feeds.taxonomies,
        ignore=(*content.ignore, *_own(settings)),
        generator=content.generator,
        slugs=content.slugs,
        defaults=tuple(
            Defaults(path=one.path.strip("/"), values=_entries(one.values))
            for one in content.defaults
        ),
        people=people,
        excerpt_separator=content.excerpt_separator,
    )


def _own(settings: Settings) -> list[str]:
    """Globs of what the program itself keeps below the content folder, where that is the root."""
    content = settings.root / settings.content.path
    below = (os.path.relpath(place, content) for place in settings.own_places)
    return [f"/{path}" for path in below if not path.startswith(os.pardir) and path != os.curdir]


def _entries(values: Mapping[str, object]) -> dict[str, Entry]:
    """Keys as a header would have them: the line is that of the header's own first."""
    read = ((key, _value(value)) for key, value in values.items())
    return {key.lower(): Entry(key, 1, value) for key, value in read if value is not None}


def _value(value: object) -> Value | None:
    if isinstance(value, Mapping):
        return _entries(value) or None
    if isinstance(value, list | tuple):
        items = [item for item in map(_value, value) if item is not None]
        return items or None
    return str(value)
