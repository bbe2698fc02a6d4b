"""Commands that look after the ledger: backup, verify, adopt."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import context
from publisher.domain.errors import Refused

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after the ledger.")


@app.command()
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; it must not be there.")],
) -> None:
    """Copy the ledger as it is now, beside a running daemon too.

    \b
    Example:
      publisher ledger backup /var/backups/publisher-$(date +%F).db
    """
    cli = context(ctx)
    with cli.site() as site:
        if file.resolve().is_relative_to(site.settings.feeds_dir.resolve()):
            raise Refused(f"{file}: below feeds.path it would be served: name another place")
        site.ledger.backup(file)
    cli.answer({"path": str(file)}, [f"copied to {file}"])


@app.command()
def verify(ctx: typer.Context) -> None:
    """Look through the whole ledger for what is wrong with it; reads only, beside a daemon too.

    \b
    Example:
      publisher ledger verify || publisher ledger backup damaged.db
    """
    cli = context(ctx)
    with cli.site() as site, _looking() as tell:
        faults = list(site.ledger_faults(tell))
    lines = [f"ledger: {fault}" for fault in faults]
    cli.answer({"faults": faults}, lines or ["the ledger is in order"])
    if faults:
        cli.fail()


@app.command()
def adopt(ctx: typer.Context) -> None:
    """Go on with a ledger that was put back from an older copy. What is in doubt waits for you.

    Mails nobody: open issues stop, and posts due by now that it never mailed are held.

    \b
    Example:
      publisher ledger adopt && publisher status
    """
    cli = context(ctx)
    with cli.site() as site:
        stopped = site.adopt()
        shown = site.settings.ledger.partition(":")[2]
    cli.answer(
        {
            "ledger": shown,
            "stopped": [
                {"id": row.id, "subject": row.subject, "state": row.state, "reason": row.reason}
                for row in stopped
            ],
        },
        [
            f"{shown} is the ledger from now on",
            *(f"issue {row.id} «{row.subject}» is {row.state}: {row.reason}" for row in stopped),
            "posts due by now that it never mailed are held from the next pass on",
        ],
    )


@contextmanager
def _looking() -> Iterator[Callable[[str], None]]:
    """What is being looked at, on a terminal, for as long as that takes."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    with console.status("") as status:
        yield lambda what: status.update(f"looking at {what}")
