"""What a conditional request asks, and the answer to it (RFC 9110, section 13)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_tz
from functools import lru_cache

#: What of a list of entity tags stands between the commas (section 8.8.3).
_TAG = re.compile(rb'(W/)?("[!#-~\x80-\xff]*")')
_LIST = re.compile(rb'[\s,]*(?:(?:W/)?"[!#-~\x80-\xff]*"(?:\s*,[\s,]*|\s*$))+')

#: The three forms of a date (section 5.6.7): the zone is GMT or, in the last, not said.
_DATE = re.compile(
    rb"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT"
    rb"|[A-Z][a-z]+day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT"
    rb"|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}"
)


def status_of(asked: Mapping[bytes, bytes], etag: bytes, modified: datetime | None) -> int:
    """The status of a GET or HEAD for something that is there: 200, 304 or 412.

    ``asked`` are the request's headers, by names in lower case. ``etag`` is a strong entity tag
    with its quotes. Without ``modified``, in whole seconds, no condition on the date is looked at.
    What takes precedence is as in section 13.2.2.
    """
    if _gone_on(asked, etag, modified):
        return 412
    if (tags := asked.get(b"if-none-match")) is not None:
        return 304 if tags == etag or is_listed(etag, tags) else 200
    since = _date(asked.get(b"if-modified-since"))
    return 304 if since and modified and modified <= since else 200


def is_listed(etag: bytes, tags: bytes, *, weak: bool = True) -> bool:
    """Whether a list of entity tags, or ``*``, takes in one that is strong.

    ``weak``: by the weak comparison, to which ``W/"x"`` is ``"x"`` (section 8.8.3.2). What is no
    such list takes in nothing.
    """
    tags = tags.strip()
    if tags == b"*":
        return True
    if not _LIST.fullmatch(tags):
        return False
    return any(tag == etag and (weak or not mark) for mark, tag in _TAG.findall(tags))


def _gone_on(asked: Mapping[bytes, bytes], etag: bytes, modified: datetime | None) -> bool:
    """Whether it is no longer what the client insists on."""
    if (tags := asked.get(b"if-match")) is not None:
        return not is_listed(etag, tags, weak=False)
    if b"if-unmodified-since" not in asked or modified is None:
        return False
    until = _date(asked[b"if-unmodified-since"])
    return until is not None and modified > until


def _date(value: bytes | None) -> datetime | None:
    """None for what is no date: such a header counts as absent (section 13.1.3)."""
    return _read(value) if value is not None and _DATE.fullmatch(value) else None


@lru_cache(maxsize=1024)
def _read(value: bytes) -> datetime | None:
    parts = parsedate_tz(value.decode("ascii"))
    try:
        return parts and datetime(*parts[:6], tzinfo=UTC)
    except ValueError:
        return None
