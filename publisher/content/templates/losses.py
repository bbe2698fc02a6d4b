"""What of a body could not be filled in: said once for each kind, with the line it is first on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

#: Kinds of template syntax that are named in one post; a post with more has one cause.
MOST_NAMED = 20

LONGEST_LABEL = 80


@dataclass(kw_only=True, slots=True)
class _Loss:
    line: int
    why: str
    times: int = 1


@dataclass(kw_only=True, slots=True)
class Losses:
    """Collects what was left out. ``visible`` says that a reader misses some of it."""

    visible: bool = False
    _found: dict[str, _Loss] = field(default_factory=dict)

    def add(self, label: str, line: int, why: str, *, visible: bool) -> None:
        """Something that was left out at a line of the body, from 0; ``why`` is a clause."""
        self.visible = self.visible or visible
        label = _short(label)
        if known := self._found.get(label):
            known.times += 1
        elif len(self._found) < MOST_NAMED:
            self._found[label] = _Loss(line=line, why=why)

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Each kind: its first line, from 0, and what to say of it."""
        for label, loss in self._found.items():
            often = f" ({loss.times} times)" if loss.times > 1 else ""
            yield loss.line, f"{label} {loss.why}{often}"


#: Why something is left out, as the rest of a sentence that its label begins.
UNKNOWN = "is not known here: left out; readers get a link to the post's page"
MARKS = "is not known here: its marks are left out, the text between them is kept"
EMPTY = "has no value here: left out"
UNCLOSED = "is never closed: left out"


def _short(label: str) -> str:
    label = " ".join(label.split())
    return label if len(label) <= LONGEST_LABEL else f"{label[:LONGEST_LABEL]}…"
