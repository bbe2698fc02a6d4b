"""Writes the tables of configuration.md from what the program itself says of its keys.

    .venv/bin/python docs/reference/make.py

The prose around the tables is written by hand; what stands between the two marks is replaced. A
test holds the page equal to this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from publisher.config.complaints import NAME
from publisher.config.show import Key, reference

PAGE = Path(__file__).with_name("configuration.md")
BEGIN = "<!-- made by docs/reference/make.py: do not edit by hand -->"
END = "<!-- end of what make.py made -->"

TOP = "At the top level"


def tables() -> str:
    """A section for each section of the file, with a table of its keys."""
    return "\n".join(_sections())


def page(text: str) -> str:
    """The page with its tables made anew. Raises ValueError where the marks are missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE.name} needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{tables()}\n{END}{after}"


def _sections() -> Iterator[str]:
    keys = {key.name: key for key in reference()}
    sections = {name.partition(".")[0] for name in keys if "." in name}
    rows = [key for name, key in keys.items() if name not in sections]
    rows.sort(key=lambda key: "." not in key.name)
    for section, members in groupby(rows, key=_section):
        yield f"### {f'`{section}`' if section else TOP}\n"
        if section:
            yield f"{keys[section].description}\n"
        yield "| key | default | meaning |\n|---|---|---|"
        yield from (_row(key, keys) for key in members)
        yield ""


def _section(key: Key) -> str:
    return key.name.partition(".")[0] if "." in key.name else ""


def _row(key: Key, keys: Mapping[str, Key]) -> str:
    meaning = key.description.replace("|", "&#124;")
    return f"| `{key.name}` | {_default(key, keys)} | {meaning} |"


def _default(key: Key, keys: Mapping[str, Key]) -> str:
    """What stands in for a key that is left out; within a section that may be left out, too."""
    if not key.required:
        return "–" if key.default is None else f"`{key.default}`"
    section = key.name.rpartition(".")[0]
    named = section.endswith(NAME)
    needed = not named and keys[section].required
    return "**required**" if needed else f"required in `{section}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
