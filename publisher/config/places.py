"""Places as a setting may name them: hosts, URLs, addresses to listen on, folders, permalinks.

As with other values, each parser takes text and raises ValueError with the rest of a message.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import PurePosixPath
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna

from publisher.config.values import expected, shown
from publisher.content.permalink import STYLES, unknown_placeholders

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True, slots=True)
class Listen:
    """An address to listen on. Port 0 means any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def host_name(text: str) -> str:
    """A DNS name in lower-case A-labels, such as ``example.com``."""
    name = _a_labels(text)
    if name is None:
        raise expected("a host name such as example.com", text)
    return name


def mail_domain(text: str) -> str:
    """The part of addresses after the @-sign, in lower-case A-labels; one name, no pattern."""
    if "*" in text:
        raise ValueError(f"{shown(text)}: * is not known here: name each domain by itself")
    name = _a_labels(text)
    if name is None:
        raise expected("a domain such as example.com", text)
    return name


def list_id(text: str) -> str:
    """The identifier of a mailing list (RFC 2919): words with dots between, without brackets."""
    name = text.removeprefix("<").removesuffix(">").lower()
    if "." not in name or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise expected("words with dots between, such as notes.example.com", text)
    return name


def network(text: str) -> str:
    """An IP address, or a network such as ``10.0.0.0/8``."""
    try:
        return str(ip_network(text, strict=False))
    except ValueError as error:
        raise expected("an address or network such as 10.0.0.0/8", text) from error


def web_url(text: str) -> str:
    """An absolute ``http`` or ``https`` URL in ASCII, without a slash at its end."""
    wanted = "an absolute URL such as https://example.com"
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise expected(wanted, text) from error
    if url.scheme not in ("http", "https") or not url.hostname or re.search(r"[\s\\<>\"]", text):
        raise expected(wanted, text)
    if url.username is not None or url.query or url.fragment or text[-1] in "?#":
        raise expected(f"{wanted}, with nothing but a path behind the host", text)
    return f"{url.scheme}://{_url_host(url, text)}{'' if port is None else f':{port}'}{_path(url)}"


def endpoint(text: str) -> str:
    """An absolute ``http`` or ``https`` URL in ASCII that is asked for something, kept as it is.

    A message does not repeat it: services put secrets into such URLs.
    """
    wanted = ValueError("expected an absolute URL such as https://example.com/build?key=1")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError as error:
        raise wanted from error
    fits = url.scheme in ("http", "https") and re.fullmatch(r"[!-~]+", text.replace(url.netloc, ""))
    host = _a_labels(url.hostname or "")
    if not fits or re.search(r"[\\<>\"]", text) or "@" in url.netloc or url.fragment:
        raise wanted
    if ":" in (url.hostname or ""):
        host = f"[{_ip(url.hostname or '', 'it')}]"
    if host is None:
        raise wanted
    return urlunsplit(url._replace(netloc=host if port is None else f"{host}:{port}"))


def _url_host(url: SplitResult, text: str) -> str:
    host = url.hostname or ""
    if ":" in host:
        return f"[{_ip(host, text)}]"
    name = _a_labels(host)
    if name is None:
        raise expected("a URL with a host such as example.com", text)
    return name


def _path(url: SplitResult) -> str:
    return quote(url.path.rstrip("/"), safe="/%:@!$&'()*+,;=~")


def _a_labels(text: str) -> str | None:
    """A host name as lower-case A-labels (RFC 5890); None where it is none."""
    name = text.lower()
    try:
        ascii_name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except idna.IDNAError:
        return None
    labels = ascii_name.split(".")
    fits = len(ascii_name) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return ascii_name if fits else None


def _ip(host: str, text: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError as error:
        raise expected("an address with a valid IP number", text) from error


def listen(text: str) -> Listen:
    """``127.0.0.1:8000``, ``localhost:8000`` or ``[::1]:8000``."""
    wanted = "an address and a port such as 127.0.0.1:8000, or 0.0.0.0:8000 for every interface"
    host, colon, port = text.rpartition(":")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
        raise expected(wanted, text)
    if host.startswith("[") and host.endswith("]"):
        return Listen(host=_ip(host[1:-1], text), port=int(port))
    name = _a_labels(host)
    if name is None:
        raise expected(wanted, text)
    return Listen(host=name, port=int(port))


def folder(text: str) -> str:
    """A path, relative to the folder of the configuration or absolute."""
    if not text.isprintable():
        raise expected("a path", text)
    return text


def inner_folder(text: str) -> str:
    """A path below the folder of the configuration, with ``/`` and without ``.`` parts."""
    path = PurePosixPath(folder(text))
    if path.is_absolute() or ".." in path.parts or "\\" in text:
        raise expected("a folder below that of config.yaml, such as content", text)
    return path.as_posix()


def permalink(text: str) -> str:
    """A pattern for the path of a post's URL, such as ``/:year/:month/:title/``, or the name of
    one of Jekyll's styles."""
    if text in STYLES:
        return text
    if not text.startswith("/") or re.search(r"[\s?#\\<>\"]", text) or not text.isprintable():
        raise expected("a path that begins with /, such as /:year/:month/:title/", text)
    unknown = unknown_placeholders(text)
    if unknown:
        raise ValueError(f"no such placeholder: {', '.join(unknown)}")
    return text
