"""The page behind an embedded player: readers of feeds and mail get a link in its place."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

#: A player's host, its path, and the page that shows the same; what a person calls the host.
PLAYERS = tuple(
    (name, re.compile(host), re.compile(path), page)
    for name, host, path, page in (
        (
            "YouTube",
            r"(?:www\.|m\.)?youtube(?:-nocookie)?\.com",
            r"/(?:embed|v|shorts|live)/(?!videoseries)([\w-]+)",
            "https://www.youtube.com/watch?v={0}",
        ),
        (
            "YouTube",
            r"(?:www\.)?youtube(?:-nocookie)?\.com",
            r"/embed/videoseries",
            "https://www.youtube.com/playlist?list={list}",
        ),
        ("YouTube", r"youtu\.be", r"/([\w-]+)", "https://www.youtube.com/watch?v={0}"),
        ("Vimeo", r"player\.vimeo\.com", r"/video/(\d+)", "https://vimeo.com/{0}"),
        (
            "Dailymotion",
            r"(?:www\.)?dailymotion\.com",
            r"/embed/video/(\w+)",
            "https://www.dailymotion.com/video/{0}",
        ),
        ("Twitch", r"player\.twitch\.tv", r"/", "https://www.twitch.tv/videos/{video}"),
        ("TED", r"embed\.ted\.com", r"/talks/(.+)", "https://www.ted.com/talks/{0}"),
        ("PeerTube", r"[\w.-]+", r"/videos/embed/([\w-]+)", "https://{host}/videos/watch/{0}"),
        ("SoundCloud", r"w\.soundcloud\.com", r"/player/?", "{url}"),
        (
            "Spotify",
            r"open\.spotify\.com",
            r"/embed/(\w+/\w+)",
            "https://open.spotify.com/{0}",
        ),
        (
            "CodePen",
            r"codepen\.io",
            r"/([\w-]+)/embed/([\w-]+).*",
            "https://codepen.io/{0}/pen/{1}",
        ),
    )
)


def page(url: str) -> tuple[str, str] | None:
    """The host's name and the page's URL for the absolute URL of a player; None if not known."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    query = {key: values[0] for key, values in parse_qs(parts.query).items()}
    for name, hosts, paths, pattern in PLAYERS:
        found = paths.fullmatch(parts.path.rstrip("/") or "/")
        if found and hosts.fullmatch(host):
            try:
                return name, pattern.format(*found.groups(), **{**query, "host": host})
            except KeyError:
                return None
    return None
