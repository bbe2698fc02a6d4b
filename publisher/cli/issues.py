"""Commands about issues: status, report, release, skip, same, issue pause and cancel, resolve."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated

import typer

from publisher.bootstrap import Site
from publisher.cli import errands, shapes, waiting
from publisher.cli.context import context, note, report_findings
from publisher.cli.pace import Course
from publisher.cli.progress import follow
from publisher.cli.report import Format, choose, pieces
from publisher.cli.waiting import Waiting
from publisher.domain.delivery import State
from publisher.domain.issue import IssueState
from publisher.domain.relay import RelayNote
from publisher.ledger.rows import IssueRow

STALE = timedelta(minutes=1)

Target = Annotated[
    str, typer.Argument(metavar="POST|ISSUE", help="A post's path, or an issue's number.")
]
LARGEST = 2**63 - 1
Number = Annotated[
    int, typer.Argument(metavar="ISSUE", help="An issue's number.", min=1, max=LARGEST)
]

issue_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Pause or cancel an issue."
)


class Resolution(StrEnum):
    """What a person says became of unknown deliveries."""

    RESEND = "resend"
    ACCEPT = "accept"


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    for command in (status, report, release, skip, same, resolve):
        app.command()(command)
    app.add_typer(issue_app, name="issue")


def status(
    ctx: typer.Context,
    watch: Annotated[
        bool, typer.Option("--watch", help="Look on first until nothing goes out any more.")
    ] = False,
) -> None:
    """Say what is scheduled, held, sent and failing, and when something happens next.

    \b
    Examples:
      publisher status
      publisher status --watch
      publisher status --json | jq .next_wakeup
    Exits 1 when a daemon runs, or died, and its last pass is over a minute old.
    """
    from publisher.foresee import foresee

    cli = context(ctx)
    with cli.site() as site:
        if watch and site.ledger_exists:
            follow(site)
        now, view = site.edge.now(), site.view()
        seen = foresee(site.folder, view, now, site.policy(), lambda _: 0)
        issues = site.ledger.issues() if site.ledger_exists else ()
        relays = site.ledger.relays() if site.ledger_exists else ()
        asked = site.ledger.errands() if site.ledger_exists else ()
        waits = _waiting(site, issues, relays, view.retry_at, now)
        wakeup = _earliest(
            seen.plan.wakeup,
            waits.paused_until if waits.queued else None,
            errands.next_at(asked),
        )
        stale = _stale(site)
        zone = site.settings.site.timezone
    report_findings(seen.problems, seen.warnings)
    standing = shapes.standing(seen.plan, seen.problems, seen.warnings)
    document = {
        "scheduled": standing["scheduled"],
        "held": standing["held"],
        "issues": [
            {
                "id": one.id,
                "subject": one.subject,
                "state": one.state,
                "reason": one.reason,
                "audience": one.audience,
                "counts": shapes.counts(one.counts),
                "stage": shapes.stage(one),
            }
            for one in issues
        ],
        "problems": standing["problems"],
        "warnings": standing["warnings"],
        "last_pass": shapes.instant(view.last_pass_at),
        "relays": [waiting.relay_shape(one, now) for one in relays],
        "waiting": waiting.shape(waits),
        "errands": [errands.shape(one) for one in errands.shown(asked)],
        "next_wakeup": shapes.instant(wakeup),
    }
    cli.answer(
        document,
        [
            *shapes.waiting_lines(seen.plan, zone),
            *(shapes.issue_line(one, zone) for one in issues),
            *waiting.lines(waits, now, zone),
            *errands.lines(asked, zone),
            *_next_line(wakeup, waits, zone),
        ],
    )
    if stale:
        note(stale)
        cli.fail()


def report(
    ctx: typer.Context,
    issue: Number,
    format_: Annotated[
        Format | None, typer.Option("--format", help="How to write it: a table unless given.")
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.")] = False,
    state: Annotated[
        list[State] | None,
        typer.Option(help="Only recipients in that state; give it again for one more state."),
    ] = None,
) -> None:
    """Say what became of every recipient of an issue; the counts add up to its audience.

    \b
    Examples:
      publisher report 12
      publisher report 12 --state unknown --state rejected
      publisher report 12 --csv > issue-12.csv
      publisher report 12 --json | jq '.deliveries[] | select(.attempts > 1)'
    """
    from publisher.audience.tokens import message_ids

    cli = context(ctx)
    chosen = choose(json_=cli.json, csv=csv, named=format_)
    cli.json = chosen is Format.JSON
    with cli.site() as site:
        row = site.ledger.issue(issue)
        rows = site.ledger.deliveries(issue, frozenset(state or ()))
        if row.state is IssueState.SENDING:
            note(f"issue {row.id} is being sent: rows may be newer than the counts")
        cli.json = False  # from here on the document is written, whatever comes
        named = message_ids(row.salt, site.mailroom.domain)
        for piece in pieces(chosen, row, rows, named, site.settings.site.timezone):
            sys.stdout.write(piece)
            sys.stdout.flush()


def release(ctx: typer.Context, target: Target) -> None:
    """Let go what is held or paused, or mail a live post to those who have not had it.

    \b
    Examples:
      publisher release 12
      publisher release content/posts/hello.md
    """
    cli = context(ctx)
    with cli.site() as site:
        number = site.ledger.release(_target(site, target), site.edge.now())
        acting = _who_acts(site)
    cli.answer({"issue": number, "released": True}, [f"issue {number} is released: {acting}"])


def skip(ctx: typer.Context, target: Target) -> None:
    """Drop a held issue: its post stays in the feeds and is not mailed."""
    cli = context(ctx)
    with cli.site() as site:
        site.ledger.skip(_target(site, target), site.edge.now())
    cli.answer({"skipped": target}, [f"skipped: {target}"])


def same(
    ctx: typer.Context,
    new: Annotated[str, typer.Argument(help="The path that the post has now.")],
    old: Annotated[str, typer.Argument(help="The path that it had.")],
) -> None:
    """Say that two paths are one post: the new one goes on under the old one's id.

    \b
    Example:
      publisher same content/posts/tides.md content/posts/tide.md
    """
    cli = context(ctx)
    with cli.site() as site:
        site.ledger.same(new, old, site.edge.now())
    cli.answer({"new": new, "old": old}, [f"{new} is {old}"])


def resolve(
    ctx: typer.Context,
    issue: Number,
    unknown: Annotated[Resolution, typer.Option(help="Send again, or take for delivered.")],
) -> None:
    """Settle the deliveries of which nobody knows whether the server took them.

    \b
    Example:
      publisher resolve 12 --unknown accept
    """
    cli = context(ctx)
    with cli.site() as site:
        number = site.ledger.resolve(issue, unknown.value, site.edge.now())
    what = "queued again" if unknown is Resolution.RESEND else "taken for delivered"
    cli.answer({"issue": issue, "resolved": number, "to": unknown}, [f"{number} {what}"])


@issue_app.command()
def pause(ctx: typer.Context, issue: Number) -> None:
    """Stop an issue that is being sent; publisher release ISSUE goes on."""
    cli = context(ctx)
    with cli.site() as site:
        site.ledger.pause(issue)
    cli.answer({"issue": issue, "state": IssueState.PAUSED}, [f"issue {issue} is paused"])


@issue_app.command()
def cancel(ctx: typer.Context, issue: Number) -> None:
    """End an issue: nobody who has not had it gets it."""
    cli = context(ctx)
    with cli.site() as site:
        number = site.ledger.cancel(issue, site.edge.now())
    cli.answer(
        {"issue": issue, "state": IssueState.CANCELLED, "cancelled": number},
        [f"issue {issue} is cancelled: {number} are not mailed"],
    )


def _target(site: Site, target: str) -> int | str:
    """An issue's number, or the key of the post with that path, key or URL."""
    if target.isdecimal() and int(target) <= LARGEST:
        return int(target)
    return site.ledger.lookup(target.removeprefix("./")).identity.key


def _who_acts(site: Site) -> str:
    holder = site.holder()
    if holder is not None and holder.role == "daemon" and holder.alive:
        return "the daemon starts it now"
    return "publisher publish, or the daemon, starts it"


def _waiting(
    site: Site,
    issues: Sequence[IssueRow],
    relays: Sequence[RelayNote],
    retry_at: datetime | None,
    now: datetime,
) -> Waiting:
    holder = site.holder()
    names = [one.name for one in site.settings.relays]
    stand = Course().stand(issues)
    return Waiting(
        queued=sum(one.counts[State.QUEUED] for one in issues if one.state is IssueState.SENDING),
        staged=stand.later,
        deferred=stand.deferred,
        retry_at=retry_at,
        relays=names,
        paused=waiting.paused(relays, names, now),
        acting=holder is not None and holder.alive,
        rate=site.settings.delivery.rate,
    )


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)


def _next_line(wakeup: datetime | None, waits: Waiting, zone: tzinfo) -> Iterator[str]:
    if wakeup:
        yield f"next: {shapes.local(wakeup, zone)}"
    elif not (waits.queued or waits.deferred):
        yield "nothing is ahead"


def _stale(site: Site) -> str | None:
    """What is wrong with the daemon, if one runs or died, and makes no passes."""
    view, holder = site.view(), site.holder()
    if holder is None or holder.role != "daemon":
        return None
    age = site.edge.now() - max(holder.since, view.last_pass_at or holder.since)
    if age <= STALE:
        return None
    late = int(age.total_seconds())
    return f"the daemon (process {holder.pid}) made its last pass {late} s ago: is it alive?"
