"""The templates of the mail: a site's own, file by file, over those that ship with the program.

A template is found by its name (``post.html``) first in the site's folder, then among the shipped
ones; ``shipped/base.html`` always means the shipped one, so that a site's file can extend what it
replaces. They run in a sandbox, are strict about names, and are read anew each time.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateError, TemplateNotFound
from jinja2 import TemplateSyntaxError as BadSyntax
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from publisher.domain.errors import TemplateFault
from publisher.domain.finding import Finding
from publisher.newsletter.letter import Letter
from publisher.newsletter.slots import Tokens
from publisher.newsletter.wrap import columns, wrap

#: How a site's own templates are called in findings, wherever its folder is.
FOLDER = "templates/email"
SHIPPED = "shipped/"

#: What an expression in a template can raise when it is filled, beside Jinja's own errors.
_FAULTS = (
    TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A file as read: ``shown`` is its path for findings."""

    text: str
    path: Path
    shown: str


class Templates:
    """Fills the templates of an issue. Every failure is a TemplateFault that says where.

    ``site_dir`` and ``default_dir`` are the folders that hold ``post.html`` itself; the site's
    may be missing, or None.
    """

    def __init__(self, site_dir: Path | None, default_dir: Path) -> None:
        self._site_dir = site_dir
        self._default_dir = default_dir

    def html(self, letter: Letter, tokens: Tokens) -> str:
        """The page, its styles not yet inlined."""
        return self._fill(f"{letter.kind}.html", letter, tokens)

    def text(self, letter: Letter, tokens: Tokens) -> str:
        """The plain-text part."""
        return self._fill(f"{letter.kind}.txt", letter, tokens).strip("\n") + "\n"

    def stamp(self) -> tuple[tuple[str, int, int], ...]:
        """Changes when a file of the templates does: what was made of them is then out of date."""
        folders = [folder for folder in (self._site_dir, self._default_dir) if folder is not None]
        found = []
        for folder in folders:
            with contextlib.suppress(OSError):
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
                stats = [(entry.path, entry.stat()) for entry in entries]
                found += [(path, stat.st_mtime_ns, stat.st_size) for path, stat in stats]
        return tuple(found)

    def source(self, name: str) -> Source:
        """A file of the mail: the site's own, else the shipped one. TemplateFault if unreadable."""
        for path, shown in self._places(name):
            try:
                return Source(text=path.read_text(encoding="utf-8-sig"), path=path, shown=shown)
            except (FileNotFoundError, NotADirectoryError):
                continue
            except UnicodeDecodeError as error:
                line = error.object.count(b"\n", 0, error.start) + 1
                raise _fault(shown, line, "not UTF-8; save the file as UTF-8") from error
            except OSError as error:
                raise _fault(shown, None, f"can't be read: {error.strerror}") from error
        raise _fault(f"{FOLDER}/{name}", None, "no such template")

    def _places(self, name: str) -> list[tuple[Path, str]]:
        bare = name.removeprefix(SHIPPED)
        try:
            parts = split_template_path(bare)
        except TemplateNotFound as error:
            raise _fault(f"{FOLDER}/{name}", None, "not a name of a template") from error
        shipped = self._default_dir.joinpath(*parts)
        places = [(shipped, str(shipped))]
        if self._site_dir is not None and bare == name:
            places.insert(0, (self._site_dir.joinpath(*parts), f"{FOLDER}/{'/'.join(parts)}"))
        return places

    def _fill(self, name: str, letter: Letter, tokens: Tokens) -> str:
        environment = _environment(_Loader(self.source))
        try:
            return environment.get_template(name).render(
                letter=letter,
                site=letter.site,
                posts=letter.posts,
                post=letter.posts[0],
                unsubscribe_url=tokens.unsubscribe,
                address=tokens.address,
                head_css=Markup(_without_comments(self.source("head.css").text)),
            )
        except BadSyntax as error:
            raise _fault(
                self._called(error.filename or name), error.lineno, _said(error)
            ) from error
        except _FAULTS as error:
            where, line = self._place_of(error.__traceback__) or (name, None)
            raise _fault(self._called(where), line, _said(error)) from error

    def _place_of(self, trace: TracebackType | None) -> tuple[str, int] | None:
        """The innermost template line of a traceback: Jinja gives its frames the files' names."""
        found = None
        folders = tuple(str(folder) for folder in (self._site_dir, self._default_dir) if folder)
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.startswith(folders):
                found = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
            trace = trace.tb_next
        return found

    def _called(self, filename: str) -> str:
        path = Path(filename)
        if self._site_dir is not None and path.is_relative_to(self._site_dir):
            return f"{FOLDER}/{path.relative_to(self._site_dir).as_posix()}"
        return filename if path.is_absolute() else f"{FOLDER}/{filename}"


class _Loader(BaseLoader):
    """Hands files to Jinja. TemplateFault passes through it unchanged."""

    def __init__(self, source: Callable[[str], Source]) -> None:
        self._source = source

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        found = self._source(template)
        return found.text, str(found.path), None


def _environment(loader: BaseLoader) -> Environment:
    environment = ImmutableSandboxedEnvironment(
        loader=loader,
        autoescape=lambda name: name is None or not name.endswith(".txt"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"wrapped": wrapped, "underlined": underlined}
    return environment


def _without_comments(css: str) -> str:
    """Comments are for who writes the style sheet; they would go out with each message."""
    lines = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL).splitlines()
    return "\n".join(line.strip() for line in lines if line.strip())


def wrapped(text: str) -> str:
    """A template's ``text|wrapped``: at most 72 columns wide."""
    return "\n".join(wrap(text))


def underlined(text: str, rule: str) -> str:
    """A template's ``text|underlined("=")``: a heading of the plain-text part."""
    lines = wrap(text)
    return "\n".join([*lines, rule * max(map(columns, lines))])


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _fault(path: str, line: int | None, message: str) -> TemplateFault:
    return TemplateFault(Finding(path=path, line=line, message=message))
