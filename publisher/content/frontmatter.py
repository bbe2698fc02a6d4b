"""Where a file's front matter ends and its body begins, and the keys between.

Text that looks like front matter and can't be read is refused, never taken for the body: what is
meant for a program would go out as a post.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.content.fields import Fields, FrontMatterError
from publisher.content.lines_header import begins, read_lines
from publisher.content.toml_header import read_toml
from publisher.content.yaml_header import read_yaml

LARGEST_HEADER = 64 * 1024

_BLANK_LINES = re.compile(r"(?:[ \t]*\n)*")
_YAML_END = re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)
_LOOSE_END = re.compile(r"^-{3,}[ \t]*$", re.MULTILINE)
_TOML_END = re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE)
_DASHES = re.compile(r"-{4,}")

#: What YAML 1.2 (production c-printable) does not allow unescaped; the parser refuses it.
_UNPRINTABLE = re.compile(
    "[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)

#: How a first line looks that begins another program's header, and what to say of it.
_STRANGERS = (
    (re.compile(r"-{3,}[ \t]*js(?:on)?\b"), "front matter in JavaScript or JSON is not read, "
     "because it would have to be run; write the keys as YAML between two lines ---"),
    (re.compile(r"-{3,}[ \t]*\S|\+{3,}[ \t]*\S"), "front matter of a kind that is not read; "
     "use YAML between two lines --- or TOML between two lines +++"),
    (re.compile(r";;;|\{"), "JSON front matter is not read; write the keys as YAML between two "
     "lines ---"),
    (re.compile(r"[A-Za-z][\w .-]{0,40}:(?:\s|$)"), "a header with no line --- above and below "
     "it; add both"),
    (re.compile(r"@def\b"), "Franklin's @def lines are not read; write the keys as YAML between "
     "two lines ---"),
    (re.compile(r"(?:export|import)\s"), "MDX metadata is not read; write the keys as YAML "
     "between two lines ---"),
)  # fmt: skip

NONE = "no front matter; begin the file with a line ---, lines like 'title: …' and a line ---"


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """A file taken apart. ``body_line`` is the line, from 1, of the body's first line.

    ``cleaned`` is the line of the first character that was left out of the header, or None.
    """

    fields: Fields
    body: str
    body_line: int
    cleaned: int | None = None


def read(text: str, *, unfenced: bool = False) -> Front:
    """Take a text apart, whose lines end in ``\\n`` alone. Raises FrontMatterError.

    ``unfenced``: a header may do without lines above and below it, as Pelican's does.
    """
    start = _start_of(text)
    line = text.count("\n", 0, start) + 1
    stop = text.find("\n", start)
    opener = text[start:] if stop < 0 else text[start:stop]
    opener = opener.rstrip()
    if opener == "+++":
        end = _TOML_END.search(text, stop) if stop >= 0 else None
    elif opener == "---" or _DASHES.fullmatch(opener):
        end = _yaml_end(text, stop) if stop >= 0 else None
    elif unfenced and begins(opener):
        return _unfenced(text[start:], line)
    else:
        raise FrontMatterError(line, _what_else(opener))
    if end is None:
        raise FrontMatterError(
            line,
            f"the front matter that begins here is not closed; end it with a line {opener[:3]}",
        )
    return _taken_apart(text, stop + 1, end, line + 1, toml=opener == "+++")


def _unfenced(text: str, line: int) -> Front:
    table, repeats, count = read_lines(text, line)
    rows = text.split("\n")
    first = count + (count < len(rows) and not rows[count].strip())
    if sum(map(len, rows[:count])) > LARGEST_HEADER:
        raise FrontMatterError(line, f"the header is longer than {LARGEST_HEADER // 1024} KB")
    body = "\n".join(rows[first:])
    return Front(fields=Fields(table, repeats), body=body, body_line=line + first)


def _taken_apart(text: str, start: int, end: re.Match[str], line: int, *, toml: bool) -> Front:
    header = text[start : end.start()]
    if len(header) > LARGEST_HEADER:
        raise FrontMatterError(
            line - 1,
            f"the front matter is longer than {LARGEST_HEADER // 1024} KB; is the line that "
            "closes it missing?",
        )
    cleaned = None
    if found := _UNPRINTABLE.search(header):
        cleaned = line + header.count("\n", 0, found.start())
        header = _UNPRINTABLE.sub("", header)
    table, repeats = (read_toml if toml else read_yaml)(header, line)
    return Front(
        fields=Fields(table, repeats),
        body=text[end.end() + 1 :],
        body_line=line + text.count("\n", start, end.end()) + 1,
        cleaned=cleaned,
    )


def _start_of(text: str) -> int:
    """Where the first line begins that is not blank: Hugo takes blank lines, so do we."""
    if text.startswith(("-", "+")):
        return 0
    found = _BLANK_LINES.match(text)
    return found.end() if found else 0


def _yaml_end(text: str, start: int) -> re.Match[str] | None:
    """The line that closes YAML: as Jekyll sees it, else a line of more dashes than three.

    A line ``---`` in the first column can't be inside a value (YAML 1.2, section 9.1.2).
    """
    return _YAML_END.search(text, start) or _LOOSE_END.search(text, start)


def _what_else(opener: str) -> str:
    for pattern, message in _STRANGERS:
        if pattern.match(opener):
            return message
    return NONE
