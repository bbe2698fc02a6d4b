"""What the program runs with: the file, where it stands, and what only the environment may say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretBytes, SecretStr

from publisher.config.keys import File
from publisher.config.relays import RelaySection
from publisher.content.habits import habits_of
from publisher.content.templates import ENGINES, Engine
from publisher.mail.target import MaildirTarget, SmtpTarget, parse_target

#: What the relay of ``delivery.transport`` is called.
MAIN = "main"


@dataclass(frozen=True, kw_only=True, slots=True)
class WayOut:
    """A relay as it is set, or the one Maildir. ``weight`` 0 is a spare."""

    name: str
    target: SmtpTarget | MaildirTarget
    weight: int
    connections: int
    rate: str
    password: SecretStr | None


class Settings(File):
    """The file, where it stands, and what only the environment may say.

    Paths in it are relative to ``root``, the folder of the file. ``secrets`` is empty where one is
    to be made at the first run, in ``state / "secret"``.
    """

    path: Path
    root: Path
    secrets: tuple[SecretBytes, ...] = ()
    smtp_password: SecretStr | None = None
    relay_passwords: Mapping[str, SecretStr] = {}

    @property
    def state(self) -> Path:
        """The folder for what the program keeps for itself."""
        return self.root / "state"

    @property
    def feeds_dir(self) -> Path:
        """The folder that feeds are written to."""
        return self.root / self.feeds.path

    @property
    def feeds_url(self) -> str:
        """Where that folder is served."""
        return self.feeds.url or self.site.url

    @property
    def own_places(self) -> tuple[Path, ...]:
        """The folders that the program writes to, and that of its templates."""
        maildirs = (
            self.root / way.target.path
            for way in self.relays
            if isinstance(way.target, MaildirTarget)
        )
        return (self.state, self.feeds_dir, self.root / "templates", *maildirs)

    @property
    def own_permalink(self) -> str | None:
        """The generator's own pattern, where that is what holds."""
        content = self.content
        if content.generator == "none" or "permalink" in content.model_fields_set:
            return None
        return habits_of(content.generator, content.slugs).pattern

    @property
    def engine(self) -> Engine:
        """What fills in template syntax in posts."""
        content = self.content
        return content.templates or ENGINES.get(content.generator, "none")

    @property
    def list_id(self) -> str:
        """The List-Id of the newsletter."""
        return self.newsletter.list_id or f"newsletter.{self.site.id_authority}"

    @property
    def relays(self) -> tuple[WayOut, ...]:
        """Where mails leave to: one at least."""
        default = RelaySection(transport=self.delivery.transport)
        return tuple(
            WayOut(
                name=name,
                target=parse_target(relay.transport),
                weight=relay.weight,
                connections=relay.connections or self.delivery.connections,
                rate=relay.rate,
                password=self.relay_passwords.get(name, self.smtp_password),
            )
            for name, relay in (self.delivery.relays or {MAIN: default}).items()
        )

    @classmethod
    def of(cls, file: File, **beside: Any) -> Settings:
        """The settings of a file; keys that the file left out stay known as such."""
        return cls(**{key: getattr(file, key) for key in file.model_fields_set}, **beside)
