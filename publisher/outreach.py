"""Settings → the wired errands: the part of bootstrap that is about hubs and hooks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path

from publisher.announce import ON_PUBLISH, Announcer
from publisher.config.settings import Settings
from publisher.domain.errand import Answer, Errand, Kind
from publisher.errands import ErrandBook, Lane, Stopped
from publisher.feeds.rules import FILE_NAMES

#: What of the environment a hook's command gets. Our own secrets are in there too.
PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TZ", "TMPDIR")


def lanes(
    settings: Settings,
    *,
    announcer: Announcer,
    book: ErrandBook,
    environ: Mapping[str, str],
    now: Callable[[], datetime],
    jitter: Callable[[], float],
) -> tuple[Lane, ...]:
    """A lane for the hook, which comes first, and for each hub."""
    made = partial(Lane, book=book, now=now, jitter=jitter)
    found = []
    if settings.hooks.on_publish is not None:
        hook = partial(_hook, settings, environ)
        found.append(made(kind=Kind.HOOK, target=ON_PUBLISH, do=hook))
    for url in settings.feeds.hubs:
        found.append(made(kind=Kind.PING, target=url, do=_ping))
    if settings.feeds.hubs:
        look = partial(_announce, announcer, settings.feeds_dir, book, now)
        found.append(made(kind=Kind.ANNOUNCE, target="", do=look))
    return tuple(found)


def _ping(errand: Errand, _: Stopped) -> Answer:
    from publisher.push import hub  # loaded when there is something to ask

    return hub.ping(errand.target, errand.payload)


def _hook(
    settings: Settings, environ: Mapping[str, str], errand: Errand, stopped: Stopped
) -> Answer:
    from publisher.push import command, http

    hook = settings.hooks.on_publish
    assert hook is not None
    body, timeout_s = errand.payload.encode(), hook.timeout.total_seconds()
    if hook.url is not None:
        return http.post(hook.url.get_secret_value(), body, "application/json", timeout_s=timeout_s)
    kept = {
        name: value
        for name, value in environ.items()
        if name in PASSED_ON or name.startswith("LC_")
    }
    ours = {
        "PUBLISHER_EVENT": "publish",
        "PUBLISHER_SITE_URL": settings.site.url,
        "PUBLISHER_FEEDS": str(settings.feeds_dir),
        "PUBLISHER_ATTEMPT": str(errand.attempts + 1),
    }
    return command.run(
        hook.command or (),
        body,
        folder=settings.root,
        environment=kept | ours,
        timeout_s=timeout_s,
        stopped=stopped,
    )


def _announce(
    who: Announcer,
    folder: Path,
    book: ErrandBook,
    now: Callable[[], datetime],
    errand: Errand,
    _: Stopped,
) -> Answer:
    """Ask for the pings of a pass that was killed before it could."""
    since = datetime.fromisoformat(errand.payload)
    book.announce(who.of_feeds(_written_since(folder, since)), now())
    return Answer(done=True, reply="")


def _written_since(folder: Path, since: datetime) -> Iterator[str]:
    """The feed files that were replaced then or later, below their folder."""
    names = frozenset(FILE_NAMES.values())
    for above, _, files in os.walk(folder):
        for path in (Path(above, name) for name in sorted(names.intersection(files))):
            if path.stat().st_mtime >= since.timestamp():
                yield path.relative_to(folder).as_posix()
