"""The pages of the documentation as the tests read them: tables, links, commands in examples."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md",
                *DOCS.rglob("*.md")])  # fmt: skip

_FENCE = re.compile(r"^ {0,3}```(\w*)\n(.*?)^ {0,3}```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"(?<!!)\[[^\[\]]*\]\(([^()\s]+)\)")
_RUNNERS = frozenset({"sudo", "systemd-run"})
_WITH_VALUE = frozenset({"-u"})
_OPERATORS = frozenset({"|", "||", "&&", ";", "&", ">", ">>", "<"})


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page without its fenced blocks, in which nothing is markup."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    return _LINK.findall(_CODE.sub("", prose(text)))


def anchors(text: str) -> set[str]:
    """The ids that a page's headings get on the usual code hosts."""
    headings = re.findall(r"^#{1,6} (.+)$", prose(text), re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next one of its level or above. KeyError without."""
    lines = text.split("\n")
    try:
        start = next(at for at, line in enumerate(lines) if line.lstrip("#") == f" {heading}")
    except StopIteration:
        raise KeyError(heading) from None
    level = lines[start].count("#", 0, 6)
    ends = (at for at in range(start + 1, len(lines)) if re.match(f"#{{1,{level}}} ", lines[at]))
    return "\n".join(lines[start + 1 : next(ends, len(lines))])


def rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without heads and rules."""
    lines = text.split("\n")
    found = []
    for number, line in enumerate(lines):
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if line.startswith("|") and not line.startswith("|-") and not below.startswith("|-"):
            guarded = _CODE.sub(lambda code: code[0].replace("|", "\0"), line.strip())
            found.append([cell.strip().replace("\0", "|") for cell in guarded[1:-1].split("|")])
    return found


def codes(text: str) -> list[str]:
    return _CODE.findall(text)


def examples(text: str) -> Iterator[str]:
    """Every line of a fenced block that is typed: all of ``sh``, and ``$`` in ``console``."""
    for language, block in _FENCE.findall(text):
        for line in re.sub(r"\\\n\s*", "", block).split("\n"):
            if language == "sh":
                yield line
            elif language == "console" and line.startswith(("$ ", "# ")):
                yield line[2:]


def commands(line: str) -> Iterator[list[str]]:
    """The arguments of each ``publisher`` that a line runs; what it runs inside is left out."""
    lexer = shlex.shlex(re.sub(r"\$\([^()]*\)", "it", line), posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word in _OPERATORS:
            yield from _publisher(words)
            words = []
        else:
            words.append(word)


def _publisher(words: list[str]) -> Iterator[list[str]]:
    """The arguments, behind what may stand before a command: assignments, sudo, systemd-run."""
    at = 0
    while at < len(words) and (words[at] in _RUNNERS or re.match(r"-|\w+=", words[at])):
        at += 2 if words[at] in _WITH_VALUE else 1
    if at < len(words) and Path(words[at]).name == "publisher":
        yield words[at + 1 :]
