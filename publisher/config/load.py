"""The configuration of a site, from its file and the environment: all of it, or all that is wrong.

bytes ──document──▶ text with lines ──keys──▶ typed values ──here──▶ Settings
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from pydantic import SecretBytes, SecretStr, ValidationError

from publisher.audience.secret import SecretUnusable
from publisher.audience.secret import load as load_secrets
from publisher.audience.tokens import parse_secrets
from publisher.config.complaints import complaints
from publisher.config.document import LARGEST, Document, read_document
from publisher.config.environment import (
    SECRET,
    SMTP_PASSWORD,
    expander,
    password,
    password_variable,
)
from publisher.config.keys import File
from publisher.config.served import exposed
from publisher.config.settings import Settings
from publisher.domain.errors import ConfigError
from publisher.domain.finding import Finding

#: Where the secret is that is made when none is set, below the folder of the file.
MADE = Path("state", "secret")


def load(path: Path, environ: Mapping[str, str], *, today: date) -> Settings:
    """The settings of a site.

    ``path`` is the file as the person named it, and what findings call it; ``today`` the present
    day in UTC. Raises ConfigError with every problem there is, in the order of the file.
    """
    return read(_bytes(path), path, environ, today=today)


def read(data: bytes, path: Path, environ: Mapping[str, str], *, today: date) -> Settings:
    """The settings in the bytes of a file that stands at ``path``. Raises ConfigError."""
    called, config = str(path), Path(os.path.abspath(path))
    document = read_document(data, called, expander(environ))
    findings = [*document.findings, *exposed(document, config, called), *_both(document, called)]
    file: File | None = None
    try:
        file = File.model_validate(document.values, context={"today": today})
    except ValidationError as error:
        findings += complaints(error, document, called)
    secrets = _secrets(document, config.parent, environ, called, findings)
    if file is None or findings:
        raise ConfigError(sorted(findings, key=lambda one: (one.path != called, one.line or 0)))
    general = password(environ, SMTP_PASSWORD)
    own = {name: password(environ, password_variable(name)) for name in file.delivery.relays}
    return Settings.of(
        file,
        path=config,
        root=config.parent,
        secrets=tuple(SecretBytes(secret) for secret in secrets),
        smtp_password=SecretStr(general) if general else None,
        relay_passwords={name: SecretStr(its) for name, its in own.items() if its},
    )


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except FileNotFoundError as error:
        message = "no such file: make a site with 'publisher init', or name it with --config PATH"
        raise ConfigError([Finding(path=str(path), message=message)]) from error
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError([Finding(path=str(path), message=f"can't be read: {reason}")]) from error


def _both(document: Document, called: str) -> Iterator[Finding]:
    """A finding where mails are to leave both by one relay and by several."""
    given = document.values.get("delivery")
    if isinstance(given, dict) and "transport" in given and given.get("relays"):
        lines = document.lines
        message = (
            f"delivery.transport: delivery.relays on line {lines['delivery', 'relays']} says it "
            "too: drop transport, and make it one of the relays"
        )
        yield Finding(path=called, line=lines["delivery", "transport"], message=message)


def _secrets(
    document: Document,
    root: Path,
    environ: Mapping[str, str],
    called: str,
    findings: list[Finding],
) -> tuple[bytes, ...]:
    """The secrets that are set, those of the environment first. What is wrong goes to findings.

    One that was made before any was set still verifies: its links are in people's mailboxes.
    """
    secrets: tuple[bytes, ...] = ()
    if environ.get(SECRET, "").strip():
        try:
            secrets = parse_secrets(environ[SECRET])
        except ValueError as error:
            findings.append(Finding(path=SECRET, message=str(error)))
    named = document.values.get("secret_file")
    if isinstance(named, str) and named.isprintable():
        try:
            secrets += load_secrets(root / named)
        except SecretUnusable as error:
            line = document.lines.get(("secret_file",))
            findings.append(Finding(path=called, line=line, message=f"secret_file: {error}"))
    if secrets:
        secrets += _made_before(root / MADE, called, findings)
    return secrets


def _made_before(path: Path, called: str, findings: list[Finding]) -> tuple[bytes, ...]:
    try:
        return load_secrets(path)
    except SecretUnusable as error:
        if not isinstance(error.__cause__, FileNotFoundError):
            findings.append(Finding(path=called, message=str(error)))
        return ()
