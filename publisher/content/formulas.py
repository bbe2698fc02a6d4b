"""Formulas in TeX: kept as they are written, as code, for no reader of feeds or mail sets them.

Markdown would take their ``_``, ``*`` and ``\\\\`` for its own. What stands between single dollars
is a formula only where it is plainly one: prices and shell variables are text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from xml.etree.ElementTree import Element

from markdown.inlinepatterns import InlineProcessor
from markdown.util import AtomicString, code_escape

from publisher.content.kramdown import Mark

# A formula of more lines than this is text with dollars in it.
MOST_LINES = 200

_BEGINS = re.compile(r"(\$\$)|(\\{1,2})\[|\\begin\{([a-zA-Z]+\*?)\}")
_TEX = re.compile(r"\\[A-Za-z{}|,;!]|[_^=<>]|[\w)]\s*[-+*/]\s*[\w(\\]")
_SHORT = re.compile(r"[A-Za-z](?:'|\([^()]{0,20}\))?|[A-Z]{2,3}|-?\d+(?:\.\d+)?")
_PROSE = re.compile(r"(?<![\\\w{])[a-z]{2,}\s+[a-z]{2,}")


def mark(lines: Sequence[str], at: int, base: int) -> Mark | None:
    """A formula that begins on line ``at``; None if there is none.

    It stands between ``$$`` and ``$$`` or ``\\[`` and ``\\]``, or is an environment of LaTeX.
    ``base`` is the column at which the text of its list item begins.
    """
    begins = _BEGINS.match(lines[at].strip())
    if not begins:
        return None
    for end in range(at, min(at + MOST_LINES, len(lines))):
        last = lines[end].strip()
        if end == at:
            last = last[begins.end() :]
        if tail := _end(begins, last):
            text = "\n".join(line[min(base, _margin(line)) :] for line in lines[at : end + 1])
            return _finished(begins, text.strip(), tail, end + 1)
    return None


def plainly(tex: str) -> bool:
    """Whether what stands between dollars is a formula for sure."""
    text = tex.strip()
    return bool(_SHORT.fullmatch(text) or (_TEX.search(text) and not _PROSE.search(text)))


def _margin(line: str) -> int:
    return len(line) - len(line.lstrip())


def _end(begins: re.Match[str], last: str) -> str:
    """What ends the formula, if this line ends with it."""
    end = "$$" if begins[1] else f"{begins[2]}]"
    if begins[3]:
        end = f"\\end{{{begins[3]}}}"
    return end if last.endswith(end) else ""


def _finished(begins: re.Match[str], text: str, tail: str, end: int) -> Mark | None:
    tex = text if begins[3] else text[begins.end() : len(text) - len(tail)].strip("\n")
    if not tex.strip() or "$$" in tex or (begins[2] == "\\" and not plainly(tex)):
        return None
    html = f'<pre><code class="language-math">{escape(tex.strip(), quote=False)}</code></pre>'
    return Mark(end, html=html)


class Formula(InlineProcessor):
    """``$$…$$``, ``$…$`` and ``\\(…\\)`` in a line; single dollars stay in sight."""

    PATTERN = (
        r"(?<![\\$])\$\$(?!\$)(?P<double>[^$\x02\x03]{1,2000}?)\$\$(?!\$)"
        r"|(?<![\\$\w])\$(?=[^\s$])(?P<single>[^$\x02\x03]{1,300}?)(?<![\s\\])\$(?![$\w])"
        r"|(?<!\\)(?P<slash>\\{1,2})\((?P<round>[^$\x02\x03]{1,300}?)(?P=slash)\)"
    )

    def handleMatch(  # type: ignore[override]  # noqa: N802  (the stubs know 2.x)
        self, m: re.Match[str], data: str
    ) -> tuple[Element | None, int | None, int | None]:
        """The formula as code, where it plainly is one."""
        tex = m["double"] or m["single"] or m["round"]
        if not plainly(tex):
            return None, None, None
        code = Element("code")
        code.text = AtomicString(code_escape(m[0] if m["single"] else tex.strip()))
        return code, m.start(), m.end()
