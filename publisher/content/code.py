"""Blocks of code as HTML, coloured by Pygments through classes: its own short names.

Mail too gets classes. No class is sure to meet a style sheet in a mail program, but the letter's
style sheet is written into style attributes before it goes out, and only its dark scheme relies on
classes. What has no colour in either loses its class when the HTML is cleaned.
"""

from __future__ import annotations

import re
from functools import cache
from html import escape

from pygments import highlight
from pygments.formatters.html import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# A log or a data file of this size is no text to read in colours, and takes seconds to colour.
LONGEST_COLOURED = 100_000

_WORD = re.compile(r"[\w#+][\w#+.-]*")
_CLASS = re.compile(r"\.([\w#+.-]+)")


def code_html(code: str, info: str) -> str:
    """A block of code; ``info`` is what stands behind the opening fence: a language, and more.

    The language is never guessed: that would differ between versions of Pygments.
    """
    name = language(info)
    lexer = _lexer(name) if name and len(code) <= LONGEST_COLOURED else None
    body = highlight(code, lexer, _formatter()) if lexer else escape(code)
    mark = f' class="language-{escape(name.lower())}"' if name else ""
    block = f"<pre><code{mark}>{body}</code></pre>"
    return f'<div class="codehilite">{block}</div>' if lexer else block


def language(info: str) -> str:
    """The language in an info string: ``js title="x"``, ``{.python .numberLines}``, ``{r, …}``."""
    if info.startswith("{") and (found := _CLASS.search(info)):
        return found[1]
    word = _WORD.match(info.lstrip("{. "))
    return word[0] if word else ""


def _lexer(name: str) -> Lexer | None:
    try:
        return get_lexer_by_name(name, stripnl=False)
    except ClassNotFound:
        return None


@cache
def _formatter() -> HtmlFormatter[str]:
    return HtmlFormatter(nowrap=True)
