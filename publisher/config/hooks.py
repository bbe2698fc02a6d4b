"""The keys of hooks: what the site's own machinery is told."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field, PlainValidator, SecretStr

from publisher.config import fields, places, values
from publisher.config.document import kind
from publisher.config.section import Section


def _secret_url(said: str) -> SecretStr:
    return SecretStr(places.endpoint(said))


def _command(value: object) -> tuple[str, ...]:
    """The words of a command: a list as it stands, or text, split as a shell would; no more."""
    if isinstance(value, str):
        try:
            words: Sequence[object] = shlex.split(value)
        except ValueError as error:
            raise ValueError(f"expected a command: {str(error).lower()}") from error
    elif isinstance(value, list | tuple):
        words = value
    else:
        raise ValueError(f"expected a command, not {kind(value)}")
    if not words or not all(isinstance(word, str) and "\0" not in word for word in words):
        raise ValueError("expected a command such as [make, site]")
    return tuple(str(word) for word in words)


SecretUrl: TypeAlias = Annotated[SecretStr, fields.text(_secret_url, "a URL")]
Command: TypeAlias = Annotated[tuple[str, ...], PlainValidator(_command)]
HookTime: TypeAlias = Annotated[
    timedelta,
    fields.text(values.duration(timedelta(seconds=1), timedelta(hours=1)), "a time span"),
]


class Hook(Section):
    """Something to be told: a `url` or a `command`."""

    url: SecretUrl | None = Field(
        default=None,
        description="URL that gets what happened as a POST of JSON. It is never shown.",
    )
    command: Command | None = Field(
        default=None,
        description=(
            "Command that is run in the folder of config.yaml and reads the same from its standard "
            "input: a list of words, or text that is split into words. No shell is used."
        ),
    )
    timeout: HookTime = Field(
        default=timedelta(seconds=30),
        description="Time to answer or to end; after it the command is killed.",
    )


def one_way(hook: Hook | None) -> Hook | None:
    """A hook that says either a URL or a command. Raises ValueError."""
    if hook is not None and (hook.url is None) == (hook.command is None):
        raise ValueError("write either url: or command: below it")
    return hook


class Hooks(Section):
    """What is told when something happens."""

    on_publish: Annotated[Hook | None, AfterValidator(one_way)] = Field(
        default=None,
        description=(
            "What is told at the instant at which posts go out, are revised or withdrawn, when "
            "their feeds are on the disk: so that a static site rebuilds itself just then."
        ),
    )
