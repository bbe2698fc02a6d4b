"""What the model refused, as findings: the line, the key, and what to write in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from publisher.config.document import Document, Place, kind, name
from publisher.config.keys import File
from publisher.domain.finding import Finding

#: What stands for a name of the writer's own choice in a key.
NAME = "<name>"

#: What may be said of a key that is required and missing, beyond that.
_HINTS = {
    "site": "write site: with title, url and id_date below it",
    "site.id_date": (
        "write a day on which the site's host name was yours, today will do; "
        "it is part of the ids in feeds: never change it later"
    ),
}


def complaints(error: ValidationError, document: Document, path: str) -> list[Finding]:
    """Every refusal as a finding, without those about places that have one already."""
    return [
        Finding(path=path, line=_line(place, document), message=f"{name(place)}: {message}")
        for place, message in _refusals(error)
        if not any(place[: len(faulty)] == faulty for faulty in document.faulty)
    ]


def keys() -> Iterator[tuple[str, ...]]:
    """Every key of the file, sections too: ``("site",)``, ``("site", "author", "name")``."""
    yield from _keys(File, ())


def section_of(annotation: Any) -> tuple[type[BaseModel] | None, tuple[str, ...]]:
    """The model behind a field's type when it is a section, also when it may be left out; and
    what stands between, which is ``NAME`` where there is one such section for each name."""
    between = (NAME,) if get_origin(annotation) is Mapping else ()
    for candidate in (annotation, *get_args(annotation)):
        if isinstance(candidate, type) and issubclass(candidate, BaseModel):
            return candidate, between
    return None, ()


def _keys(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for field_name, field in model.model_fields.items():
        key = (*above, field.alias or field_name)
        yield key
        section, between = section_of(field.annotation)
        if section is not None:
            yield from _keys(section, (*key, *between))


def _refusals(error: ValidationError) -> Iterator[tuple[Place, str]]:
    for details in error.errors(include_url=False):
        if details["type"] != "default_factory_not_called":  # the cause is said already
            yield tuple(part for part in details["loc"] if part != "[key]"), _message(details)


def _message(details: ErrorDetails) -> str:
    place, said = details["loc"], details["type"]
    if said == "value_error":
        return str(details["ctx"]["error"])
    if said == "missing":
        hint = _HINTS.get(name(place))
        return f"is required{f': {hint}' if hint else ''}"
    if said == "extra_forbidden":
        return f"is no key of this file{_suggestion(place)}"
    wanted = "a list such as [a, b]" if said == "tuple_type" else "a section with keys"
    return f"expected {wanted}, not {kind(details['input'])}"


def _suggestion(place: Place) -> str:
    """The key that was meant: the same one elsewhere, or else one like it in its section."""
    wanted = str(place[-1]).casefold().replace("-", "_")
    known = [key[-1] for key in keys() if _stands_in(key[:-1], place[:-1])]
    near = [name((*place[:-1], key)) for key in get_close_matches(wanted, known, n=1, cutoff=0.6)]
    meant = [".".join(key) for key in keys() if key[-1] == wanted and NAME not in key] or near
    return f"; did you mean {' or '.join(meant)}?" if meant else ""


def _stands_in(section: Place, place: Place) -> bool:
    """Whether a section of the model is the one at a place."""
    return len(section) == len(place) and all(
        known in (NAME, found) for known, found in zip(section, place, strict=True)
    )


def _line(place: Place, document: Document) -> int | None:
    """The line of a place, or of the nearest section around it; None for the file as a whole."""
    for end in range(len(place), 0, -1):
        if place[:end] in document.lines:
            return document.lines[place[:end]]
    return None
