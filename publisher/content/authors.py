"""The people of a site whom its posts name by a key: Docusaurus's and Jekyll's ``authors.yml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from publisher.content.fields import Entry, Fields, FrontMatterError
from publisher.content.notes import Notes
from publisher.content.people import authors_of
from publisher.content.yaml_header import read_yaml
from publisher.domain.errors import ConfigError
from publisher.domain.finding import Finding
from publisher.domain.post import Author

LARGEST = 256 * 1024


def read_people(path: Path, called: str, site_url: str) -> Mapping[str, Author]:
    """The people in a file, by their folded keys. Raises ConfigError, which calls it ``called``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        message = f"content.authors: can't be read: {reason}; correct the path"
        raise ConfigError([Finding(path=called, message=message)]) from error
    if len(text) > LARGEST:
        raise ConfigError([Finding(path=called, message="larger than a file of authors may be")])
    try:
        table, _ = read_yaml(text, 1)
    except FrontMatterError as error:
        raise ConfigError([Finding(path=called, line=error.line, message=error.message)]) from error
    return {key: person for key, entry in table.items() if (person := _person(entry, site_url))}


def _person(entry: Entry, site_url: str) -> Author | None:
    """The first author that a value names; its key is the name where it says none."""
    value = entry.value
    if isinstance(value, dict) and not {"name", "email", "mail"} & value.keys():
        value = {**value, "name": Entry("name", entry.line, entry.key)}
    found = authors_of(
        Fields({"author": Entry("author", entry.line, value)}), site_url, Notes(path="")
    )
    return found[0] if found else None
