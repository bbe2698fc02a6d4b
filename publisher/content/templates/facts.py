"""What a template may know: the site, the page, where other posts are, the parts it includes.

The parent process gathers it for each body that has template syntax, and it goes to the worker as
one JSON text within the job: so that the cache of rendered bodies knows all that a body hangs on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """Values for templates, of JSON's types only.

    ``flat`` makes the page's keys variables by themselves too. ``origin`` is the site's scheme and
    host, ``baseurl`` the path that it is under, without a slash at its end. ``references`` maps the
    names of posts, as the body writes them, to absolute URLs; ``includes`` the names of parts to
    their text. ``data`` are data files by name, and ``config`` is the generator's own
    configuration: YAML that nobody has read yet.
    """

    flat: bool = False
    origin: str = ""
    baseurl: str = ""
    site: Mapping[str, Any] = field(default_factory=dict)
    page: Mapping[str, Any] = field(default_factory=dict)
    references: Mapping[str, str] = field(default_factory=dict)
    includes: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)
    config: str = ""


def facts_text(facts: Facts) -> str:
    """Facts as text: the same for the same facts."""
    return json.dumps(asdict(facts), ensure_ascii=True, separators=(",", ":"), sort_keys=True)


def facts_from(text: str) -> Facts:
    """The facts that a text stands for; none for an empty one."""
    return Facts(**json.loads(text)) if text else Facts()
