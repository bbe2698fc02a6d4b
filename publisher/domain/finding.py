"""What a check found, and where: the one form in which problems and warnings are said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Finding:
    """A place and what is wrong there. ``line`` counts from 1; None where there is no line."""

    path: str
    line: int | None = None
    message: str

    def __str__(self) -> str:
        place = self.path if self.line is None else f"{self.path}:{self.line}"
        return f"{place}: {self.message}"
