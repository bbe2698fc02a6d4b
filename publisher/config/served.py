"""What must not lie in the folder that a web server serves: the ledger, secrets, people's mail."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from publisher.config.document import Document, Place, name
from publisher.config.keys import Delivery, Feeds, File
from publisher.domain.errors import UsageError
from publisher.domain.finding import Finding
from publisher.ledger.place import locate
from publisher.mail.target import MaildirTarget, parse_target


def exposed(document: Document, config: Path, path: str) -> list[Finding]:
    """A finding for each private thing inside ``feeds.path``; symbolic links are followed.

    It reads the text of the file, not the settings, so that it can speak up along with everything
    else that is wrong.
    """
    served = _text(document, ("feeds", "path"), Feeds().path)
    folder = Path(os.path.realpath(config.parent / served))
    return [
        _finding(document, path, key, f"{what} would lie in feeds.path ({served}) and be served")
        for key, what, place in _private(document, config)
        if Path(os.path.realpath(place)).is_relative_to(folder)
    ]


def _private(document: Document, config: Path) -> Iterator[tuple[Place, str, Path]]:
    """What is private, the key that says where it is, and where that is."""
    root = config.parent
    yield ("feeds", "path"), config.name, config
    yield ("feeds", "path"), "the folder state", root / "state"
    try:
        ledger = locate(_text(document, ("ledger",), _DEFAULT_LEDGER), root)
        yield ("ledger",), "the ledger", ledger.path
    except UsageError:
        pass  # the model has said so
    secret = _text(document, ("secret_file",), "")
    if secret:
        yield ("secret_file",), "the secret", root / secret
    for place in _transports(document):
        try:
            target = parse_target(_text(document, place, Delivery().transport))
        except ValueError:
            continue  # the model has said so
        if isinstance(target, MaildirTarget):
            yield place, "the mails", root / target.path


def _transports(document: Document) -> list[Place]:
    delivery = document.values.get("delivery")
    relays = delivery.get("relays") if isinstance(delivery, dict) else None
    if isinstance(relays, dict) and relays:
        return [("delivery", "relays", name, "transport") for name in relays]
    return [("delivery", "transport")]


_DEFAULT_LEDGER = str(File.model_fields["ledger"].default)


def _text(document: Document, place: Place, default: str) -> str:
    """What the file says; the default too where no path can be meant, and the model says so."""
    value: object = document.values
    for key in place:
        value = value.get(str(key)) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value.isprintable() else default


def _finding(document: Document, path: str, key: Place, message: str) -> Finding:
    """At the key that says where the thing is, or at ``feeds.path`` where that is left out."""
    said = key if key in document.lines else ("feeds", "path")
    line = document.lines.get(said)
    return Finding(path=path, line=line, message=f"{name(said)}: {message}: choose another folder")
