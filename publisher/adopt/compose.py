"""The text of config.yaml for an adopted blog: each line says where its value came from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from publisher.adopt.adoption import Adoption, Taken

#: How the generators call themselves.
NAMES = {"jekyll": "Jekyll", "hugo": "Hugo", "eleventy": "Eleventy", "zola": "Zola",
         "astro": "Astro", "docusaurus": "Docusaurus", "pelican": "Pelican"}  # fmt: skip

#: Where the comments begin.
_COLUMN = 40

#: The keys that an adoption may set, in the order of the file.
_ORDER = {
    "site": ("title", "url", "description", "author", "language", "timezone"),
    "content": ("path", "generator", "permalink", "slugs", "excerpt_separator", "authors",
                "defaults", "ignore"),
    "feeds": ("path", "entries", "full_content", "taxonomies", "baseline_ids"),
}  # fmt: skip

_PLAIN = re.compile(r"[A-Za-z0-9/:*._<!-](?:[\w /.,:;()!?'+*<>=%@&~-]*[\w/.)!?*>-])?")
_UNSAFE = re.compile(r": |:$| #|^[-?:!*<>%@&] |^[!*&%@>]|\$\{|^(?:true|false|null|yes|no|on|off)$")
_IN_LIST = re.compile(r"[,\[\]{}]")

_END = """\
#newsletter:                            # there is no address to take: fill in to mail posts
#  from: Ada Example <ada@example.com>
#  postal_address: Ada Example, 1 Example Street, 12345 Exampletown
#delivery:
#  transport: smtp://user@mail.example.com:587
#web:
#  url: https://news.example.com        # where publisher run is reached: unsubscribe links
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """What the place of config.yaml adds: ``prefix`` is the way from there to the blog."""

    prefix: str
    today: date
    ignored: Sequence[str] = ()
    feeds_path: str | None = None


def compose(adoption: Adoption, setting: Setting) -> str:
    """The whole file."""
    taken = {one.key: one for one in _placed(adoption, setting)}
    lacking = dict(adoption.lacking)
    lines = [f"# Taken from {NAMES[adoption.generator]}'s configuration by publisher init."]
    for section, keys in _ORDER.items():
        lines.append(f"{section}:")
        for key in keys:
            name = f"{section}.{key}"
            if name in taken:
                lines += _lines(key, taken[name].value, taken[name].source)
            elif name in lacking:
                lines.append(_commented(f"  {key}:", f"FILL IN: {lacking[name]}"))
        if section == "site":
            day = setting.today.isoformat()
            lines.append(
                _commented(f"  id_date: {day}", "today; part of feed ids: never change it")
            )
    return "\n".join(lines) + "\n" + _END


def _placed(adoption: Adoption, setting: Setting) -> Iterator[Taken]:
    """What was taken, with paths as they are from config.yaml, and what only the place says."""
    yield Taken(key="content.generator", value=adoption.generator, source="its files")
    ignored = [*(adoption.of("content.ignore") or ()), *setting.ignored]
    for one in adoption.taken:
        if one.key in ("content.path", "content.authors") and setting.prefix:
            path = setting.prefix if one.value == "." else f"{setting.prefix}/{one.value}"
            yield replace(one, value=path)
        elif one.key != "content.ignore" or not setting.ignored:
            yield one
    if setting.ignored:
        yield Taken(key="content.ignore", value=ignored, source="no posts, or without a date")
    if setting.feeds_path is not None:
        yield Taken(key="feeds.path", value=setting.feeds_path, source="public is the blog's own")


def _lines(key: str, value: Any, source: str) -> list[str]:
    """One key: on one line where it fits, else a list or a table below it."""
    line = f"  {key}: {flow(value)}"
    if len(line) <= 76 or not isinstance(value, list | dict):
        return [_commented(line, source)]
    if isinstance(value, dict):
        items = [f"    {_scalar(name)}: {flow(one)}" for name, one in value.items()]
    else:
        items = [f"    - {flow(one)}" for one in value]
    return [_commented(f"  {key}:", source), *items]


def _commented(line: str, source: str) -> str:
    return f"{line.ljust(_COLUMN - 1)} # {source}"


def flow(value: Any) -> str:
    """A value on one line, as YAML has it."""
    if isinstance(value, Mapping):
        pairs = (f"{_scalar(key, inside=True)}: {_inner(one)}" for key, one in value.items())
        return f"{{{', '.join(pairs)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_inner, value))}]"
    return _scalar(value)


def _inner(value: Any) -> str:
    return flow(value) if isinstance(value, Mapping | list | tuple) else _scalar(value, inside=True)


def _scalar(value: Any, *, inside: bool = False) -> str:
    """A value in YAML: plain where it surely is itself, else in double quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return '""'
    text = str(value).replace("${", "$${")
    plain = _PLAIN.fullmatch(text) and not _UNSAFE.search(text)
    if plain and not (inside and _IN_LIST.search(text)):
        return text
    return json.dumps(text, ensure_ascii=False)
