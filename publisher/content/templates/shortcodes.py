"""Shortcodes: Hugo's ``{{< name … >}}``, Zola's ``{{ name(…) }}`` and ``{% name(…) %}…{% end %}``.

The ones that ship with Hugo, and those that many sites have, become what they stand for. Of a pair
that is not known the text between is kept; a single one is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from html import escape

from publisher.content.templates.facts import Facts
from publisher.content.templates.literal import settled
from publisher.content.templates.losses import EMPTY, Losses
from publisher.content.templates.pieces import Arguments, Inline, page, picture, player
from publisher.content.templates.plain import closed_as, closes, is_call, note, shown_code, verbatim
from publisher.content.templates.scan import Mark, inert, line_of, marks

_ARGUMENT = re.compile(
    r"(?:(?P<name>[A-Za-z_][\w-]*)\s*=\s*)?"
    r"(?:\"(?P<double>(?:[^\"\\]|\\.)*)\"|'(?P<single>[^']*)'|`(?P<raw>[^`]*)`|(?P<bare>[^\s,()\"'`=]+))"
)
_CALL = re.compile(r"(?P<name>[A-Za-z_][\w:]*)\((?P<arguments>.*)\)", re.DOTALL)
_INTERNAL = re.compile(r"\]\(@/(?P<path>[^)\s#]+)(?P<anchor>#[^)\s]*)?\)")


def filled(body: str, facts: Facts, losses: Losses, *, is_html: bool, inline: Inline) -> str:
    """A body with its shortcodes filled in or left out. Never raises."""
    text, seen = settled(body, is_html=is_html, raw=False, everywhere=True)
    return _Page(text, facts, losses, is_html, inline).filled(seen)


_PAGES = {"gist": "gist", "tweet": "tweet", "x": "tweet", "twitter": "tweet",
          "twitter_simple": "tweet", "instagram": "instagram"}  # fmt: skip


def _details(arguments: Arguments) -> tuple[str, str]:
    words = arguments.get("summary") or arguments.get("title") or arguments.get("0") or "Details"
    opening = f'\n\n<details markdown="1">\n<summary>{escape(words)}</summary>\n\n'
    return opening, "\n\n</details>\n\n"


def _quotation(arguments: Arguments) -> tuple[str, str]:
    author = arguments.get("author") or arguments.get("0") or ""
    end = f"\n\n— {escape(author, quote=False)}" if author else ""
    return '\n\n<blockquote markdown="1">\n\n', f"{end}\n\n</blockquote>\n\n"


#: Pairs that are more than their text: what stands before it, and behind.
_PAIRS: Mapping[str, Callable[[Arguments], tuple[str, str]]] = {
    "details": _details,
    "quote": _quotation,
    "blockquote": _quotation,
}


class _Page:
    """One body on its way."""

    def __init__(
        self, text: str, facts: Facts, losses: Losses, is_html: bool, inline: Inline
    ) -> None:
        self._text = text
        self._facts = facts
        self._losses = losses
        self._is_html = is_html
        self._inline = inline
        self._line = line_of(text)
        self._open: list[tuple[str, str]] = []  # what closes a pair that is shown, and as what

    def filled(self, seen: str) -> str:
        found = list(marks(self._text, seen, strict=False))
        ends = Counter(closing for mark in found if (closing := closes(mark)))
        pieces = []
        at = skip = 0
        for index, mark in enumerate(found):
            if index < skip:
                continue
            pieces.append(self._linked(self._text[at : mark.start]))
            at = mark.end
            if between := verbatim(found, index):
                line = self._line(mark.start)
                pieces.append(
                    shown_code(self._text, mark, between, self._losses, line, self._is_html)
                )
                at, skip = between.end, index + 2
            else:
                pieces.append(self._shown(mark, ends))
        return "".join(pieces) + self._linked(self._text[at:])

    def _shown(self, mark: Mark, ends: Counter[str]) -> str:
        """What a reader gets for one mark."""
        if closing := closes(mark):
            is_shown = self._open and self._open[-1][0] == closing
            return self._open.pop()[1] if is_shown else ""
        name, arguments = _taken_apart(mark)
        closing = "%" if is_call(mark) else closed_as(mark)
        if ends[closing] and (pair := _PAIRS.get(name)):
            opening, end = pair(arguments)
            self._open.append((closing, end))
            return opening
        shown = self._known(name, arguments, mark)
        if shown is None:
            note(mark, self._line(mark.start), ends, self._losses)
        return shown or ""

    def _known(self, name: str, arguments: Mapping[str, str], mark: Mark) -> str | None:
        first = arguments.get("id") or arguments.get("0") or ""
        if name in ("ref", "relref"):
            return self._reference(arguments.get("path") or first, mark)
        if name == "param":
            return self._parameter(arguments.get("name") or first, mark)
        if name in ("youtube", "vimeo"):
            return player(name, first)
        if name in _PAGES:
            parts = [first, arguments.get("1", "")] if name == "gist" else [first]
            last = arguments.get("1") if name != "gist" and not first.isdigit() else None
            return page(_PAGES[name], last or "/".join(part for part in parts if part))
        if name in ("figure", "img", "image", "picture"):
            return picture(arguments, self._inline, alone=self._is_alone(mark))
        return None

    def _is_alone(self, mark: Mark) -> bool:
        """Whether a mark is a line by itself."""
        after = self._text[mark.end : mark.end + 1]
        return self._text[: mark.start][-1:] in ("", "\n") and after in ("", "\n")

    def _reference(self, name: str, mark: Mark) -> str:
        """The URL of a page by its file; nothing, which is the post's own page, for another."""
        path, hash_mark, anchor = name.partition("#")
        url = self._facts.references.get(path) if path else ""
        if url is None:
            why = "names a page that is not known here: the link leads to the post's page"
            self._losses.add(self._text[mark.start : mark.end], self._line(mark.start), why,
                             visible=True)  # fmt: skip
            return ""
        return f"{url}{hash_mark}{anchor}"

    def _parameter(self, name: str, mark: Mark) -> str:
        for table in (self._facts.page, self._facts.site):
            value: object = table
            for part in name.split("."):
                value = value.get(part) if isinstance(value, Mapping) else None
            if value is not None:
                return inert(escape(str(value), quote=False))
        label = self._text[mark.start : mark.end]
        self._losses.add(label, self._line(mark.start), EMPTY, visible=True)
        return ""

    def _linked(self, text: str) -> str:
        """Text with Zola's links to files as links to pages."""
        return _INTERNAL.sub(self._internal, text) if "](@/" in text else text

    def _internal(self, found: re.Match[str]) -> str:
        url = self._facts.references.get(f"@/{found['path']}", "")
        return f"]({url}{found['anchor'] or ''})"


def _taken_apart(mark: Mark) -> tuple[str, dict[str, str]]:
    """The name of a shortcode and its arguments, those without a name by their place."""
    if mark.kind == "shortcode":
        return mark.name, _arguments(mark.rest.removesuffix("/"))
    call = _CALL.fullmatch(mark.inner)
    return (call["name"], _arguments(call["arguments"])) if call else (mark.name, {})


def _arguments(text: str) -> dict[str, str]:
    arguments: dict[str, str] = {}
    place = 0
    for found in _ARGUMENT.finditer(text):
        value = next((found[key] for key in ("double", "single", "raw", "bare")
                      if found[key] is not None), "")  # fmt: skip
        if found["double"] is not None:
            value = re.sub(r"\\(.)", r"\1", value)
        arguments[found["name"] or str(place)] = value
        place += found["name"] is None
    return arguments
