"""Letters, bodies and recipients for the tests of the newsletter, and the reference message."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8, default
from email.utils import parseaddr, unquote
from pathlib import Path
from typing import Any, cast

from publisher.domain.post import Author, Post, Rendered
from publisher.newsletter.body import Body, Recipient
from publisher.newsletter.headers import Envelope
from publisher.newsletter.letter import Letter, SiteFacts, letter
from publisher.newsletter.slots import Tokens
from publisher.newsletter.templates import Templates

SHIPPED = Path(__file__).parents[2] / "templates" / "email"
HERE = Path(__file__).parent

DUE = datetime(2026, 2, 19, 8, 0, tzinfo=UTC)
SITE = SiteFacts(
    title="Field Notes",
    url="https://example.com",
    description="Short notes on tides.",
    author=Author(name="Ada Example", email="ada@example.com"),
    postal_address="Field Notes\n1 Example Street\n12345 Exampletown",
    feed_url="https://example.com/atom.xml",
)
GRACE = Recipient(
    address="grace@example.org",
    name="Grace Example",
    message_id="<a1b2c3@example.com>",
    unsubscribe_url="https://news.example.com/u/Zm9vYmFy.c2ln",
)
TOKENS = Tokens(mark="0123456789abcdef0123")


def a_post(**changes: Any) -> Post:
    values: dict[str, Any] = {
        "path": "content/fog.md", "source_hash": "s", "content_hash": "c",
        "title": "What the fog hides", "date": DUE, "due": DUE, "published": True,
        "url": "https://example.com/2026/02/fog/",
    }  # fmt: skip
    return Post(**(values | changes))


def rendered(html: str = "<p>First.</p><p>Second.</p>", **changes: Any) -> Rendered:
    values = {"html": html, "excerpt_html": None, "excerpt_text": "First."}
    return Rendered(**(values | changes))


def a_letter(html: str = "<p>First.</p><p>Second.</p>", **changes: Any) -> Letter:
    """A letter with one post; ``post`` and ``rendered`` take changes to these."""
    page = rendered(html, **changes.pop("rendered", {}))
    site = changes.pop("site", SITE)
    return letter(a_post(**changes.pop("post", {})), page, site, DUE, UTC)


def shipped() -> Templates:
    return Templates(None, SHIPPED)


def an_envelope(**changes: Any) -> Envelope:
    values: dict[str, Any] = {
        "from_": "Ada Example <ada@example.com>", "reply_to": None,
        "list_id": "field-notes.example.com", "list_name": "Field Notes",
        "unsubscribe_mailto": None, "archive_url": "https://example.com/",
        "feedback_id": "issue:field-notes:publisher", "date": DUE,
    }  # fmt: skip
    return Envelope(**(values | changes))


def a_body(**changes: Any) -> Body:
    values: dict[str, Any] = {
        "subject": "What the fog hides",
        "html": f'<p>Hello {TOKENS.address}, <a href="{TOKENS.unsubscribe}">leave</a></p>\n',
        "text": f"Hello {TOKENS.address}\n\nLeave: {TOKENS.unsubscribe}\n",
        "tokens": TOKENS,
    }
    return Body(**(values | changes))


def from_scratch(body: Body, envelope: Envelope, recipient: Recipient) -> bytes:
    """The message that the standard library builds for one person from the same values."""
    message = EmailMessage(policy=SMTPUTF8.clone(max_line_length=998))
    message["From"] = _mailbox(envelope.from_)
    if envelope.reply_to:
        message["Reply-To"] = _mailbox(envelope.reply_to)
    local, _, domain = recipient.address.rpartition("@")
    message["To"] = Address(recipient.name, username=local, domain=domain)
    message["Subject"] = body.subject
    message["Date"] = envelope.date
    message["Message-ID"] = recipient.message_id
    message["List-Id"] = f"{envelope.list_name} <{envelope.list_id}>"
    mailto = f"mailto:{envelope.unsubscribe_mailto}?subject=unsubscribe"
    url = recipient.unsubscribe_url
    ways = [way for way in (url, mailto if envelope.unsubscribe_mailto else None) if way]
    message["List-Unsubscribe"] = ", ".join(f"<{way}>" for way in ways)
    if ways[0].startswith("https:"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["List-Archive"] = f"<{envelope.archive_url}>"
    message["Auto-Submitted"] = "auto-generated"
    message["Precedence"] = "bulk"
    message["Feedback-ID"] = envelope.feedback_id
    message.set_content(body.text_for(recipient.address, ways[0]), cte="quoted-printable")
    message.add_alternative(
        body.html_for(recipient.address, ways[0]), subtype="html", cte="quoted-printable"
    )
    return message.as_bytes()


def _mailbox(text: str) -> Address:
    name, address = parseaddr(text)
    return Address(name, addr_spec=address)


def seen(data: bytes) -> dict[str, str]:
    """All that a reader's program makes of a message.

    Header fields are decoded here by RFC 2047: between two encoded words of a name, Python 3.11's
    own parser leaves the space that folded them.
    """
    message = cast(EmailMessage, message_from_bytes(data, policy=default))
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    shapes = " ".join(part.get_content_type() for part in message.walk())
    pages = {"html": html.get_content(), "text": text.get_content(), "shapes": shapes}
    return headers_of(data) | {name: page.replace("\r\n", "\n") for name, page in pages.items()}


def headers_of(data: bytes) -> dict[str, str]:
    head = data.partition(b"\r\n\r\n")[0].decode()
    fields = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    pairs = (field.split(": ", 1) for field in fields)
    return {
        name: mailbox(value) if name in MAILBOXES else decoded(value)
        for name, value in pairs
        if name != "Content-Type"
    }


MAILBOXES = frozenset({"From", "Reply-To", "To", "List-Id"})


def mailbox(value: str) -> str:
    """A mailbox, with the name before its address as a person wrote it."""
    name, bracket, rest = value.rpartition(" <")
    return (unquote(name) if name.startswith('"') else decoded(name)) + bracket + rest


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))
