"""The variable ``site`` of Liquid: what we know of it, the generator's own configuration, data.

Both files are anyone's YAML: they are read here, in the worker, when a template asks for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import yaml

from publisher.content.templates.facts import Facts


class Lazy(Mapping[str, Any]):
    """Values by name, each read when it is asked for."""

    def __init__(
        self, known: Mapping[str, Any], texts: Mapping[str, str], config: str = ""
    ) -> None:
        self._known = known
        self._texts = texts
        self._config = config

    def __getitem__(self, name: str) -> Any:
        if name in self._known:
            return self._known[name]
        if name in self._texts:
            return _read(self._texts[name])
        return _mapping(_read(self._config))[name]

    def __iter__(self) -> Iterator[str]:
        return iter([*self._known, *self._texts])

    def __len__(self) -> int:
        return len(self._known) + len(self._texts)


def site_of(facts: Facts) -> Mapping[str, Any]:
    """What ``site`` is in a template."""
    return Lazy({**facts.site, "data": Lazy({}, facts.data)}, {}, facts.config)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


@lru_cache(maxsize=8)
def _read(text: str) -> Any:
    """What a text of YAML says; nothing where it says nothing that can be read."""
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return None
