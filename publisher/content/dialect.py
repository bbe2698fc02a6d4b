"""The Markdown that blogs are written in, turned into the one that Python-Markdown reads.

Jekyll, Hugo and the others follow CommonMark where it differs from Python-Markdown: a list may
follow a paragraph at once, what is inside a list item is indented as far as the item's text (not
by four), and a block of code between fences may stand in a list item or a quotation, with anything
behind the language. This module gives each line the indentation that Python-Markdown wants, sets a
blank line where it wants one, and takes the code between fences out. Boxes, formulas and what
kramdown writes between the lines have modules of their own, which are asked here line by line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.content import callouts, formulas, kramdown, rawhtml
from publisher.content.fences import Fence, code, indent, opening
from publisher.content.stash import Stash

# Quotations nested deeper than this are left as they are: each level costs a pass.
DEEPEST_QUOTE = 20

_ITEM = re.compile(r"(?P<mark>[-+*]|(?P<number>\d{1,9})[.)])(?P<gap> +|$)(?P<text>.*)")
_RULE = re.compile(r"([-*_])(?: *\1){2,} *")
_NOTE = re.compile(r"\[\^[^\]]+\]:")
_DEFINITION = re.compile(r":( {1,3})\S")
_HEADING = re.compile(r"#{1,6}(?: |$)")


@dataclass(kw_only=True, slots=True)
class _Container:
    """An open list item, footnote or definition.

    What is in it starts at column ``content``. ``kind`` tells lists apart. ``loose``: a blank line
    has been seen since it began.
    """

    content: int
    kind: str
    loose: bool = False


def adapt(lines: Sequence[str], stash: Stash, *, depth: int = 0) -> list[str]:
    """The lines as Python-Markdown wants them. Line ends and placeholders are the caller's."""
    return _Reader(lines, stash, depth).read()


class _Reader:
    """Goes through the lines once.

    ``_before`` is what the last line was: blank, text, quote or other. ``_began`` is how deep the
    run of lines without a blank one between them began: Python-Markdown reads each run by itself.
    """

    def __init__(self, lines: Sequence[str], stash: Stash, depth: int) -> None:
        self._lines = list(lines)
        self._stash = stash
        self._depth = depth
        self._at = 0
        self._out: list[str] = []
        self._open: list[_Container] = []
        self._before = "blank"
        self._began = 0
        self._elements: list[str] = []  # open elements of HTML
        self._boxes = callouts.Boxes()

    def read(self) -> list[str]:
        while self._at < len(self._lines):
            line = self._lines[self._at].expandtabs(4)
            self._at += 1
            if line.strip():
                self._line(line)
            else:
                self._blank()
        return self._out

    def _blank(self) -> None:
        self._out.append("")
        self._before = "blank"
        for container in self._open:
            container.loose = True

    def _line(self, line: str) -> None:
        column = indent(line)
        level = sum(1 for container in self._open if column >= container.content)
        base = self._open[level - 1].content if level else 0
        text = line.strip() if level else line.lstrip(" ")
        self._began = level if self._before == "blank" else self._began
        if column - base > 3 and not (self._elements and text.startswith("<")):
            self._indented(line, level, column - base, text)
        elif not self._block(line, level, base, text):
            self._paragraph(line, level, text)

    def _block(self, line: str, level: int, base: int, text: str) -> bool:
        """Whether the line begins a block of a kind that matters here, and was dealt with."""
        if text[0] in "{$\\:[^" and self._special(level, base, text):
            return True
        if fence := opening(text, indent(line)):
            del self._open[level:]
            self._code(fence, base, "")
        elif not _RULE.fullmatch(text) and (item := _ITEM.fullmatch(text)):
            return self._item(item, level, indent(line))
        elif text.startswith(">") and self._depth < DEEPEST_QUOTE:
            self._end_list(level)
            if level and self._before == "text":
                self._part(level)
            self._quote(level, base)
        elif text.startswith("<"):
            return self._html(level, text, deep=indent(line) - base > 3)
        elif not level and (_NOTE.match(text) or self._defines(text)):
            self._open.clear()
            self._put(line, "text")
            self._open.append(_Container(content=4, kind="note"))
        else:
            return False
        return True

    def _special(self, level: int, base: int, text: str) -> bool:
        """Attributes, comments, boxes and formulas: what has a beginning of its own."""
        if text[0] == ":":
            return self._box(level, text)
        reader = formulas.mark if text[0] in "$\\" else kramdown.mark
        mark = reader(self._lines, self._at - 1, base)
        if not mark or (mark.kept and self._before == "text" and "|" not in self._out[-1]):
            return False
        self._at = mark.end
        if mark.html is not None:
            del self._open[level:]
            self._set_apart("    " * level, self._stash.html(mark.html), apart=True)
            return True
        if mark.kept and self._before == "other" and _HEADING.match(self._out[-1].lstrip()):
            self._out[-1] += f" {mark.kept}"
        while mark.toc and self._out and self._out[-1].strip():
            self._out.pop()  # the list above only kept the place of a table of contents
        if self._out and self._out[-1]:
            self._out.append("")
        self._before = "blank"
        return True

    def _box(self, level: int, text: str) -> bool:
        """A line that opens or closes a box. What is inside is Markdown as before."""
        tag, heading = self._boxes.read(text.rstrip())
        if not tag:
            return False
        self._end_list(level)
        self._set_apart("    " * level, self._stash.html(tag), apart=True)
        if heading:
            self._out += ["", "    " * level + heading, ""]
        return True

    def _defines(self, text: str) -> bool:
        return bool(_DEFINITION.match(text)) and bool(self._open or self._before == "text")

    # -- lists -------------------------------------------------------------------------------

    def _item(self, item: re.Match[str], level: int, column: int) -> bool:
        """A list item, unless it is a number or a dash in the middle of a paragraph."""
        kind = "number" if item["number"] else "bullet"
        old = self._open[level].kind if level < len(self._open) else ""
        if self._before == "text" and old != kind:
            if not old and (not item["text"] or (item["number"] or "1") != "1"):
                return False
            if not level or old or self._open[level - 1].loose:
                self._part(level)
        elif self._before == "quote" or (self._before != "blank" and level < self._began):
            self._part(level)
        del self._open[level:]
        text = kramdown.of_item(item["text"])
        mark = f"{item['number']}." if item["number"] else item["mark"]
        gap = len(item["gap"])
        width = len(item["mark"]) + (gap if 1 <= gap <= 4 else 1)
        self._open.append(_Container(content=column + width, kind=kind))
        head = f"{'    ' * level}{mark} "
        if fence := opening(item["text"], column + width):
            self._code(fence, column + width, head)
        elif item["text"].startswith(">"):
            self._out += [head, ""]
            self._before = "blank"
            self._at -= 1
            self._lines[self._at] = " " * (column + width) + item["text"]
        else:
            self._put(head + text, "text" if text else "other")
        return True

    def _end_list(self, level: int) -> None:
        if self._before != "blank" and level < len(self._open):
            self._part(level)
        del self._open[level:]

    def _part(self, level: int) -> None:
        """Set a blank line: what follows is no part of the text before."""
        self._out.append("")
        self._began = level
        for container in self._open[:level]:
            container.loose = True

    # -- lines -------------------------------------------------------------------------------

    def _paragraph(self, line: str, level: int, text: str) -> None:
        """Text, a heading, a rule. Text that goes on a paragraph may stand further left."""
        heading = bool(_HEADING.match(text))
        other = heading or bool(_RULE.fullmatch(text)) or rawhtml.begins(text)
        lazy = self._before in ("text", "quote") and not other and level < len(self._open)
        if not lazy:
            self._end_list(level)
        hard_break = "  " if line.endswith("  ") else ""
        put = "    " * level + _as_text(text) + hard_break if level else line
        if heading:
            put = "    " * level + text
            if level and self._before == "text":
                self._part(level)
        self._put(put, "other" if other else self._going_on())

    def _indented(self, line: str, level: int, extra: int, text: str) -> None:
        """A line of indented code; or one more of a paragraph, however far right it stands."""
        if self._before not in ("text", "quote"):
            del self._open[level:]
            self._put("    " * level + " " * extra + text if level else line, "other")
        else:
            self._put("    " * level + _as_text(text) if level else line, self._going_on())

    def _going_on(self) -> str:
        """What a line of text is: text after a quotation goes on the quotation."""
        return "quote" if self._before == "quote" else "text"

    def _put(self, line: str, what: str) -> None:
        self._out.append(line)
        self._before = what

    # -- code, quotations, raw HTML ------------------------------------------------------------

    def _code(self, fence: Fence, base: int, head: str) -> None:
        text, self._at = code(self._lines, self._at, fence, base)
        kept = self._stash.code(text, fence.info)
        self._set_apart(head or "    " * len(self._open), kept, apart=not head)

    def _set_apart(self, head: str, placeholder: str, *, apart: bool) -> None:
        if apart and self._before != "blank":
            self._out.append("")
        self._out.append(head + placeholder)
        if self._at < len(self._lines) and self._lines[self._at].strip():
            self._out.append("")  # not a second one: Python-Markdown would end a footnote there
        self._before = "blank"
        for container in self._open:
            container.loose = True

    def _quote(self, level: int, base: int) -> None:
        """The lines of a quotation are lines of their own once the marks are off."""
        self._at -= 1
        inner = []
        while self._at < len(self._lines):
            line = self._lines[self._at].expandtabs(4)
            text = line[base:].lstrip(" ")
            if indent(line) < base or not text.startswith(">"):
                break
            inner.append(text[1:].removeprefix(" "))
            self._at += 1
        if heading := callouts.alert(inner[0]):
            inner[:1] = [heading, ""]
        above = next((line for line in reversed(self._out) if line), "")
        if not self._open and self._before == "blank" and above.startswith(">"):
            self._set_apart("", self._stash.html("<!-- -->"), apart=False)
            self._out.append("")
        quoted = adapt(inner, self._stash, depth=self._depth + 1)
        self._out += ["    " * level + f"> {line}".rstrip(" ") for line in quoted]
        self._before = "quote" if inner[-1].strip() else "other"

    def _html(self, level: int, text: str, *, deep: bool) -> bool:
        """HTML: kept apart where Python-Markdown would look for its end beyond a blank line."""
        start = self._at - 1
        end = rawhtml.verbatim(self._lines, start, text)
        if end is not None:
            del self._open[level:]
            self._verbatim(self._lines[start:end], level)
            self._at = end
            return True
        base = self._open[level - 1].content if level else 0
        end, elements = rawhtml.block(self._lines, start, base, self._elements)
        html = "\n".join(self._lines[start:end]).strip()
        begins = deep or rawhtml.begins(text)
        if not begins or "markdown=" in html or not (elements or self._elements):
            return False
        self._end_list(level)
        self._at = end
        self._elements = rawhtml.lasting(elements)
        self._set_apart("    " * level, self._stash.html(html), apart=True)
        return True

    def _verbatim(self, lines: Sequence[str], level: int) -> None:
        for line in lines:
            self._put("    " * level + line.strip() if level and len(lines) == 1 else line, "other")


def _as_text(text: str) -> str:
    """A line that goes on a paragraph, so that Python-Markdown takes it for no list item."""
    item = _ITEM.fullmatch(text)
    at = item.end("mark") - 1 if item else 0
    return f"{text[:at]}\\{text[at:]}" if item and not _RULE.fullmatch(text) else text
