"""What waits to be mailed, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from publisher.cli import shapes
from publisher.domain.relay import RelayNote


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Deliveries of the issues that are being sent, and what stands between them and their readers.

    ``staged`` of those queued wait for a later stage of their issue. ``retry_at`` is when the first
    deferred one is tried again. ``relays`` are the names of those in use, ``paused`` those of them
    that are left alone now. ``acting``: a process delivers.
    """

    queued: int
    staged: int
    deferred: int
    retry_at: datetime | None
    relays: Sequence[str]
    paused: Sequence[RelayNote]
    acting: bool
    rate: str

    @property
    def paused_until(self) -> datetime | None:
        """When the first relay is tried again, where all of them are paused."""
        if len(self.paused) < len(self.relays):
            return None
        return min((one.paused_until for one in self.paused if one.paused_until), default=None)


def paused(notes: Iterable[RelayNote], names: Sequence[str], now: datetime) -> list[RelayNote]:
    """The relays of that name that are left alone now."""
    return [
        one for one in notes if one.name in names and one.paused_until and one.paused_until > now
    ]


def relay_shape(one: RelayNote, now: datetime) -> dict[str, Any]:
    """A relay, for a script: a pause that is over is none."""
    until = one.paused_until if one.paused_until and one.paused_until > now else None
    return {
        "name": one.name,
        "limit": one.limit,
        "paused_until": shapes.instant(until),
        "reason": one.reason if until else None,
    }


def shape(one: Waiting) -> Mapping[str, Any]:
    """What waits, for a script."""
    return {
        "queued": one.queued,
        "staged": one.staged,
        "deferred": one.deferred,
        "retry_at": shapes.instant(one.retry_at),
        "acting": one.acting,
    }


def lines(one: Waiting, now: datetime, zone: tzinfo) -> Iterable[str]:
    """What waits, for a person."""
    for relay in one.paused:
        if relay.paused_until:
            until = shapes.local(relay.paused_until, zone)
            yield f"relay {relay.name}: paused until {until}: {relay.reason}"
    if one.queued > one.staged:
        yield f"{one.queued - one.staged} queued: {_for_what(one, zone)}"
    if one.staged:
        yield f"{one.staged} queued: they wait for a later stage of their issue"
    if one.deferred:
        yield f"{one.deferred} deferred: {_again(one, now, zone)}"


def _for_what(one: Waiting, zone: tzinfo) -> str:
    if not one.acting:
        return "publisher run, or publisher publish, sends them: neither runs"
    if one.paused_until:
        return f"they wait for the relay until {shapes.local(one.paused_until, zone)}"
    if one.rate != "none":
        return f"they go out now, as fast as delivery.rate lets them ({one.rate})"
    return "they go out now"


def _again(one: Waiting, now: datetime, zone: tzinfo) -> str:
    if one.retry_at is None or one.retry_at <= now:
        return "they may be tried again now"
    return f"the next try is at {shapes.local(one.retry_at, zone)}"
