"""What is wrong with one file, collected while it is read, so that all of it is said at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.domain.finding import Finding

LONGEST_SHOWN = 60


@dataclass(kw_only=True, slots=True)
class Notes:
    """Problems keep the post out; warnings do not. ``line`` is None where there is no line."""

    path: str
    problems: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def problem(self, line: int | None, message: str) -> None:
        """Note what keeps the post out."""
        self.problems.append(Finding(path=self.path, line=line, message=message))

    def warn(self, line: int | None, message: str) -> None:
        """Note what a person may want to mend, and what was done instead."""
        self.warnings.append(Finding(path=self.path, line=line, message=message))


def shown(text: str) -> str:
    """A value as a message quotes it: on one line, cut when long, always printable."""
    line = " ".join(text[: LONGEST_SHOWN * 4].split())
    if not line.isprintable():
        line = "".join(char if char.isprintable() else "\ufffd" for char in line)
    return f"'{line[:LONGEST_SHOWN]}…'" if len(line) > LONGEST_SHOWN else f"'{line}'"


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """As the lines of the file are."""
    return tuple(sorted(findings, key=lambda finding: finding.line or 0)) if findings else ()
