"""What a body's templates name, gathered from the site for the worker, which reads no file.

The body is searched, not run: names that a template puts together are not found, and what they
would bring is left out. Only files within the site are read: regular ones, reached by no link that
leads out, of bounded size and number.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from stat import S_ISREG
from typing import Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from publisher.content.fields import Fields, Value
from publisher.content.links import path_encoded
from publisher.content.templates import Engine, filelinks
from publisher.content.templates.facts import Facts, facts_text
from publisher.domain.post import Post

#: Of files that a body includes: how large all may be, and how deep one may include another.
LARGEST = 512 * 1024
DEEPEST = 10

INCLUDES = "_includes"
DATA = "_data"

_INCLUDE = re.compile(r"\{%-?\s{0,9}(include(?:_relative|_cached)?)\s+([\"']?)([\w./@+-]{1,200})\2")
_DATA = re.compile(r"\bsite\.data(?:\.|\[\s?[\"'])([\w-]{1,80})")
_SITE = re.compile(r"\bsite\.([A-Za-z_]\w{0,60})")
_POST = re.compile(r"\{%-?\s{0,9}(?:post_url|link)\s+[\"']?([^\s%\"']{1,300})")
_REF = re.compile(r"\{\{[<%]\s{0,9}(?:rel)?ref\s+(?:path\s?=\s?)?[\"`]?([^\s\"`#>%]{1,300})")
_INTERNAL = re.compile(r"\]\((@/[^)\s#]{1,300})")
_EXTENSION = re.compile(r"\.(?:md|markdown|mdx|html?)$")
_INTEGER = re.compile(r"-?\d{1,15}")

#: A file as it was when it was read: its path, and what tells that it changed.
Stamp = tuple[str, int, int]


class Gathered(NamedTuple):
    """Facts as text, and the files in them."""

    facts: str
    stamps: tuple[Stamp, ...]


class Gatherer:
    """Knows the site. ``root`` is the folder of the configuration; ``site`` are its own values.

    ``flat``: a page's keys are variables by themselves too, as Eleventy has it.
    """

    def __init__(
        self,
        *,
        root: Path,
        content_path: str,
        engine: Engine,
        site_url: str,
        site: Mapping[str, Any],
        flat: bool = False,
    ) -> None:
        parts = urlsplit(site_url)
        self._flat = flat
        self._engine = engine
        self._root = os.path.realpath(root)
        self._content = content_path
        # The blog may stand elsewhere, behind a link that is the first part of the way to it.
        way = os.path.join(root, content_path.partition("/")[0])
        self._bounds = (self._root, os.path.realpath(way))
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._baseurl = parts.path.rstrip("/")
        self._site = {**site, "url": self._origin, "baseurl": self._baseurl}

    def gathered(
        self, body: str, post: Post, fields: Fields, posts: Callable[[], Iterable[Post]]
    ) -> Gathered:
        """What the templates of a post's body may know."""
        reading = _Reading(self._root, self._bounds)
        includes = dict(self._includes(body, post, reading)) if self._engine == "liquid" else {}
        text = "\n".join((body, *includes.values()))
        facts = Facts(
            flat=self._flat,
            origin=self._origin,
            baseurl=self._baseurl,
            site=self._site,
            page=self._page(post, fields),
            references=self._references(text, post, posts),
            includes=includes,
            data=dict(self._data(text, reading)) if self._engine == "liquid" else {},
            config=self._config(text, reading) if self._engine == "liquid" else "",
        )
        return Gathered(facts_text(facts), tuple(reading.stamps))

    def changed(self, stamps: Iterable[Stamp]) -> bool:
        """Whether a file is not what it was."""
        return any(_stamp(path) != (path, *rest) for path, *rest in stamps)

    # -- files ---------------------------------------------------------------------------------

    def _includes(self, body: str, post: Post, reading: _Reading) -> Iterator[tuple[str, str]]:
        """Each part that a body includes, and those that these include."""
        known: set[str] = set()
        texts = [body]
        beside = os.path.dirname(post.path)
        for _ in range(DEEPEST):
            named = {(kind, name) for text in texts for kind, _, name in _INCLUDE.findall(text)}
            texts = []
            for kind, name in sorted(named):
                folders = [beside] if kind == "include_relative" else list(self._above(INCLUDES))
                text = None if name in known else self._part(folders, name, reading)
                known.add(name)
                if text is not None:
                    texts.append(text)
                    yield name, text

    def _part(self, folders: list[str], name: str, reading: _Reading) -> str | None:
        """A part by its name; Eleventy leaves the extension out."""
        names = [name] if "." in name else [name, f"{name}.liquid", f"{name}.html"]
        found = (reading.first(folders, one) for one in names)
        return next((text for text in found if text is not None), None)

    def _data(self, text: str, reading: _Reading) -> Iterator[tuple[str, str]]:
        for name in sorted(set(_DATA.findall(text))):
            for extension in ("yml", "yaml", "json"):
                found = reading.first(list(self._above(DATA)), f"{name}.{extension}")
                if found is not None:
                    yield name, found
                    break

    def _config(self, text: str, reading: _Reading) -> str:
        """The generator's own configuration, where a template asks for more than we know."""
        if {"data", *self._site}.issuperset(_SITE.findall(text)):
            return ""
        return reading.first(list(self._above(".")), "_config.yml") or ""

    def _above(self, name: str) -> Iterator[str]:
        """A folder of that name in the content folder, and in those above it in the site."""
        folder = os.path.normpath(self._content)
        while True:
            yield os.path.normpath(f"{folder}/{name}")
            if folder in (".", "", "/") or folder.startswith(".."):
                return
            folder = os.path.dirname(folder) or "."

    # -- values --------------------------------------------------------------------------------

    def _page(self, post: Post, fields: Fields) -> dict[str, Any]:
        own = {entry.key: _value(entry.value) for entry in fields}
        return {
            **own,
            "title": post.title,
            "date": post.date.strftime("%Y-%m-%d %H:%M:%S %z"),
            "url": post.url.removeprefix(self._origin).removeprefix(self._baseurl),
            "id": post.url.removeprefix(self._origin).removeprefix(self._baseurl).rstrip("/"),
            "path": post.path,
            "tags": list(post.terms_of("tags")),
            "categories": list(post.terms_of("categories")),
        }

    def _references(
        self, text: str, post: Post, posts: Callable[[], Iterable[Post]]
    ) -> dict[str, str]:
        if self._engine == "links":
            return dict(self._files(text, post, posts))
        names = {*_POST.findall(text), *_REF.findall(text), *_INTERNAL.findall(text)}
        if not names:
            return {}
        index = _index(posts(), self._content)
        folder = os.path.dirname(_below(post.path, self._content))
        found = {name: _found(index, name, folder) for name in sorted(names)}
        return {name: url for name, url in found.items() if url}

    def _files(
        self, text: str, post: Post, posts: Callable[[], Iterable[Post]]
    ) -> Iterator[tuple[str, str]]:
        """Where Pelican's links to files lead: those to posts by their file, others to a copy."""
        folder = os.path.dirname(_below(post.path, self._content))
        index: Mapping[str, str] = {}
        for kind, path in sorted(set(filelinks.MARK.findall(text))):
            name = unquote(path)
            url: str | None
            if kind == "attach":  # the file is put beside the page
                url = urljoin(post.url, path_encoded(name.rpartition("/")[2]))
            elif kind == "filename" and _EXTENSION.search(name):
                index = index or _index(posts(), self._content)
                url = _found(index, name, folder)
            else:
                place = os.path.normpath(os.path.join("/", folder, name))
                url = self._origin + self._baseurl + path_encoded(place)
            if url:
                yield filelinks.name_of(kind, path), url


class _Reading:
    """Reads files of the site, and keeps count."""

    def __init__(self, root: str, bounds: Sequence[str]) -> None:
        self._root = root
        self._bounds = bounds
        self._left = LARGEST
        self.stamps: list[Stamp] = []

    def first(self, folders: Iterable[str], name: str) -> str | None:
        """The file of that name in the first of some folders that has it."""
        for folder in folders:
            text = self._text(os.path.join(self._root, folder), name)
            if text is not None:
                return text
        return None

    def _text(self, folder: str, name: str) -> str | None:
        within = os.path.realpath(folder)
        path = os.path.realpath(os.path.join(within, name))
        if not any(_inside(within, bound) and _inside(path, bound) for bound in self._bounds):
            return None
        if not _inside(os.path.normpath(os.path.join(folder, name)), os.path.normpath(folder)):
            return None
        self.stamps.append(_stamp(path))  # of a file that is not there too: it may come
        try:
            data = _bytes(path, self._left)
        except OSError:
            return None
        if data is None:
            return None
        self._left -= len(data)
        return data.decode("utf-8", "replace").replace("\r\n", "\n")


def _bytes(path: str, most: int) -> bytes | None:
    """A regular file's bytes; None for another, or one too large. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        stat = os.fstat(descriptor)
        if not S_ISREG(stat.st_mode) or stat.st_size > most:
            return None
        return file.read(most)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/") or path == folder


def _stamp(path: str) -> Stamp:
    try:
        stat = os.stat(path)
    except OSError:
        return (path, 0, -1)
    return (path, stat.st_mtime_ns, stat.st_size)


def _value(value: Value) -> Any:
    """A value of front matter as YAML would have it."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if isinstance(value, dict):
        return {entry.key: _value(entry.value) for entry in value.values()}
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    return int(value) if _INTEGER.fullmatch(value) else value


def _below(path: str, content: str) -> str:
    return path.removeprefix(f"{os.path.normpath(content)}/")


def _index(posts: Iterable[Post], content: str) -> dict[str, str]:
    """URLs of posts by the names that others call them by; the first by path keeps a name."""
    index: dict[str, str] = {}
    for post in posts:
        stem = _EXTENSION.sub("", _below(post.path, content))
        stem = stem.removesuffix("/index")
        outside = stem.replace("_posts/", "").replace("_drafts/", "")
        for name in (stem, outside, stem.rpartition("/")[2]):
            index.setdefault(name.lower(), post.url)
    return index


def _found(index: Mapping[str, str], name: str, folder: str) -> str | None:
    """The URL of a post by a name as it is written: of a file, from the folder or the top."""
    bare = name.removeprefix("@/")
    stem = _EXTENSION.sub("", bare.strip("/"))
    stem = stem.removesuffix("/index").removesuffix("/_index").lower()
    beside = os.path.normpath(f"{folder}/{stem}").lower()
    if bare.startswith("/") or name.startswith("@/"):
        return index.get(stem)
    return index.get(beside) or index.get(stem) or index.get(stem.rpartition("/")[2])
