"""A subscriber: one mailbox, and whether it wants mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Standing(StrEnum):
    """Whether a subscriber gets mail. A subscriber is never forgotten, only unsubscribed."""

    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscriber:
    """One mailbox. ``address`` is as typed; ``mailbox`` is what two spellings of it share."""

    id: int
    address: str
    mailbox: str
    name: str
    standing: Standing
    created_at: datetime
    unsubscribed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class NewSubscriber:
    """A valid address to add, and the name that goes with it (empty when there is none)."""

    address: str
    mailbox: str
    name: str = ""
