"""Instants: aware datetimes, and local times turned into instants by one rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo


def require_aware(*moments: datetime | None) -> None:
    """Raise ValueError unless each datetime given carries a zone."""
    for moment in moments:
        if moment is not None and moment.utcoffset() is None:
            raise ValueError(f"a datetime without a zone: {moment.isoformat()}")


def instant(local: datetime, zone: tzinfo) -> datetime:
    """The instant, in UTC, of a wall-clock time without a zone.

    A time that a daylight-saving change skips means the first instant after the gap; one that
    occurs twice means the first.
    """
    if zone is UTC:
        return local.replace(tzinfo=UTC)
    first, second = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    before, after = _offset(first), _offset(second)
    if before >= after:
        return (local - before).replace(tzinfo=UTC)
    return _end_of_gap(local, before, after, zone)


def fixed(moment: datetime) -> datetime:
    """The same moment and wall clock, with its offset alone for a zone.

    An aware datetime in an hour that a change of the clocks repeats is equal to none in another
    zone, not to the same moment in UTC either (PEP 495): what is compared has to be fixed.
    """
    if isinstance(moment.tzinfo, timezone):
        return moment
    return moment.replace(tzinfo=timezone(_offset(moment)))


def _end_of_gap(local: datetime, before: timedelta, after: timedelta, zone: tzinfo) -> datetime:
    """The change itself, by bisection: the offset is ``before`` until it, and ``after`` from it."""
    whole = local.replace(microsecond=0)
    low, high = ((whole - offset).replace(tzinfo=UTC) for offset in (after, before))
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        if _offset(middle.astimezone(zone)) >= after:
            high = middle
        else:
            low = middle
    return high


def _offset(moment: datetime) -> timedelta:
    offset = moment.utcoffset()
    if offset is None:
        raise ValueError("a zone that gives no offset")
    return offset


def rfc3339(moment: datetime) -> str:
    """An instant as RFC 3339 in UTC with ``Z``; fractions only where there are any."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
