"""What each destination may hold: one policy for feeds, one for mail, one for the web.

Every policy names what stays; all else goes. Feeds hold what the W3C feed validator passes. Mail
holds what the common mail programs show, and classes only where the letter's style sheet can rely
on them: an author's own class could meet one of the sheet's by chance.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.markup.text import names

_TEXT = names(
    "a abbr address b bdi blockquote br caption cite code col colgroup dd del details dfn div dl "
    "dt em h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp small span "
    "strong sub summary sup table tbody td tfoot th thead time tr u ul var wbr"
)
_SECTIONS = names("article aside figcaption figure footer header hgroup main nav section")
_PICTURES = frozenset({"picture", "source"})
_PLAYERS = frozenset({"audio", "video"})

_ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "*": frozenset({"id", "class", "dir", "lang", "title"}),
    "a": frozenset({"href", "hreflang", "name", "rel", "type"}),
    "audio": frozenset({"controls", "src"}),
    "blockquote": frozenset({"cite"}),
    "col": frozenset({"align", "span", "valign"}),
    "colgroup": frozenset({"align", "span", "valign"}),
    "del": frozenset({"cite", "datetime"}),
    "details": frozenset({"open"}),
    "div": frozenset({"align"}),
    "img": frozenset({"align", "alt", "height", "src", "width"}),
    "ins": frozenset({"cite", "datetime"}),
    "li": frozenset({"value"}),
    "ol": frozenset({"reversed", "start", "type"}),
    "p": frozenset({"align"}),
    "q": frozenset({"cite"}),
    "table": frozenset({"align"}),
    "tbody": frozenset({"align", "valign"}),
    "td": frozenset({"align", "colspan", "rowspan", "valign"}),
    "tfoot": frozenset({"align", "valign"}),
    "th": frozenset({"abbr", "align", "colspan", "rowspan", "scope", "valign"}),
    "thead": frozenset({"align", "valign"}),
    "time": frozenset({"datetime"}),
    "tr": frozenset({"align", "valign"}),
    "ul": frozenset({"type"}),
    "video": frozenset({"controls", "height", "loop", "muted", "poster", "src", "width"}),
    "source": frozenset({"src", "type"}),
}
_RESPONSIVE: Mapping[str, frozenset[str]] = {
    "img": frozenset({"srcset", "sizes"}),
    "source": frozenset({"srcset", "sizes", "media"}),
}

_RENAMED: Mapping[str, tuple[str, ...]] = dict.fromkeys(
    ("center", "dialog", "fieldset", "form"), ("div",)
)

# What our own Markdown and cleaning write: code and its language, footnotes, a player's link; and
# of Pygments' names those that tell what the eye looks for. Most words of code have one of the
# others, which no style sheet of ours gives a colour: without them code is half as long.
_OUR_CLASSES = (
    r"codehilite|language-[\w+#.-]+|footnote(?:-ref|-backref)?|embed"
    r"|k[cdnprt]?|ow|s[12abcdehirsx]?|dl|c[1hmps]?|cpf|m[bfhio]?|il|n[abcdft]|fm|g[dehisu]"
)


def _joined(*maps: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    tags = {tag for one in maps for tag in one}
    return {tag: frozenset().union(*(one.get(tag, ()) for one in maps)) for tag in tags}


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """What may stay, and what stands for what may not.

    ``renamed`` maps an element that has no place to those, outermost first, that stand for it.
    ``classes`` matches the names of classes that stay. ``styles`` keeps safe style declarations.
    ``all_ids`` keeps every id; else those stay that a link of the same text points to.
    ``data_images`` lets in pictures written into their own URL. Where ``video`` is False, players
    become links.
    """

    tags: frozenset[str]
    attributes: Mapping[str, frozenset[str]]
    classes: re.Pattern[str]
    renamed: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _RENAMED)
    styles: bool = False
    all_ids: bool = False
    data_images: bool = True
    video: bool = True


FEED = Policy(
    tags=_TEXT | _SECTIONS | _PICTURES,
    attributes=_joined(_ATTRIBUTES, _RESPONSIVE),
    classes=re.compile(_OUR_CLASSES),
    video=False,
)

WEB = Policy(
    tags=FEED.tags | _PLAYERS | {"bdo"},
    attributes=_joined(FEED.attributes, {"*": frozenset({"style"})}),
    classes=re.compile(r"[\w+#.-]+"),
    styles=True,
    all_ids=True,
)

# Outlook runs the text of elements that it does not know together, so each becomes a div.
MAIL = Policy(
    tags=_TEXT - {"details", "summary"},
    attributes=_joined(_ATTRIBUTES, {"*": frozenset({"style"})}),
    classes=re.compile(_OUR_CLASSES + r"|figure|figcaption"),
    renamed={
        **_RENAMED,
        **dict.fromkeys(sorted(_SECTIONS | {"details"}), ("div",)),
        "summary": ("p", "strong"),
    },
    styles=True,
    data_images=False,
    video=False,
)
