"""The daemon on the command line: wired, with signals, logs and the web beside it."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import structlog
from starlette.applications import Starlette

from publisher.bootstrap import Site
from publisher.cli.errands import log_attempt
from publisher.cli.feeds import copies_of, feeds_app
from publisher.cli.pages import pages_of
from publisher.cli.signals import on_signals
from publisher.content.watch import watch
from publisher.daemon import Daemon
from publisher.domain.delivery import Claim, Outcome, Settlement, State
from publisher.domain.errand import Kind, Tried
from publisher.domain.errors import LedgerUnusable
from publisher.domain.issue import IssueState
from publisher.domain.moment import rfc3339
from publisher.errands import wake
from publisher.ledger.rows import IssueRow
from publisher.ledger.store import Ledger
from publisher.standby import PageWatch
from publisher.ticker import Clocks
from publisher.web.app import create_app
from publisher.web.health import Health
from publisher.web.server import Server

STALE = timedelta(minutes=1)

_ADDRESS = re.compile(r"[^\s<>]+@[^\s<>]+")

log = structlog.get_logger("publisher")


def serve(site: Site) -> None:
    """Run until SIGTERM or SIGINT. Raises what made it impossible to go on."""
    site.act("daemon")
    daemon = _daemon(site)
    feeds = feeds_app(site, copies_of(site), _app(site, daemon))
    daemon.on_pass = site.publisher.syndicator.on_written
    server = Server(feeds, site.settings.web.listen.host, site.settings.web.listen.port)
    feeds.crowded = server.crowded
    with on_signals(daemon.halt):
        port = server.start()
        daemon.served = lambda: server.alive
        try:
            log.info("ready", site=site.settings.site.url, port=port)
            if site.secret_made:
                log.warning("token secret made: keep it", path=str(site.secret_made))
            daemon.run()
        finally:
            server.stop()
    log.info("stopped")


def _daemon(site: Site) -> Daemon:
    site.delivery.watch = _log_delivery
    site.delivery.on_pause = _log_pause
    site.delivery.on_clear = lambda: log.info("sending goes on")
    site.delivery.on_rest = _Finished(site.ledger)
    site.delivery.on_stage = lambda issue_id: _log_stage(site.ledger.issue(issue_id))
    site.publisher.on_start = site.delivery.wake
    site.publisher.on_asked = partial(wake, site.errands)
    content = site.settings.root / site.settings.content.path
    daemon = Daemon(
        folder=site.folder,
        passes=site.publisher,
        delivery=site.delivery,
        policy=partial(site.policy, settle=True),
        pages=PageWatch(),
        watch=lambda on_change, stop: watch(
            content, on_change, stop, apart=site.settings.own_places
        ),
        requests=site.ledger.data_version,
        clocks=Clocks(
            wall=site.edge.now,
            boot_s=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
            monotonic_s=time.monotonic,
        ),
        errands=site.errands,
    )
    for lane in site.errands:
        lane.on_tried = partial(_hear, site, daemon)
    return daemon


def _hear(site: Site, daemon: Daemon, tried: Tried) -> None:
    """What came of an errand; after a hook the pages may be up that mail waits for."""
    if tried.errand.kind is Kind.ANNOUNCE:
        wake(site.errands)
        return
    log_attempt(tried, log.info, log.warning)
    if tried.done and tried.errand.kind is Kind.HOOK:
        daemon.built()


def _app(site: Site, daemon: Daemon) -> Starlette:
    return create_app(
        unsubscribe=lambda subscriber_id: site.ledger.unsubscribe(subscriber_id, site.edge.now()),
        tokens_read=site.token_owner,
        healthy=lambda: _health(daemon.last_pass_at, site.edge.now()),
        pages=pages_of(site),
        prefix=urlsplit(site.settings.web.url or "").path.rstrip("/"),
    )


def _health(last: datetime | None, now: datetime) -> Health:
    """Well as long as passes are made: the tick makes one four times a minute."""
    if last is None:
        return Health(ok=False, reason="no pass yet")
    ok = now - last < STALE
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


def _log_pause(reason: str, until: datetime) -> None:
    """Why nothing is sent for a while, without the address that a server may have repeated."""
    log.warning("sending paused", reason=_ADDRESS.sub("…", reason), until=rfc3339(until))


def _log_stage(row: IssueRow) -> None:
    """That an issue goes on to its next stage, waits for it, or was stopped before it."""
    if row.state is IssueState.PAUSED:
        log.warning("issue paused", issue=row.id, reason=row.reason)
    elif row.at_stage is not None:
        until = row.at_stage.until
        log.info(
            "issue in stages",
            issue=row.id,
            at=str(row.at_stage),
            next=None if until is None else rfc3339(until),
        )


class _Finished:
    """Logs each issue that has come to its end since it was last called."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._said = {(row.id, row.finished_at) for row in self._finished()}

    def __call__(self) -> None:
        with suppress(LedgerUnusable):  # it says so where it matters
            for row in self._finished():
                if (row.id, row.finished_at) not in self._said:
                    self._said.add((row.id, row.finished_at))
                    counts = {str(state): number for state, number in row.counts.items() if number}
                    log.info(f"issue {row.state}", issue=row.id, audience=row.audience, **counts)

    def _finished(self) -> list[IssueRow]:
        return [row for row in self._ledger.issues() if row.finished_at is not None]
