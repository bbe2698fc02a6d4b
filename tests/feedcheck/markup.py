"""What this project promises of HTML in a feed: nothing that acts, and absolute URLs only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

_ACTIVE = {
    "script", "style", "iframe", "frame", "frameset", "noframes", "object", "embed", "applet",
    "form", "input", "button", "select", "option", "textarea", "link", "meta", "base",
}  # fmt: skip
_URLS = {
    "href", "src", "poster", "cite", "data", "action", "formaction", "background", "longdesc",
}  # fmt: skip
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S")
_SCRIPT = re.compile(r"(javascript|vbscript):", re.IGNORECASE)


def markup_faults(html: str) -> Iterator[str]:
    """What in a piece of HTML should not be in a feed."""
    scanner = _Scanner()
    scanner.feed(html)
    scanner.close()
    yield from scanner.faults


class _Scanner(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE:
            self.faults.append(f"<{tag}> in HTML")
        for name, value in attrs:
            self.faults += [f"<{tag} {name}>: {fault}" for fault in _of_attribute(name, value)]


def _of_attribute(name: str, value: str | None) -> Iterator[str]:
    if name == "style" or name == "srcdoc" or name.startswith("on"):
        yield "an attribute that acts"
    if name in _URLS:
        yield from _of_url(value or "")
    if name == "srcset":
        for candidate in re.findall(r"[^\s,]\S*[^\s,](?:\s+[^\s,]+)?", value or ""):
            yield from _of_url(candidate.split()[0])


def _of_url(url: str) -> Iterator[str]:
    if _ABSOLUTE.match(url) is None:
        yield f"not an absolute URL: {url!r}"
    if _SCRIPT.match(url.strip()):
        yield f"a URL that acts: {url!r}"
