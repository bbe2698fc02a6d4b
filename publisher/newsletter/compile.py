"""Body → bytes with slots, once per issue; a recipient's message is those bytes, slots filled.

The message is one multipart/alternative: plain text, then HTML, both quoted-printable. What every
recipient shares is encoded here, line ends and all. Filling formats a few values and copies a
list: no line of the message depends on what a slot beside it holds (see ``quoted``), no line
begins with a dot, and none is longer than 998 bytes.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from publisher.newsletter import fields, quoted
from publisher.newsletter.body import Body, Recipient
from publisher.newsletter.headers import Envelope, head, part_head
from publisher.newsletter.oneline import one_line
from publisher.newsletter.packing import pack, unpack
from publisher.newsletter.slots import IN_HTML, IN_TEXT, Slot, Tokens, escape_html

__all__ = ["Compiled", "Envelope", "Recipient", "compile_issue"]

LONGEST_SUBJECT = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """An issue's message: ``segments[i]``, then the value of ``slots[i]``, then the next segment.

    There is one segment more than there are slots. ``mailto`` is the URL for leaving by mail, or
    None. Immutable, and safe to fill from any thread.
    """

    subject: str
    segments: tuple[bytes, ...]
    slots: tuple[Slot, ...]
    mailto: str | None

    def fill(self, recipient: Recipient) -> list[bytes]:
        """A recipient's whole message, in pieces to be sent one after another.

        Lines end in CRLF, none begins with a dot, and the last one is ended. All is ASCII unless
        the recipient's or the sender's local part is not. ValueError for an address, Message-ID
        or URL that a header can't hold, and where there is no way out.
        """
        values = _values(recipient, self.mailto)
        message = [b""] * (2 * len(self.slots) + 1)
        message[::2] = self.segments
        message[1::2] = [values[slot] for slot in self.slots]
        return message

    def to_bytes(self) -> bytes:
        """This issue as the ledger keeps it; ``from_bytes`` reads it back."""
        return pack((self.subject, self.mailto), self.slots, self.segments)

    @classmethod
    def from_bytes(cls, data: bytes) -> Compiled:
        """ValueError for what ``to_bytes`` did not make, or a later version of it did."""
        (subject, mailto), numbers, segments = unpack(data)
        if subject is None or len(segments) != len(numbers) + 1:
            raise ValueError("an issue whose slots do not fit its segments")
        slots = tuple(map(Slot, numbers))
        return cls(subject=subject, segments=segments, slots=slots, mailto=mailto)


def _values(recipient: Recipient, mailto: str | None) -> tuple[bytes, ...]:
    """One value for each Slot, in their order."""
    address = recipient.address
    return (
        fields.mailbox(recipient.name, address, len("To: ")),
        fields.message_id(recipient.message_id),
        fields.list_unsubscribe(recipient.unsubscribe_url, mailto),
        *_in_pages(recipient.way_out(mailto)),
        *_in_pages(address),
    )


def _in_pages(value: str) -> tuple[bytes, bytes]:
    """A value as the text part has it, and as the HTML part has it; most need no change at all."""
    if quoted.is_itself(value):
        data = value.encode("ascii")
        return data, data
    return quoted.encode_value(value), quoted.encode_value(escape_html(value))


def compile_issue(body: Body, envelope: Envelope) -> Compiled:
    """The message of an issue. Same body and envelope, same bytes.

    ValueError when the envelope holds what a header can't.
    """
    subject = one_line(body.subject, LONGEST_SUBJECT) or envelope.list_name
    text = _part("text/plain", body.text, body.tokens, IN_TEXT)
    html = _part("text/html", body.html, body.tokens, IN_HTML)
    boundary = _boundary(text, html)
    delimiter = b"--%s\r\n" % boundary
    whole: list[bytes | Slot] = [
        *head(envelope, subject, boundary),
        b"\r\n", delimiter, *text, b"\r\n", delimiter, *html, b"\r\n--%s--\r\n" % boundary,
    ]  # fmt: skip
    segments, slots = _merged(whole)
    mailto = envelope.unsubscribe_mailto and fields.leave_by_mail(envelope.unsubscribe_mailto)
    return Compiled(subject=subject, segments=segments, slots=slots, mailto=mailto or None)


def _part(kind: str, page: str, tokens: Tokens, slots: dict[str, Slot]) -> list[bytes | Slot]:
    """One part of the message with its headers; its page ends in exactly one line end."""
    pieces = tokens.pattern.split(page.rstrip("\r\n") + "\n")
    encoded = quoted.encode_around(pieces[::2])
    content: list[bytes | Slot] = [encoded[0]]
    for name, after in zip(pieces[1::2], encoded[1:], strict=True):
        content += [slots[name], after]
    return [part_head(kind), *content]


def _boundary(*parts: list[bytes | Slot]) -> bytes:
    """From the content, so that it is always the same; ``=_`` can't occur in quoted-printable."""
    digest = hashlib.sha256()
    for part in parts:
        for piece in part:
            digest.update(b"%d" % piece if isinstance(piece, Slot) else piece)
    return b"=_" + digest.hexdigest()[:32].encode("ascii")


def _merged(whole: list[bytes | Slot]) -> tuple[tuple[bytes, ...], tuple[Slot, ...]]:
    runs: list[list[bytes]] = [[]]
    slots = []
    for piece in whole:
        if isinstance(piece, Slot):
            slots.append(piece)
            runs.append([])
        else:
            runs[-1].append(piece)
    return tuple(b"".join(run) for run in runs), tuple(slots)
