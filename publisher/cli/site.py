"""Commands about the site as a whole: init, config show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from publisher.cli import adopting
from publisher.cli.context import context

config_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Show the configuration."
)


def add_to(app: typer.Typer) -> None:
    """Register these commands."""
    app.command()(init)
    app.add_typer(config_app, name="config")


def init(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Where; here unless set, or there with --from."),
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="BLOG",
            help="A blog that Jekyll, Hugo, Eleventy, Zola, Astro, Docusaurus or Pelican makes.",
        ),
    ] = None,
) -> None:
    """Make a working site: config.yaml, content/ with two posts, the mail's templates.

    \b
    Examples:
      publisher init myblog && cd myblog && publisher publish
      publisher init --from ../blog myfeeds
    Nothing that is there already is touched, but for lines that .gitignore lacks. With --from only
    config.yaml is made, as it fits that blog, whose files stay as they are.
    """
    import os

    from publisher.bootstrap import Edge, shipped_templates
    from publisher.starter import make_site

    if source is not None:
        adopting.adopt(context(ctx), source, folder or source)
        return
    folder = folder or Path()
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
