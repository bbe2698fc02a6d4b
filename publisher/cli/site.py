"""Commands about the site as a whole: init, config show, ledger backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli.context import context
from publisher.domain.errors import Refused

config_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Show the configuration."
)
ledger_app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Look after the ledger.")


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(init)
    app.add_typer(config_app, name="config")
    app.add_typer(ledger_app, name="ledger")


def init(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where; here unless set.")] = Path(),
) -> None:
    """Make a working site: config.yaml, content/ with two posts, the mail's templates.

    \b
    Example:
      publisher init myblog && cd myblog && publisher publish
    Nothing that is there already is touched, but for lines that .gitignore lacks.
    """
    import os

    from publisher.bootstrap import Edge, shipped_templates
    from publisher.starter import make_site

    made = make_site(folder, shipped_templates() / "email", Edge(environ=os.environ).now())
    context(ctx).answer(
        {"made": [str(path) for path in made]},
        [*(f"made {path}" for path in made), f"Next: cd {folder} && publisher check"],
    )


@config_app.command()
def show(ctx: typer.Context) -> None:
    """Print every setting in force; secrets are hidden."""
    import yaml

    from publisher.config.show import shown

    cli = context(ctx)
    with cli.site() as site:
        settings = shown(site.settings)
    text = yaml.safe_dump(settings, allow_unicode=True, sort_keys=False).rstrip()
    cli.answer(settings, [text])


@ledger_app.command()
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
