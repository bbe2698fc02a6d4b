"""A YAML file as text values with their lines; what the values mean is for the model to say.

The file is read as parser events, by the C parser. No constructor runs, so ``off``, ``010`` and
``2026-01-01`` stay what was typed, and nothing is built that the file names. Aliases, tags and
repeated keys are refused; size and depth have a cap, because the file may come from anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import yaml

from publisher.domain.errors import ConfigError
from publisher.domain.finding import Finding

LARGEST = 64 * 1024
DEEPEST = 20

Value: TypeAlias = "str | list[Value] | dict[str, Value]"
Place: TypeAlias = tuple[str | int, ...]

#: Plain scalars that mean "nothing here", as does an empty value.
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})

_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """The values of a file, without those that are empty or at fault.

    ``lines`` says where each value stands, and where a key without a value does. ``faulty`` are
    the places that ``findings`` is about: nothing more need be said of them.
    """

    values: dict[str, Value]
    lines: Mapping[Place, int]
    findings: tuple[Finding, ...]
    faulty: frozenset[Place]


def read_document(data: bytes, path: str, expand: Callable[[str], str]) -> Document:
    """The values of a YAML file.

    ``expand`` turns the text of each value into what it stands for, and raises ValueError. Raises
    ConfigError where the file as a whole can't be read; ``path`` is what findings call it.
    """
    text = _text(data, path)
    reader = _Reader(path=path, expand=expand)
    try:
        values = reader.document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        raise ConfigError([*reader.findings, _syntax(error, text, path)]) from error
    return Document(
        values=values,
        lines=reader.lines,
        findings=tuple(reader.findings),
        faulty=frozenset(reader.faulty),
    )


def _text(data: bytes, path: str) -> str:
    if len(data) > LARGEST:
        message = f"larger than {LARGEST // 1024} KB: not a configuration of publisher"
        raise ConfigError([Finding(path=path, message=message)])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = "not UTF-8 text: save the file as UTF-8"
        raise ConfigError([Finding(path=path, line=line, message=message)]) from error
    if found := _NOT_YAML.search(text):
        line = text.count("\n", 0, found.start()) + 1
        message = f"the control character {found[0]!r} can't stand in YAML: remove it"
        raise ConfigError([Finding(path=path, line=line, message=message)])
    return text


@dataclass(kw_only=True, slots=True)
class _Reader:
    """Takes events one by one and keeps what was wrong with them."""

    path: str
    expand: Callable[[str], str]
    lines: dict[Place, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    faulty: set[Place] = field(default_factory=set)

    def document(self, events: Iterator[yaml.Event]) -> dict[str, Value]:
        next(events)  # the start of the stream
        if isinstance(next(events), yaml.StreamEndEvent):
            raise self._fatal(None, "is empty: it needs at least site: with title, url and id_date")
        first = next(events)
        root = self._node(first, events, ())
        next(events)  # the end of the document
        after = next(events)
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._fatal(_line(after), "a second document begins here: keep one")
        if not isinstance(root, dict):
            raise self._fatal(_line(first), f"expected 'key: value' lines, not {kind(root)}")
        return root

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], place: Place) -> Value | None:
        """The value that begins with an event; None where it is empty or at fault."""
        self.lines[place] = _line(event)
        if len(place) > DEEPEST:
            raise self._fatal(_line(event), f"nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            self._say(_line(event), place, f"aliases (*{event.anchor}) aren't read: repeat it")
            return None
        if getattr(event, "tag", None) is not None:
            self._say(_line(event), place, "tags (!…) aren't read: remove it")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, place)
        return self._scalar(event, place)

    def _mapping(self, events: Iterator[yaml.Event], place: Place) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._fatal(_line(event), "a key has to be a word")
            key, line = str(event.value), _line(event)
            below = (*place, key)
            earlier = self.lines.get(below)
            value = self._node(next(events), events, below)
            if not isinstance(value, str):
                self.lines[below] = line
            if earlier is not None:
                self.lines[below] = earlier
                self._note(line, below, f"stands here a second time (first on line {earlier})")
            elif value is not None:
                found[key] = value
        return found

    def _sequence(self, events: Iterator[yaml.Event], place: Place) -> list[Value]:
        found: list[Value] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            below = (*place, len(found))
            value = self._node(event, events, below)
            if value is not None:
                found.append(value)
            elif below not in self.faulty:
                self._say(_line(event), below, "an empty item: give it a value or leave it out")
        return found

    def _scalar(self, event: yaml.Event, place: Place) -> str | None:
        text = str(getattr(event, "value", ""))
        plain = getattr(event, "implicit", (True, False))[0]
        if plain and text in _NULLS:
            return None
        try:
            return self.expand(text).strip() or None
        except ValueError as error:
            self._say(_line(event), place, str(error))
            return None

    def _say(self, line: int, place: Place, message: str) -> None:
        """Refuse a value: nothing more need be said of it."""
        self.faulty.add(place)
        self._note(line, place, message)

    def _note(self, line: int, place: Place, message: str) -> None:
        said = f"{name(place)}: {message}" if place else message
        self.findings.append(Finding(path=self.path, line=line, message=said))

    def _fatal(self, line: int | None, message: str) -> ConfigError:
        return ConfigError([*self.findings, Finding(path=self.path, line=line, message=message)])


def name(place: Place) -> str:
    """A place as a person says it: ``feeds.formats``, also for an item of that list."""
    return ".".join(_printable(part) for part in place if isinstance(part, str))


def kind(value: object) -> str:
    """What sort of value something is, in words that a message can use after "not"."""
    if isinstance(value, dict):
        return "a section with keys"
    return "a list" if isinstance(value, list | tuple) else "text"


def _printable(key: str) -> str:
    shown = key if key.isprintable() else repr(key)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return 1 if mark is None else int(mark.line) + 1


#: What the parser complains of, in words that say what to do.
_HINTS = {
    "mapping values are not allowed in this context": (
        "a ':' where none can stand: put a value that holds ': ' in quotes, or mend the indentation"
    ),
    "block sequence entries are not allowed in this context": (
        "a '- ' where none can stand: begin a list on a line of its own"
    ),
    "did not find expected key": "expected 'key: value' here: mend the indentation or the quotes",
    "did not find expected node content": "a value is missing here",
    "could not find expected ':'": "expected 'key: value' here: is a ':' missing?",
}

#: Complaints that are about where something began, not where reading stopped.
_BEGUN = ("end of stream", "expected ',' or", "could not find expected ':'")


def _syntax(error: yaml.YAMLError, text: str, path: str) -> Finding:
    """A parser's complaint in words that say what to do, at the line where it began."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return Finding(path=path, message=f"not YAML: {' '.join(str(error).split())}")
    problem = error.problem or "unknown fault"
    begun = any(part in problem for part in _BEGUN)
    marks = [mark for mark in (error.context_mark, error.problem_mark) if mark is not None]
    mark = marks[0 if begun else -1] if marks else None
    message = _HINTS.get(problem, f"not YAML: {problem}")
    if begun and problem not in _HINTS:
        message = f"what begins here is never closed ({error.context})"
    elif "cannot start any token" in problem and mark is not None:
        message = _wrong_start(text, int(mark.index))
    return Finding(path=path, line=None if mark is None else int(mark.line) + 1, message=message)


def _wrong_start(text: str, index: int) -> str:
    character = text[index : index + 1]
    if character == "\t":
        return "a tab indents this line: use spaces"
    return f"a value can't begin with {character}: put it in quotes"
