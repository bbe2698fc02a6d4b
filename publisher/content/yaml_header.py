"""YAML between two lines ``---``, read from the parser's events: no constructor ever runs.

One pass gives raw scalars and their lines. Reading events does not recurse in C (composing nodes
does, and a deep enough text kills the process), and it stops at the depth cap, before the
scanner's time, which grows with the square of the depth, can matter.
"""

from __future__ import annotations

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from publisher.content.fields import DEEPEST, TOO_DEEP, Entry, FrontMatterError, Repeat, Value
from publisher.content.plain_header import read_plain

#: libyaml's parser, fourteen times as fast as the one in Python, wherever PyYAML was built with it.
_Parser = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_NULLS = frozenset({"~", "null", "Null", "NULL"})

#: Parts of libyaml's messages, and what a person should do about each.
_ADVICE = (
    ("mapping values are not allowed", "put a value that holds ': ' in quotes"),
    ("cannot start any token", "indent with spaces, and put a value that begins with @, ` or % "
     "in quotes"),
    ("could not find expected ':'", "write each key as 'key: value' on a line of its own"),
    ("unexpected end of stream", "close the quote that begins here"),
    ("unknown escape character", "put a value that holds a backslash in single quotes"),
    ("alphabetic or numeric character", "put a value that begins with * or & in quotes"),
)  # fmt: skip

#: What is named by the place where it begins: where the parser gave up says little.
_BEGUN = ("quoted scalar", "simple key", "flow")


def read_yaml(text: str, line: int) -> tuple[dict[str, Entry], tuple[Repeat, ...]]:
    """The top level mapping, and the keys that are there twice (the last one counts, as in Jekyll).

    ``line`` is that of the text's first line in the file. Raises FrontMatterError.
    """
    if (plain := read_plain(text, line)) is not None:
        return plain, ()
    reader = _Reader(text, line)
    try:
        table = reader.document()
    except yaml.MarkedYAMLError as error:
        raise _explained(error, line) from None
    except yaml.YAMLError as error:
        raise FrontMatterError(line, f"the front matter is not valid YAML: {error}") from None
    return table, tuple(reader.repeats)


class _Reader:
    """Builds values from events. Keys are folded to lower case; empty values are left out."""

    def __init__(self, text: str, line: int) -> None:
        self._next = _Parser(text).get_event
        self._line = line
        self.repeats: list[Repeat] = []

    def document(self) -> dict[str, Entry]:
        self._next()
        event = self._next()
        if not isinstance(event, DocumentStartEvent):
            return {}
        event = self._next()
        root = self._value(event, 1)
        self._expect_end()
        if isinstance(root, dict):
            return root
        if root is None:
            return {}
        raise FrontMatterError(
            self._at(event), "the front matter is not a list of keys; write lines like 'key: value'"
        )

    def _expect_end(self) -> None:
        self._next()
        event = self._next()
        if isinstance(event, DocumentStartEvent):
            raise FrontMatterError(
                self._at(event), "a second YAML document; end the front matter with a line ---"
            )

    def _at(self, event: Event) -> int:
        mark = event.start_mark
        return self._line + (mark.line if mark is not None else 0)

    def _value(self, event: Event, depth: int) -> Value | None:
        """The value that this event begins; None when it is empty."""
        if type(event) is ScalarEvent:
            return _text(event)
        if depth > DEEPEST:
            raise FrontMatterError(self._at(event), TOO_DEEP)
        if type(event) is SequenceStartEvent:
            return self._list(depth)
        if type(event) is MappingStartEvent:
            return self._table(depth)
        if isinstance(event, AliasEvent):
            raise FrontMatterError(
                self._at(event),
                f"'*{event.anchor}' is an alias, which is not read; write the value out, "
                "or put it in quotes",
            )
        raise FrontMatterError(self._at(event), "the front matter ends where a value should be")

    def _list(self, depth: int) -> list[Value] | None:
        items = []
        while not isinstance(event := self._next(), CollectionEndEvent):
            item = self._value(event, depth + 1)
            if item is not None:
                items.append(item)
        return items or None

    def _table(self, depth: int) -> dict[str, Entry] | None:
        table: dict[str, Entry] = {}
        following = self._next
        while not isinstance(event := following(), CollectionEndEvent):
            if type(event) is not ScalarEvent:
                self._value(event, depth + 1)
                self._value(following(), depth + 1)
                continue
            value = self._value(following(), depth + 1)
            if value is not None:
                self._put(table, Entry(event.value, self._at(event), value), depth)
        return table or None

    def _put(self, table: dict[str, Entry], entry: Entry, depth: int) -> None:
        folded = entry.key.lower()
        if depth == 1 and folded in table:
            self.repeats.append(Repeat(table[folded], entry))
        table[folded] = entry


def _text(event: ScalarEvent) -> str | None:
    """The text of a scalar; None when it is null or blank. ``implicit[0]`` marks a plain one."""
    text: str = event.value
    if not text or text.isspace() or (event.implicit[0] and text in _NULLS):
        return None
    return text


def _explained(error: yaml.MarkedYAMLError, line: int) -> FrontMatterError:
    problem = error.problem or "it can't be read"
    advice = next(
        (advice for fragment, advice in _ADVICE if fragment in problem),
        "check the quotes, brackets and indentation around it",
    )
    context = error.context or ""
    mark = error.context_mark if any(what in context for what in _BEGUN) else error.problem_mark
    row: int = mark.line if mark is not None else 0
    return FrontMatterError(line + row, f"the front matter is not valid YAML: {problem}; {advice}")
