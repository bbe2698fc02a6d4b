"""Commands about posts: check, plan, publish, run, preview, send."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from publisher.bootstrap import Site
from publisher.cli import shapes
from publisher.cli.context import Context, context, note, report_findings
from publisher.domain.errors import TemplateFault, UsageError
from publisher.domain.finding import Finding
from publisher.domain.stages import AUTHOR
from publisher.domain.subscriber import Standing

At = Annotated[
    str | None,
    typer.Option(metavar="TIME", help="Take this for the time: 2026-02-19T12:00:00Z."),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit 1 when a post has a problem.")]


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    for command in (check, plan, publish, run, preview, send):
        app.command()(command)


def check(ctx: typer.Context) -> None:
    """Say every problem of configuration, posts, templates and mail, as path:line: message.

    \b
    Example:
      publisher check && git push
    """
    from publisher.check import check as check_site

    cli = context(ctx)
    with cli.site() as site:
        found = check_site(
            site.folder, site.view(), site.edge.now(), site.policy(), site.editor, str(cli.config)
        )
        problems = [*found.problems, *_login_fault(cli, site), *_page_faults(site)]
        warnings = [*found.warnings, *_stage_of_nobody(cli, site)]
    report_findings((), warnings)
    cli.answer(
        {
            "problems": [shapes.finding(one) for one in problems],
            "warnings": [shapes.finding(one) for one in warnings],
        },
        [
            *map(str, problems),
            f"{shapes.count(found.posts, 'post')}, {shapes.count(len(problems), 'problem')}",
        ],
    )
    if problems:
        cli.fail()


def plan(ctx: typer.Context, at: At = None, strict: Strict = False) -> None:
    """Say what is live, due, scheduled, held or a draft, and who would be mailed. Writes nothing.

    \b
    Examples:
      publisher plan
      publisher plan --at 2026-02-19T12:00:00Z
    """
    from publisher.foresee import foresee

    cli = context(ctx)
    with cli.site(at) as site:
        seen = foresee(site.folder, site.view(), site.edge.now(), site.policy(), site.audience_of)
        zone = site.settings.site.timezone
        starting = any(one.action == "start" for one in seen.mailings)
        stages = [*_stage_lines(site, starting=starting)]
    report_findings(seen.problems, seen.warnings)
    mailings = [
        {"path": one.path, "audience": one.audience, "action": one.action, "reason": one.reason}
        for one in seen.mailings
    ]
    cli.answer(
        {
            **shapes.done(seen.plan),
            "issues": mailings,
            "live": len(seen.plan.live),
            **shapes.standing(seen.plan, seen.problems, seen.warnings),
        },
        [
            *shapes.done_lines(seen.plan),
            *(f"mail: {one.path}: {one.sentence}" for one in seen.mailings),
            *stages,
            *shapes.waiting_lines(seen.plan, zone),
            f"live: {shapes.count(len(seen.plan.live), 'post')}",
        ],
    )
    if strict and seen.problems:
        cli.fail()


def publish(
    ctx: typer.Context,
    at: At = None,
    yes: Annotated[bool, typer.Option("--yes", help="Allow --at to lie ahead.")] = False,
    withdraw: Annotated[
        bool, typer.Option("--withdraw", help="Confirm that vanished posts are to be withdrawn.")
    ] = False,
    strict: Strict = False,
) -> None:
    """Make one pass: publish all that is due, send what can be sent now, and exit.

    \b
    Examples:
      publisher publish
      publisher publish --at 2026-02-19T12:00:00Z     a rehearsal
    """
    from publisher.cli.passes import one_pass

    cli = context(ctx)
    with cli.site(at) as site:
        if site.edge.ahead() and not yes:
            raise UsageError("--at lies ahead: what it publishes is out for good; add --yes")
        one_pass(cli, site, confirm_withdrawals=withdraw, strict=strict)


def run(ctx: typer.Context) -> None:
    """Run the daemon: watch the folder, publish at each post's instant, deliver, serve unsubscribe.

    \b
    Example:
      publisher run            stop it with Ctrl-C or SIGTERM; nothing is lost
    """
    from publisher.cli.logs import set_up_logs
    from publisher.cli.serve import serve

    cli = context(ctx)
    set_up_logs(verbose=cli.verbose)
    with cli.site() as site:
        serve(site)


def preview(
    ctx: typer.Context,
    post: Annotated[
        str | None, typer.Argument(help="A post's path; the next or newest unless set.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the files to this folder.")] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the browser.")] = True,
) -> None:
    """Make a post's issue as HTML, text and .eml, and open it. Its unsubscribe link is inert.

    \b
    Examples:
      publisher preview
      publisher preview content/posts/2026-03-02-what-the-fog-hides.md --no-open --out build
    """
    from publisher.rehearse import rehearse, write_files

    cli = context(ctx)
    with cli.site() as site:
        made = rehearse(site.folder, site.editor, post, site.edge.now())
        paths = write_files(made, out)
    report_findings((), made.warnings)
    _tell_files(cli, made.subject, paths)
    if open_ and not cli.json and _on_a_terminal():
        typer.launch(str(paths["html"]))


def send(
    ctx: typer.Context,
    post: Annotated[str, typer.Argument(help="A post's path.")],
    to: Annotated[str, typer.Option("--to", metavar="ADDR", help="Where to send it.")],
) -> None:
    """Send a post's issue to one address as a test, outside the ledger.

    \b
    Example:
      publisher send content/posts/hello.md --to ada@example.com
    """
    from publisher.rehearse import rehearse, send_to

    cli = context(ctx)
    with cli.site() as site:
        made = rehearse(site.folder, site.editor, post, site.edge.now())
        outcome = send_to(made, to, site.transport, site.mailroom.sender, site.mailroom.domain)
    cli.answer(
        {"address": to, "subject": made.subject, "state": outcome.state, "reply": outcome.reply},
        [f"{outcome.state}: {to}: {outcome.reply}"],
    )
    if not outcome.accepted:
        cli.fail()


def _login_fault(cli: Context, site: Site) -> list[Finding]:
    from publisher.config.readiness import login_lacks

    lacks = login_lacks(site.settings)
    return [] if lacks is None else [Finding(path=str(cli.config), message=lacks)]


def _stage_lines(site: Site, *, starting: bool) -> Iterator[str]:
    """In which stages mail goes out that would start now, and at which the issues under way are."""
    if starting and site.stages is not None:
        yield f"mail: in stages: {', then '.join(site.stages.names)}"
    for one in site.ledger.issues(finished_limit=0) if site.ledger_exists else ():
        if words := shapes.stage_words(one, site.settings.site.timezone):
            yield f"mail: issue {one.id}: {words}"


def _stage_of_nobody(cli: Context, site: Site) -> list[Finding]:
    """A warning where an issue would go to its author first, and there is none to mail."""
    if site.stages is None or AUTHOR not in site.stages.names:
        return []
    author, path = site.stages.author, str(cli.config)
    passed_over = "the stage author of newsletter.stages is nobody, and is passed over"
    if not author:
        return [Finding(path=path, message=f"site.author.email is not set: {passed_over}")]
    known = site.ledger.find(author) if site.ledger_exists else None
    if known is not None and known.standing is Standing.ACTIVE:
        return []
    hint = f"publisher subscribers add {author}"
    return [Finding(path=path, message=f"{author} is not subscribed: {passed_over}; {hint}")]


def _page_faults(site: Site) -> list[Finding]:
    from publisher.cli.pages import pages_of

    try:
        pages_of(site)
    except TemplateFault as error:
        return [error.finding]
    return []


def _tell_files(cli: Context, subject: str, paths: dict[str, Path]) -> None:
    cli.answer(
        {"subject": subject, **{kind: str(path) for kind, path in paths.items()}},
        [f"{subject}", *(f"{kind}: {path}" for kind, path in paths.items())],
    )


def _on_a_terminal() -> bool:
    import sys

    if not sys.stdout.isatty():
        note("not on a terminal, so no browser is opened")
        return False
    return True
