"""The application: its commands, the options they share, and the one place where errors end."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from publisher import __version__
from publisher.cli import issues, ledger, posts, site, subscribers
from publisher.cli.context import INTERRUPTED, Context, hoist, note
from publisher.domain.errors import ConfigError, PublisherError, TemplateFault, UsageError

app = typer.Typer(
    name="publisher",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="""Publish a folder of Markdown posts as feeds and as a newsletter, each due post once.

\b
Examples:
  publisher init myblog                 a working site
  publisher plan                        what would go out now, and why
  publisher publish                     one pass: publish, send, exit
  publisher run                         the daemon
  publisher --config site/config.yaml status --json
""",
    epilog="--config, --json and -v may stand before or after the command. "
    "Exit codes: 0 done, 1 something asked could not be done, 2 usage or configuration.",
)
posts.add_to(app)
issues.add_to(app)
site.add_to(app)
app.add_typer(subscribers.app, name="subscribers")
app.add_typer(ledger.app, name="ledger")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def shared(
    ctx: typer.Context,
    config: Annotated[
        Path,
        typer.Option(metavar="PATH", help="The configuration; paths in it are relative to it."),
    ] = Path("config.yaml"),
    json_: Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more on stderr.")] = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", is_eager=True, callback=_version
        ),
    ] = False,
) -> None:
    """Keep what every command shares."""
    shared_by_all: Context = ctx.obj
    shared_by_all.config, shared_by_all.json, shared_by_all.verbose = config, json_, verbose


def run(arguments: Sequence[str]) -> int:
    """Run a command line. The exit code."""
    state = Context(json="--json" in arguments)
    try:
        app(hoist(arguments), obj=state, standalone_mode=True)
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
        if state.json and code == UsageError.exit_code:
            typer.echo(json.dumps({"error": "a usage error: see stderr"}))
        return max(code, state.exit_code)
    except PublisherError as error:
        return _said(state, error)
    except KeyboardInterrupt:
        note("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception:
        if state.verbose:
            raise
        from publisher.cli.logs import log_bug

        log_bug()
        return 1
    return state.exit_code


def _said(state: Context, error: PublisherError) -> int:
    located = isinstance(error, ConfigError | TemplateFault)  # these begin with path:line
    note(str(error) if located else f"publisher: {error}")
    if state.json:
        typer.echo(json.dumps({"error": str(error)}, ensure_ascii=False))
    return error.exit_code
