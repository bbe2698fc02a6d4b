"""A site's own mark for the end of an excerpt, as Jekyll's ``excerpt_separator``."""

from __future__ import annotations

from publisher.content.prose import prose_lines


def with_mark(body: str, separator: str | None) -> str:
    """A body with the usual mark in place of a site's own separator, where it first stands."""
    if separator is None or separator not in body:
        return body
    lines = body.split("\n")
    for number, line in prose_lines(body):
        if separator in line and lines[number].count(separator) == line.count(separator):
            lines[number] = lines[number].replace(separator, "<!--more-->", 1)
            return "\n".join(lines)
    return body
