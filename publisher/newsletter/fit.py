"""A post's HTML made to fit a mail, where style sheets alone can't do it.

Outlook on Windows lays out with Word: it ignores max-width, so a picture without a width attribute
breaks the page, and padding around code, so code stands in a table cell. A wide table gets a box
of its own to scroll in, so that it does not make the whole page wider than a phone.
"""

from __future__ import annotations

from lxml import etree

from publisher.newsletter.fragment import inside, parse, replace_by, words_in

#: Columns of the text, in CSS pixels, as ``inline.css`` sets them.
WIDTH = 560

_CAPTION = "figcaption"
_AROUND_PICTURE = frozenset({"a", "em", "picture", "span", "strong"})
_HOLDS_PICTURE = frozenset({"body", "center", "div", "figure", "p"})


def fit(html: str) -> str:
    """The same content, as clean as it came."""
    body = parse(html)
    for picture in body.iter("img"):
        _fit_picture(picture)
    for cell in body.iter("td", "th"):
        _fit_cell(cell)
    for table in list(body.iter("table")):
        if next(table.iterancestors("table"), None) is None:
            replace_by(table, box := etree.Element("div", {"class": "wide"}), box)
    for code in list(body.iter("pre")):
        _frame_code(code)
    return inside(body)


def _fit_picture(picture: etree._Element) -> None:
    """A width that Outlook obeys; style sheets overrule it elsewhere. And words, if only empty."""
    picture.set("alt", picture.get("alt", ""))
    width = picture.get("width", "")
    if width.isdecimal() and int(width) <= WIDTH:
        return
    if width.isdecimal() or _stands_alone(picture):
        if not width:
            picture.set("class", "natural")
        picture.set("width", str(WIDTH))
        picture.attrib.pop("height", "")


def _fit_cell(cell: etree._Element) -> None:
    """Its alignment as a style: any rule of the style sheet would overrule the attribute."""
    align, style = cell.get("align", ""), cell.get("style", "")
    if align.isalpha() and "text-align" not in style:
        cell.set("style", f"text-align:{align};{style}")


def _stands_alone(picture: etree._Element) -> bool:
    """Whether it is all that its paragraph or figure holds, rather than a badge inside a line."""
    holder = picture.getparent()
    while holder is not None and holder.tag in _AROUND_PICTURE:
        holder = holder.getparent()
    if holder is None or holder.tag not in _HOLDS_PICTURE:
        return False
    words = "".join(
        words_in(node) for node in holder.iter() if _CAPTION in (node.tag, node.get("class"))
    )
    return words_in(holder) == words and len(list(holder.iter("img"))) == 1


def _frame_code(code: etree._Element) -> None:
    frame = etree.Element("table", {
        "class": "code", "role": "presentation", "width": "100%",
        "cellpadding": "0", "cellspacing": "0", "border": "0",
    })  # fmt: skip
    cell = etree.SubElement(etree.SubElement(frame, "tr"), "td", {"class": "code"})
    replace_by(code, frame, cell)
