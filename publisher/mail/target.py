"""Where messages go, as ``delivery.transport`` says it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import SplitResult, unquote, urlsplit

FORMS = "maildir:FOLDER, smtp://USER@HOST:PORT or smtps://USER@HOST:PORT"

SUBMISSION_PORT = 587
SUBMISSIONS_PORT = 465


class Tls(StrEnum):
    """How a connection is protected. Certificate and host name are verified in both ways."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpTarget:
    """A mail relay. ``user`` is None where no login is wanted. ``host`` has no brackets."""

    host: str
    port: int
    user: str | None
    tls: Tls

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, kw_only=True, slots=True)
class MaildirTarget:
    """A Maildir. ``path`` is as written, relative or absolute."""

    path: str

    def __str__(self) -> str:
        return self.path


def parse_target(text: str) -> SmtpTarget | MaildirTarget:
    """``maildir:outbox``, ``smtp://ada@mail.example.com:587`` or ``smtps://mail.example.com``.

    ``smtp`` means STARTTLS, which the server has to offer, on port 587 unless another is given;
    ``smtps`` TLS from the first byte, on port 465. A user's ``@`` is written ``%40``. ``?tls=none``
    is allowed to loopback only. ValueError says what is wrong and what to write; it never shows a
    password.
    """
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError(f"spaces and control characters can't stand here; write {FORMS}")
    scheme, colon, rest = text.partition(":")
    match scheme.lower() if colon else "":
        case "maildir":
            return _maildir(rest)
        case "smtp" | "smtps" if rest.startswith("//"):
            return _smtp(_split(text))
        case "smtp" | "smtps":
            raise ValueError(f"// is missing after {scheme}:; write {scheme}://HOST")
        case _:
            raise ValueError(f"unknown way out{_shown(scheme)}; write {FORMS}")


def is_loopback(host: str) -> bool:
    """Whether a host is this machine by its very name or number; asks no name server."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _maildir(path: str) -> MaildirTarget:
    if not path:
        raise ValueError("a folder is missing after maildir:; write maildir:outbox")
    if path.startswith("//"):
        raise ValueError(f"maildir: takes a folder, not an address; write maildir:{path[2:]}")
    return MaildirTarget(path=path)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("the host's brackets don't match; write smtp://[::1]:587") from None


def _smtp(url: SplitResult) -> SmtpTarget:
    if url.password is not None:
        raise ValueError(
            "a password doesn't belong into the configuration; "
            "leave it out and set PUBLISHER_SMTP_PASSWORD"
        )
    if url.path.strip("/") or url.fragment:
        raise ValueError(f"nothing may follow the port but ?tls=none; write {url.scheme}://HOST")
    tls = _tls(url)
    return SmtpTarget(host=_host(url, tls), port=_port(url), user=_user(url), tls=tls)


def _tls(url: SplitResult) -> Tls:
    implicit = url.scheme == "smtps"
    if not url.query:
        return Tls.IMPLICIT if implicit else Tls.STARTTLS
    if url.query != "tls=none":
        raise ValueError(f"unknown option ?{url.query}; only ?tls=none exists")
    if implicit:
        raise ValueError("smtps:// is TLS; write smtp:// with ?tls=none")
    return Tls.NONE


def _host(url: SplitResult, tls: Tls) -> str:
    host = url.hostname or ""
    if not host:
        raise ValueError(f"the host is missing; write {url.scheme}://mail.example.com")
    if ":" in host:
        _require_ipv6(host)
    try:
        host.encode("idna")
    except UnicodeError:
        raise ValueError(f"{host!r} can't be a host name") from None
    if tls is Tls.NONE and not is_loopback(host):
        raise ValueError(
            f"tls=none sends everything readable and is allowed to loopback only, not to {host}; "
            "leave it out"
        )
    return host


def _require_ipv6(host: str) -> None:
    try:
        ip_address(host)
    except ValueError:
        raise ValueError(f"[{host}] is no IPv6 address; write smtp://[::1]:587") from None


def _port(url: SplitResult) -> int:
    try:
        port = url.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("the port has to be a number from 1 to 65535")
    return port or (SUBMISSIONS_PORT if url.scheme == "smtps" else SUBMISSION_PORT)


def _user(url: SplitResult) -> str | None:
    if url.username is None:
        return None
    user = unquote(url.username)
    if not user or not user.isprintable():
        raise ValueError("the user before the @-sign is empty or holds control characters")
    return user


def _shown(scheme: str) -> str:
    """What was written, unless it is so odd that it could be a login."""
    return f" {scheme!r}" if len(scheme) <= 30 and "@" not in scheme else ""
