"""Markdown to HTML, by Python-Markdown with what blogs use: its ``extra`` set, sane lists, fenced
code with Pygments, ``~~``, bare links, task lists, a backslash at the end of a line.

Every post gets a converter of its own: a shared one is not thread safe, lets the footnotes of one
post into the next, and numbers ids by how many posts came before.
"""

from __future__ import annotations

import re
import string
from hashlib import blake2b
from html import unescape
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.blockprocessors import HashHeaderProcessor
from markdown.extensions import Extension
from markdown.extensions.abbr import AbbrExtension
from markdown.extensions.attr_list import AttrListExtension, AttrListTreeprocessor
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.footnotes import FN_BACKLINK_TEXT, FootnoteExtension
from markdown.extensions.md_in_html import MarkdownInHtmlExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension
from markdown.inlinepatterns import (
    REFERENCE_RE,
    HtmlInlineProcessor,
    InlineProcessor,
    ReferenceInlineProcessor,
    SubstituteTagInlineProcessor,
)
from markdown.preprocessors import NormalizeWhitespace
from markdown.treeprocessors import InlineProcessor as InlineTreeprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import INLINE_PLACEHOLDER_RE

from publisher.content.code import code_html
from publisher.content.dialect import adapt
from publisher.content.emoji import Emoji
from publisher.content.formulas import Formula
from publisher.content.kramdown import ATTRIBUTES, SPAN
from publisher.content.kramdown import Extension as KramdownExtension

# A tag or a comment as CommonMark has them (0.31, section 6.6). Python-Markdown takes more for a
# tag, such as <name: @handle>, and no browser shows it then.
_TAG = (
    r"(</?[a-zA-Z][a-zA-Z0-9-]*+(?:\s+[a-zA-Z_:][\w:.-]*+"
    r"(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'=<>`]++))?+)*+\s*+/?>|<!--(?:(?!<!--|-->).)*-->)"
)
_NAME = re.compile(r"^(</?[a-zA-Z][a-zA-Z0-9-]*)\s")
_NAMED = re.compile(r":[a-z0-9_+-]+:")
# A return arrow in text form: without the selector some phones draw a picture.
_BACK = "&#8617;&#65038;"


def to_html(body: str, *, key: str) -> str:
    """The HTML of a Markdown body; not yet safe, and URLs as they were written.

    Ids of footnotes are made from ``key``, so that those of two posts on one page differ and are
    the same at every run. Raises RecursionError on nesting beyond reason.
    """
    source = body.replace("\r\n", "\n").replace("\r", "\n")
    converter = Markdown(output_format="html", extensions=_extensions(key, source))
    return converter.convert(source)


def footnote_prefix(key: str) -> str:
    """What stands between ``fn`` or ``fnref`` and a footnote's own name in the ids of a post."""
    data = key.encode("utf-8", "surrogatepass")  # a key may come from a file's name
    return f"-{blake2b(data, digest_size=5).hexdigest()}-"


def _extensions(key: str, source: str) -> list[Extension]:
    return [
        AbbrExtension(),
        AttrListExtension(),
        DefListExtension(),
        _Footnotes(
            SEPARATOR=footnote_prefix(key),
            BACKLINK_TEXT=_BACK,
            BACKLINK_TITLE="",
            USE_DEFINITION_ORDER=False,
        ),
        MarkdownInHtmlExtension(),
        SaneListExtension(),
        TableExtension(use_align_attribute=True),  # feeds carry no style attributes
        _Blog(source),
    ]


class _Footnotes(FootnoteExtension):
    """Footnotes of which one may say nothing: the library means to find a link back in each."""

    def makeFootnotesDiv(self, root: Element) -> Element | None:  # noqa: N802
        div = super().makeFootnotesDiv(root)
        items = div.findall("ol/li") if div is not None else []
        for item in items:
            if not len(item):
                back = item.get("id", "").replace("fn", "#fnref", 1)
                paragraph = SubElement(item, "p")
                SubElement(
                    paragraph, "a", {"class": "footnote-backref", "href": back}
                ).text = FN_BACKLINK_TEXT
        return div


class _Blog(Extension):
    """What the extensions above lack, or do differently from the programs blogs are made with.

    What few posts need is looked for only where the source could have it.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802  (Python-Markdown's name)
        md.preprocessors.register(_Source(md), "normalize_whitespace", 30)
        md.parser.blockprocessors.register(_Heading(md.parser), "hashheader", 70)
        md.inlinePatterns.register(SubstituteTagInlineProcessor(r"(?<!\\)\\\n", "br"), "break", 185)
        md.inlinePatterns.register(_Reference(REFERENCE_RE, md), "reference", 170)
        md.inlinePatterns.register(HtmlInlineProcessor(_TAG, md), "html", 90)
        md.inlinePatterns.register(_BareLink(_BareLink.PATTERN, md), "bare_link", 85)
        md.treeprocessors.register(_Attributes(md), "attr_list", 8)
        md.treeprocessors.register(_Tasks(md), "tasks", 12)
        if "$" in self._source or "\\(" in self._source:
            md.inlinePatterns.register(Formula(Formula.PATTERN, md), "formula", 187)
        if _NAMED.search(self._source):
            md.inlinePatterns.register(Emoji(Emoji.PATTERN, md), "emoji", 70)
        if "{::" in self._source:
            extension = KramdownExtension(KramdownExtension.PATTERN, md)
            md.inlinePatterns.register(extension, "kramdown", 188)
        if "{:" in self._source:
            md.treeprocessors.register(_LeftOver(md), "left_over", 7)
        md.references = _References(md)
        md.ESCAPED_CHARS = list(string.punctuation)
        if md.delimiters is not None:
            md.delimiters.add("~", "del", double=True)


class _Source(NormalizeWhitespace):
    """Line ends, tabs and blank lines; and the dialect, before tabs in code are lost."""

    def run(self, lines: list[str]) -> list[str]:
        source = "\n".join(lines).replace("\x02", "").replace("\x03", "")
        adapted = "\n".join(adapt(source.split("\n"), self)) + "\n\n"
        return re.sub(r"(?<=\n) +\n", "\n", adapted.expandtabs(self.md.tab_length)).split("\n")

    def code(self, code: str, info: str) -> str:
        return self.md.htmlStash.store(code_html(code, info))

    def html(self, html: str) -> str:
        named = _NAME.sub(r"\1 ", html)  # else the library reads a line's end into the name
        return self.md.htmlStash.store(named)


class _Heading(HashHeaderProcessor):
    """``# Heading`` needs its space, as in CommonMark: ``#1`` and ``#topic`` are text."""

    RE = re.compile(r"(?:^|\n)(?P<level>#{1,6})(?P<header>(?:[ ][^\n]*?)?)(?:[ ]+#+)?[ ]*(?:\n|$)")


class _BareLink(InlineProcessor):
    """An http or https URL in the text. What ends a sentence does not belong to it (GFM 6.9)."""

    PATTERN = r"(?<![\w/\"'=\x03])https?://(?:[^\s<>\x02\x03]|\x02\d+\x03)+"
    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # type: ignore[override]  # noqa: N802  (the stubs know 2.x)
        self, m: re.Match[str], data: str
    ) -> tuple[Element, int, int]:
        url = _trimmed(m[0])
        link = Element("a", {"href": self.unescape(url)})
        link.text = url
        return link, m.start(), m.start() + len(url)


class _Reference(ReferenceInlineProcessor):
    """``[text][label]``. With a space between it is two links where the second is no label."""

    def evalId(  # noqa: N802
        self, data: str, index: int, text: str
    ) -> tuple[str | None, int, bool]:
        label, end, handled = super().evalId(data, index, text)
        apart = handled and data[index : index + 1].isspace()
        known = label and self.NEWLINE_CLEANUP_RE.sub(" ", label) in self.md.references
        return (None, index, False) if apart and not known else (label, end, handled)


class _References(dict[str, tuple[str, str]]):
    """Link definitions, found also by labels with code in them: ``[`open`][]``.

    Code is taken out of the text before labels are looked at; here it is put back.
    """

    def __init__(self, md: Markdown) -> None:
        super().__init__()
        self._md = md

    def __contains__(self, label: object) -> bool:
        return super().__contains__(self._written(str(label)))

    def __getitem__(self, label: str) -> tuple[str, str]:
        return super().__getitem__(self._written(label))

    def _written(self, label: str) -> str:
        return INLINE_PLACEHOLDER_RE.sub(self._code, label)

    def _code(self, placeholder: re.Match[str]) -> str:
        inline = self._md.treeprocessors["inline"]
        assert isinstance(inline, InlineTreeprocessor)
        kept = inline.stashed_nodes.get(placeholder[1])
        if isinstance(kept, Element) and kept.tag == "code":
            return f"`{unescape(kept.text or '').lower()}`"
        return placeholder[0]


def _trimmed(url: str) -> str:
    while url[-1] in "?!.,:;*_~'\"" or (url[-1] == ")" and url.count(")") > url.count("(")):
        url = url[:-1]
    return url


class _Attributes(AttrListTreeprocessor):
    """``{: …}``, ``{#id}`` and ``{.class}`` only: other braces are text, in titles too.

    (The stubs call the patterns final; the class reads them from whoever inherits it.)
    """

    HEADER_RE = re.compile(rf"[ ]+{ATTRIBUTES}[ ]*$")  # type: ignore[misc]
    BLOCK_RE = re.compile(rf"\n[ ]*{ATTRIBUTES}[ ]*$")  # type: ignore[misc]
    INLINE_RE = re.compile(rf"^{ATTRIBUTES}")  # type: ignore[misc]


class _LeftOver(Treeprocessor):
    """Takes out the attribute lists of kramdown that stood behind nothing that has attributes."""

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.text and "{:" in element.text and element.tag not in ("code", "pre"):
                element.text = SPAN.sub("", element.text)
            if element.tail and "{:" in element.tail:
                element.tail = SPAN.sub("", element.tail)


class _Tasks(Treeprocessor):
    """``[ ]`` and ``[x]`` at the beginning of a list item as boxes that are text."""

    BOXES = (("[ ] ", "\u2610 "), ("[x] ", "\u2611 "), ("[X] ", "\u2611 "))

    def run(self, root: Element) -> None:
        for item in root.iter("li"):
            holder = item[0] if len(item) and item[0].tag == "p" else item
            for mark, box in self.BOXES:
                if (holder.text or "").startswith(mark):
                    holder.text = box + (holder.text or "").removeprefix(mark)
