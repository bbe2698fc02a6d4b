"""What an address is, and when two spellings of it are one mailbox.

Everything that becomes a subscriber or a sender passes through here, so nothing behind it has to
ask again whether an address or a name could break out of a header. No look-ups are made: whether
a domain takes mail is for the mail server to say.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from publisher.domain.subscriber import NewSubscriber

LONGEST_NAME = 200

#: Longer than any address (RFC 5321 section 4.5.3.1.3), so that a megabyte is not looked at twice.
LONGEST_ADDRESS = 320

#: What a name may be made of without quotes in a header: atoms and spaces (RFC 5322 section 3.2.3).
_ATOMS = re.compile(r"[\w !#$%&'*+/=?^`{|}~-]*")

_NAMED = re.compile(r'(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<plain>[^"<>]*))\s*<(?P<address>[^<>]*)>')


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """A sender: a name (may be empty) and an address in ASCII that any server takes."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """The part after the @-sign, lower case."""
        return self.address.rpartition("@")[2].lower()

    def __str__(self) -> str:
        if not self.name:
            return self.address
        if _ATOMS.fullmatch(self.name):
            return f"{self.name} <{self.address}>"
        escaped = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}" <{self.address}>'


def parse_address(text: str, name: str = "") -> NewSubscriber:
    """A subscriber from what a person typed. Raises ValueError with one sentence.

    The local part stays as typed, and so does a domain in ASCII; another domain is written in its
    A-label form, which every server takes. ``mailbox`` is what two spellings share: the local part
    case-folded, the domain as lower-case A-labels (RFC 5890).
    """
    typed = text.strip()
    valid = _validated(typed)
    domain = typed.rpartition("@")[2]
    return NewSubscriber(
        address=f"{valid.local_part}@{domain if domain.isascii() else valid.ascii_domain}",
        mailbox=f"{_folded(valid.local_part)}@{valid.ascii_domain.lower()}",
        name=clean_name(name),
    )


def parse_mailbox(text: str) -> Mailbox:
    """``Ada Example <ada@example.com>``, or an address alone. Raises ValueError with one sentence.

    The address has to be one that needs no SMTPUTF8 (RFC 6531), since a sender's is seen by every
    server. Its domain comes back as A-labels.
    """
    match = _NAMED.fullmatch(text.strip())
    name, address = _named(match) if match else ("", text.strip())
    valid = _validated(address)
    if valid.ascii_email is None:
        raise ValueError(f"{_shown(address)}: only ASCII is allowed before the @-sign here")
    return Mailbox(name=clean_name(name), address=valid.ascii_email)


def mailbox_of(text: str) -> str:
    """The mailbox of an address, to look a subscriber up by. Raises ValueError."""
    return parse_address(text).mailbox


def clean_name(name: str) -> str:
    """A display name that fits on one line: without line breaks, controls or direction overrides.

    Raises ValueError when it is longer than ``LONGEST_NAME``.
    """
    kept = "".join(_replaced(character) for character in name)
    cleaned = unicodedata.normalize("NFC", " ".join(kept.split()))
    if len(cleaned) > LONGEST_NAME:
        raise ValueError(f"a name of {len(cleaned)} characters: at most {LONGEST_NAME} are taken")
    return cleaned


def _validated(address: str) -> ValidatedEmail:
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"{_shown(address)} is too long to be an address")
    try:
        return validate_email(
            address,
            check_deliverability=False,
            strict=True,
            test_environment=True,  # takes *.test, which a rehearsal may well use
        )
    except EmailNotValidError as error:
        raise ValueError(f"{_shown(address)} is not an address: {_sentence(error)}") from error


def _named(match: re.Match[str]) -> tuple[str, str]:
    quoted = match["quoted"]
    name = match["plain"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
    return name, match["address"].strip()


def _folded(local: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).casefold())


def _replaced(character: str) -> str:
    """Controls and separators become a space; what turns the direction of text goes."""
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp"):
        return " "
    return "" if unicodedata.bidirectional(character) in _OVERRIDES else character


_OVERRIDES = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _shown(address: str) -> str:
    """An address as a message may repeat it: on one line and not too long."""
    return repr(address) if len(address) <= 80 else f"{address[:60]!r}…"


def _sentence(error: EmailNotValidError) -> str:
    text = " ".join(str(error).split()).rstrip(".")
    return text[:1].lower() + text[1:]
