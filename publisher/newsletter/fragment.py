"""A post's HTML as a tree, and back. The parser's traps are dealt with here, once."""

from __future__ import annotations

from lxml import etree


def parse_page(html: str) -> etree._Element:
    """A whole page's root; its comments stay, because Outlook's conditions are comments."""
    return _parsed(html, etree.HTMLParser(huge_tree=True, encoding="utf-8"))


def parse(html: str) -> etree._Element:
    """A fragment as the ``body`` element around it, without comments."""
    parser = etree.HTMLParser(
        huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    page = _parsed(f"<html><body>{html}</body></html>", parser)
    body = page.find("body")
    return etree.SubElement(page, "body") if body is None else body


def _parsed(html: str, parser: etree.HTMLParser) -> etree._Element:
    """Big trees, because libxml2 drops all text below 255 levels otherwise; and no NUL and no lone
    surrogate, because it stops reading there."""
    return etree.fromstring(html.replace("\0", "").encode("utf-8", "replace"), parser)


def serialise(element: etree._Element) -> str:
    """HTML of one element, with the text that follows it."""
    return etree.tostring(element, method="html", encoding="unicode")


def inside(body: etree._Element) -> str:
    """HTML of all that stands in an element."""
    opening, closing = "<body>", "</body>"
    body.attrib.clear()
    return serialise(body).removeprefix(opening).removesuffix(closing)


def words_in(element: etree._Element) -> str:
    """All text inside an element, as it stands, without blanks at its ends."""
    return "".join(map(str, element.itertext())).strip()


def replace_by(element: etree._Element, wrapper: etree._Element, into: etree._Element) -> None:
    """Put ``wrapper`` where ``element`` was and the element, without its tail, at ``into``."""
    parent = element.getparent()
    if parent is None:
        return
    wrapper.tail, element.tail = element.tail, None
    parent.replace(element, wrapper)
    into.append(element)
