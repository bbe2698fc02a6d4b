"""One step on finished HTML: made safe, every URL absolute, as its destination wants it.

    any HTML ──sanitiser, wide──▶ strict HTML ──rewrite──▶ HTML ──sanitiser, by policy──▶ result

The sanitiser (nh3, an HTML5 parser in Rust) comes first so that what follows reads one strict
form of HTML, and last so that nothing the rewriting wrote can undo its work. Two parses are also
what odd nesting (a link in a table in a link) takes to come to rest. lxml is no choice here: its
parser is HTML4, and drops the text below the 255th level without a word.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import nh3

from publisher.markup.drawings import worded
from publisher.markup.embeds import scripts_as_frames
from publisher.markup.policy import FEED, MAIL, WEB, Policy
from publisher.markup.rewrite import Rewriter
from publisher.markup.text import ILLEGAL, legal, names
from publisher.markup.urls import LINK_SCHEMES

# Text of these is no text of the post. (Of other elements that have no place nh3 keeps the text.)
_UNREAD = names("datalist math noembed noframes script select style svg template textarea title")
_TAGS = (
    FEED.tags
    | MAIL.tags
    | WEB.tags
    | names("center dialog embed fieldset form iframe input object")
)
_FRAME = frozenset({"height", "src", "style", "title", "width"})
_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    **WEB.attributes,
    "embed": _FRAME,
    "iframe": _FRAME | {"data-src", "srcdoc"},
    "img": WEB.attributes["img"] | {"data-src"},
    "input": frozenset({"checked", "type"}),
    "object": _FRAME | {"data", "type"},
}
_SCHEMES = LINK_SCHEMES | {"data"}

# What stands in <noscript> is what a reader without scripts should see; nh3 would show its source.
_NOSCRIPT = re.compile(r"</?noscript\b[^<>]*>", re.IGNORECASE)
# A picture that waits for a script to load it, and its copy for readers without scripts.
_LAZY = re.compile(
    r"<img\b[^<>]*\sdata-[^<>]*>\s{0,99}<noscript\b[^<>]*>\s{0,99}(<img\b[^<>]*>)\s{0,99}</noscript",
    re.IGNORECASE,
)
_UNSHOWN = re.compile(r"<(applet|form|frameset|script|svg)(?=[\s/>])", re.IGNORECASE)
_SCHEME = re.compile(r"""\b(?:href|src)\s*=\s*["']?\s*([a-z][a-z0-9+.-]*):""", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """HTML fit for its destination. ``notes`` are sentences on what a reader will not see."""

    html: str
    notes: tuple[str, ...] = ()


def clean(html: str, policy: Policy, *, base_url: str) -> Cleaned:
    """HTML of any kind as safe HTML with absolute URLs, by the policy of its destination.

    ``base_url`` is the URL of the post's page: relative URLs and fragments start from it. Cleaning
    what was cleaned changes nothing. Raises rewrite.TooDeep rather than lose text. Hostile HTML
    can take long: let it run where it can be stopped.
    """
    lawful = legal(html)
    framed, known = scripts_as_frames(_NOSCRIPT.sub("", _LAZY.sub(r"\1</noscript", lawful)))
    strict = legal(_wide().clean(worded(framed)))
    cleaned = _sanitiser(policy).clean(Rewriter(policy, base_url).rewrite(strict))
    return Cleaned(html=cleaned, notes=tuple(_notes(html, lawful, known)))


@cache
def _wide() -> nh3.Cleaner:
    """Lets through what the rewriting reads, safe or not."""
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags=_UNREAD,
        url_schemes=_SCHEMES,
        link_rel=None,
    )


def _sanitiser(policy: Policy) -> nh3.Cleaner:
    """Lets through what the policy names. (A policy holds mappings, so it is no key of a cache.)"""
    return nh3.Cleaner(
        tags=policy.tags,
        attributes=policy.attributes,
        clean_content_tags=_UNREAD,
        url_schemes=_SCHEMES if policy.data_images else LINK_SCHEMES,
        link_rel=None,
    )


def _notes(html: str, lawful: str, known: int) -> Iterator[str]:
    if html != lawful:
        bad = sorted({f"U+{ord(one):04X}" for one in ILLEGAL.findall(html)})
        yield f"characters that feeds can't carry were removed: {', '.join(bad)}"
    unshown = Counter(name.lower() for name in _UNSHOWN.findall(lawful))
    unshown["script"] -= known
    for name, count in sorted((+unshown).items()):
        yield f"<{name}> is left out of feeds and mail" + (f" ({count} times)" if count > 1 else "")
    schemes = {scheme.lower() for scheme in _SCHEME.findall(lawful)} - _SCHEMES
    for scheme in sorted(schemes):
        yield f"links that begin with '{scheme}:' are left out of feeds and mail"
