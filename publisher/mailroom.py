"""The mailroom: puts a delivery's own values into its issue's bytes, ready to carry.

What all messages of an issue share is made once and kept by how often the issue was frozen when the
delivery was lined up. The bytes kept may be newer than that, never older: a delivery whose issue
was frozen anew since is not begun, so what was made of older bytes is not sent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from publisher.audience.tokens import message_ids
from publisher.domain.delivery import Claim
from publisher.domain.errors import Unsendable
from publisher.mail.message import Message
from publisher.newsletter.compile import Compiled, Recipient

KEEP = 16


class FrozenIssue(Protocol):
    """What the ledger has of an issue that was started."""

    @property
    def salt(self) -> bytes:
        """What its Message-IDs are made with."""


class ContentBook(Protocol):
    """The ledger as the mailroom needs it; called from many threads."""

    def issue(self, issue_id: int) -> FrozenIssue:
        """One issue."""

    def content(self, issue_id: int) -> bytes:
        """Its bytes, as they were frozen."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the messages of an issue share, and what makes the Message-ID of a mailbox."""

    compiled: Compiled
    message_id: Callable[[str], str]


@dataclass(kw_only=True)
class Mailroom:
    """Makes messages. ``link`` gives a subscriber's unsubscribe URL, or None where none is served.

    ``sender`` is the envelope's; ``domain`` is where Message-IDs are at. Safe for threads.
    """

    book: ContentBook
    link: Callable[[int, str], str | None]
    sender: str
    domain: str
    _letters: dict[tuple[int, int], _Letter] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def message(self, claim: Claim) -> Message:
        """The message of a delivery: the same for the same delivery of the same issue.

        Raises Unsendable for an address or a name that no message can carry.
        """
        issue_id, who, mailbox = claim.issue_id, claim.subscriber_id, claim.mailbox
        letter = self._letters.get((issue_id, claim.frozen)) or self._opened(claim)
        try:
            segments = letter.compiled.fill(
                Recipient(
                    address=claim.address,
                    name=claim.name,
                    message_id=letter.message_id(mailbox),
                    unsubscribe_url=self.link(who, mailbox),
                )
            )
        except ValueError as error:
            raise Unsendable(str(error)) from error
        return Message(
            sender=self.sender,
            recipient=claim.address,
            segments=segments,
            name=f"i{issue_id}-s{who}",
        )

    def _opened(self, claim: Claim) -> _Letter:
        """What is shared, read from the ledger, once for all threads."""
        key = claim.issue_id, claim.frozen
        with self._lock:
            if key not in self._letters:
                while len(self._letters) >= KEEP:
                    self._letters.pop(next(iter(self._letters)))
                salt = self.book.issue(claim.issue_id).salt
                compiled = Compiled.from_bytes(self.book.content(claim.issue_id))
                self._letters[key] = _Letter(compiled, message_ids(salt, self.domain))
            return self._letters[key]
