"""The pages that people see, filled once at start: nothing in them depends on who asks.

A site's own ``templates/web/`` overrides what ships, file by file; ``shipped/base.html`` is always
the shipped one, for a file that extends what it replaces. Each page carries the policy that a
browser has to keep: no script, nothing from elsewhere, and only the styles that stand in it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import TracebackType

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
)
from jinja2 import TemplateSyntaxError as BadSyntax
from jinja2.sandbox import ImmutableSandboxedEnvironment

from publisher.domain.errors import TemplateFault
from publisher.domain.finding import Finding

#: How the site's own files are called in findings, wherever their folder is.
FOLDER = "templates/web"

#: What goes with every answer: a token stands in the address, so it must not travel or stay.
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}

#: What an expression in a template can raise when it is filled, beside Jinja's own errors.
_FAULTS = (
    TemplateError, ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError,
)  # fmt: skip

_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_FORM = re.compile(r"<form\b[^>]*\bmethod\s*=\s*[\"']?post\b", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Masthead:
    """What the pages say of the site. Templates see it as ``site``."""

    title: str
    url: str
    language: str = "en"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page as it is sent, in UTF-8, and the headers that go with it."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """One page for each thing there is to say."""

    unsubscribe: Page
    unsubscribed: Page
    notfound: Page
    unavailable: Page


def fill_pages(site: Masthead, *, default_dir: Path, site_dir: Path | None = None) -> Pages:
    """All pages of a site. ``default_dir`` and ``site_dir`` hold ``base.html`` itself.

    Raises TemplateFault, also where the page that asks has no form to answer with.
    """
    folders = [folder for folder in (site_dir, default_dir) if folder is not None]
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(
            [FileSystemLoader(folders), PrefixLoader({"shipped": FileSystemLoader(default_dir)})]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    asking = _fill(environment, "unsubscribe.html", site, folders)
    if not _FORM.search(asking):
        raise _fault("unsubscribe.html", None, 'needs <form method="post"> with a button')
    return Pages(
        unsubscribe=_page(asking),
        unsubscribed=_page(_fill(environment, "unsubscribed.html", site, folders)),
        notfound=_page(_fill(environment, "notfound.html", site, folders)),
        unavailable=_page(_fill(environment, "unavailable.html", site, folders)),
    )


def _page(html: str) -> Page:
    return Page(body=html.encode(), headers={**HEADERS, "Content-Security-Policy": _policy(html)})


def _policy(html: str) -> str:
    """Nothing is allowed but the page's own styles, by their hash, and its form (CSP level 3)."""
    hashes = {b64encode(sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html)}
    styles = " ".join(f"'sha256-{value}'" for value in sorted(hashes)) or "'none'"
    return (
        f"default-src 'none'; style-src {styles}; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _fill(environment: Environment, name: str, site: Masthead, folders: list[Path]) -> str:
    try:
        return environment.get_template(name).render(site=site)
    except BadSyntax as error:
        raise _fault(error.name or name, error.lineno, _said(error)) from error
    except TemplateNotFound as error:
        raise _fault(str(error), None, "no such template") from error
    except UnicodeDecodeError as error:
        raise _fault(name, None, "not UTF-8 text, or it takes in a file that is not") from error
    except OSError as error:
        raise _fault(name, None, f"can't be read: {error.strerror}") from error
    except _FAULTS as error:
        file, line = _innermost(error.__traceback__, folders) or (name, None)
        raise _fault(file, line, _said(error)) from error


def _innermost(trace: TracebackType | None, folders: list[Path]) -> tuple[str, int] | None:
    """The deepest line of a template in a traceback: Jinja names its frames by their files."""
    found = None
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if any(file.is_relative_to(folder) for folder in folders):
            found = (file.name, trace.tb_lineno)
        trace = trace.tb_next
    return found


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _fault(name: str, line: int | None, message: str) -> TemplateFault:
    return TemplateFault(Finding(path=f"{FOLDER}/{name}", line=line, message=message))
