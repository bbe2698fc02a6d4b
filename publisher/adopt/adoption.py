"""What is taken from a blog's own configuration, from where, and what can't be known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from publisher.content.habits import Generator

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*")
_EMAIL = re.compile(r"[^\s@<>\"(),:;]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_HERE = ("localhost", "127.0.0.1", "0.0.0.0")


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A key of config.yaml, such as ``site.title``, its value, and where that came from."""

    key: str
    value: Any
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Adoption:
    """All that a blog's files say. ``lacking`` are keys to fill in, with how; paths are relative to
    the blog's folder. ``notes`` are what a person should look at."""

    generator: Generator
    taken: tuple[Taken, ...]
    lacking: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

    def of(self, key: str) -> Any:
        """The value of a key; None where it was not taken."""
        return next((one.value for one in self.taken if one.key == key), None)


@dataclass(kw_only=True, slots=True)
class Takings:
    """Collects what one adopter finds. Values that could not stand in config.yaml are refused."""

    taken: dict[str, Taken] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def take(self, key: str, value: Any, source: str) -> bool:
        """Take a value, where there is one and the key has none yet."""
        if value in (None, "", [], {}) or key in self.taken:
            return False
        self.taken[key] = Taken(key=key, value=value, source=source)
        return True

    def note(self, text: str) -> None:
        """Say what a person should look at."""
        self.notes.append(text)

    def words(self, key: str, value: Any, source: str) -> bool:
        """Take a text, on one line; a title may be a number."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        return self.take(key, " ".join(str(value).split()) if is_text(value) else None, source)

    def url(self, value: Any, path: Any, source: str) -> bool:
        """Take the site's address, with the path that it is below."""
        url = site_url(value, path)
        if url is None and is_text(value):
            self.note(f"{source}: {value!r} is no address that readers can use; it is not taken")
        return self.take("site.url", url, source)

    def zone(self, value: Any, source: str) -> bool:
        """Take a time zone."""
        if not is_text(value):
            return False
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            self.note(f"{source}: {value!r} is no time zone known here; UTC holds")
            return False
        return self.take("site.timezone", value, source)

    def language(self, value: Any, source: str) -> bool:
        """Take a language tag; ``en_US`` and ``en_US.UTF-8`` are taken for ``en-US``."""
        tag = str(value).partition(".")[0].replace("_", "-") if is_text(value) else ""
        return self.take("site.language", tag if _LANGUAGE.fullmatch(tag) else None, source)

    def author(self, value: Any, source: str, email: Any = None) -> bool:
        """Take who writes the site: a name, or a table with ``name``, ``email`` and ``url``."""
        if isinstance(value, list | tuple):
            value = value[0] if value else None
        if isinstance(value, Mapping):
            email = value.get("email") or email
            page = value.get("url") or value.get("uri") or value.get("link")
            name = value.get("name")
        else:
            name, page = value, None
        if not is_text(name):
            return False
        person = {"name": " ".join(name.split())}
        if is_text(email) and _EMAIL.fullmatch(email.strip()):
            person["email"] = email.strip()
        if is_text(page) and site_url(page) is not None:
            person["url"] = page.strip()
        return self.take("site.author", person, source)

    def count(self, key: str, value: Any, source: str) -> bool:
        """Take a number from 1 to 10,000."""
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 10_000
        return self.take(key, value if fits else None, source)

    def done(self, generator: Generator) -> Adoption:
        """All of it. What every site needs and was not found is lacking."""
        for key, how in (("site.title", "what the site is called"),
                         ("site.url", "the address of the home page")):  # fmt: skip
            if key not in self.taken:
                self.lacking[key] = how
        return Adoption(
            generator=generator,
            taken=tuple(self.taken.values()),
            lacking=tuple(self.lacking.items()),
            notes=tuple(dict.fromkeys(self.notes)),
        )


def is_text(value: Any) -> TypeGuard[str]:
    """Whether a value says something in words."""
    return isinstance(value, str) and bool(value.strip())


def site_url(value: Any, path: Any = None) -> str | None:
    """An address with a host that is not this machine's, and a path behind it; None for others."""
    if not is_text(value):
        return None
    text = value.strip()
    text = f"https:{text}" if text.startswith("//") else text
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        return None
    if parts.hostname in _HERE:
        return None
    below = str(path).strip("/") if is_text(path) else ""
    return f"{text.rstrip('/')}/{below}".rstrip("/")


def named(files: Iterable[str], suffixes: tuple[str, ...]) -> int:
    """How many of these files end so."""
    return sum(name.lower().endswith(suffixes) for name in files)
