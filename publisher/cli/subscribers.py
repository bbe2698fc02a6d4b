"""Commands about subscribers: list, add, remove, import, export."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from publisher.cli.context import context, note
from publisher.domain.errors import NotFound, OutputUnwritable, UsageError
from publisher.domain.moment import rfc3339
from publisher.domain.subscriber import NewSubscriber, Standing, Subscriber

if TYPE_CHECKING:
    from publisher.audience.importing import Row

CHUNK = 5000

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Who gets the newsletter: list, add, import …"
)

Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An address: ada@example.com.")]


@app.command(name="list")
def list_(
    ctx: typer.Context,
    all_: Annotated[bool, typer.Option("--all", help="Those who left, too.")] = False,
) -> None:
    """List subscribers."""
    cli = context(ctx)
    with cli.site() as site:
        people = [
            one
            for one in (site.ledger.subscribers() if site.ledger_exists else ())
            if all_ or one.standing is Standing.ACTIVE
        ]
    cli.answer({"subscribers": [_shape(one) for one in people]}, map(_line, people))


@app.command()
def add(
    ctx: typer.Context,
    address: Address,
    name: Annotated[str, typer.Option(help="Their name.")] = "",
    resubscribe: Annotated[
        bool, typer.Option("--resubscribe", help="Bring back someone who left and asks for it.")
    ] = False,
) -> None:
    """Add one address. Someone who left stays away, unless --resubscribe says they asked.

    \b
    Example:
      publisher subscribers add ada@example.com --name "Ada Example"
    """
    cli = context(ctx)
    new = _parsed(address, name)
    with cli.site() as site:
        became = site.ledger.add([new], site.edge.now(), resubscribe=resubscribe)
    if became.unsubscribed:
        note(f"{address}: left before; add --resubscribe if they asked to come back")
        cli.fail()
    what = next(
        (word for word in ("added", "unchanged", "resubscribed") if getattr(became, word)),
        "unsubscribed",
    )
    cli.answer({"address": new.address, "result": what}, [f"{what}: {new.address}"])


@app.command()
def remove(ctx: typer.Context, address: Address) -> None:
    """Unsubscribe an address. It stays known, so that no import brings it back."""
    cli = context(ctx)
    gone = _parsed(address, "")
    with cli.site() as site:
        if not site.ledger.remove(gone.mailbox, site.edge.now()):
            raise NotFound(f"{address}: no such subscriber")
    cli.answer({"address": address, "result": "unsubscribed"}, [f"unsubscribed: {address}"])


@app.command(name="import")
def import_(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header: email, name.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this it only says.")] = False,
) -> None:
    """Import a CSV file. A dry run until --yes; every line that is refused is reported.

    Who left stays away, whatever a file says.

    \b
    Examples:
      publisher subscribers import list.csv
      publisher subscribers import list.csv --yes
    """
    from publisher.audience.importing import read_rows

    cli = context(ctx)
    totals = {"added": 0, "unchanged": 0, "unsubscribed": 0, "repeated": 0, "refused": 0}
    with cli.site() as site, _opened(file) as lines:
        good = _sorted_out(read_rows(lines, str(file)), totals)
        for chunk in _chunks(good):
            became = site.enrol(chunk, write=yes)
            for what in ("added", "unchanged", "unsubscribed"):
                totals[what] += getattr(became, what)
    said = ", ".join(f"{number} {what}" for what, number in totals.items() if number) or "no lines"
    done = "imported" if yes else "would import (nothing is written without --yes)"
    if not any(totals[what] for what in ("added", "unchanged", "unsubscribed")):
        done = "nothing to import"
    cli.answer({"dry_run": not yes, **totals}, [f"{done}: {said}"])
    if totals["refused"]:
        cli.fail()


@app.command()
def export(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV to write; - for stdout.")],
) -> None:
    """Write every subscriber to a CSV file (mode 0600), those who left too."""
    from publisher.audience.exporting import write_csv

    cli = context(ctx)
    if cli.json and str(file) == "-":
        raise UsageError("--json and - both want stdout: name a file")
    with cli.site() as site:
        people = site.ledger.subscribers() if site.ledger_exists else iter(())
        if str(file) == "-":
            write_csv(people, sys.stdout)
            return
        number = _write(file, people)
    cli.answer({"path": str(file), "subscribers": number}, [f"{number} subscribers in {file}"])


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with file.open("rb") as lines:
            yield lines
    except OSError as error:
        raise UsageError(f"{file}: can't be read: {error.strerror}") from error


def _sorted_out(rows: Iterable[Row], totals: dict[str, int]) -> Iterator[NewSubscriber]:
    """The good rows; the others are counted and said."""
    for row in rows:
        if row.kind == "good" and row.subscriber is not None:
            yield row.subscriber
            continue
        note(str(row.finding))
        if row.kind in totals:
            totals[row.kind] += 1


def _chunks(people: Iterable[NewSubscriber]) -> Iterator[list[NewSubscriber]]:
    people = iter(people)
    while chunk := list(islice(people, CHUNK)):
        yield chunk


def _write(file: Path, people: Iterable[Subscriber]) -> int:
    from publisher.audience.exporting import write_csv

    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="") as out:
            os.fchmod(descriptor, 0o600)
            return write_csv(people, out)
    except OSError as error:
        raise OutputUnwritable(f"{file}: can't be written: {error.strerror}") from error


def _parsed(address: str, name: str) -> NewSubscriber:
    from publisher.audience.address import parse_address

    try:
        return parse_address(address, name)
    except ValueError as error:
        raise UsageError(str(error)) from error  # it repeats the address, on one line


def _shape(one: Subscriber) -> dict[str, Any]:
    return {
        "address": one.address,
        "name": one.name,
        "standing": one.standing,
        "created_at": rfc3339(one.created_at),
    }


def _line(one: Subscriber) -> str:
    left = "" if one.standing is Standing.ACTIVE else f"  ({one.standing})"
    return f"{one.address}{f'  {one.name}' if one.name else ''}{left}"
