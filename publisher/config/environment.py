"""What the environment adds to the configuration: ``${NAME}`` in values, and the secrets."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

SECRET = "PUBLISHER_SECRET"
SMTP_PASSWORD = "PUBLISHER_SMTP_PASSWORD"
_PASSWORD = re.compile(rf"{SMTP_PASSWORD}(_.*)?")

_NAME = re.compile(r"(\$?)\$\{([^}]*)(\}?)")
_USUAL = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def password_variable(relay: str) -> str:
    """The variable with the password of the relay of that name."""
    return f"{SMTP_PASSWORD}_{relay.upper().replace('-', '_')}"


def password(environ: Mapping[str, str], variable: str) -> str:
    """A password as it is set, or nothing; the line end that reading it from a file left is cut."""
    return environ.get(variable, "").rstrip("\r\n")


def expander(environ: Mapping[str, str]) -> Callable[[str], str]:
    """A function that puts values of the environment in the place of ``${NAME}``.

    ``$${`` stands for ``${`` itself. A name that is not set raises ValueError. What is put in is
    not looked at again.
    """

    def expand(text: str) -> str:
        return _NAME.sub(lambda match: _value(match, environ), text)

    return expand


def _value(match: re.Match[str], environ: Mapping[str, str]) -> str:
    escaped, variable, closed = match.groups()
    if escaped:
        return match[0][1:]
    if not closed or not _USUAL.fullmatch(variable):
        raise ValueError("${ begins the name of a variable, as in ${NAME}; write $${ for itself")
    if variable == SECRET or _PASSWORD.fullmatch(variable):
        raise ValueError(f"{variable} is read by itself: it has no place in the file")
    if variable not in environ:
        raise ValueError(f"the environment variable {variable} is not set")
    return environ[variable]
