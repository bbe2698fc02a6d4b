"""A login by AUTH PLAIN (RFC 4616) or LOGIN: what to say, and what never to show."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from publisher.mail.replies import Reply

#: So many characters in common with a secret are taken for an echo of it.
ECHO = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """A user and a password. ``repr`` shows neither."""

    user: str = field(repr=False)
    password: str = field(repr=False)

    def lines(self, offered: Collection[str]) -> list[bytes]:
        """What to say, without line ends; each but the last has to be answered by 334.

        Empty when the server offers neither PLAIN nor LOGIN.
        """
        if "PLAIN" in offered:
            return [b"AUTH PLAIN " + self._plain()]
        if "LOGIN" in offered:
            return [b"AUTH LOGIN", b64encode(self.user.encode()), self._secret()]
        return []

    def _plain(self) -> bytes:
        return b64encode(f"\0{self.user}\0{self.password}".encode())

    def _secret(self) -> bytes:
        return b64encode(self.password.encode())

    def hide(self, reply: Reply) -> Reply:
        """A reply that may be shown: its code alone where its text echoes a secret."""
        return Reply(code=reply.code, lines=(self.without_secrets(reply.text),))

    def without_secrets(self, text: str) -> str:
        """The text, or nothing when a part of the password, encoded or not, stands in it."""
        return "" if any(part in text for part in self._parts()) else text

    def _parts(self) -> Iterator[str]:
        for secret in (self.password, self._secret().decode(), self._plain().decode()):
            size = min(ECHO, len(secret))
            for start in range(len(secret) - size + 1):
                yield secret[start : start + size]
