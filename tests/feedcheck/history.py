"""The rules of feed history (RFC 5005), which Atom and RSS have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from lxml.etree import _Element

from feedcheck.document import XmlDocument

FH = "{http://purl.org/syndication/history/1.0}"
HISTORY = ("current", "prev-archive", "next-archive")


def history_faults(
    document: XmlDocument, head: _Element, links: Sequence[_Element]
) -> Iterator[str]:
    """What is wrong with the marks and links in the head of a feed."""
    marks = list(document.all(f"{FH}archive", f"{FH}complete"))
    if len(marks) > 1:
        yield "a feed that is an archive or complete more than once"
    if any(mark.getparent() is not head or len(mark) or mark.text for mark in marks):
        yield "a mark of feed history that is not empty, or not in the head"
    leads: dict[str | None, list[str]] = {}
    for link in links:
        leads.setdefault(link.get("rel"), []).append(link.get("href") or "")
    yield from _link_faults(leads, archive=any(mark.tag == f"{FH}archive" for mark in marks))


def _link_faults(leads: dict[str | None, list[str]], *, archive: bool) -> Iterator[str]:
    counts = Counter({rel: len(leads.get(rel, [])) for rel in HISTORY})
    yield from (f"{times} links {rel}" for rel, times in counts.items() if times > 1)
    if archive and not counts["current"]:  # section 4
        yield "an archive that does not lead to the current feed"
    if not archive and counts["next-archive"]:  # section 4: nothing is newer
        yield "a current feed with a next archive"
    itself = set(leads.get("self", []))
    if archive and any(itself & set(leads.get(rel, [])) for rel in HISTORY):
        yield "an archive that leads to itself"
