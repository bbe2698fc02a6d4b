"""The feeds of a site as the daemon serves them: wired."""

from __future__ import annotations

import time
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

from publisher.bootstrap import Site
from publisher.feeds.hubs import link_header
from publisher.feeds.rules import FILE_NAMES
from publisher.web.copies import Copies
from publisher.web.feeds import Feeds
from publisher.web.pollers import Pollers


def copies_of(site: Site) -> Copies:
    """The copies of a site's feed files; they are taken anew whenever a pass wrote some."""
    url, hubs = site.settings.feeds_url, site.settings.feeds.hubs
    formats = frozenset(FILE_NAMES.values())

    def link(name: str) -> str:
        return link_header(url, name, hubs) if name.rpartition("/")[2] in formats else ""

    copies = Copies(site.settings.feeds_dir, bases_of(url, site.settings.web.url), link)
    site.publisher.syndicator.on_written = lambda: copies.refresh(site.publisher.notes.made)
    copies.refresh(site.publisher.notes.made)
    return copies


def bases_of(feeds_url: str, web_url: str | None) -> tuple[str, ...]:
    """The paths below which feeds are asked for: a proxy may leave out that of ``web.url``."""
    base, below = _path(feeds_url), _path(web_url or "")
    if below and f"{base}/".startswith(f"{below}/"):
        return (base, base.removeprefix(below))
    return (base,)


def feeds_app(site: Site, copies: Copies, beside: ASGIApp) -> Feeds:
    """The application that answers for the feeds, and leaves the rest to another."""
    web = site.settings.web
    return Feeds(copies, Pollers(web.most_polls, web.trusted_proxies, time.monotonic), beside)


def _path(url: str) -> str:
    return unquote(urlsplit(url).path.rstrip("/"))
