"""One pass on the command line: its report, and the sending with its progress."""

from __future__ import annotations

import json
import threading
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace

from publisher.bootstrap import Site
from publisher.cli import errands, shapes
from publisher.cli.context import INTERRUPTED, Context, as_json, note, report_findings
from publisher.cli.progress import progress
from publisher.cli.signals import on_signals
from publisher.deliver import Relayed
from publisher.domain.errand import Kind
from publisher.domain.issue import IssueState
from publisher.errands import running
from publisher.glance import Said, keep
from publisher.report import PassReport
from publisher.standby import PageWatch, awaited


def one_pass(cli: Context, site: Site, *, confirm_withdrawals: bool, strict: bool) -> None:
    """Publish, send, and say what came of it. Exit code 1 when something asked was not done."""
    site.act("publish")
    report = _publish(site, confirm_withdrawals=confirm_withdrawals)
    interrupted = threading.Event()
    under_way = {one.issue_id for one in site.ledger.under_way()}
    with running(site.errands, interrupted):
        relayed = _deliver(site, interrupted)
    if site.secret_made:
        note(f"made {site.secret_made}: it signs unsubscribe links; keep it, and keep it secret")
    report_findings(report.problems, report.warnings)
    for fault in report.faults:
        note(fault)
    for line in _stages(site, under_way):
        note(line)
    asked = site.ledger.errands() if site.errands else ()
    for line in errands.lines(asked, site.settings.site.timezone):
        note(line)
    left = site.ledger.waiting_count()
    if interrupted.is_set():
        note(f"interrupted; {left} wait for the next run")
        cli.fail(INTERRUPTED)
    elif relayed.stopped:
        note(f"sending stopped: {relayed.stopped}; {left} wait for the next run")
    elif left:
        note(f"{left} wait for the next run: deferred, of a later stage, or the rate is used up")
    cli.answer(_document(report, relayed), _lines(report, relayed, site))
    if not (cli.exit_code or left or asked or report.faults or relayed.counts):
        _keep_for_a_glance(cli, site)
    if report.faults or relayed.stopped or (strict and report.problems):
        cli.fail()


def _keep_for_a_glance(cli: Context, site: Site) -> None:
    """Note what the next one would say that finds nothing changed."""
    settled = site.publisher.standing.settled()
    if settled is None or site.edge.at is not None:
        return
    mark, report = settled
    nothing = Relayed(counts={})
    findings = (*report.problems, *(f"{finding} (warning)" for finding in report.warnings))
    said = Said(
        lines=tuple(_lines(report, nothing, site)),
        document=json.loads(as_json(_document(report, nothing))),
        errors=tuple(map(str, findings)),
    )
    keep(cli.config, site.edge.environ, site.ground(mark, report), said)


def _stages(site: Site, under_way: Container[int]) -> Iterator[str]:
    """At which stage issues are that are not through, and which of those under way were stopped."""
    for one in site.ledger.issues(finished_limit=0):
        if words := shapes.stage_words(one, site.settings.site.timezone):
            yield f"issue {one.id}: {words}"
        elif one.id in under_way and one.state is IssueState.PAUSED:
            yield f"issue {one.id} paused: {one.reason}"


def _publish(site: Site, *, confirm_withdrawals: bool) -> PassReport:
    """A pass; where mail waits for pages that are up by now, what it did and what follows."""
    pages = PageWatch()
    if not site.wait_for_checkout():
        note("Git's index.lock is still there after half a minute: reading the posts all the same")
    policy = site.policy(confirm_withdrawals=confirm_withdrawals)
    report = site.publisher.run_pass(site.edge.now(), policy)
    if policy.wait_for_page:
        with running([lane for lane in site.errands if lane.kind is Kind.HOOK]):
            pass  # it makes the pages, perhaps
    if policy.wait_for_page and pages.look(awaited(report)):
        again = site.publisher.run_pass(site.edge.now(), replace(policy, answering=pages.answering))
        return replace(
            report,
            plan=replace(report.plan, held=again.plan.held, scheduled=again.plan.scheduled),
            issues=(*report.issues, *again.issues),
            faults=(*report.faults, *again.faults),
        )
    return report


def _deliver(site: Site, stop: threading.Event) -> Relayed:
    """Send what can be sent now. A signal sets ``stop``, and lets what is in flight end."""

    def halt() -> None:
        stop.set()
        site.delivery.wake()

    with on_signals(halt), progress(site, lambda: site.delivery.limited_by):
        return site.delivery.run(stop, forever=False)


def _document(report: PassReport, relayed: Relayed) -> Mapping[str, object]:
    return {
        **shapes.done(report.plan),
        "issues": [
            {"id": one.id, "subject": one.subject, "audience": one.audience}
            for one in report.issues
        ],
        "deliveries": shapes.counts(relayed.counts),
        "feeds": [
            {
                "path": one.path,
                "format": one.format,
                "entries": one.entries,
                "changed": one.changed,
            }
            for one in report.feeds
        ],
        **shapes.standing(report.plan, report.problems, report.warnings),
    }


def _lines(report: PassReport, relayed: Relayed, site: Site) -> Iterable[str]:
    yield from shapes.done_lines(report.plan)
    changed = [one.path for one in report.feeds if one.changed]
    if changed:
        yield f"feeds: {len(changed)} of {len(report.feeds)} written, {changed[0]} first"
    for one in report.issues:
        yield f"issue {one.id}: «{one.subject}» to {one.audience or 'nobody: all have had it'}"
    if sent := shapes.counts(relayed.counts):
        yield "mail: " + ", ".join(f"{number} {state}" for state, number in sent.items())
    yield from shapes.waiting_lines(report.plan, site.settings.site.timezone)
    if report.plan.empty and not (changed or sent or report.faults or relayed.stopped):
        yield "nothing to do"
