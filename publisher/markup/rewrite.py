"""The part of cleaning that no sanitiser does: URLs, ids, players, forms, and what stands for them.

Reads the sanitiser's strict HTML as tokens and writes HTML for the sanitiser to check again. It
decides nothing about safety but which URLs and declarations are good.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property

from publisher.markup.embeds import label, page, unseen
from publisher.markup.policy import Policy
from publisher.markup.styles import declarations
from publisher.markup.text import names
from publisher.markup.tokens import Token, escape, tokens, written
from publisher.markup.urls import WEB_SCHEMES, candidates, data_image, fragment_on, resolve

# lxml, which premailer reads a letter with, drops the text below the 255th level without a word;
# the frame of the letter itself takes some levels too.
MAX_DEPTH = 200

_WEB_URLS = frozenset({"cite", "poster", "src"})
_POINTLESS_WITHOUT_ATTRIBUTES = frozenset({"a", "span"})
# Renamed elements that a style sheet still wants to know.
_HOOKS = frozenset({"figcaption", "figure"})
# Where one of these is open, a paragraph of our own would close it.
_NO_PARAGRAPH_IN = names(
    "a b caption dt em figcaption h1 h2 h3 h4 h5 h6 i p pre small span strong summary"
)
_SIZE = re.compile(r"(\d{1,4}%?)(?:px)?")
# Below a title, which is the h1 of wherever a post is shown.
_LOWERED: Mapping[str, tuple[str, ...]] = {
    f"h{level}": (f"h{min(level + 1, 6)}",) for level in range(1, 7)
}
_DIRECTIONS = frozenset({"auto", "ltr", "rtl"})


class TooDeep(ValueError):
    """Elements nested deeper than the programs that read the result can follow."""

    def __init__(self) -> None:
        super().__init__(f"elements are nested more than {MAX_DEPTH} deep")


class Rewriter:
    """Rewrites one text for one policy."""

    def __init__(self, policy: Policy, base_url: str) -> None:
        self._policy = policy
        self._renamed = policy.renamed
        self._base_url = base_url
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []  # each open element, and what closes it
        self._hidden = 0  # how many open elements show nothing, because a player stood there
        self._player: tuple[str, dict[str, str]] | None = None
        self._objects: list[tuple[int, dict[str, str]]] = []  # where the output stood, and what
        self._tokens: list[Token] = []
        self._tags: dict[str, tuple[str, str]] = {}  # tags seen: code has thousands of the same

    def rewrite(self, html: str) -> str:
        """The HTML as the policy wants it. Raises TooDeep."""
        self._tokens = list(tokens(html))
        if any(token.name == "h1" for token in self._tokens):
            self._renamed = {**self._policy.renamed, **_LOWERED}
        for token in self._tokens:
            if self._hidden:
                self._pass_over(token)
            elif not token.name:
                self._out.append(token.source)
            elif token.closing:
                self._close()
            elif special := _SPECIAL.get(token.name):
                special(self, token.name, token.attributes)
            else:
                self._write(token)
        return "".join(self._out)

    @cached_property
    def _targets(self) -> frozenset[str]:
        """The fragments of this page that a link of the text points to."""
        links = {token.source: token for token in self._tokens if 'href="' in token.source}
        urls = (
            resolve(token.attributes.get("href", ""), self._base_url) for token in links.values()
        )
        found = (fragment_on(url, self._base_url) for url in urls if url)
        return frozenset(name for name in found if name)

    def _write(self, tag: Token) -> None:
        """An element as it is, or under the names that the policy gives it."""
        if tag.source not in self._tags:
            self._tags[tag.source] = self._tag(tag.name, tag.attributes)
        start, end = self._tags[tag.source]
        self._out.append(start)
        if not tag.void:
            self._push(tag.name, end)

    def _tag(self, name: str, attributes: dict[str, str]) -> tuple[str, str]:
        """What to write for a start tag and for its end tag."""
        elements = self._renamed.get(name, (name,))
        if elements != (name,) and name in _HOOKS:
            attributes["class"] = f"{name} {attributes.get('class', '')}"
        if name == "center":
            attributes["align"] = "center"
        attributes = self._attributes(attributes)
        if not attributes and name in _POINTLESS_WITHOUT_ATTRIBUTES:
            return "", ""
        start = written(elements[0], attributes) + "".join(f"<{inner}>" for inner in elements[1:])
        return start, "".join(f"</{inner}>" for inner in reversed(elements))

    def _close(self) -> None:
        name, closing = self._open.pop()
        self._out.append(closing)
        if name == "object":
            self._end_object(*self._objects.pop())

    def _push(self, name: str, closing: str) -> None:
        self._open.append((name, closing))
        if len(self._open) > MAX_DEPTH:
            raise TooDeep

    # -- what is not written as it is --------------------------------------------------------

    def _image(self, _: str, attributes: dict[str, str]) -> None:
        """A picture, also one that waits for a script to load it; without any URL its words."""
        later = attributes.pop("data-src", "")
        sized = (url for url, _ in candidates(attributes.get("srcset", "")))
        sources = (later, attributes.get("src", ""), *sized)
        source = next(filter(None, map(self._picture, sources)), None)
        if not source:
            self._out.append(escape(attributes.get("alt", "")))
        else:
            self._out.append(written("img", self._attributes({**attributes, "src": source})))

    def _input(self, _: str, attributes: dict[str, str]) -> None:
        """A box to tick, as text; of other controls nothing."""
        if attributes.get("type", "").lower() == "checkbox":
            self._out.append("\u2611" if "checked" in attributes else "\u2610")

    def _frame(self, name: str, attributes: dict[str, str]) -> None:
        """A link to what a frame shows; of one that nobody sees, nothing."""
        if not unseen(attributes):
            self._link_to(attributes.get("src") or attributes.get("data-src", ""), attributes)
        if name == "iframe":
            self._push(name, "")

    def _begin_object(self, name: str, attributes: dict[str, str]) -> None:
        """What stands in it is meant for those that can't show it, and that is everybody here."""
        self._push(name, "")
        self._objects.append((len(self._out), attributes))

    def _end_object(self, start: int, attributes: dict[str, str]) -> None:
        """A picture, or a link, in place of an object that nothing stands in."""
        if "".join(self._out[start:]).strip() or unseen(attributes):
            return
        if attributes.get("type", "").startswith("image/"):
            self._image("img", {"src": attributes.get("data", ""), "alt": ""})
        else:
            self._link_to(attributes.get("data", ""), attributes)

    def _link_to(self, source: str, attributes: Mapping[str, str]) -> None:
        """A link to the page of a player, to any other frame's URL, or else to the post itself."""
        url = self._on_web(source)
        title = attributes.get("title", "").strip()
        known = page(url) if url else None
        link = self._on_web(known.url) if known else None
        if known and link:
            told = title and not title.casefold().startswith(known.name.casefold())
            self._link(link, f"{known.name}: {title}" if told else known.name, known.picture)
        else:
            self._link(url or self._base_url, title or label(url or self._base_url))

    def _begin_player(self, name: str, attributes: dict[str, str]) -> None:
        if self._policy.video:
            start = written(name, self._attributes({"controls": "", **attributes}))
            self._out.append(start)
            self._push(name, f"</{name}>")
        else:
            self._player = name, attributes
            self._hidden = 1

    def _pass_over(self, token: Token) -> None:
        """Inside a player that becomes a link: only its sources matter."""
        if token.closing:
            self._hidden -= 1
        elif token.name and not token.void:
            self._hidden += 1
        elif token.name == "source" and self._player:
            self._player[1].setdefault("src", token.attributes.get("src", ""))
        if not self._hidden and self._player:
            self._end_player(*self._player)

    def _end_player(self, name: str, attributes: Mapping[str, str]) -> None:
        """A link to the film or the recording, on its poster where it has one."""
        title = attributes.get("title", "").strip()
        words = f"{name.capitalize()}: {title}" if title else name.capitalize()
        url = self._on_web(attributes.get("src", "")) or self._base_url
        self._link(url, words, self._on_web(attributes.get("poster", "")))

    def _link(self, url: str, words: str, picture: str | None = None) -> None:
        """A link of ours; in a paragraph of its own where it can have one."""
        around = {name for name, _ in self._open}
        html = f"\u25b6\ufe0e {escape(words)}"
        if picture:
            html = f"{written('img', {'src': picture, 'alt': ''})}<br>{html}"
        if "a" not in around:
            html = f"{written('a', {'class': 'embed', 'href': url})}{html}</a>"
        self._out.append(html if around & _NO_PARAGRAPH_IN else f"<p>{html}</p>")

    # -- attributes --------------------------------------------------------------------------

    def _attributes(self, attributes: Mapping[str, str]) -> dict[str, str]:
        made = ((name, self._attribute(name, value)) for name, value in attributes.items())
        return {name: value for name, value in made if value is not None}

    def _attribute(self, name: str, value: str) -> str | None:
        """The value that an attribute should have; None where it should go."""
        if name == "href":
            return resolve(value, self._base_url)
        if name in _WEB_URLS:
            return self._picture(value) if name == "src" else self._on_web(value)
        if name == "srcset":
            return self._pictures(value)
        if name in ("id", "name"):
            return value if self._policy.all_ids or value in self._targets else None
        return _plain_attribute(name, value, self._policy)

    def _on_web(self, url: str) -> str | None:
        return resolve(url, self._base_url, WEB_SCHEMES) if url.strip() else None

    def _picture(self, url: str) -> str | None:
        if self._policy.data_images and (data := data_image(url)):
            return data
        return self._on_web(url)

    def _pictures(self, srcset: str) -> str | None:
        found = ((self._on_web(url), size) for url, size in candidates(srcset))
        return ", ".join(f"{url} {size}".rstrip() for url, size in found if url) or None


def _plain_attribute(name: str, value: str, policy: Policy) -> str | None:
    """Attributes that are no URL and no id."""
    if name == "class":
        kept = dict.fromkeys(one for one in value.split() if policy.classes.fullmatch(one))
        return " ".join(kept) or None
    if name == "style":
        return declarations(value) or None if policy.styles else None
    if name in ("width", "height"):
        size = _SIZE.fullmatch(value.strip())
        return size[1] if size else None
    if name == "dir":
        return value.lower() if value.lower() in _DIRECTIONS else None
    return None if name == "title" and not value.strip() else value


_SPECIAL: Mapping[str, Callable[[Rewriter, str, dict[str, str]], None]] = {
    "audio": Rewriter._begin_player,
    "embed": Rewriter._frame,
    "iframe": Rewriter._frame,
    "img": Rewriter._image,
    "input": Rewriter._input,
    "object": Rewriter._begin_object,
    "video": Rewriter._begin_player,
}
