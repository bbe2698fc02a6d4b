"""A compiled issue: filling its slots gives the message that one would build for that person."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsletter_samples import DUE, GRACE, TOKENS, a_body, an_envelope, from_scratch, seen

from publisher.newsletter.body import Body, Recipient
from publisher.newsletter.compile import Compiled, compile_issue
from publisher.newsletter.headers import Envelope
from publisher.newsletter.oneline import one_line

WORDS = st.text(
    st.one_of(
        st.sampled_from("a .=\n\t<>&\"'é漢👍-"), st.characters(codec="utf-8", categories=["L", "P"])
    ),
    max_size=120,
)
PAGE = st.lists(
    st.one_of(WORDS, st.sampled_from([TOKENS.unsubscribe, TOKENS.address])), max_size=6
).map("".join)
NAME = st.text(st.characters(codec="utf-8", categories=["L", "P", "Zs"]), max_size=60)
LOCAL = st.from_regex(r"\A[A-Za-z0-9&'=+_-]{1,20}(\.[a-z0-9é]{1,8})?\Z")
URLS = st.from_regex(r"\Ahttps://news\.example\.com/u/[A-Za-z0-9._=&?-]{1,90}\Z")
RECIPIENTS = st.builds(
    lambda local, name, url: Recipient(
        address=f"{local}@example.org", name=one_line(name, 60), unsubscribe_url=url,
        message_id="<x1@example.com>",
    ),
    LOCAL, NAME, URLS,
)  # fmt: skip
BODIES = st.builds(
    lambda subject, html, text: a_body(
        subject=one_line(subject, 200) or "-", html=html, text=text
    ),
    WORDS, PAGE, PAGE,
)  # fmt: skip
ENVELOPES = st.sampled_from(
    [
        an_envelope(),
        an_envelope(reply_to='"Reply, to" <reply@example.com>', unsubscribe_mailto="l@example.com"),
        an_envelope(from_="Adá <ada@example.com>", list_name="Notizen über Fähren"),
    ]
)


def filled(body: Body, envelope: Envelope, recipient: Recipient) -> bytes:
    return b"".join(compile_issue(body, envelope).fill(recipient))


def parsed(data: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(data, policy=default))


@settings(deadline=None, max_examples=60)
@given(BODIES, ENVELOPES, RECIPIENTS)
def test_filling_slots_decodes_to_the_message_built_from_scratch(
    body: Body, envelope: Envelope, recipient: Recipient
) -> None:
    pages = {"html": ended(body.html), "text": ended(body.text)}
    expected = from_scratch(replace(body, **pages), envelope, recipient)
    assert seen(filled(body, envelope, recipient)) == seen(expected)


def ended(page: str) -> str:
    return page.rstrip("\r\n") + "\n"


@settings(deadline=None, max_examples=40)
@given(BODIES, ENVELOPES, RECIPIENTS)
def test_every_line_is_fit_for_smtp(body: Body, envelope: Envelope, recipient: Recipient) -> None:
    data = filled(body, envelope, recipient)
    assert data.endswith(b"--\r\n")
    assert b"\r" not in data.replace(b"\r\n", b"")
    assert b"\n" not in data.replace(b"\r\n", b"")
    head, _, rest = data.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 76 for line in rest.split(b"\r\n"))
    assert b"\0" not in data
    assert not re.search(rb"^\.", data, re.MULTILINE)
    assert rest.isascii()


@settings(deadline=None, max_examples=40)
@given(st.text(st.characters(codec=None), max_size=80), st.text(st.characters(codec=None)))
def test_nothing_in_a_post_or_a_name_adds_a_header(subject: str, name: str) -> None:
    usual = parsed(filled(a_body(), an_envelope(), GRACE)).keys()
    attack = f"{subject}\r\nBcc: eve@example.com\r\n\r\nbody"
    body = a_body(subject=attack, html=attack + TOKENS.unsubscribe, text=attack)
    message = parsed(filled(body, an_envelope(), replace(GRACE, name=f"{name}{attack}")))
    assert message.keys() == usual
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"address": "grace@example.org\r\nBcc: eve@example.com"},
        {"address": "grace@example.org>, <eve@example.com"},
        {"message_id": "<x@example.com>\r\nBcc: eve@example.com"},
        {"unsubscribe_url": "https://example.com/>\r\nBcc: eve@example.com"},
        {"unsubscribe_url": None},
    ],
)
def test_what_a_header_can_not_hold_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"address|domain|Message-ID|URL|way out"):
        compile_issue(a_body(), an_envelope()).fill(replace(GRACE, **change))


def test_the_headers_of_bulk_mail_are_all_there() -> None:
    envelope = an_envelope(reply_to="reply@example.com", unsubscribe_mailto="leave@example.com")
    message = parsed(filled(a_body(), envelope, GRACE))
    assert dict(message.items()) | {"Content-Type": ""} == {
        "From": "Ada Example <ada@example.com>",
        "Reply-To": "reply@example.com",
        "To": "Grace Example <grace@example.org>",
        "Subject": "What the fog hides",
        "Date": "Thu, 19 Feb 2026 08:00:00 +0000",
        "Message-ID": "<a1b2c3@example.com>",
        "List-Id": "Field Notes <field-notes.example.com>",
        "List-Unsubscribe": "<https://news.example.com/u/Zm9vYmFy.c2ln>, "
        "<mailto:leave@example.com?subject=unsubscribe>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Archive": "<https://example.com/>",
        "Auto-Submitted": "auto-generated",
        "Precedence": "bulk",
        "Feedback-ID": "issue:field-notes:publisher",
        "MIME-Version": "1.0",
        "Content-Type": "",
    }


def test_without_a_url_the_pages_lead_out_by_mail() -> None:
    envelope = an_envelope(unsubscribe_mailto="leave@example.com")
    message = seen(filled(a_body(), envelope, replace(GRACE, unsubscribe_url=None)))
    assert "mailto:leave@example.com?subject=unsubscribe" in message["text"]
    assert message["List-Unsubscribe"] == "<mailto:leave@example.com?subject=unsubscribe>"
    assert "List-Unsubscribe-Post" not in message


def test_a_local_part_outside_ascii_is_the_only_thing_that_is_not_ascii() -> None:
    data = filled(a_body(), an_envelope(), replace(GRACE, address="grâce@bücher.example"))
    lines = [line for line in data.split(b"\r\n") if not line.isascii()]
    assert lines == ["To: Grace Example <grâce@xn--bcher-kva.example>".encode()]


def test_a_value_is_escaped_in_html_and_as_it_is_in_text() -> None:
    recipient = replace(
        GRACE, address="a&b'c@example.org", unsubscribe_url="https://x.example/?a=1&b=2"
    )
    message = seen(filled(a_body(), an_envelope(), recipient))
    assert (
        'Hello a&amp;b&#x27;c@example.org, <a href="https://x.example/?a=1&amp;b=2">'
        in message["html"]
    )
    assert "Hello a&b'c@example.org\n\nLeave: https://x.example/?a=1&b=2\n" in message["text"]


def test_the_same_issue_is_the_same_bytes_and_another_has_another_boundary() -> None:
    one, same = (compile_issue(a_body(), an_envelope()) for _ in range(2))
    assert one == same
    assert one.to_bytes() == same.to_bytes()
    other = compile_issue(a_body(text=f"other {TOKENS.unsubscribe}"), an_envelope())
    assert boundary(one) != boundary(other)


def boundary(compiled: Compiled) -> bytes:
    found = re.search(rb'boundary="([^"]+)"', b"".join(compiled.segments))
    assert found
    return found[1]


def test_a_part_that_names_the_boundary_does_not_end_there() -> None:
    first = boundary(compile_issue(a_body(), an_envelope())).decode()
    body = a_body(text=f"--{first}--\n{TOKENS.unsubscribe}", html=f"--=_{'0' * 32}\n")
    message = seen(filled(body, an_envelope(), GRACE))
    assert message["text"].startswith(f"--{first}--\n")


@pytest.mark.parametrize("page", ["x", "x\n", "x\n\n", "x\r\n\r\n"])
def test_a_part_ends_in_one_line_end(page: str) -> None:
    body = a_body(text=page, html=page)
    message = seen(filled(body, an_envelope(), GRACE))
    assert (message["text"], message["html"]) == ("x\n", "x\n")


def test_long_segments_are_shared_by_all_messages() -> None:
    compiled = compile_issue(a_body(html="word " * 5000 + TOKENS.unsubscribe), an_envelope())
    one, other = compiled.fill(GRACE), compiled.fill(replace(GRACE, address="ada@example.com"))
    assert all(a is b for a, b in zip(one[::2], other[::2], strict=True))
    assert one != other


@settings(deadline=None, max_examples=40)
@given(BODIES, ENVELOPES)
def test_the_ledger_gives_back_what_it_was_given(body: Body, envelope: Envelope) -> None:
    compiled = compile_issue(body, envelope)
    assert Compiled.from_bytes(compiled.to_bytes()) == compiled


def test_what_the_ledger_keeps_is_smaller_than_the_message() -> None:
    compiled = compile_issue(a_body(html="<p>word</p>\n" * 2000), an_envelope())
    assert len(compiled.to_bytes()) < sum(map(len, compiled.segments)) / 5


@pytest.mark.parametrize("harm", [b"", b"PUB\x02", b"PUB\x01", b"PUB\x01nonsense"])
def test_bytes_that_are_no_issue_are_refused(harm: bytes) -> None:
    with pytest.raises(ValueError, match="issue"):
        Compiled.from_bytes(harm)


@given(st.integers(min_value=0, max_value=300))
def test_a_cut_issue_is_refused(length: int) -> None:
    data = compile_issue(a_body(), an_envelope()).to_bytes()
    with pytest.raises(ValueError, match="issue"):
        Compiled.from_bytes(data[: min(length, len(data) - 1)])


def test_an_empty_subject_falls_back_to_the_name_of_the_list() -> None:
    assert compile_issue(a_body(subject="\r\n"), an_envelope()).subject == "Field Notes"


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        an_envelope(date=DUE.replace(tzinfo=None))
