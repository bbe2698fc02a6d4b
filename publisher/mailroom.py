"""The mailroom: puts a claimed delivery's own values into its issue's bytes, ready to carry."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from publisher.audience.tokens import message_id
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


@dataclass(kw_only=True)
class Mailroom:
    """Makes messages. ``link`` gives a subscriber's unsubscribe URL, or None where none is served.

    ``sender`` is the envelope's; ``domain`` is where Message-IDs are at. Safe for threads.
    """

    book: ContentBook
    link: Callable[[int, str], str | None]
    sender: str
    domain: str
    _issues: dict[int, tuple[Compiled, bytes]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def message(self, claim: Claim) -> Message:
        """The message of a delivery: the same for the same delivery of the same issue.

        Raises Unsendable for an address or a name that no message can carry.
        """
        compiled, salt = self._issue(claim.issue_id)
        recipient = Recipient(
            address=claim.address,
            name=claim.name,
            message_id=message_id(salt, claim.mailbox, self.domain),
            unsubscribe_url=self.link(claim.subscriber_id, claim.mailbox),
        )
        try:
            segments = compiled.fill(recipient)
        except ValueError as error:
            raise Unsendable(str(error)) from error
        return Message(
            sender=self.sender,
            recipient=claim.address,
            segments=segments,
            name=f"i{claim.issue_id}-s{claim.subscriber_id}",
        )

    @contextmanager
    def freezing(self) -> Iterator[None]:
        """Make no message while an issue is frozen, perhaps anew, and none from old bytes after."""
        with self._lock:
            yield
            self._issues.clear()

    def _issue(self, issue_id: int) -> tuple[Compiled, bytes]:
        with self._lock:
            if issue_id not in self._issues:
                while len(self._issues) >= KEEP:
                    self._issues.pop(next(iter(self._issues)))
                compiled = Compiled.from_bytes(self.book.content(issue_id))
                self._issues[issue_id] = (compiled, self.book.issue(issue_id).salt)
            return self._issues[issue_id]
