"""What tags and shortcodes stand for that many sites have: pictures, players, code, links.

Each gives HTML, or a block of code between fences; what players may become is for the cleaning of
HTML to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html import escape

from publisher.content.code import code_html

_ID = re.compile(r"[\w-]{1,80}")
_SLUG = re.compile(r"[\w./-]{1,200}")
_TICKS = re.compile(r"~{3,}")
_LANG = re.compile(r"\blang[:=]\"?([\w+#-]+)")

Arguments = Mapping[str, str]

#: Turns a line of Markdown into HTML without a paragraph around it.
Inline = Callable[[str], str]


def block_of_code(code: str, info: str, *, column: int, is_html: bool) -> str:
    """Code as it is written in a body; ``column`` is where its opening mark stands."""
    code = code.removeprefix("\n").rstrip()
    if is_html:
        return code_html(f"{code}\n", info)
    fence = "~" * max([3, *(len(run) + 1 for run in _TICKS.findall(code))])
    margin = " " * column
    lines = code.split("\n")
    if all(line.startswith(margin) or not line.strip() for line in lines):
        lines = [line[column:] for line in lines]
    shown = "".join(f"{margin}{line}\n" if line else "\n" for line in lines)
    return f"{fence}{info}\n{shown}{margin}{fence}"


def language_of(rest: str) -> str:
    """The language that a highlighting tag names: ``ruby linenos``, ``"go" "hl_lines=1"``."""
    if found := _LANG.search(rest):
        return found[1]
    word = rest.split(maxsplit=1)[0].strip("\"',") if rest.strip() else ""
    return word if re.fullmatch(r"[\w+#-]{1,30}", word) else ""


def player(service: str, name: str) -> str | None:
    """A video by the id that a service knows it by; None where that can't be one."""
    return _player(_PLAYERS[service].format(name)) if _ID.fullmatch(name) else None


def page(service: str, name: str) -> str | None:
    """A link to what stands on another site: a tweet, a gist; None where the id can't be one."""
    if not _SLUG.fullmatch(name):
        return None
    url, words = _PAGES[service]
    return f'<a href="{escape(url.format(name))}">{words}</a>'


def picture(arguments: Arguments, inline: Inline, *, alone: bool = False) -> str | None:
    """A figure, as Hugo's shortcode of that name describes it; None without a source.

    ``alone``: it stands on a line of its own, in no list.
    """
    source = arguments.get("src") or arguments.get("0")
    if not source:
        return None
    size = "".join(_attribute(name, arguments) for name in ("width", "height"))
    image = f'<img src="{escape(source)}" alt="{escape(arguments.get("alt", ""))}"{size}>'
    if link := arguments.get("link"):
        image = f'<a href="{escape(link)}">{image}</a>'
    said = [inline(arguments[name]) for name in ("title", "caption") if arguments.get(name)]
    if arguments.get("attr"):
        said.append(escape(arguments["attr"]))
    if not said:
        return image
    if not alone:
        return f"{image}<br>{' '.join(said)}"
    return f"<figure>{image}<figcaption>{' '.join(said)}</figcaption></figure>"


_PLAYERS = {
    "youtube": "https://www.youtube.com/embed/{}",
    "vimeo": "https://player.vimeo.com/video/{}",
}
_PAGES = {
    "gist": ("https://gist.github.com/{}", "Code on GitHub"),
    "tweet": ("https://twitter.com/i/status/{}", "Post on X"),
    "instagram": ("https://www.instagram.com/p/{}/", "Post on Instagram"),
}


def _player(url: str) -> str:
    return f'<iframe src="{escape(url)}"></iframe>'


def _attribute(name: str, arguments: Arguments) -> str:
    value = arguments.get(name)
    return f' {name}="{escape(value)}"' if value else ""
