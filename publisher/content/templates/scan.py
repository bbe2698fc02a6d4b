"""Where a body's template syntax is: every mark outside code, in one pass over the text.

A **mask** is the body with a space for each character that is code, so that what is looked for in
it is never found inside code, and offsets are those of the body. What is between verbatim marks
(``{% highlight %}``, ``{% comment %}``, ``{{< mermaid >}}``) is code too, whatever it looks like.

    body ─mask─▶ prose only ─marks─▶ {% tag … %}  {{ output }}  {{< shortcode … >}}

Every step is linear in the length of the body.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from publisher.content.prose import Lines, outside_blocks, without_spans

#: Stands inside ``{{`` and ``{%`` that are text: no body holds it, and none keeps it.
INERT = "\x1a"

Kind = Literal["tag", "output", "shortcode", "unclosed"]


class Mark(NamedTuple):
    """A piece of template syntax and where it is. ``name`` is empty in an output.

    ``inner`` is what stands between its braces, less white space and dashes. A shortcode's
    ``name`` begins with a slash where it closes, and ``inner`` ends with one where it is single.
    """

    kind: Kind
    start: int
    end: int
    name: str
    inner: str

    @property
    def rest(self) -> str:
        """What follows the name."""
        return self.inner[len(self.name) :].strip()

    @property
    def label(self) -> str:
        """What a message calls it."""
        if self.kind == "tag":
            return f"{{% {self.name} … %}}"
        if self.kind == "shortcode":
            return f"{{{{< {self.name} … >}}}}"
        return f"{{{{ {self.inner} }}}}" if self.kind == "output" else self.inner


#: What the text between two marks is: code to show, or nothing that can be shown.
VERBATIM = {
    "highlight": "code", "codeblock": "code", "code": "code", "sourcecode": "code",
    "comment": "none", "mermaid": "lost", "plantuml": "lost", "graphviz": "lost", "dot": "lost",
    "chart": "lost", "vega": "lost", "script": "lost", "style": "lost", "stylesheet": "lost",
    "javascript": "lost", "schema": "lost",
}  # fmt: skip

_NAMES = "|".join(VERBATIM)
_OPENS = re.compile(
    rf"\{{%-?[ \t]*(?P<tag>{_NAMES})\b(?P<call>\()?[^%]*%\}}"
    rf"|\{{\{{[<%][ \t]*(?P<shortcode>(?:{_NAMES})(?:-[\w-]+)?)(?![\w/-])[^}}]*(?<!/)[>%]\}}\}}"
)
_BLOCKS = "if|unless|for|case|capture|tablerow|ifchanged"
_DEEPER = re.compile(rf"\{{%-?\s*(end)?(?:{_BLOCKS})\b")
_OPENING = re.compile(r"\{(?:%|\{[<%]?)")
_NAME = re.compile(r"/?\s*[A-Za-z_#][\w./-]*")
_MATH = re.compile(r"\$\$[^$]+\$\$|\$(?=[^\s$])[^$\n]*(?<![\s\\$])\$(?!\d)|\\\([^\n]*?\\\)")
_BRACE = re.compile(r"\{(?=[{%])")
_ELEMENT = re.compile(r"<(pre|code|script|style|textarea)\b", re.IGNORECASE)
_STOPS = re.compile(r"\s*(?:[-*+>#|]|\d{1,9}[.)])\s*")


def mask(body: str, *, is_html: bool, math: bool) -> str:
    """The body with spaces for code; with ``math``, for formulas between dollars too."""
    if is_html:
        seen = "\n".join(_kept(body, is_html=True))
    else:
        seen = _without_code_spans(_kept(body, is_html=False))
    return html_mask(seen, math=math)


def html_mask(html: str, *, math: bool) -> str:
    """The same for HTML that Markdown made: only its elements say what is code."""
    seen = _without_elements(html)
    if math and ("$" in seen or "\\(" in seen):
        seen = _MATH.sub(lambda found: _blank(found[0]), seen)
    return seen


def marks(body: str, seen: str, *, strict: bool) -> Iterator[Mark]:
    """Each mark in a mask's prose. ``strict`` takes for one all that Liquid would.

    Without it braces that look like no template are text. None runs over a blank line.
    """
    at = 0
    missed: dict[str, int] = {}  # where a paragraph ends, and up to where nothing closes
    while found := _OPENING.search(seen, at):
        mark = _mark(body, seen, found, missed)
        if strict or _looks_meant(mark, body):
            yield mark
            at = mark.end
        else:
            at = found.start() + 2


def line_of(body: str) -> Callable[[int], int]:
    """A function from an offset in the body to its line, from 0."""
    starts = [found.end() for found in re.finditer("\n", body)]
    return lambda at: bisect_right(starts, at)


def inert(text: str) -> str:
    """Text whose braces are no template syntax any more; see ``INERT``."""
    return _BRACE.sub("{" + INERT, text) if "{" in text else text


# -- the mask ------------------------------------------------------------------------------------


class _Reader:
    """The lines of a body; whoever reads them may jump over some."""

    def __init__(self, body: str) -> None:
        self.lines = body.split("\n")
        self.starts = [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line) + 1)
        self._at = 0
        self.depth = 0  # of open blocks of Liquid, in which indented lines are no code

    def __iter__(self) -> Lines:
        while self._at < len(self.lines):
            self._at += 1
            yield self._at - 1, self.lines[self._at - 1]

    def jump(self, end: int) -> int:
        """Go on in the line of an offset, what is before it blanked. Returns that line."""
        line = bisect_right(self.starts, end) - 1
        column = end - self.starts[line]
        self.lines[line] = " " * column + self.lines[line][column:]
        self._at = line
        return line


def _kept(body: str, *, is_html: bool) -> list[str]:
    """The lines of a body, those in blocks of code and between verbatim marks blanked."""
    reader = _Reader(body)
    kept = [" " * len(line) for line in reader.lines]
    endless: set[str] = set()
    for number, line in outside_blocks(
        iter(reader), is_html=is_html, keep=lambda: reader.depth > 0
    ):
        kept[number] = _merged(kept[number], line)
        if "{" not in line:
            continue
        bare = without_spans(line) if "`" in line else line
        deeper = sum(-1 if end else 1 for end in _DEEPER.findall(bare))
        reader.depth = max(0, reader.depth + deeper)
        opened = _OPENS.search(bare)
        if opened and (end := _end_of(body, reader.starts[number] + opened.end(), opened, endless)):
            kept[number] = line[: opened.end()] + " " * (len(line) - opened.end())
            reader.jump(end)
    return kept


def _merged(kept: str, line: str) -> str:
    """A line that is read a second time, from where it was left the first time."""
    if not kept.strip():
        return line
    return "".join(new if old == " " else old for old, new in zip(kept, line, strict=True))


def _end_of(body: str, at: int, opened: re.Match[str], endless: set[str]) -> int | None:
    """Where the closing mark of a verbatim one begins."""
    closing = closer(opened["tag"] or opened["shortcode"], opened)
    if closing.pattern in endless:
        return None
    found = closing.search(body, at)
    if not found:
        endless.add(closing.pattern)
        return None
    return found.start()


def closer(name: str, opened: re.Match[str] | None = None) -> re.Pattern[str]:
    """What closes a verbatim mark."""
    if opened and opened["shortcode"]:
        return re.compile(rf"\{{\{{[<%]\s*/\s*{re.escape(name)}\s*[>%]\}}\}}")
    if opened and opened["call"]:
        return re.compile(r"\{%-?\s*end\s*-?%\}")
    return re.compile(rf"\{{%-?\s*end{name}\s*-?%\}}")


def _without_code_spans(lines: list[str]) -> str:
    """The lines as one text, code spans blanked, also those that run over the end of a line."""
    out: list[str] = []
    run: list[str] = []
    for line in lines:
        if run and (not line.strip() or _STOPS.match(line)):
            out.append(_spans_blanked(run))
            run = []
        run.append(line)
    out.append(_spans_blanked(run))
    return "\n".join(out)


def _spans_blanked(run: list[str]) -> str:
    text = "\n".join(run)
    if "`" not in text:
        return text
    blanked = without_spans(text)
    if len(run) == 1:
        return blanked
    return "".join("\n" if a == "\n" else b for a, b in zip(text, blanked, strict=True))


def _without_elements(seen: str) -> str:
    """HTML elements of code blanked, and those that no reader sees."""
    if "<" not in seen:
        return seen
    pieces = []
    at = 0
    while found := _ELEMENT.search(seen, at):
        end = re.compile(f"</{found[1]}", re.IGNORECASE).search(seen, found.end())
        if not end:
            break
        pieces += [seen[at : found.start()], _blank(seen[found.start() : end.start()])]
        at = end.start()
    return "".join(pieces) + seen[at:]


def _blank(text: str) -> str:
    return "".join("\n" if character == "\n" else " " for character in text)


# -- the marks -----------------------------------------------------------------------------------

_CLOSE = {"{%": "%}", "{{": "}}", "{{<": ">}}", "{{%": "%}}"}
_KINDS: dict[str, Kind] = {"{%": "tag", "{{": "output", "{{<": "shortcode", "{{%": "shortcode"}


def _mark(body: str, seen: str, found: re.Match[str], missed: dict[str, int]) -> Mark:
    opening = found[0]
    close = _CLOSE[opening]
    limit = missed.get("", 0)
    if limit < found.end():
        paragraph = seen.find("\n\n", found.end())
        limit = missed[""] = len(seen) if paragraph < 0 else paragraph
    end = -1
    if missed.get(close) != limit:
        end = seen.find(close, found.end(), limit)
    if end < 0:
        missed[close] = limit
        line_end = body.find("\n", found.start())
        stop = len(body) if line_end < 0 else line_end
        return Mark("unclosed", found.start(), stop, "", body[found.start() : stop].rstrip())
    inner = body[found.end() : end].removeprefix("-").removesuffix("-").strip()
    kind = _KINDS[opening]
    name = _NAME.match(inner) if kind != "output" else None
    word = name[0].rstrip("/") if name else ""
    return Mark(kind, found.start(), end + len(close), word, inner)


_MEANT = re.compile(r"\{%-?\s{0,9}[A-Za-z_]|\{\{[<%]-?\s{0,9}/?\s{0,9}[A-Za-z_]")
_MEANT_OUTPUT = re.compile(r"\{\{-?\s{0,9}[\w.\"'$][^{}\n]*\}\}")


def _looks_meant(mark: Mark, body: str) -> bool:
    if mark.kind == "output":
        return bool(_MEANT_OUTPUT.fullmatch(body, mark.start, mark.end))
    return bool(_MEANT.match(body, mark.start))
