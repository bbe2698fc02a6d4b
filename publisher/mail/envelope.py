"""The commands that hand a message over, or why it can't be: what can be told without asking."""

from __future__ import annotations

import re
from functools import lru_cache

from publisher.domain.delivery import Outcome, Verdict
from publisher.mail.features import Features
from publisher.mail.replies import Stage

#: What would end an address, a command or a line, or can't be written at all.
_UNSAFE = r"\s<>\x00-\x20\x7f-\x9f\ud800-\udfff"
_ADDRESS = re.compile(f"[^{_UNSAFE}]+@[^{_UNSAFE}@]+")

Commands = list[tuple[Stage, bytes]]

#: The stages of the commands, in their order.
ENVELOPE = (Stage.MAIL, Stage.RCPT, Stage.DATA)


def commands(
    sender: str, recipient: str, *, size: int, is_ascii: bool, features: Features
) -> Commands | Outcome:
    """MAIL, RCPT and DATA for a server with these features, or the outcome without a word to it.

    REJECTED for a recipient that can't be written into a command, or needs SMTPUTF8 (RFC 6531) or
    8BITMIME (RFC 6152) that the server does not offer; RETURNED for what concerns everybody: the
    sender, or a message larger than the server takes (RFC 1870).
    """
    return (
        _obstacle(sender, recipient, size, features)
        or _eight_bit_obstacle(sender, recipient, is_ascii, features)
        or [
            (Stage.MAIL, _mail(sender, recipient, size, is_ascii, features)),
            (Stage.RCPT, f"RCPT TO:<{recipient}>\r\n".encode()),
            (Stage.DATA, b"DATA\r\n"),
        ]
    )


def _obstacle(sender: str, recipient: str, size: int, features: Features) -> Outcome | None:
    if sender and not _sendable(sender):
        return _ours(f"the sender {sender!a} can't be an address")
    if not _ADDRESS.fullmatch(recipient):
        return _theirs(f"{recipient!a} can't be an address")
    if features.longest is not None and size > features.longest:
        return _ours(f"the message has {size} bytes and the server takes {features.longest}")
    return None


@lru_cache(maxsize=16)
def _sendable(sender: str) -> bool:
    return _ADDRESS.fullmatch(sender) is not None


def _eight_bit_obstacle(
    sender: str, recipient: str, is_ascii: bool, features: Features
) -> Outcome | None:
    if not sender.isascii() and not features.utf8:
        return _ours(f"the server takes no sender that is not ASCII (SMTPUTF8): {sender}")
    if not recipient.isascii() and not features.utf8:
        return _theirs("the server takes no address that is not ASCII (SMTPUTF8)")
    if not is_ascii and not features.eight_bit:
        return _theirs("the server takes no message that is not ASCII (8BITMIME)")
    return None


def _mail(sender: str, recipient: str, size: int, is_ascii: bool, features: Features) -> bytes:
    words = [f"MAIL FROM:<{sender}>"]
    if features.size:
        words.append(f"SIZE={size}")
    if not is_ascii:
        words.append("BODY=8BITMIME")
    if not (sender.isascii() and recipient.isascii()):
        words.append("SMTPUTF8")
    return " ".join(words).encode() + b"\r\n"


def _ours(why: str) -> Outcome:
    return Outcome(verdict=Verdict.RETURNED, reply=why)


def _theirs(why: str) -> Outcome:
    return Outcome(verdict=Verdict.REJECTED, reply=why)
