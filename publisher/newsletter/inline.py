"""The style sheet, put into style attributes: mail programs drop or ignore what the head says.

premailer does it, behind one function that keeps its traps away: no network, no files, no link
rewriting, a silent parser, and style attributes written so that they can't collide with selectors
in the cache that it uses for both. Styles marked ``data-premailer="ignore"`` stay in the head:
the rules for phones and dark mode, which style attributes can't express.
"""

from __future__ import annotations

import logging
import re
from xml.dom import DOMException

from cssselect import SelectorError
from lxml import etree
from premailer import Premailer

from publisher.newsletter.fragment import parse_page

_BARE = "bare-span"
_CLASS = re.compile(r"\.([A-Za-z_][\w-]*)")

#: What premailer, cssutils and cssselect raise for a page or a style sheet that they can't take.
_FAILURES = (
    AssertionError, AttributeError, DOMException, LookupError, RecursionError, SelectorError,
    TypeError, ValueError, etree.LxmlError,
)  # fmt: skip


class InlineFailed(Exception):
    """The styles of this page can't be inlined."""


def inlined(page: str, css: str) -> str:
    """The page with ``css`` in style attributes. InlineFailed when that can't be done."""
    root = parse_page(page)
    try:
        for element in root.iter():  # an empty page has no root
            _settle_style(element)
        _premailer(root, css).transform()
    except _FAILURES as error:
        raise InlineFailed(f"{type(error).__name__}: {error}") from error
    _slim(root)
    return etree.tostring(root.getroottree(), method="html", encoding="unicode") + "\n"


def in_head(page: str, css: str) -> str:
    """The page with ``css`` in its head instead: what is left when inlining fails."""
    return page.replace("</head>", f"<style>{css}</style></head>", 1)


def is_usable(css: str) -> bool:
    """Whether a style sheet can be inlined at all, into a page that has nothing unusual."""
    try:
        inlined("<html><head></head><body><p>Text</p></body></html>", css)
    except InlineFailed:
        return False
    return True


def _premailer(root: etree._Element, css: str) -> Premailer:
    return Premailer(
        root,
        css_text=css,
        allow_network=False,
        disable_link_rewrites=True,
        disable_validation=True,
        strip_important=False,
        align_floating_images=False,
        disable_basic_attributes=["align", "bgcolor", "height", "valign", "width"],
        cssutils_logging_level=logging.CRITICAL,
    )


def _settle_style(element: etree._Element) -> None:
    """A trailing semicolon, which no selector has: premailer's cache takes equal texts for one."""
    style = element.get("style")
    if style is None:
        return
    if ":" in style:
        element.set("style", style.rstrip("; \t\r\n") + ";")
    else:
        del element.attrib["style"]


def _slim(root: etree._Element) -> None:
    """Without the classes that no kept style names, and the spans that are then bare.

    Highlighted code is mostly such spans; they would count toward the size that mail is cut at.
    """
    styles = "".join(style.text or "" for style in root.iter("style"))
    named = frozenset(_CLASS.findall(styles))
    for element in list(root.iter()):
        classes = element.get("class")
        if classes is not None:
            kept = [name for name in classes.split() if name in named]
            _set_class(element, kept)
        if element.tag == "span" and not element.attrib:
            element.tag = _BARE
    etree.strip_tags(root, _BARE)


def _set_class(element: etree._Element, names: list[str]) -> None:
    if names:
        element.set("class", " ".join(names))
    else:
        del element.attrib["class"]
