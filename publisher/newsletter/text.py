"""The plain-text part, made for reading: a post's HTML as wrapped text.

Headings are underlined, lists and quotes hang behind their marks, code is indented and never
wrapped, tables stand in columns, a picture is its words. Links become numbers, listed at the end,
so that a URL does not tear a sentence apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lxml import etree

from publisher.newsletter.fragment import parse
from publisher.newsletter.tables import table
from publisher.newsletter.wrap import WIDTH, columns, indent, wrap

Block = list[str]
Render = Callable[["etree._Element", "Page", int], list[Block]]

NARROWEST = 20

_BLANKS = re.compile(r"[ \t\n\r\f]+")
_NOTE = re.compile(r"\d{1,3}")
_RAISED = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_LOWERED = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_MARKS = {
    "em": "_", "i": "_", "strong": "*", "b": "*", "code": "`", "kbd": "`", "samp": "`", "tt": "`",
    "del": "~~", "s": "~~", "strike": "~~",
}  # fmt: skip
_UNDERLINES = {"h1": "=", "h2": "-", "h3": "~"}
_SKIPPED = frozenset({"script", "style", "template", "head", "title", "noscript"})


def plain_text(html: str) -> str:
    """A post's HTML as text: lines of at most 72 columns but for code and URLs, no blank ends."""
    page = Page()
    try:
        blocks = _blocks(parse(html), page, WIDTH)
    except RecursionError:  # nested deeper than any text is: its words are what is left to keep
        blocks = [wrap(_BLANKS.sub(" ", "".join(map(str, parse(html).itertext()))))]
    blocks.append(page.references())
    return "\n\n".join("\n".join(block) for block in blocks if any(block))


class Page:
    """The links of one text, numbered as they come; one URL has one number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def mark(self, url: str) -> str:
        """The mark that leads from the text to the URL's line at the end."""
        return f"[{self._numbers.setdefault(url, len(self._numbers) + 1)}]"

    def references(self) -> Block:
        """The lines at the end."""
        return [f"[{number}] {url}" for url, number in self._numbers.items()]


def _blocks(element: etree._Element, page: Page, width: int) -> list[Block]:
    """What stands in an element, as paragraphs, each a list of lines."""
    blocks: list[Block] = []
    run = element.text or ""
    for child in element:
        if _is_block(child):
            blocks += [*_paragraph(run, width), *_block(child, page, width)]
            run = ""
        else:
            run += _inline(child, page)
        run += child.tail or ""
    return [block for block in [*blocks, *_paragraph(run, width)] if any(block)]


def _paragraph(run: str, width: int) -> list[Block]:
    text = _squeeze(run)
    return [wrap(text, width)] if text else []


def _squeeze(run: str) -> str:
    """White space as HTML shows it. A line end that is meant travels as U+2028."""
    lines = _BLANKS.sub(" ", run).split("\u2028")
    return "\n".join(line.strip(" ") for line in lines).strip("\n")


def _block(element: etree._Element, page: Page, width: int) -> list[Block]:
    return _BLOCKS[element.tag](element, page, max(width, NARROWEST))


def _heading(element: etree._Element, page: Page, width: int) -> list[Block]:
    lines = wrap(_squeeze(_words(element, page, marked=False)), width)
    rule = _UNDERLINES.get(element.tag)
    if rule and any(lines):
        lines.append(rule * min(max(map(columns, lines)), width))
    return [lines]


def _quote(element: etree._Element, page: Page, width: int) -> list[Block]:
    lines = _joined(_blocks(element, page, width - 2))
    return [indent(lines, "> ", "> ")] if lines else []


def _joined(blocks: list[Block]) -> Block:
    lines: Block = []
    for block in blocks:
        lines += [*([""] if lines else []), *block]
    return lines


def _code(element: etree._Element, _page: Page, _width: int) -> list[Block]:
    text = "".join(map(str, element.itertext())).expandtabs(4)
    lines = "\n".join(line.rstrip() for line in re.split(r"\r\n?|\n", text)).strip("\n")
    return [indent(lines.split("\n"), "    ", "    ")] if lines else []


def _rule(_element: etree._Element, _page: Page, width: int) -> list[Block]:
    return [["* * *".center(width).rstrip()]]


def _bullets(element: etree._Element, page: Page, width: int) -> list[Block]:
    return _list(element, page, width, lambda _number: "- ")


def _numbers(element: etree._Element, page: Page, width: int) -> list[Block]:
    first = element.get("start", "")
    start = int(first) if re.fullmatch(r"-?\d{1,6}", first) else 1
    return _list(element, page, width, lambda number: f"{start + number}. ")


def _list(
    element: etree._Element, page: Page, width: int, mark: Callable[[int], str]
) -> list[Block]:
    """One block where every item is short, else a block for each."""
    items: list[Block] = []
    loose = False
    for number, item in enumerate(element):
        sign = mark(number)
        blocks = _blocks(item, page, width - len(sign))
        paragraphs = [child for child in item if child.tag in ("p", "pre", "table")]
        loose = loose or len(paragraphs) > 1
        lines = _joined(blocks) if len(paragraphs) > 1 else [line for b in blocks for line in b]
        items.append(indent(lines or [""], sign, " " * len(sign)))
    return items if loose else [[line for item in items for line in item]]


def _terms(element: etree._Element, page: Page, width: int) -> list[Block]:
    lines: Block = []
    for child in element:
        if child.tag == "dt":
            lines += [*([""] if lines else []), *_joined(_blocks(child, page, width))]
        else:
            within = _joined(_blocks(child, page, width - 4))
            lines += indent(within, "    ", "    ") if within else []
    return [lines]


def _table(element: etree._Element, page: Page, width: int) -> list[Block]:
    captions = [_squeeze(_words(caption, page)) for caption in element.iter("caption")]
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in _rows(element)]
    headed = bool(rows) and len(rows) > 1 and all(cell.tag == "th" for cell in rows[0])
    texts = [
        [_squeeze(_words(cell, page, marked=cell.tag == "td")) for cell in row] for row in rows
    ]
    lines = table(texts, headed=headed, width=width)
    return [*(wrap(caption, width) for caption in captions), lines]


def _rows(element: etree._Element) -> list[etree._Element]:
    return [row for row in element.iter("tr") if next(row.iterancestors("table")) is element]


def _words(element: etree._Element, page: Page, *, marked: bool = True) -> str:
    """All that stands in an element as running text; ``marked`` keeps ``_`` and ``*`` around."""
    text = element.text or ""
    for child in element:
        between = "\u2028" if _is_block(child) and text.strip() else ""
        text += between + _inline(child, page, marked=marked) + (child.tail or "")
    return text


def _inline(element: etree._Element, page: Page, *, marked: bool = True) -> str:
    if element.tag in _SKIPPED:
        return ""
    special = _INLINE.get(element.tag)
    if special is not None:
        return special(element, page)
    words = _words(element, page, marked=marked)
    sign = _MARKS.get(element.tag, "") if marked else ""
    bare = words.strip()
    if not (sign and bare):
        return words
    before, _, after = words.partition(bare)
    return f"{before}{sign}{bare}{sign}{after}"


def _link(element: etree._Element, page: Page) -> str:
    """Words and a number; for a mail address the address; for a link inside the page, words."""
    words, url = _words(element, page), (element.get("href") or "").strip()
    bare = words.strip()
    if not any(char.isalnum() for char in bare):
        return ""  # the way back from a footnote, or a heading's own anchor
    note = _NOTE.fullmatch(bare) and any(parent.tag == "sup" for parent in element.iterancestors())
    if note or not url or url.startswith("#"):
        return words
    if url.startswith("mailto:"):
        address = url.removeprefix("mailto:").partition("?")[0]
        return words if address in bare else f"{words} <{address}>"
    if bare in (url, url.partition("://")[2], url.partition("://")[2].rstrip("/")):
        return url
    return f"{words}\u00a0{page.mark(url)}"


def _picture(element: etree._Element, _page: Page) -> str:
    words = _squeeze(element.get("alt") or "")
    return f"[Image: {words}]" if words else ""


def _box(element: etree._Element, _page: Page) -> str:
    if element.get("type") != "checkbox":
        return ""
    return "[x]" if element.get("checked") is not None else "[ ]"


def _raised(element: etree._Element, page: Page) -> str:
    return _moved(_words(element, page), _RAISED, "^")


def _lowered(element: etree._Element, page: Page) -> str:
    return _moved(_words(element, page), _LOWERED, "_")


def _moved(words: str, table_: Mapping[int, int], sign: str) -> str:
    bare = words.strip()
    return bare.translate(table_) if all(ord(char) in table_ for char in bare) else f"{sign}{bare}"


def _is_block(element: etree._Element) -> bool:
    return element.tag in _BLOCKS


_CONTAINERS = (
    "address", "article", "aside", "body", "caption", "center", "dd", "details", "div", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "li", "main", "nav",
    "p", "section", "summary", "tbody", "td", "tfoot", "th", "thead", "tr",
)  # fmt: skip

_BLOCKS: Mapping[str, Render] = {
    **dict.fromkeys(_CONTAINERS, _blocks),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), _heading),
    "blockquote": _quote,
    "pre": _code,
    "hr": _rule,
    "ul": _bullets,
    "ol": _numbers,
    "dl": _terms,
    "table": _table,
}

_INLINE: Mapping[str, Callable[[etree._Element, Page], str]] = {
    "a": _link,
    "br": lambda _element, _page: "\u2028",
    "img": _picture,
    "input": _box,
    "sup": _raised,
    "sub": _lowered,
}
