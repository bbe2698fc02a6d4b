"""A claim and its issue's bytes become a message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from delivery_world import CLAIM

from publisher.domain.delivery import Claim
from publisher.domain.errors import Unsendable
from publisher.mailroom import KEEP, Mailroom
from publisher.newsletter.body import Body
from publisher.newsletter.compile import compile_issue
from publisher.newsletter.headers import Envelope
from publisher.newsletter.slots import Tokens

ENVELOPE = Envelope(
    from_="Ada Example <ada@example.com>",
    reply_to=None,
    list_id="notes.example.com",
    list_name="Notes",
    unsubscribe_mailto=None,
    archive_url="https://example.com/",
    feedback_id="1:post:newsletter:notes.example.com",
    date=datetime(2026, 2, 19, 12, tzinfo=UTC),
)


@dataclass
class Frozen:
    salt: bytes


class Shelf:
    """A ledger's issues."""

    def __init__(self) -> None:
        self.subjects: dict[int, str] = {1: "Tides"}
        self.read = 0

    def issue(self, issue_id: int) -> Frozen:
        return Frozen(salt=b"salt %d" % issue_id)

    def content(self, issue_id: int) -> bytes:
        self.read += 1
        subject = self.subjects.get(issue_id, "Fog")
        body = Body(subject=subject, html="<p>Hi</p>", text="Hi\n", tokens=Tokens(mark="1"))
        return compile_issue(body, ENVELOPE).to_bytes()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def mailroom(shelf: Shelf) -> Mailroom:
    return Mailroom(
        book=shelf,
        link=lambda who, _: f"https://news.example.com/u/{who}",
        sender="bounces@example.com",
        domain="example.com",
    )


def headers(mailroom: Mailroom, claim: Claim) -> dict[str, str]:
    data = b"".join(mailroom.message(claim).segments)
    return {
        name: str(value) for name, value in message_from_bytes(data, policy=policy.SMTP).items()
    }


def test_a_message_is_addressed_and_can_be_left(mailroom: Mailroom) -> None:
    message = mailroom.message(CLAIM)
    assert (message.sender, message.recipient) == ("bounces@example.com", "ada@example.com")
    assert message.name == "i1-s2"
    found = headers(mailroom, CLAIM)
    assert (found["Subject"], found["To"]) == ("Tides", "ada@example.com")
    assert found["List-Unsubscribe"] == "<https://news.example.com/u/2>"


def test_the_same_delivery_again_has_the_same_bytes_and_another_has_not(mailroom: Mailroom) -> None:
    once = mailroom.message(CLAIM)
    assert mailroom.message(replace(CLAIM, attempts=3)) == once
    ids = {
        headers(mailroom, claim)["Message-ID"]
        for claim in (
            CLAIM,
            replace(CLAIM, issue_id=2),
            replace(CLAIM, mailbox="grace@example.org"),
        )
    }
    assert len(ids) == 3


def test_an_issue_is_read_from_the_ledger_once(mailroom: Mailroom, shelf: Shelf) -> None:
    for _ in range(20):
        mailroom.message(CLAIM)
    assert shelf.read == 1


def test_an_issue_that_was_frozen_anew_says_what_it_says_now(
    mailroom: Mailroom, shelf: Shelf
) -> None:
    assert headers(mailroom, CLAIM)["Subject"] == "Tides"
    shelf.subjects[1] = "Tides, corrected"
    anew = replace(CLAIM, frozen=2)
    assert headers(mailroom, anew)["Subject"] == "Tides, corrected"
    assert headers(mailroom, CLAIM)["Subject"] == "Tides", "which is not begun any more"


def test_only_the_last_few_issues_are_kept_in_memory(mailroom: Mailroom, shelf: Shelf) -> None:
    for issue in range(1, KEEP + 2):
        mailroom.message(replace(CLAIM, issue_id=issue))
    mailroom.message(replace(CLAIM, issue_id=KEEP + 1))
    assert shelf.read == KEEP + 1
    mailroom.message(CLAIM)
    assert shelf.read == KEEP + 2


def test_what_no_header_can_hold_is_that_recipient_s_fault(mailroom: Mailroom) -> None:
    with pytest.raises(Unsendable):
        mailroom.message(replace(CLAIM, address="ada@example.com\r\nBcc: all@example.com"))
