"""The daemon on the command line: wired, with signals, logs and the web beside it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette

from publisher.bootstrap import Site
from publisher.cli.pages import pages_of
from publisher.content.watch import watch
from publisher.daemon import Clocks, Daemon
from publisher.domain.delivery import Claim, Outcome, Settlement, State
from publisher.standby import PageWatch
from publisher.web.app import create_app
from publisher.web.health import Health
from publisher.web.server import Server

STALE = timedelta(minutes=1)

log = structlog.get_logger("publisher")


def serve(site: Site) -> None:
    """Run until SIGTERM or SIGINT. Raises what made it impossible to go on."""
    site.act("daemon")
    site.delivery.watch = _log_delivery
    daemon = _daemon(site)
    server = Server(_app(site), site.settings.web.listen.host, site.settings.web.listen.port)
    port = server.start()
    try:
        log.info("ready", site=site.settings.site.url, port=port)
        if site.secret_made:
            log.warning("token secret made: keep it", path=str(site.secret_made))
        with _stopping_on_signals(daemon.halt):
            daemon.run()
    finally:
        server.stop()
    log.info("stopped")


def _daemon(site: Site) -> Daemon:
    content = site.settings.root / site.settings.content.path
    return Daemon(
        folder=site.folder,
        passes=site.publisher,
        delivery=site.delivery,
        policy=partial(site.policy, settle=True),
        pages=PageWatch(),
        watch=lambda on_change, stop: watch(content, on_change, stop),
        requests=site.ledger.data_version,
        clocks=Clocks(
            wall=site.edge.now,
            boot_s=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
            monotonic_s=time.monotonic,
        ),
    )


def _app(site: Site) -> Starlette:
    return create_app(
        unsubscribe=lambda subscriber_id: site.ledger.unsubscribe(subscriber_id, site.edge.now()),
        tokens_read=site.tokens.read,
        healthy=lambda: _health(site),
        pages=pages_of(site),
        prefix=urlsplit(site.settings.web.url or "").path.rstrip("/"),
    )


def _health(site: Site) -> Health:
    """Well as long as passes are made: the tick makes one four times a minute."""
    last = site.view().last_pass_at
    ok = last is not None and site.edge.now() - last < STALE
    return Health(ok=ok, reason=None if ok else "no pass within a minute", last_pass_at=last)


def _log_delivery(claim: Claim, outcome: Outcome, settlement: Settlement) -> None:
    """A line for each attempt, without the address: report has those."""
    say = log.debug if settlement.state is State.ACCEPTED else log.info
    say(
        "delivery",
        issue=claim.issue_id,
        subscriber=claim.subscriber_id,
        state=settlement.state,
        attempts=settlement.attempts,
        code=outcome.reply[:3] if outcome.reply[:3].isdecimal() else None,
    )


@contextmanager
def _stopping_on_signals(halt: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGINT stop the daemon in good order."""
    kept = {
        number: signal.signal(number, lambda *_: halt())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
