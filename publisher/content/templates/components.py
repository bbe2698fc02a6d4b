"""MDX: what is JavaScript in a body goes, what is text in it stays.

Imports and exports at the top level, components (``<Tabs>…</Tabs>``, ``<Chart data={…} />``),
expressions between braces, and attributes whose value is an expression. Pictures that a body
imports keep their file's name; what stands between the tags of a component is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from publisher.content.templates.losses import MARKS, UNKNOWN, Losses
from publisher.content.templates.pieces import picture, player
from publisher.content.templates.scan import line_of, mask

LONGEST_TAG = 10_000

_MODULE = re.compile(
    r"^(?:import\s[^\n]*?['\"][^\n]*$|import\s[\w\s{},*]{0,2000}?from\s*['\"][^'\"\n]*['\"];?"
    r"|export\s+(?:const|let|var|function|default|async|class|\{|\*)(?:[^\n]|\n(?!\s*\n))*)",
    re.MULTILINE,
)
_IMPORTED = re.compile(r"import\s+(\w+)\s+from\s*['\"]([^'\"\n]+)['\"]")
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[A-Z][\w.]*|[a-z][\w-]*(?=\s)|(?=>))")
_ATTRIBUTE = re.compile(
    r"(?P<name>[A-Za-z_][\w:-]*)\s*=\s*(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|\{)"
    r"|\{"
)
_LITERAL = re.compile(r"\s*(?:\"([^\"]*)\"|'([^']*)'|`([^`$]*)`)\s*")
_REQUIRED = re.compile(r"\s*(?:useBaseUrl|require)\(\s*['\"]([^'\"]+)['\"]\s*\)(?:\.default)?\s*")
_TRUNCATE = re.compile(r"\s*/\*\s*truncate\s*\*/\s*")
_EXPRESSION = re.compile(r"(?<!\{)\{(?![#.:{%])")
_HTML = frozenset({"a", "b", "p", "br", "hr", "img", "div", "span", "table", "tr", "td", "th",
                   "ul", "ol", "li", "i", "em", "strong", "center", "font", "h1", "h2", "h3",
                   "h4", "pre", "code", "blockquote", "tbody", "thead", "u", "iframe"})  # fmt: skip


def filled(body: str, losses: Losses, *, is_mdx: bool) -> str:
    """A body without JavaScript, its lines where they were; as it is where it is no MDX."""
    if not is_mdx and "import " not in body:
        return body
    seen = mask(body, is_html=False, math=True)
    imported: dict[str, str] = {}
    body, seen, found = _without_modules(body, seen, imported)
    if not is_mdx and not found:
        return body
    line = line_of(body)
    ends = {tag.name for tag in _tags(body, seen) if tag.closing}
    pieces = []
    at = 0
    for tag in _tags(body, seen):
        if tag.start < at:
            continue
        text = body[at : tag.start]
        pieces.append(_without_expressions(text, seen[at : tag.start], line, at, losses))
        shown = _shown(tag, imported)
        pieces.append(shown + "\n" * body.count("\n", tag.start, tag.end))
        at = tag.end
        if not shown and tag.is_component and not tag.closing and tag.name:
            kept = tag.name in ends and not tag.single
            why = MARKS if kept else UNKNOWN
            losses.add(f"<{tag.name}>", line(tag.start), why, visible=not kept)
    pieces.append(_without_expressions(body[at:], seen[at:], line, at, losses))
    return "".join(pieces)


class _Tag(NamedTuple):
    """A tag of JSX: where it is, and its attributes as they are written."""

    start: int
    end: int
    name: str
    closing: bool
    single: bool
    source: str

    @property
    def is_component(self) -> bool:
        """Whether it is none of HTML's elements."""
        return not self.name or (self.name[0].isupper() and self.name.lower() not in _HTML)


def _without_modules(body: str, seen: str, imported: dict[str, str]) -> tuple[str, str, bool]:
    found = list(_MODULE.finditer(seen))
    pieces, masks = [], []
    at = 0
    for one in found:
        source = body[one.start() : one.end()]
        imported.update(_IMPORTED.findall(source))
        blank = "\n" * source.count("\n")
        pieces += [body[at : one.start()], blank]
        masks += [seen[at : one.start()], blank]
        at = one.end()
    return "".join(pieces) + body[at:], "".join(masks) + seen[at:], bool(found)


def _tags(body: str, seen: str) -> Iterator[_Tag]:
    """Components, and elements of HTML that have an expression among their attributes."""
    at = 0
    while found := _TAG.search(seen, at):
        end = _end(body, found.end())
        if end is None:
            at = found.end()
            continue
        source = body[found.end() : end - 1]
        tag = _Tag(found.start(), end, found["name"], bool(found["close"]),
                   source.rstrip().endswith("/"), source)  # fmt: skip
        if tag.is_component or "{" in source:
            yield tag
        at = end


def _end(body: str, at: int) -> int | None:
    """Behind the bracket that closes a tag; None when it has none nearby."""
    depth = 0
    quote = ""
    for place in range(at, min(len(body), at + LONGEST_TAG)):
        character = body[place]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'`":
            quote = character
        elif character in "{}":
            depth += 1 if character == "{" else -1
        elif character == ">" and depth <= 0:
            return place + 1
        elif character == "<" and depth <= 0:
            return None
    return None


def _shown(tag: _Tag, imported: Mapping[str, str]) -> str:
    """What a tag is for a reader: nothing, a picture, a player, or the element it is."""
    if tag.closing:
        return "" if tag.is_component else f"</{tag.name}>"
    arguments = dict(_attributes(tag.source, imported))
    if not tag.is_component:
        written = "".join(f' {name}="{value}"' for name, value in arguments.items())
        return f"<{tag.name}{written}{' /' if tag.single else ''}>"
    small = tag.name.lower()
    if small in ("image", "img", "figure", "picture", "zoomimage"):
        return picture(arguments, str) or ""
    for service in ("youtube", "vimeo"):
        name = arguments.get("id") or arguments.get("videoId") or arguments.get("videoID") or ""
        if service in small and name:
            return player(service, name) or ""
    return ""


def _attributes(source: str, imported: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The attributes that are text, or that stand for the name of a file."""
    at = 0
    while found := _ATTRIBUTE.search(source, at):
        at = found.end()
        value = found["double"] if found["double"] is not None else found["single"]
        if value is None:
            end = _closing_brace(source, at)
            value = _value(source[at:end], imported)
            at = end + 1
        if found["name"] and value is not None:
            yield found["name"], value.replace('"', "&quot;")


def _value(expression: str, imported: Mapping[str, str]) -> str | None:
    if found := _LITERAL.fullmatch(expression):
        return next(text for text in found.groups() if text is not None)
    if found := _REQUIRED.fullmatch(expression):
        return found[1]
    return imported.get(expression.strip().removesuffix(".src"))


def _closing_brace(text: str, at: int) -> int:
    depth = 1
    for place in range(at, min(len(text), at + LONGEST_TAG)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if not depth:
            return place
    return len(text)


def _without_expressions(
    text: str, seen: str, line: Callable[[int], int], offset: int, losses: Losses
) -> str:
    """Text without what stands between single braces, on one line, outside code."""
    if "{" not in seen:
        return text
    pieces = []
    at = 0
    while found := _EXPRESSION.search(seen, at):
        end = _closing_brace(seen, found.end())
        inner = text[found.end() : end]
        if "\n\n" in inner or end >= len(text):
            pieces.append(text[at : found.end()])
            at = found.end()
            continue
        pieces.append(text[at : found.start()])
        if literal := _LITERAL.fullmatch(inner):
            pieces.append(next(part for part in literal.groups() if part is not None))
        elif _TRUNCATE.fullmatch(inner):
            pieces.append("<!-- truncate -->")
        elif not inner.strip().startswith("/*"):
            losses.add(f"{{{inner}}}", line(offset + found.start()), UNKNOWN, visible=True)
        at = end + 1
    return "".join(pieces) + text[at:]
