"""One file to one post: its bytes, its path and the site's rules in, a value out.

    bytes ─decode─▶ text ─take apart─▶ fields, body ─read each key─▶ Post + body
                                                          └ a problem anywhere ─▶ BrokenPost

Pure: no file is opened and no clock is read. Every problem of a file is said at once, and nothing
in a file makes this raise.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from publisher.content import frontmatter
from publisher.content.address import LONGEST_NAME, Named, address_of, line_of, site_of_pictures
from publisher.content.episode import episode_of
from publisher.content.fields import Fields, FrontMatterError, Repeat, flat, kind
from publisher.content.media import Base, enclosures_of, image_of, nothing_at_hand
from publisher.content.notes import Notes, in_order, shown
from publisher.content.people import EMAIL_KEYS, URL_KEYS, authors_of
from publisher.content.people import KEYS as AUTHOR_KEYS
from publisher.content.place import Place, place_of
from publisher.content.rules import PostRules
from publisher.content.separator import with_mark
from publisher.content.terms import terms_of
from publisher.content.timing import (
    DATE_KEYS,
    EXPIRY_KEYS,
    PUBLISH_KEYS,
    flag_of,
    timing_of,
)
from publisher.content.title import title_of
from publisher.content.wording import from_markdown, note_illegal, too_long
from publisher.domain.post import BrokenPost, Post

LARGEST_BODY = 1024 * 1024
LARGEST_FILE = LARGEST_BODY + frontmatter.LARGEST_HEADER + 1024

EXCERPT_KEYS = ("excerpt", "summary", "description")
NAME_KEYS = ("id", "guid", "uuid")
URL_OF_PAGE_KEYS = ("permalink", "url", "path")
DIRECTION_KEYS = ("dir", "direction")
LANGUAGE_KEYS = ("lang", "language", "locale")

#: Keys that say if and when a post goes out. Said twice and differently they are refused: mail
#: can't be called back. Of all others the last one counts, as in Jekyll.
DECISIVE_KEYS = frozenset({"published", "draft", "newsletter", *NAME_KEYS, *DATE_KEYS,
                           *PUBLISH_KEYS, *EXPIRY_KEYS})  # fmt: skip

#: What makes a revision, beside the body.
_CONTENT_KEYS = ("title", *EXCERPT_KEYS, *AUTHOR_KEYS, *EMAIL_KEYS, *URL_KEYS)

#: The shape of a language tag (RFC 5646, section 2.1), loosely; ``_`` is taken for ``-``.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """A post and its body, without the front matter.

    ``body_line`` is the line in the file, from 1, of the body's first line. Lines end in ``\\n``.
    ``fields`` are the keys of its header, and those that the site has for it.
    """

    post: Post
    fields: Fields = field(compare=False)
    body: str
    body_line: int
    is_html: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class _File:
    """A file taken apart: what the readers of keys are given.

    ``header`` are the keys of the file alone, ``fields`` those of the site's defaults too.
    """

    path: str
    header: Fields
    fields: Fields
    body: str
    place: Place
    rules: PostRules
    notes: Notes
    size_of: Callable[[str], int | None]

    @property
    def is_html(self) -> bool:
        return self.path.lower().endswith(".html")


def parse(
    data: bytes,
    path: str,
    rules: PostRules,
    *,
    saved_at: datetime | None = None,
    digest: str | None = None,
    size_of: Callable[[str], int | None] = nothing_at_hand,
) -> Parsed | BrokenPost:
    """The post in a file's bytes, or every problem that keeps it from being one.

    ``path`` is relative to the folder of the configuration, with ``/``. ``saved_at`` is aware.
    ``digest`` is the data's ``source_hash``, where it is known. ``size_of`` tells the bytes of a
    file of the site by the URL that the post names it with.
    """
    notes = Notes(path=path)
    try:
        front = frontmatter.read(_text(data), unfenced=rules.generator == "pelican")
    except FrontMatterError as error:
        notes.problem(error.line, error.message)
        return BrokenPost(path=path, problems=in_order(notes.problems))
    place = place_of(path, rules.content_path)
    file = _File(
        path=path,
        header=front.fields,
        fields=front.fields.over(rules.defaults_of(place.below)),
        body=front.body,
        place=place,
        rules=rules,
        notes=notes,
        size_of=size_of,
    )
    _note_header(front, notes)
    _note_body(file, front.body_line, len(data))
    post = _post(file, digest or source_hash(data), saved_at)
    if post is None:
        return BrokenPost(path=path, problems=in_order(notes.problems))
    body = with_mark(front.body, rules.excerpt_separator)
    return Parsed(
        post=post,
        fields=file.fields,
        body=body,
        body_line=front.body_line,
        is_html=file.is_html,
    )


def source_hash(data: bytes) -> str:
    """The digest that stands for a file's bytes."""
    return blake2b(data, digest_size=20).hexdigest()


def _text(data: bytes) -> str:
    """A file as text with lines that end in ``\\n``. Raises FrontMatterError."""
    if len(data) > LARGEST_FILE:
        raise FrontMatterError(1, too_large(len(data)))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FrontMatterError(line, "not UTF-8; save the file as UTF-8") from None
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text or text.isspace():
        raise FrontMatterError(1, "the file is empty; write front matter and a body")
    return text


def too_large(size: int) -> str:
    """What to say of a file of so many bytes."""
    return f"{size // 1024} KB is more than a post may have; the limit is {LARGEST_BODY // 1024} KB"


def _note_header(front: frontmatter.Front, notes: Notes) -> None:
    if front.cleaned is not None:
        notes.warn(front.cleaned, "a control character in the front matter is left out; remove it")
    for repeat in front.fields.repeats:
        _note_repeat(repeat, notes)


def _note_repeat(repeat: Repeat, notes: Notes) -> None:
    first, last = repeat
    differ = flat(first.value) != flat(last.value)
    if differ and last.key.lower() in DECISIVE_KEYS:
        notes.problem(
            last.line,
            f"{last.key}: given twice and differently, first in line {first.line}; keep one",
        )
    else:
        notes.warn(
            last.line, f"{last.key}: given twice, first in line {first.line}; the last one counts"
        )


def _note_body(file: _File, first_line: int, size: int) -> None:
    if size > LARGEST_BODY and (size := len(file.body.encode())) > LARGEST_BODY:
        file.notes.problem(first_line, too_large(size))


def _post(file: _File, source_hash: str, saved_at: datetime | None) -> Post | None:
    """The post, or None when there is a problem."""
    fields, rules, notes = file.fields, file.rules, file.notes
    timing = timing_of(fields, file.place, rules, saved_at, notes)
    title = title_of(fields, file.body, file.place, notes, is_html=file.is_html)
    names = _names(fields, notes)
    newsletter = flag_of(fields, "newsletter", notes)
    terms = terms_of(fields, file.place, rules, notes)
    authors = authors_of(fields, rules.site_url, notes, rules.people)
    if timing is None:
        return None
    named = Named(title, dict(terms).get("categories", ()), authors)
    address = address_of(fields, file.place, timing, named, rules, notes)
    if notes.problems:
        return None
    base = Base(
        site_url=site_of_pictures(rules),
        page_url=address.url,
        sources=rules.generator == "astro",
        size_of=file.size_of,
    )
    episode, enclosures = episode_of(fields, enclosures_of(fields, base, notes), base, notes)
    return Post(
        path=file.path,
        source_hash=source_hash,
        content_hash=_content_hash(file.header, file.body),
        title=title,
        date=timing.date,
        due=timing.due,
        published=timing.published,
        url=address.url,
        names=names,
        expires=timing.expires,
        updated=timing.updated,
        authors=authors,
        terms=terms,
        summary=_summary(fields, notes),
        language=_language(fields, notes),
        direction=_direction(fields),
        image=image_of(fields, base, notes),
        enclosures=enclosures,
        episode=episode,
        newsletter=newsletter is not False,
        saved_at=saved_at,
        warnings=in_order(notes.warnings),
        former_id=address.former_id,
    )


def _names(fields: Fields, notes: Notes) -> tuple[str, ...]:
    names = []
    for key in NAME_KEYS:
        entry = fields.find(key)
        name = line_of(entry, notes)
        if name and entry and len(name) > LONGEST_NAME:
            notes.problem(entry.line, too_long(entry.key, LONGEST_NAME))
        elif name:
            names.append(name)
    return tuple(dict.fromkeys(names))


def _summary(fields: Fields, notes: Notes) -> str | None:
    """The first of ``excerpt``, ``summary`` and ``description`` that says something."""
    for key in EXCERPT_KEYS:
        entry = fields.find(key)
        if entry is None:
            continue
        if isinstance(entry.value, str):
            note_illegal(entry.key, entry.line, entry.value, notes)
            if summary := from_markdown(entry.value):
                return summary
        else:
            notes.warn(
                entry.line, f"{entry.key}: expected text, not {kind(entry.value)}; it is left out"
            )
    return None


def _language(fields: Fields, notes: Notes) -> str | None:
    entry = fields.find(*LANGUAGE_KEYS)
    if entry is None:
        return None
    text = entry.value.strip().replace("_", "-") if isinstance(entry.value, str) else ""
    if _LANGUAGE.fullmatch(text) and len(text) <= 35:
        return text
    what = shown(entry.value) if isinstance(entry.value, str) else kind(entry.value)
    notes.warn(
        entry.line, f"{entry.key}: expected a language tag such as en or pt-BR, not {what}; "
        "it is left out",
    )  # fmt: skip
    return None


def _direction(fields: Fields) -> str | None:
    entry = fields.find(*DIRECTION_KEYS)
    word = entry.value.strip().lower() if entry and isinstance(entry.value, str) else ""
    return word if word in ("ltr", "rtl") else None


def _content_hash(fields: Fields, body: str) -> str:
    """A digest of the source of title, body, excerpt and authors: a change of it is a revision."""
    digest = blake2b(digest_size=20)
    for key in _CONTENT_KEYS:
        if (entry := fields.find(key)) is not None:
            digest.update(f"{key}\x1d{flat(entry.value)}\x1c".encode())
    digest.update(body.strip("\n").encode())
    return digest.hexdigest()
