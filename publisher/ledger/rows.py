"""What the ledger hands out beside the words of the domain: values, never rows of a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from publisher.domain.delivery import State
from publisher.domain.errors import Refused, SchemaMismatch
from publisher.domain.issue import IssueState
from publisher.domain.stages import AtStage


class Outdated(Refused):
    """A plan was decided on what another command has changed since: look again and decide anew."""


class NoLedger(SchemaMismatch):
    """There is no ledger yet. A command that only reads may take it for an empty one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StartedIssue:
    """An issue that was just frozen. ``audience`` counts all of its deliveries, so on a second
    start those of the first too. ``finished``: nobody was left to mail, it is done already."""

    id: int
    subject: str
    audience: int
    finished: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class IssueRow:
    """An issue as it stands.

    ``subject`` is its post's title until it starts. ``keys`` and ``paths`` name its posts, in one
    order. ``counts`` has a number for every state and adds up to ``audience``. ``salt`` is what
    its Message-IDs are made with, empty until it starts. ``finished_at`` is set when it is done or
    cancelled. ``at_stage`` says at which of its stages it is, None for one that has none.
    """

    id: int
    state: IssueState
    subject: str
    reason: str | None
    released: bool
    edition: int
    salt: bytes
    keys: tuple[str, ...]
    paths: tuple[str, ...]
    audience: int
    counts: Mapping[State, int]
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    at_stage: AtStage | None


class DeliveryRow(NamedTuple):
    """One recipient of an issue. ``reply`` is the server's last line, or what happened instead.

    ``state`` is a ``State``'s value. A tuple, as a report reads a million of them: that costs a
    tenth of what a dataclass does.
    """

    subscriber_id: int
    address: str
    mailbox: str
    state: str
    attempts: int
    reply: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AddResult:
    """What became of addresses that were to be added. The four add up to how many were given.

    ``unsubscribed`` had left before and were let be; ``unchanged`` were subscribed already.
    """

    added: int = 0
    unchanged: int = 0
    resubscribed: int = 0
    unsubscribed: int = 0
