"""The page behind an embedded player: readers of feeds and mail get a link in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

_YOUTUBE = r"(?:www\.|m\.)?youtube(?:-nocookie)?\.com"
_YOUTUBE_PICTURE = "https://i.ytimg.com/vi/{0}/hqdefault.jpg"

#: What a person calls the host; patterns of the player's host and path; the page that shows the
#: same; and the host's own picture of it, where its address follows from the player's.
PLAYERS = tuple(
    (name, re.compile(host), re.compile(path), page, picture)
    for name, host, path, page, picture in (
        (
            "YouTube",
            _YOUTUBE,
            r"/(?:embed|v|shorts|live)/(?!videoseries)([\w-]+)",
            "https://www.youtube.com/watch?v={0}",
            _YOUTUBE_PICTURE,
        ),
        (
            "YouTube",
            _YOUTUBE,
            r"/embed/videoseries",
            "https://www.youtube.com/playlist?list={list}",
            "",
        ),
        (
            "YouTube",
            r"youtu\.be",
            r"/([\w-]+)",
            "https://www.youtube.com/watch?v={0}",
            _YOUTUBE_PICTURE,
        ),
        ("Vimeo", r"player\.vimeo\.com", r"/video/(\d+)", "https://vimeo.com/{0}", ""),
        (
            "Dailymotion",
            r"(?:www\.)?dailymotion\.com",
            r"/embed/video/(\w+)",
            "https://www.dailymotion.com/video/{0}",
            "",
        ),
        ("Twitch", r"player\.twitch\.tv", r"/", "https://www.twitch.tv/videos/{video}", ""),
        ("TED", r"embed\.ted\.com", r"/talks/(.+)", "https://www.ted.com/talks/{0}", ""),
        (
            "PeerTube",
            r"[\w.-]+",
            r"/videos/embed/([\w-]+)",
            "https://{host}/videos/watch/{0}",
            "",
        ),
        ("Mastodon", r"[\w.-]+", r"/(@[\w.@-]+/\d+)/embed", "https://{host}/{0}", ""),
        ("SoundCloud", r"w\.soundcloud\.com", r"/player/?", "{url}", ""),
        (
            "Spotify",
            r"open\.spotify\.com",
            r"/embed(?:-podcast)?/(\w+/\w+)",
            "https://open.spotify.com/{0}",
            "",
        ),
        (
            "CodePen",
            r"codepen\.io",
            r"/([\w-]+)/embed/(?:preview/)?([\w-]+).*",
            "https://codepen.io/{0}/pen/{1}",
            "",
        ),
        ("Gist", r"gist\.github\.com", r"/([\w/-]+)\.js", "https://gist.github.com/{0}", ""),
        (
            "JSFiddle",
            r"jsfiddle\.net",
            r"/([\w/-]+?)/embed(?:ded)?(?:/.*)?",
            "https://jsfiddle.net/{0}/",
            "",
        ),
        ("asciinema", r"asciinema\.org", r"/a/(\w+)\.js", "https://asciinema.org/a/{0}", ""),
        ("asciinema", r"asciinema\.org", r"/a/(\w+)/iframe", "https://asciinema.org/a/{0}", ""),
    )
)

# Scripts that only dress up a quotation which stands beside them, and say the same without.
_DRESSING = re.compile(
    r"platform\.(?:twitter|x)\.com|(?:www\.)?instagram\.com|(?:www\.)?tiktok\.com"
    r"|embed\.(?:reddit|redditmedia|bsky)\.(?:com|app)|static\.codepen\.io|cpwebassets\.codepen\.io"
)
_SCRIPT = re.compile(
    r"""<script\b[^<>]{0,500}?\ssrc\s{0,9}=\s{0,9}["']?((?:https?:)?//[^\s"'<>]{1,500})""",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
LONGEST_LABEL = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """Where a person sees what a player plays. ``name`` is its host's; ``picture`` may be empty."""

    name: str
    url: str
    picture: str = ""


def page(url: str) -> Page | None:
    """The page of the absolute URL of a player; None if it is not known."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    host = parts.hostname or ""
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    for name, hosts, paths, pattern, picture in PLAYERS:
        found = paths.fullmatch(parts.path.rstrip("/") or "/")
        if found and hosts.fullmatch(host):
            try:
                shown = pattern.format(*found.groups(), **{**query, "host": host})
            except (KeyError, ValueError, IndexError):
                return None
            return Page(name=name, url=shown, picture=picture.format(*found.groups()))
    return None


def scripts_as_frames(html: str) -> tuple[str, int]:
    """Scripts that put a player in their place, each with a frame of its player before it.

    And how many scripts leave nothing missing when they go: those, and such as only dress up what
    stands beside them.
    """
    if "<script" not in html and not _SCRIPT.search(html):
        return html, 0
    known = 0

    def framed(found: re.Match[str]) -> str:
        nonlocal known
        url = found[1] if ":" in found[1].partition("//")[0] else f"https:{found[1]}"
        player = page(url) is not None
        known += player or _DRESSING.fullmatch(urlsplit(url).netloc.lower()) is not None
        return f'<embed src="{url}">{found[0]}' if player else found[0]

    return _SCRIPT.sub(framed, html), known


def unseen(attributes: Mapping[str, str]) -> bool:
    """Whether a frame is there for a machine and not for a person, as those of counters are."""
    sizes = {attributes.get(name, "").strip().removesuffix("px") for name in ("width", "height")}
    return bool(sizes & {"0", "1"} or _UNSEEN.search(attributes.get("style", "")))


def label(url: str) -> str:
    """What to call a URL that nothing is known of: its host and path."""
    parts = urlsplit(url)
    text = unquote(f"{parts.hostname}{parts.path}").rstrip("/")
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
