"""What of a body is not code: where headings and template syntax mean something.

Every step is linear in the length of the body: a body is anyone's text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from publisher.content.notes import shown

_FENCE = re.compile(r"[\s>]*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(`{3,}+(?!.*`)|~{3,})")
_CLOSING = re.compile(r"[\s>]*(`{3,}|~{3,})\s*")
_LIST_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s")
_PRE = re.compile(r"<(/?)pre\b", re.IGNORECASE)
_TICKS = re.compile("`+")

_TEMPLATE = re.compile(
    r"\{%-?\s{0,9}(?P<tag>[A-Za-z_][\w-]{0,40})"
    r"|\{\{(?P<code>[<%])-?\s{0,9}/?\s{0,9}(?P<shortcode>[A-Za-z_][\w./-]{0,40})"
    r"|(?<![=\\])\{\{-?\s{0,9}(?P<output>[\w.\"'$][^{}\n]{0,100}?)\s{0,9}-?\}\}"
)

MOST_TEMPLATES = 20


def prose_lines(body: str, *, is_html: bool = False) -> Iterator[tuple[int, str]]:
    """Each line outside fenced, indented and ``<pre>`` code, numbered from 0; code spans blanked.

    A code span that runs over a line's end is not seen as one.
    """
    lines = _outside_pre(enumerate(body.split("\n")))
    if is_html:
        yield from lines
        return
    for number, line in _outside_indented(_outside_fences(lines)):
        yield number, _without_spans(line) if "`" in line else line


def template_warnings(body: str, first_line: int, *, is_html: bool) -> list[tuple[int, str]]:
    """Each kind of template syntax outside code: the line where it is first, and a sentence."""
    if "{" not in body or ("{%" not in body and "{{" not in body):
        return []
    first: dict[str, int] = {}
    times: Counter[str] = Counter()
    for number, line in prose_lines(body, is_html=is_html):
        if "{%" in line or "{{" in line:
            for found in _TEMPLATE.finditer(line):
                label = _label(found)
                first.setdefault(label, first_line + number)
                times[label] += 1
    seen = list(first.items())[:MOST_TEMPLATES]
    return [(line, _sentence(label, times[label])) for label, line in seen]


Lines = Iterator[tuple[int, str]]


def _outside_pre(lines: Lines) -> Lines:
    inside = False
    for number, line in lines:
        was = inside
        marks = _PRE.findall(line) if "<" in line else []
        if marks:
            inside = not marks[-1]
        if not (was or marks):
            yield number, line


def _outside_fences(lines: Lines) -> Lines:
    fence = ""
    for number, line in lines:
        if fence:
            closing = _CLOSING.fullmatch(line) if fence in line else None
            fence = "" if closing else fence
        elif ("```" in line or "~~~" in line) and (opening := _FENCE.match(line)):
            fence = opening[1]
        else:
            yield number, line


def _outside_indented(lines: Lines) -> Lines:
    """Leave out lines indented after a blank one, but for those that go on with a list item."""
    in_list = False
    after_blank = True
    for number, line in lines:
        blank = not line or line.isspace()
        indented = line.startswith(("    ", "\t"))
        if indented and after_blank and not in_list:
            continue
        if not blank and not indented:
            in_list = _LIST_ITEM.match(line) is not None or (in_list and not after_blank)
        after_blank = blank
        yield number, line


def _without_spans(line: str) -> str:
    """A line whose code spans are blanked: a run of backticks closes at the next run as long."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(line)]
    partner: dict[int, int] = {}
    nearest: dict[int, int] = {}
    for at in range(len(runs) - 1, -1, -1):
        length = runs[at][1] - runs[at][0]
        if length in nearest:
            partner[at] = nearest[length]
        nearest[length] = at
    return _blanked(line, runs, partner)


def _blanked(line: str, runs: list[tuple[int, int]], partner: dict[int, int]) -> str:
    pieces = []
    at = done = 0
    while at < len(runs):
        if at in partner:
            pieces.append(line[done : runs[at][0]])
            done = runs[partner[at]][1]
            pieces.append(" " * (done - runs[at][0]))
            at = partner[at]
        at += 1
    return "".join(pieces) + line[done:]


def _label(found: re.Match[str]) -> str:
    if found["tag"]:
        return f"{{% {found['tag']} … %}}"
    if found["shortcode"]:
        mark = found["code"]
        return f"{{{{{mark} {found['shortcode']} … {'>' if mark == '<' else '%'}}}}}"
    return shown(f"{{{{ {found['output'].strip()} }}}}").strip("'")


def _sentence(label: str, times: int) -> str:
    often = f" ({times} times)" if times > 1 else ""
    return (
        f"{label} is template syntax, which is not filled in{often}: readers see it as text; "
        "write out what it stands for"
    )
