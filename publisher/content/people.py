"""Who wrote a post: every shape in which real posts say it, as a tuple of authors.

A bare name may be a handle that the site's theme looks up; it stands for itself here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from publisher.content.fields import Entry, Fields, Value, kind
from publisher.content.links import absolute
from publisher.content.notes import Notes, shown
from publisher.content.wording import one_line, plain
from publisher.domain.post import Author

KEYS = ("authors", "author_name", "author", "author_staff_member")
EMAIL_KEYS = ("author_email", "authoremail")
URL_KEYS = ("author_url", "author_uri", "authorurl")

_NAME_KEYS = ("name", "fullname", "full_name", "display_name", "displayname", "author", "authors",
              "github", "twitter", "handle", "key")  # fmt: skip
_PAGE_KEYS = ("url", "uri", "link", "website", "homepage", "site")

LONGEST = 1000

#: An address as Atom allows it (RFC 4287, section 3.2.3), and no odder: it is only shown.
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z][A-Za-z0-9-]{0,62}"
)
_LINK = re.compile(r"\[([^\[\]]*)\]\(\s*([^()\s]*)[^()]*\)")
_BRACKETS = re.compile(r"\[[^\[\]]*\]\([^()]*\)|\([^()]*\)|<[^<>]*>")
_BETWEEN = re.compile(r"\s*[,;]\s*(?:(?:and|&)\s+)?|\s+(?:and|&)\s+", re.IGNORECASE)
_SEMICOLON = re.compile(r"\s*;\s*")
_SUFFIX = re.compile(r"(?:jr|sr|ii|iii|iv|ph\.?\s?d|m\.?d|esq|inc|ltd|llc|gmbh)\.?", re.IGNORECASE)
_ASIDE = re.compile(r"\(([^()]*)\)|<([^<>]*)>")


def authors_of(
    fields: Fields, site_url: str, notes: Notes, people: Mapping[str, Author] | None = None
) -> tuple[Author, ...]:
    """The post's authors in the order of the file, no name twice; none when it names none.

    ``people`` are those of the site by a folded key, which stands for them in posts.

    What can't be an author is left out with a warning: it is no reason to keep a post back.
    """
    entry = fields.find(*KEYS)
    if entry is None:
        return ()
    reader = _Reader(entry, site_url, notes)
    first: dict[str, Author] = {}
    for author in reader.authors(entry.value, 0):
        if author.name:
            author = people.get(author.name.casefold(), author) if people else author
            first.setdefault(author.name.casefold(), author)
    authors = tuple(first.values())
    return (reader.completed(authors[0], fields),) if len(authors) == 1 else authors


class _Reader:
    """Reads one key's value, whose line its warnings name."""

    def __init__(self, entry: Entry, site_url: str, notes: Notes) -> None:
        self._key, self._line = entry.key, entry.line
        self._site_url = site_url
        self._notes = notes

    def authors(self, value: Value, depth: int) -> list[Author]:
        """All authors in a value of any shape."""
        if isinstance(value, str):
            return self._named(value)
        if isinstance(value, dict):
            return self._mapped(value, depth)
        if depth > 1:
            self._warn("a list inside a list is left out; write one list of names")
            return []
        return [author for item in value for author in self.authors(item, depth + 1)]

    def completed(self, author: Author, fields: Fields) -> Author:
        """A single author, with the e-mail address and page of keys beside."""
        email, page = fields.find(*EMAIL_KEYS), fields.find(*URL_KEYS)
        if author.email is None and email is not None:
            author = replace(author, email=self._at(email)._email(email.value))
        if author.url is None and page is not None:
            author = replace(author, url=self._at(page)._page(page.value))
        return author

    def _at(self, entry: Entry) -> _Reader:
        """A reader whose warnings name another key and its line."""
        return _Reader(entry, self._site_url, self._notes)

    def _named(self, text: str) -> list[Author]:
        """People in one text: ``A, B and C``, each with a link, a handle or an address."""
        if len(text) > LONGEST:
            self._warn(f"longer than {LONGEST} characters and left out; write a list of names")
            return []
        return [self._person(name) for name in _apart(plain(_kept_addresses(text)))]

    def _person(self, text: str) -> Author:
        if _EMAIL.fullmatch(text):
            return Author(name=text.partition("@")[0], email=text)
        email = page = None
        if link := _LINK.search(text):
            page = self._page(link[2])
            text = text.replace(link[0], link[1], 1)
        for aside in _ASIDE.findall(text):
            inner = (aside[0] or aside[1]).strip()
            if "://" in inner:
                page = page or self._page(inner)
            elif "@" in inner[1:]:
                email = email or self._email(inner)
        name = one_line(_ASIDE.sub(" ", text)) or one_line(text.strip("()<>"))
        return Author(name=name, email=email, url=page)

    def _mapped(self, table: dict[str, Entry], depth: int) -> list[Author]:
        named = next((table[key] for key in _NAME_KEYS if key in table), None)
        email = table.get("email") or table.get("mail")
        if named is None and email is None:
            self._warn("an author without a name is left out; add 'name: …'")
            return []
        mailbox = self._email(email.value) if email else None
        if named is None:
            return [Author(name=(mailbox or "").partition("@")[0], email=mailbox)]
        if not isinstance(named.value, str):
            return self.authors(named.value, depth + 1) if depth < 3 else []
        name = plain(named.value[:LONGEST])
        page = next((table[key] for key in _PAGE_KEYS if key in table), None)
        return [Author(name=name, email=mailbox, url=self._page(page.value) if page else None)]

    def _email(self, value: Value) -> str | None:
        """A valid address, or None and a warning."""
        if not isinstance(value, str):
            self._warn(f"expected an e-mail address, not {kind(value)}; it is left out")
            return None
        email = value.strip().removeprefix("mailto:")
        if len(email) <= 254 and _EMAIL.fullmatch(email):
            return email
        self._warn(f"{shown(value)} is not an e-mail address and is left out; correct it")
        return None

    def _page(self, value: Value) -> str | None:
        """A person's page as an absolute URL, or None and a warning."""
        if not isinstance(value, str):
            self._warn(f"expected an address of a page, not {kind(value)}; it is left out")
            return None
        try:
            return absolute(value, self._site_url, f"{self._site_url}/")
        except ValueError as error:
            self._warn(f"{error}; it is left out")
            return None

    def _warn(self, message: str) -> None:
        self._notes.warn(self._line, f"{self._key}: {message}")


def _kept_addresses(text: str) -> str:
    """``<a@b>`` as ``(a@b)``: it is not a tag."""
    return re.sub(r"<([^<>\s]*@[^<>\s]*)>", r"(\1)", text)


def _apart(text: str) -> list[str]:
    """The names in one text; separators inside brackets and before ``Jr.`` do not count."""
    names: list[str] = []
    start = 0
    spans = [found.span() for found in _BRACKETS.finditer(text)]
    separators = _SEMICOLON if ";" in text else _BETWEEN  # "Example, Ada; Example, Grace"
    for between in separators.finditer(text):
        if not any(low <= between.start() < high for low, high in spans):
            names.append(text[start : between.start()])
            start = between.end()
    names.append(text[start:])
    joined: list[str] = []
    for name in filter(None, map(str.strip, names)):
        if joined and _SUFFIX.fullmatch(name):
            joined[-1] += f", {name}"
        else:
            joined.append(name)
    return joined
