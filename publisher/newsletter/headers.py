"""Which headers an issue has, and what its envelope gives for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from publisher.domain.moment import require_aware
from publisher.newsletter.fields import (
    ascii_url,
    field,
    list_id,
    parsed_mailbox,
    token,
    unstructured,
)
from publisher.newsletter.slots import Slot


@dataclass(frozen=True, kw_only=True, slots=True)
class Envelope:
    """What the headers of one issue say, the same for everyone.

    ``from_`` and ``reply_to`` are mailboxes (``Ada <ada@example.com>``); ``list_id`` is the bare
    identifier; ``feedback_id`` is what Gmail groups complaints by (``a:b:c:sender``).
    """

    from_: str
    reply_to: str | None
    list_id: str
    list_name: str
    unsubscribe_mailto: str | None
    archive_url: str
    feedback_id: str
    date: datetime

    def __post_init__(self) -> None:
        require_aware(self.date)


def head(envelope: Envelope, subject: str, boundary: bytes) -> list[bytes | Slot]:
    """All header fields, with slots where recipients differ. ValueError for what can't be one."""
    reply_to = envelope.reply_to
    return [
        field("From", parsed_mailbox(envelope.from_, len("From: "))),
        field("Reply-To", parsed_mailbox(reply_to, len("Reply-To: "))) if reply_to else b"",
        b"To: ", Slot.TO, b"\r\n",
        field("Subject", unstructured(subject, len("Subject: "))),
        field("Date", format_datetime(envelope.date).encode("ascii")),
        b"Message-ID: ", Slot.MESSAGE_ID, b"\r\n",
        field("List-Id", list_id(envelope.list_name, envelope.list_id)),
        Slot.LIST_UNSUBSCRIBE,
        field("List-Archive", b"<%s>" % ascii_url(envelope.archive_url).encode("ascii")),
        field("Auto-Submitted", b"auto-generated"),
        # Beside Auto-Submitted (RFC 3834), because older vacation responders know only this one.
        field("Precedence", b"bulk"),
        field("Feedback-ID", token(envelope.feedback_id)),
        field("MIME-Version", b"1.0"),
        field("Content-Type", b'multipart/alternative;\r\n boundary="%s"' % boundary),
    ]  # fmt: skip


def part_head(kind: str) -> bytes:
    """The headers of one part, and the empty line after them."""
    return (
        field("Content-Type", kind.encode("ascii") + b"; charset=utf-8")
        + field("Content-Transfer-Encoding", b"quoted-printable")
        + b"\r\n"
    )
