"""The title of a post: its key, else its first heading, else words from its file's name."""

from __future__ import annotations

import re

from publisher.content.fields import Fields, kind
from publisher.content.notes import Notes, shown
from publisher.content.place import Place
from publisher.content.prose import prose_lines
from publisher.content.wording import (
    from_markdown,
    note_illegal,
    plain,
    too_long,
    without_attributes,
)

_ATX = re.compile(r" {0,3}#{1,6}(?!#)[ \t]*(\S.*)")
_CLOSING_MARKS = re.compile(r"\s#+\s*$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-{2,})\s*")
_HTML = re.compile(r"<h([1-6])\b[^<>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_LONGEST = 500

#: Seven times the longest title of 15,851 real posts.
LONGEST = 1000


def title_of(fields: Fields, body: str, place: Place, notes: Notes, *, is_html: bool) -> str:
    """Plain words on one line; a warning when the key is missing, a problem when it is no text."""
    entry = fields.find("title")
    if entry is not None:
        if not isinstance(entry.value, str):
            notes.problem(
                entry.line, f"{entry.key}: expected text, not {kind(entry.value)}; write one line"
            )
            return place.name
        note_illegal(entry.key, entry.line, entry.value, notes)
        if title := from_markdown(entry.value):
            if (
                len(title) > LONGEST
            ):  # it would be the subject of a mail, which can't be called back
                notes.problem(entry.line, too_long(entry.key, LONGEST))
            return title
    heading = (_html_heading if is_html else _heading)(body)
    title = heading or _words(place)
    source = "the first heading" if heading else "the file's name"
    notes.warn(
        entry.line if entry else 1,
        f"no title; {shown(title)} is taken from {source}: add a line 'title: …'",
    )
    return title


def _heading(body: str) -> str:
    """The first heading outside code; empty when there is none. A space after ``#`` may lack."""
    before = ""
    lines = body.split("\n")
    for number, _ in prose_lines(body):
        line = lines[number][:_LONGEST]
        if "#" in line and (found := _ATX.fullmatch(line)):
            if title := _cleaned(_CLOSING_MARKS.sub("", found[1])):
                return title
        elif before and _UNDERLINE.fullmatch(line):
            return _cleaned(before)
        before = "" if line.isspace() or line.startswith(("#", ">", "-", "|")) else line
    return ""


def _cleaned(heading: str) -> str:
    return from_markdown(without_attributes(heading))


def _html_heading(body: str) -> str:
    opening = _HTML.search(body)
    if opening is None:
        return ""
    rest = body[opening.end() : opening.end() + 4 * _LONGEST]
    return plain(_TAG.sub("", rest.partition(f"</h{opening[1]}")[0]))[:_LONGEST]


def _words(place: Place) -> str:
    """A file's name as a title: its words, the first one with a capital; a bare date stays."""
    name = place.name
    if place.date != name:
        name = " ".join(re.sub(r"[-_+]+", " ", name).split())
    return name[:1].upper() + name[1:] or "Untitled"
