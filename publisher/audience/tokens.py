"""Tokens that say which subscriber a link is for, and the other values made under the secret.

A token is the first 24 characters of a URL-safe HMAC-SHA256 over the subscriber's number and
mailbox, and the number behind it. Nothing in it is a time, so a link works for years; and when a
ledger was lost and its numbers are given out anew, an old link is nobody else's. What each value
is for goes into the HMAC, so that none can stand in for another.

    token       hmac(secret, "unsubscribe" 0 "345" 0 mailbox)[:18 bytes] as base64url, then "345"
    salt        hmac(first secret, "issue" 0 feed id 0 edition)
    Message-ID  hmac(salt, mailbox)[:16 bytes] in hexadecimal, at the sender's domain

18 bytes are 24 whole characters of base64, so no two spellings mean the same bytes; and reading
makes the token anew and compares, so there is no decoder that could be lenient.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from binascii import b2a_base64
from collections.abc import Callable, Sequence

#: Shorter secrets can be found by trying, by anyone who holds one link.
SHORTEST_SECRET = 16

#: SHA-256's block, and what a key is mixed with for the two hashes of an HMAC (RFC 2104).
_BLOCK = 64
_INNER = bytes(byte ^ 0x36 for byte in range(256))
_OUTER = bytes(byte ^ 0x5C for byte in range(256))

#: base64url (RFC 4648 section 5) from base64.
_URL_SAFE = bytes.maketrans(b"+/", b"-_")

_TOKEN = re.compile(r"([A-Za-z0-9_-]{24})([1-9][0-9]{0,17})")


def parse_secrets(text: str) -> tuple[bytes, ...]:
    """Secrets separated by white space: the first signs, all verify. Raises ValueError."""
    secrets = tuple(word.encode() for word in text.split())
    if not secrets:
        raise ValueError("no secret is in it")
    if min(map(len, secrets)) < SHORTEST_SECRET:
        raise ValueError(f"a secret has to have at least {SHORTEST_SECRET} characters, no spaces")
    return secrets


class Tokens:
    """Signs and reads tokens. ``secrets`` is not empty; the first signs, all verify.

    Immutable, so any thread may use it.
    """

    __slots__ = ("_digests", "_first")

    def __init__(self, secrets: Sequence[bytes]) -> None:
        if not secrets:
            raise ValueError("tokens need a secret")
        self._first = secrets[0]
        self._digests = tuple(map(_keyed, secrets))

    def sign(self, subscriber_id: int, mailbox: str) -> str:
        """The token of a subscriber: URL-safe, 24 characters and the digits of the number."""
        return _token(self._digests[0], str(subscriber_id), mailbox)

    def read(self, token: str, mailbox_of: Callable[[int], str | None]) -> int | None:
        """The subscriber that a token was signed for under any of the secrets, else None.

        ``mailbox_of`` gives the mailbox of a subscriber's number, None where there is none.
        """
        match = _TOKEN.fullmatch(token)
        mailbox = mailbox_of(int(match[2])) if match else None
        if match is None or mailbox is None:
            return None
        real = [_token(digest, match[2], mailbox) for digest in self._digests]
        return int(match[2]) if any(hmac.compare_digest(one, token) for one in real) else None

    def issue_salt(self, feed_id: str, edition: int) -> bytes:
        """What the Message-IDs of one edition are made under. Kept with the issue, so that a later
        change of the secret does not change them."""
        return hmac.digest(self._first, f"issue\0{feed_id}\0{edition}".encode(), "sha256")


def message_id(salt: bytes, mailbox: str, domain: str) -> str:
    """The Message-ID of an edition to a mailbox, in angle brackets (RFC 5322 section 3.6.4).

    The same edition to the same mailbox always has the same one. ``domain`` is in ASCII.
    """
    return message_ids(salt, domain)(mailbox)


def message_ids(salt: bytes, domain: str) -> Callable[[str], str]:
    """``message_id`` of one edition, for many mailboxes. Any thread may call what it returns."""
    digest = _keyed(salt)

    def made(mailbox: str) -> str:
        return f"<{digest(mailbox.encode())[:16].hex()}@{domain}>"

    return made


def _keyed(key: bytes) -> Callable[[bytes], bytes]:
    """HMAC-SHA256 under one key (RFC 2104 section 2), its two key blocks hashed once: for short
    messages that is most of what ``hmac.digest`` does each time."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner = hashlib.sha256(block.translate(_INNER))
    outer = hashlib.sha256(block.translate(_OUTER))

    def digest(message: bytes) -> bytes:
        within = inner.copy()
        within.update(message)
        around = outer.copy()
        around.update(within.digest())
        return around.digest()

    return digest


def _token(digest: Callable[[bytes], bytes], number: str, mailbox: str) -> str:
    made = digest(f"unsubscribe\0{number}\0{mailbox}".encode())
    return b2a_base64(made[:18], newline=False).translate(_URL_SAFE).decode("ascii") + number
