"""The Markdown that blogs are written in, turned into the one that Python-Markdown reads.

Jekyll, Hugo and the others follow CommonMark where it differs from Python-Markdown: a list may
follow a paragraph at once, what is inside a list item is indented as far as the item's text (not
by four), and a block of code between fences may stand in a list item or a quotation, with anything
behind the language. This module gives each line the indentation that Python-Markdown wants, sets a
blank line where it wants one, and takes the code between fences out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Takes code and info string, returns the one line that stands for them.
Stash = Callable[[str, str], str]

# Quotations nested deeper than this are left as they are: each level costs a pass.
DEEPEST_QUOTE = 20

_FENCE = re.compile(r"(?P<mark>`{3,}(?=[^`]*$)|~{3,})(?P<info>.*)")
_ITEM = re.compile(r"(?P<mark>[-+*]|(?P<number>\d{1,9})[.)])(?P<gap> +|$)(?P<text>.*)")
_RULE = re.compile(r"([-*_])(?: *\1){2,} *")
_NOTE = re.compile(r"\[\^[^\]]+\]:")
_DEFINITION = re.compile(r":( {1,3})\S")
_RAW = re.compile(r"<(pre|script|style|textarea)\b|<!--", re.IGNORECASE)
_HTML_BLOCKS = (
    "address|article|aside|blockquote|body|caption|center|col|colgroup|dd|details|dialog|div|dl|dt|"
    "fieldset|figcaption|figure|footer|form|h[1-6]|head|header|hr|html|iframe|li|link|main|menu|"
    "meta|nav|ol|option|p|section|summary|table|tbody|td|tfoot|th|thead|title|tr|ul|video"
)
_OTHER = re.compile(rf"#{{1,6}}(?: |$)|</?(?:{_HTML_BLOCKS})(?=[\s/>]|$)|\x02", re.IGNORECASE)


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
        indent = _indent(line)
        level = sum(1 for container in self._open if indent >= container.content)
        base = self._open[level - 1].content if level else 0
        text = line.strip() if level else line.lstrip(" ")
        if self._before == "blank":
            self._began = level
        if indent - base > 3:
            self._indented(line, level, indent - base, text)
        elif not self._block(line, level, base, text):
            self._paragraph(line, level, text)

    def _block(self, line: str, level: int, base: int, text: str) -> bool:
        """Whether the line begins a block of a kind that matters here, and was dealt with."""
        if fence := _FENCE.fullmatch(text):
            self._close_to(level)
            self._code(fence, _indent(line), base, "")
        elif not _RULE.fullmatch(text) and (item := _ITEM.fullmatch(text)):
            return self._item(item, level, _indent(line))
        elif text.startswith(">") and self._depth < DEEPEST_QUOTE:
            self._end_list(level)
            if level and self._before == "text":
                self._part(level)
            self._quote(level, base)
        elif raw := _RAW.match(text):
            self._close_to(level)
            self._raw(line, raw, level)
        elif not level and (_NOTE.match(text) or self._defines(text)):
            self._close_to(0)
            self._put(line, "text")
            self._open.append(_Container(content=4, kind="note"))
        else:
            return False
        return True

    def _defines(self, text: str) -> bool:
        return bool(_DEFINITION.match(text)) and bool(self._open or self._before == "text")

    # -- lists -------------------------------------------------------------------------------

    def _item(self, item: re.Match[str], level: int, indent: int) -> bool:
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
        self._close_to(level)
        mark = f"{item['number']}." if item["number"] else item["mark"]
        gap = len(item["gap"])
        width = len(item["mark"]) + (gap if 1 <= gap <= 4 else 1)
        self._open.append(_Container(content=indent + width, kind=kind))
        head = f"{'    ' * level}{mark} "
        if fence := _FENCE.fullmatch(item["text"]):
            self._code(fence, indent + width, indent + width, head)
        elif item["text"].startswith(">"):
            self._out += [head, ""]
            self._before = "blank"
            self._at -= 1
            self._lines[self._at] = " " * (indent + width) + item["text"]
        else:
            self._put(head + item["text"], "text" if item["text"] else "other")
        return True

    def _close_to(self, level: int) -> None:
        del self._open[level:]

    def _end_list(self, level: int) -> None:
        if self._before != "blank" and level < len(self._open):
            self._part(level)
        self._close_to(level)

    def _part(self, level: int) -> None:
        """Set a blank line: what follows is no part of the text before."""
        self._out.append("")
        self._began = level
        for container in self._open[:level]:
            container.loose = True

    # -- lines -------------------------------------------------------------------------------

    def _paragraph(self, line: str, level: int, text: str) -> None:
        """Text, a heading, a rule. Text that goes on a paragraph may stand further left."""
        other = bool(_OTHER.match(text) or _RULE.fullmatch(text))
        lazy = self._before in ("text", "quote") and not other and level < len(self._open)
        if not lazy:
            self._end_list(level)
        hard_break = "  " if line.endswith("  ") else ""
        put = "    " * level + _as_text(text) + hard_break if level else line
        if other and text.startswith("#"):
            put = "    " * level + text
            if level and self._before == "text":
                self._part(level)
        self._put(put, "other" if other else self._going_on())

    def _indented(self, line: str, level: int, extra: int, text: str) -> None:
        """A line of indented code; or one more of a paragraph, however far right it stands."""
        if self._before not in ("text", "quote"):
            self._close_to(level)
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

    def _code(self, fence: re.Match[str], indent: int, base: int, head: str) -> None:
        """Take out the code up to the closing fence, or to the end of what the fence stands in."""
        closing = re.compile(rf" {{0,3}}{fence['mark'][0]}{{{len(fence['mark'])},}} *")
        code = []
        while self._at < len(self._lines):
            line = self._lines[self._at]
            bare = _untabbed(line)
            outside = bool(bare.strip()) and _indent(bare) < base
            closes = closing.fullmatch(bare.strip() if outside else bare[base:])
            if outside and not closes:
                break
            self._at += 1
            if closes:
                break
            code.append(_without(line, indent))
        placeholder = self._stash("".join(f"{line}\n" for line in code), fence["info"].strip())
        self._set_apart(head or "    " * len(self._open), placeholder, apart=not head)

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
            if _indent(line) < base or not text.startswith(">"):
                break
            inner.append(text[1:].removeprefix(" "))
            self._at += 1
        quoted = adapt(inner, self._stash, depth=self._depth + 1)
        self._out += ["    " * level + f"> {line}".rstrip(" ") for line in quoted]
        self._before = "quote" if inner[-1].strip() else "other"

    def _raw(self, line: str, raw: re.Match[str], level: int) -> None:
        """HTML whose text is no Markdown, as it stands, to its end."""
        end = f"</{raw[1].lower()}" if raw[1] else "-->"
        if end in line.lower():
            self._put("    " * level + line.strip() if level else line, "other")
            return
        self._put(line, "other")
        while end not in line.lower() and self._at < len(self._lines):
            line = self._lines[self._at]
            self._put(line, "other")
            self._at += 1


def _as_text(text: str) -> str:
    """A line that goes on a paragraph, so that Python-Markdown takes it for no list item."""
    item = _ITEM.fullmatch(text)
    at = item.end("mark") - 1 if item else 0
    return f"{text[:at]}\\{text[at:]}" if item and not _RULE.fullmatch(text) else text


def _untabbed(line: str) -> str:
    """The line with the tabs of its indentation as spaces."""
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(4) + text


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _without(line: str, columns: int) -> str:
    """The line less the indentation of its fence. Tabs stay where the fence was not indented."""
    if not columns:
        return line
    bare = _untabbed(line)
    return bare[min(columns, _indent(bare)) :]
