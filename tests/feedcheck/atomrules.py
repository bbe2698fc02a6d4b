"""The rules of Atom 1.0, of feed history and of tombstones. Sections are those of RFC 4287, unless
RFC 5005 or RFC 6721 is named."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lxml.etree import _Element

from feedcheck.document import XmlDocument
from feedcheck.history import HISTORY, history_faults
from feedcheck.markup import markup_faults
from feedcheck.values import is_address, is_iri, is_language, is_length, is_media_type, is_rfc3339

NS = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
RELATIONS = {
    "alternate", "current", "describedby", "edit", "edit-media", "enclosure", "first", "hub",
    "last", "license", "next", "next-archive", "payment", "prev-archive", "previous", "related",
    "replies", "search", "self", "service", "up", "via",
}  # fmt: skip
DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
TEXTS = tuple(f"{NS}{name}" for name in ("title", "subtitle", "summary", "rights"))
DATES = (f"{NS}updated", f"{NS}published")
PEOPLE = (f"{NS}author", f"{NS}contributor")

# Section 4.1: child element → (at least, at most) times.
FEED = {
    "id": (1, 1), "title": (1, 1), "updated": (1, 1), "generator": (0, 1), "icon": (0, 1),
    "logo": (0, 1), "rights": (0, 1), "subtitle": (0, 1), "author": (0, None),
    "category": (0, None), "contributor": (0, None), "link": (0, None), "entry": (0, None),
}  # fmt: skip
ENTRY = {
    "id": (1, 1), "title": (1, 1), "updated": (1, 1), "content": (0, 1), "published": (0, 1),
    "rights": (0, 1), "source": (0, 1), "summary": (0, 1), "author": (0, None),
    "category": (0, None), "contributor": (0, None), "link": (0, None),
}  # fmt: skip
PERSON = {"name": (1, 1), "uri": (0, 1), "email": (0, 1)}


def root_is_feed(document: XmlDocument) -> Iterator[str]:
    """Section 2: the root is atom:feed."""
    if document.root.tag != f"{NS}feed":
        yield f"the root is {document.root.tag}"


def children_are_counted(document: XmlDocument) -> Iterator[str]:
    """Sections 4.1.1, 4.1.2 and 3.2: what must and may be in a feed, an entry and a person."""
    yield from _miscounted(document.root, FEED)
    for entry in document.all(f"{NS}entry"):
        yield from _miscounted(entry, ENTRY)
    for person in document.all(*PEOPLE):
        yield from _miscounted(person, PERSON)


def elements_are_known(document: XmlDocument) -> Iterator[str]:
    """Section 6.3 and Appendix B: Atom's own elements only where it has them; others in a
    namespace."""
    allowed = {f"{NS}feed": FEED, f"{NS}entry": ENTRY, **dict.fromkeys(PEOPLE, PERSON)}
    for parent in document.all(*allowed):
        for child in parent.iterchildren("*"):
            name = child.tag.removeprefix(NS)
            foreign = child.tag.startswith("{") and name == child.tag
            if not foreign and (name == child.tag or name not in allowed[parent.tag]):
                yield f"{name} in {parent.tag.removeprefix(NS)}"


def someone_is_author(document: XmlDocument) -> Iterator[str]:
    """Section 4.1.1: an author in the feed, or else in every entry."""
    entries = document.root.findall(f"{NS}entry")
    if document.root.find(f"{NS}author") is not None:
        return
    if not entries or any(entry.find(f"{NS}author") is None for entry in entries):
        yield "no author in the feed, nor in every entry"


def feed_links_to_itself(document: XmlDocument) -> Iterator[str]:
    """Section 4.1.1: a feed should have a link to itself."""
    if "self" not in [link.get("rel") for link in document.root.findall(f"{NS}link")]:
        yield "no link with rel=self"


def entries_have_content_or_page(document: XmlDocument) -> Iterator[str]:
    """Section 4.1.2: an entry without content has an alternate link."""
    for entry in document.all(f"{NS}entry"):
        if entry.find(f"{NS}content") is None and not _alternates(entry):
            yield "an entry with neither content nor alternate link"


def alternates_differ(document: XmlDocument) -> Iterator[str]:
    """Sections 4.1.1 and 4.1.2: one alternate link for a type and language."""
    for parent in document.all(f"{NS}feed", f"{NS}entry"):
        kinds = Counter((link.get("type"), link.get("hreflang")) for link in _alternates(parent))
        yield from (f"several alternate links of {kind}" for kind, n in kinds.items() if n > 1)


def content_elsewhere_has_summary(document: XmlDocument) -> Iterator[str]:
    """Section 4.1.2: content by src has a summary beside it, and 4.1.3.2: is itself empty."""
    for entry in document.all(f"{NS}entry"):
        content = entry.find(f"{NS}content")
        if content is not None and content.get("src") is not None:
            if entry.find(f"{NS}summary") is None:
                yield "content by src without a summary"
            if content.text or len(content):
                yield "content by src that is not empty"


def texts_have_a_text_type(document: XmlDocument) -> Iterator[str]:
    """Section 3.1.1: the type of a text construct is text, html or xhtml, no media type."""
    for text in document.all(*TEXTS):
        if text.get("type", "text") not in {"text", "html", "xhtml"}:
            yield f"type {text.get('type')!r} of a {text.tag.removeprefix(NS)}"


def text_is_not_taken_for_html(document: XmlDocument) -> Iterator[str]:
    """Section 3.1.1.1: text is shown as it is; what looks like HTML in it, the W3C's validator
    doubts ("ContainsUndeclaredHTML")."""
    for text in document.root.iterfind(f"{NS}entry/*"):
        plain = text.tag in TEXTS and text.get("type", "text") == "text"
        if plain and re.search(r"</[a-z]\w*>|&(#\w+|[a-z]+);", text.text or ""):
            yield f"{text.tag.removeprefix(NS)} {text.text!r} of type text"


def content_has_a_content_type(document: XmlDocument) -> Iterator[str]:
    """Section 4.1.3.1: the type of content is text, html, xhtml or a media type."""
    for content in document.all(f"{NS}content"):
        kind = content.get("type", "text")
        if kind not in {"text", "html", "xhtml"} and not is_media_type(kind):
            yield f"type {kind!r} of content"


def text_and_html_are_escaped(document: XmlDocument) -> Iterator[str]:
    """Sections 3.1.1.1, 3.1.1.2 and 4.1.3.3: no child elements in text and html."""
    for text in document.all(*TEXTS, f"{NS}content"):
        if text.get("type", "text") in {"text", "html"} and len(text):
            yield f"child elements in a {text.tag.removeprefix(NS)}"


def ids_are_absolute(document: XmlDocument) -> Iterator[str]:
    """Section 4.2.6: an id is an absolute IRI, with no white space around it."""
    for node in document.all(f"{NS}id"):
        if not is_iri(node.text or ""):
            yield f"id {node.text!r}"


def entries_are_told_apart(document: XmlDocument) -> Iterator[str]:
    """Section 4.1.1: two entries with one id are one entry; a feed needs it once."""
    ids = Counter(node.text for node in document.root.iterfind(f"{NS}entry/{NS}id"))
    yield from (f"two entries with id {id_}" for id_, times in ids.items() if times > 1)


def dates_are_rfc3339(document: XmlDocument) -> Iterator[str]:
    """Section 3.3: an RFC 3339 date-time with T and zone, no white space around it."""
    for date in document.all(*DATES):
        if not is_rfc3339(date.text or ""):
            yield f"{date.tag.removeprefix(NS)} {date.text!r}"


def people_have_names(document: XmlDocument) -> Iterator[str]:
    """Section 3.2.1: a name for people to read."""
    for person in document.all(*PEOPLE):
        if not (person.findtext(f"{NS}name") or "").strip():
            yield "a person without a name"


def people_can_be_reached(document: XmlDocument) -> Iterator[str]:
    """Sections 3.2.2 and 3.2.3: a uri is an IRI, an email an addr-spec."""
    for person in document.all(*PEOPLE):
        uri, email = person.findtext(f"{NS}uri"), person.findtext(f"{NS}email")
        if uri is not None and not is_iri(uri):
            yield f"uri {uri!r}"
        if email is not None and not is_address(email):
            yield f"email {email!r}"


def categories_have_terms(document: XmlDocument) -> Iterator[str]:
    """Section 4.2.2: a category has a term, and 4.2.2.2: its scheme is an IRI."""
    for category in document.all(f"{NS}category"):
        if not (category.get("term") or "").strip():
            yield "a category without a term"
        scheme = category.get("scheme")
        if scheme is not None and not is_iri(scheme):
            yield f"scheme {scheme!r}"


def links_lead_somewhere(document: XmlDocument) -> Iterator[str]:
    """Section 4.2.7.1: a link has an href; an absolute one, as readers ignore xml:base."""
    for link in document.all(f"{NS}link"):
        if not is_iri(link.get("href") or ""):
            yield f"href {link.get('href')!r}"


def links_have_known_relations(document: XmlDocument) -> Iterator[str]:
    """Section 4.2.7.2: rel is a registered name or an IRI, and not empty."""
    for link in document.all(f"{NS}link"):
        rel = link.get("rel", "alternate")
        if rel not in RELATIONS and not is_iri(rel):
            yield f"rel {rel!r}"


def links_say_what_they_lead_to(document: XmlDocument) -> Iterator[str]:
    """Sections 4.2.7.3, 4.2.7.4 and 4.2.7.6: type, hreflang and length are what they claim."""
    for link in document.all(f"{NS}link"):
        claims = (("type", is_media_type), ("hreflang", is_language), ("length", is_length))
        for name, holds in claims:
            if link.get(name) is not None and not holds(link.get(name)):
                yield f"{name} {link.get(name)!r}"


def languages_are_tags(document: XmlDocument) -> Iterator[str]:
    """Section 2: xml:lang is a language tag; texts need one to be read aloud or hyphenated."""
    if not document.root.get(f"{XML}lang"):
        yield "a feed without xml:lang"
    for node in document.root.iter():
        language = node.get(f"{XML}lang")
        if language is not None and not is_language(language):
            yield f"xml:lang {language!r}"


def titles_say_something(document: XmlDocument) -> Iterator[str]:
    """Section 4.2.14: a title for people to read."""
    for title in document.all(f"{NS}title"):
        if not "".join(title.itertext()).strip():
            yield "an empty title"


def history_is_linked(document: XmlDocument) -> Iterator[str]:
    """RFC 5005, sections 2 to 4: what a feed says of its other documents."""
    links = document.root.findall(f"{NS}link")
    yield from history_faults(document, document.root, links)
    for entry in document.all(f"{NS}entry"):
        if any(link.get("rel") in HISTORY for link in entry.findall(f"{NS}link")):
            yield "a link to an archive in an entry"


def tombstones_are_complete(document: XmlDocument) -> Iterator[str]:
    """RFC 6721, section 3: in the feed itself, with the id that is gone and since when; one for
    both; section 4: not for an entry that is there and no older."""
    marks = Counter((one.get("ref"), one.get("when")) for one in document.all(DELETED))
    yield from (f"two tombstones {mark}" for mark, times in marks.items() if times > 1)
    present = {node.text for node in document.root.iterfind(f"{NS}entry/{NS}id")}
    for one in document.all(DELETED):
        if one.getparent() is not document.root:
            yield "a tombstone that is not the feed's"
        if not is_iri(one.get("ref") or "") or not is_rfc3339(one.get("when") or ""):
            yield f"a tombstone of {one.get('ref')!r} at {one.get('when')!r}"
        if one.get("ref") in present:
            yield f"a tombstone of {one.get('ref')!r}, which is there"


def html_is_inert(document: XmlDocument) -> Iterator[str]:
    """Section 8.1, and this project's promise: no active content, absolute URLs."""
    for text in document.all(*TEXTS, f"{NS}content"):
        if text.get("type") == "html":
            yield from markup_faults(text.text or "")


def _miscounted(parent: _Element, counts: dict[str, tuple[int, int | None]]) -> Iterator[str]:
    for name, (least, most) in counts.items():
        times = len(parent.findall(f"{NS}{name}"))
        if times < least or (most is not None and times > most):
            yield f"{name} {times} times in {parent.tag.removeprefix(NS)}"


def _alternates(parent: _Element) -> list[_Element]:
    return [link for link in parent.findall(f"{NS}link") if link.get("rel") in {None, "alternate"}]


RULES = (
    root_is_feed,
    children_are_counted,
    elements_are_known,
    someone_is_author,
    feed_links_to_itself,
    entries_have_content_or_page,
    alternates_differ,
    content_elsewhere_has_summary,
    texts_have_a_text_type,
    text_is_not_taken_for_html,
    content_has_a_content_type,
    text_and_html_are_escaped,
    ids_are_absolute,
    entries_are_told_apart,
    dates_are_rfc3339,
    people_have_names,
    people_can_be_reached,
    categories_have_terms,
    links_lead_somewhere,
    links_have_known_relations,
    links_say_what_they_lead_to,
    languages_are_tags,
    titles_say_something,
    history_is_linked,
    tombstones_are_complete,
    html_is_inert,
)
