"""Header fields as bytes: RFC 5322 lines, RFC 2047 words, and the list fields of bulk mail.

Values are not trusted: whatever could end a line or begin a field is either taken out
(``one_line``) or refused with ValueError. No line is longer than 78 bytes where it can be folded,
and none is longer than 998. The List- URLs stay unfolded, because receivers that see them folded
or encoded ignore them.
"""

from __future__ import annotations

import re
from binascii import b2a_base64
from email.utils import parseaddr
from urllib.parse import quote, urlsplit, urlunsplit

from publisher.newsletter.oneline import one_line

LONGEST_NAME = 100
LONGEST_ADDRESS = 320
LONGEST_URL = 900
LONGEST_LINE = 998
FOLD_AT = 76

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_WORDS = re.compile(rf"{_ATEXT}+(?: {_ATEXT}+)*")
_LABELS = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_DOMAIN = re.compile(_LABELS)
_DOT_ATOM = re.compile(rf"{_ATEXT}+(?:\.{_ATEXT}+)*")
_MESSAGE_ID = re.compile(rf"<{_ATEXT}+(?:\.{_ATEXT}+)*@{_LABELS}>")
_TOKEN = re.compile(r"[!-~]{1,200}")
_URL = re.compile(r"(?:https?|mailto):[!#-;=?-~]+")


def field(name: str, value: bytes) -> bytes:
    """One header field and its line end. The value is one that this module made."""
    made = name.encode("ascii") + b": " + value + b"\r\n"
    if len(made) > LONGEST_LINE and max(map(len, made.split(b"\r\n"))) > LONGEST_LINE:
        raise ValueError(f"{name} would need a line of more than {LONGEST_LINE} bytes")
    return made


def unstructured(text: str, used: int) -> bytes:
    """Free text, such as a subject; ``used`` is how much of the first line is taken."""
    words = text.split(" ")
    if not _is_plain(text) or max(map(len, words)) > FOLD_AT - used:
        return encoded_words(text, used)
    lines, room = [words[0]], FOLD_AT - used
    for word in words[1:]:
        if len(lines[-1]) + 1 + len(word) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
            room = FOLD_AT - 1
    return "\r\n ".join(lines).encode("ascii")


def phrase(text: str, used: int) -> bytes:
    """A display name: bare words, a quoted string, or encoded words."""
    if not _is_plain(text) or used + len(text) > FOLD_AT - 2:
        return encoded_words(text, used)
    if _WORDS.fullmatch(text):
        return text.encode("ascii")
    return b'"%s"' % re.sub(r'(["\\])', r"\\\1", text).encode("ascii")


def _is_plain(text: str) -> bool:
    """Whether no reader would take it for encoded words, nor need them to read it."""
    return text.isascii() and "=?" not in text


def encoded_words(text: str, used: int) -> bytes:
    """RFC 2047: base64 words of at most 75 bytes, folded, none beginning inside a character."""
    words, word = [], b""
    room = _room(FOLD_AT - used)
    for char in text:
        data = char.encode("utf-8", "replace")
        if len(word) + len(data) > room:
            words.append(word)
            word = b""
        word += data
    words.append(word)
    return b"\r\n ".join(b"=?utf-8?b?%s?=" % b2a_base64(part, newline=False) for part in words)


def _room(columns: int) -> int:
    """How many bytes an encoded word of that many columns holds; never too few for a character."""
    return max((columns - len("=?utf-8?b??=")) // 4 * 3, 6)


def mailbox(name: str, address: str, used: int) -> bytes:
    """``Name <address>``, or the address alone. ValueError for what is no address."""
    spec = addr_spec(address)
    if _PLAIN_NAME.fullmatch(name) and used + len(name) + len(spec) + 3 <= FOLD_AT:
        return b"%s <%s>" % (name.encode("ascii"), spec)
    name = one_line(name, LONGEST_NAME)
    return _labelled(name, spec, used) if name else spec


def _labelled(name: str, spec: bytes, used: int) -> bytes:
    words = phrase(name, used)
    fits = b"\n" not in words and used + len(words) + len(spec) + 3 <= FOLD_AT
    return words + (b" <" if fits else b"\r\n <") + spec + b">"


def parsed_mailbox(text: str, used: int) -> bytes:
    """``Name <address>`` as a person wrote it in the configuration."""
    name, address = parseaddr(text)
    return mailbox(name, address, used)


def addr_spec(address: str) -> bytes:
    """An address as it stands in a header: its domain as A-labels, its local part as it is.

    A local part outside ASCII stays UTF-8 (RFC 6532), so its message needs SMTPUTF8.
    """
    local, _, domain = address.rpartition("@")
    shape = local if local.isascii() else _NOT_ASCII.sub("x", local)
    if not (_DOT_ATOM.fullmatch(shape) and local.isprintable()):
        raise ValueError(f"{address!r} is no address that mail can go to")
    spec = local.encode() + b"@" + a_label(domain)
    if len(spec) > LONGEST_ADDRESS:
        raise ValueError(f"{address[:40]!r}… is longer than an address can be")
    return spec


def a_label(domain: str) -> bytes:
    """A host name in ASCII. ValueError for what is none."""
    if not domain.isascii():
        import idna  # its tables are only worth loading for a domain that needs them

        domain = idna.encode(domain, uts46=True).decode("ascii")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{domain!r} is no domain name")
    return domain.encode("ascii")


def message_id(text: str) -> bytes:
    """A Message-ID with its angle brackets. ValueError for anything else."""
    if len(text) > LONGEST_URL or not _MESSAGE_ID.fullmatch(text):
        raise ValueError(f"{text[:80]!r} is no Message-ID")
    return text.encode("ascii")


def ascii_url(url: str) -> str:
    """An absolute URL in ASCII, host as A-labels. ValueError for what can't stand in a header."""
    if not url.isascii():
        parts = urlsplit(url)
        host = a_label(parts.hostname or "").decode("ascii")
        netloc = host if parts.port is None else f"{host}:{parts.port}"
        url = quote(urlunsplit(parts._replace(netloc=netloc)), safe="!#$%&'()*+,/:;=?@[]~")
    if len(url) > LONGEST_URL or not _URL.fullmatch(url):
        raise ValueError(f"{url[:80]!r} is no absolute URL that a header can hold")
    return url


def list_id(name: str, identifier: str) -> bytes:
    """RFC 2919: a phrase for people, and the identifier that never changes, a dot-atom."""
    label = identifier.encode() if _DOT_ATOM.fullmatch(identifier) else a_label(identifier)
    words = one_line(name, LONGEST_NAME)
    return _labelled(words, label, len("List-Id: ")) if words else b"<%s>" % label


def list_unsubscribe(url: str | None, mailto: str | None) -> bytes:
    """The fields that lead out: https first, then mail; one click (RFC 8058) only with https.

    ``mailto`` is what ``leave_by_mail`` made.
    """
    ways = [f"<{ascii_url(url)}>"] if url else []
    if mailto:
        ways.append(f"<{mailto}>")
    if not ways:
        raise ValueError("a message that leaves no way out: neither a URL nor an address")
    fields = field("List-Unsubscribe", ", ".join(ways).encode("ascii"))
    if ways[0].startswith("<https:"):
        fields += b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    return fields


def leave_by_mail(address: str) -> str:
    """The mailto URL whose message asks to leave. ValueError for what is no address."""
    spec = addr_spec(address.removeprefix("mailto:"))
    return ascii_url(f"mailto:{quote(spec, safe='@')}?subject=unsubscribe")


def token(text: str) -> bytes:
    """Visible ASCII without spaces, such as a Feedback-ID."""
    if not _TOKEN.fullmatch(text):
        raise ValueError(f"{text[:80]!r} can't stand in a header: visible ASCII without spaces")
    return text.encode("ascii")
