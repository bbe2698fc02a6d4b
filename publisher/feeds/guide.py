"""What stands beside the feeds for people: a page that lists them, and how a browser shows one.

Both are a site's own from ``templates/web/`` where it has them, file by file, else what ships.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from publisher.domain.errors import TemplateFault
from publisher.domain.finding import Finding
from publisher.feeds.hubs import topic
from publisher.feeds.outline import Shelf
from publisher.feeds.rules import FILE_NAMES, STYLESHEET, FeedRules

PAGE = "feeds.html"

#: By this line a file is known to be ours, and may be replaced.
MADE = "made by publisher"

#: How the site's own files are called in findings.
_FOLDER = "templates/web"

_KINDS = {
    "atom": ("Atom", "application/atom+xml"),
    "rss": ("RSS", "application/rss+xml"),
    "json": ("JSON", "application/feed+json"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A feed in one format, as the page's template sees it."""

    name: str
    type: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """A feed in all its formats."""

    title: str
    links: tuple[Link, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The feeds of one taxonomy, or that of the site."""

    title: str
    feeds: tuple[Listed, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Guide:
    """Makes the files. ``site_dir`` may be missing, or None; ``default_dir`` is what ships."""

    site_dir: Path | None
    default_dir: Path

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Changes when a template does."""
        files = [self._file(name) for name in ("base.html", PAGE, STYLESHEET)]
        stats = [(file, file.stat()) for file in files]
        return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in stats)

    def stylesheet(self) -> str:
        """The stylesheet. Raises TemplateFault."""
        try:
            text = self._file(STYLESHEET).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise _fault(STYLESHEET, None, f"can't be read: {error}") from error
        return f"/* {MADE} */\n{text}"

    def page(self, shelves: Sequence[Shelf], rules: FeedRules) -> str:
        """The page of these feeds, the site's first. Raises TemplateFault."""
        from jinja2 import FileSystemLoader, StrictUndefined, TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        folders = [one for one in (self.site_dir, self.default_dir) if one is not None]
        environment = ImmutableSandboxedEnvironment(
            loader=FileSystemLoader(folders),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
        )
        facts = {"title": shelves[0].title, "url": rules.site_url, "language": rules.language}
        try:
            html = environment.get_template(PAGE).render(
                site=facts, groups=groups(shelves, rules), links=links(shelves[0], rules)
            )
        except (TemplateError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            name, line = getattr(error, "name", None) or PAGE, getattr(error, "lineno", None)
            raise _fault(name, line, str(error)) from error
        return f"{html.rstrip()}\n<!-- {MADE} -->\n"

    def _file(self, name: str) -> Path:
        own = self.site_dir and self.site_dir / name
        return own if own and own.is_file() else self.default_dir / name


def links(shelf: Shelf, rules: FeedRules) -> tuple[Link, ...]:
    """A shelf's feed in each format, where it is served."""
    found = []
    for kind in rules.formats:
        name, type_ = _KINDS[kind]
        place = "/".join(filter(None, (shelf.folder, FILE_NAMES[kind])))
        found.append(Link(name=name, type=type_, url=topic(rules.feeds_url, place)))
    return tuple(found)


def groups(shelves: Iterable[Shelf], rules: FeedRules) -> tuple[Group, ...]:
    """The feeds by taxonomy, in their order."""

    def heading(shelf: Shelf) -> str:
        return shelf.term.taxonomy.capitalize() if shelf.term else "Everything"

    return tuple(
        Group(
            title=title,
            feeds=tuple(
                Listed(title=one.term.label if one.term else one.title, links=links(one, rules))
                for one in members
            ),
        )
        for title, members in groupby(shelves, heading)
    )


def _fault(name: str, line: int | None, message: str) -> TemplateFault:
    return TemplateFault(Finding(path=f"{_FOLDER}/{name}", line=line, message=message))
